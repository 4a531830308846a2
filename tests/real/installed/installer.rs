//! `install.sh`: what it installs, and what it refuses to install.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::release::{RELEASES, Release, SCRIPT, files, script_archive, sha256};
use super::{TARGET, VERSION, ends, folder};
use crate::bench::engine::buildx_part;
use crate::project::text;
use crate::support::WORKSPACE;
use crate::support::book::Chapter;

const HOST: &str = "#!/bin/sh\necho ecs-host 0.1.0\n";

/// The programs that the script uses, but for those that download.
const PROGRAMS: [&str; 17] = [
    "awk",
    "cat",
    "chmod",
    "cp",
    "cut",
    "getconf",
    "grep",
    "gzip",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "sha256sum",
    "tail",
    "tar",
    "tr",
    "uname",
];

/// A folder with links to these programs, as the only one of `PATH`.
fn programs(folder: &Path, more: &[&str]) -> PathBuf {
    let bin = folder.join("programs");
    fs::create_dir_all(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    for name in PROGRAMS.iter().chain(more) {
        let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
        symlink(found.unwrap_or_else(|| panic!("no {name}")), bin.join(name)).unwrap();
    }
    bin
}

/// Runs the script, in a shell with its arguments.
fn install(shell: &[&str], folder: &Path, more: &[&str], arguments: &[&str]) -> Output {
    let bin = folder.join("programs");
    let _ = fs::remove_dir_all(&bin);
    let path = programs(folder, more);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(format!("{WORKSPACE}/packaging/install.sh")).args(arguments);
    let tmp = folder.join("tmp");
    fs::create_dir_all(&tmp).unwrap();
    command.env_clear().env("PATH", path).env("HOME", folder).env("TMPDIR", &tmp).stdin(Stdio::null());
    let output = ends(&mut command);
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0, "it leaves files: {}", text(&output));
    output
}

#[test]
fn every_shell_and_downloader_installs_what_has_the_right_checksum() {
    let release = Release::of(files(&[(TARGET, script_archive(TARGET, HOST))]));
    let busybox = buildx_part("usr/bin/busybox").unwrap().display().to_string();
    let place = folder("install");
    for shell in [&["/bin/sh"][..], &["/bin/bash", "--posix"], &["/usr/bin/dash"], &[&busybox, "sh"]] {
        for downloader in ["curl", "wget"] {
            let to = place.path().join("a folder");
            let _ = fs::remove_dir_all(&to);
            let url = release.url();
            let arguments =
                ["--from", &url, "--to", to.to_str().unwrap(), "--sums-sha256", &release.sums_sha256];
            let output = install(shell, place.path(), &[downloader], &arguments);
            let printed = text(&output);
            assert!(output.status.success(), "{shell:?} {downloader}: {printed}");
            assert!(printed.contains(&format!("ecs-host 0.1.0 ({TARGET}) is in ")), "{printed}");
            assert!(printed.contains("to PATH"), "{printed}");
            let installed = ends(&mut Command::new(to.join("ecs-host")));
            assert_eq!(text(&installed), "ecs-host 0.1.0\n");
            assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
        }
    }
}

#[test]
fn nothing_is_installed_that_the_checksums_do_not_prove() {
    let good = script_archive(TARGET, HOST);
    let other = script_archive(TARGET, "#!/bin/sh\necho malicious\n");
    let name = format!("ecs-host-{VERSION}-{TARGET}.tar.gz");
    let place = folder("refuse");
    let to = place.path().join("bin").display().to_string();
    let refuses = |release: &Release, more: &[&str], arguments: &[&str], expected: &[&str]| {
        let url = release.url();
        let arguments = [&["--from", &url, "--to", &to], arguments].concat();
        for downloader in [&["curl"][..], &["wget"]] {
            let output = install(&["/bin/sh"], place.path(), &[downloader, more].concat(), &arguments);
            let printed = text(&output);
            assert_eq!(output.status.code(), Some(1), "{printed}");
            for part in expected {
                assert!(printed.contains(part), "{part}: {printed}");
            }
            assert!(!Path::new(&to).join("ecs-host").exists(), "{printed}");
        }
    };
    // Another archive than the checksums are of.
    let mut changed = files(&[(TARGET, good.clone())]);
    changed.insert(name.clone(), other.clone());
    let digest = sha256(&good);
    refuses(
        &Release::of(changed),
        &[],
        &[],
        &[&format!("{name} has SHA-256 "), &digest, "nothing is installed"],
    );
    // Both are changed, and the checksums are pinned.
    let pinned = Release::of(files(&[(TARGET, good.clone())])).sums_sha256;
    let release = Release::of(files(&[(TARGET, other)]));
    refuses(
        &release,
        &[],
        &["--sums-sha256", &pinned],
        &["SHA256SUMS has SHA-256 ", &pinned, "nothing is installed"],
    );
    // No checksum of this archive, or none at all.
    let mut missing = files(&[(TARGET, good.clone())]);
    missing.insert("SHA256SUMS".to_owned(), format!("{digest}  another.tar.gz\n").into_bytes());
    refuses(&Release::of(missing), &[], &["--libc", "gnu"], &[&format!("has no checksum of {name}")]);
    let mut none = files(&[(TARGET, good.clone())]);
    none.remove("SHA256SUMS");
    refuses(&Release::of(none), &[], &[], &["cannot download http://127.0.0.1:", "SHA256SUMS"]);
    // Half of an archive.
    let mut half = files(&[(TARGET, good.clone())]);
    half.insert(name, good[..good.len() / 2].to_vec());
    refuses(&Release::of(half), &[], &[], &["has SHA-256 "]);
    // A program that does not start.
    let broken = script_archive(TARGET, "#!/bin/sh\necho no such library >&2; exit 1\n");
    let broken = Release::of(files(&[(TARGET, broken)]));
    refuses(&broken, &[], &[], &["does not start in ", ": no such library"]);
    // A variable that is not set.
    let good = Release::of(files(&[(TARGET, good)]));
    refuses(&good, &[], &["--sums-sha256", ""], &["--sums-sha256 is empty"]);
}

#[test]
fn the_archive_is_that_of_the_c_library_and_of_the_machine() {
    let musl = TARGET.replace("gnu", "musl");
    let both =
        Release::of(files(&[(TARGET, script_archive(TARGET, HOST)), (&musl, script_archive(&musl, HOST))]));
    let only_musl = Release::of(files(&[(&musl, script_archive(&musl, HOST))]));
    let place = folder("libc");
    let to = place.path().join("bin").display().to_string();
    // The programs `getconf` and `uname` of other systems.
    let installs =
        |release: &Release, fake: Option<(&str, &str)>, arguments: &[&str], code: i32, expected: &str| {
            let (fakes, url) = (place.path().join("fakes"), release.url());
            let _ = fs::remove_dir_all(&fakes);
            let mut script = format!("PATH='{}':$PATH; exec /bin/sh \"$@\"", fakes.display());
            fs::create_dir_all(&fakes).unwrap();
            if let Some((name, body)) = fake {
                super::program(&fakes.join(name), &format!("#!/bin/sh\n{body}\n"));
            } else {
                script = "exec /bin/sh \"$@\"".to_owned();
            }
            let arguments = [&["--from", &url, "--to", &to], arguments].concat();
            let output = install(&["/bin/sh", "-c", &script, "sh"], place.path(), &["curl"], &arguments);
            assert_eq!(output.status.code(), Some(code), "{}", text(&output));
            assert!(text(&output).contains(expected), "{expected}: {}", text(&output));
        };
    installs(&both, None, &[], 0, TARGET);
    installs(&both, None, &["--libc", "musl"], 0, &musl);
    installs(&only_musl, None, &[], 0, &musl);
    installs(&both, Some(("getconf", "echo glibc 2.17")), &[], 0, TARGET);
    installs(&both, Some(("getconf", "echo glibc 2.12")), &[], 0, &musl);
    // Alpine's knows no such variable.
    installs(&both, Some(("getconf", "exit 1")), &[], 0, &musl);
    installs(
        &both,
        Some(("uname", "echo Darwin")),
        &[],
        1,
        "ecs-host is built for Linux, and this is Darwin",
    );
    let processor = "if [ \"$1\" = -m ]; then echo riscv64; else echo Linux; fi";
    installs(
        &both,
        Some(("uname", processor)),
        &[],
        1,
        "ecs-host is built for x86_64 and aarch64, and this is riscv64",
    );
    installs(&both, None, &["--version", "../../x"], 1, "invalid version \"../../x\"");
    installs(&both, None, &["--version", "9.9.9"], 1, "cannot download");
    installs(&both, None, &["--verison", "1"], 1, "unknown argument --verison");
}

#[test]
fn an_unencrypted_address_requires_pinned_checksums_and_a_downloader_is_required() {
    let place = folder("address");
    let to = place.path().join("bin").display().to_string();
    let arguments = ["--from", "http://releases.example", "--to", &to];
    let output = install(&["/bin/sh"], place.path(), &["curl"], &arguments);
    assert!(text(&output).contains("is not encrypted"), "{}", text(&output));
    let output =
        install(&["/bin/sh"], place.path(), &[], &["--from", "https://releases.example", "--to", &to]);
    assert!(text(&output).contains("neither curl nor wget is installed"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_program_is_for_all_users_and_no_folder_is_in_its_place() {
    let release = Release::of(files(&[(TARGET, script_archive(TARGET, HOST))]));
    let place = folder("place");
    let to = place.path().join("bin");
    let (url, path) = (release.url(), to.display().to_string());
    let arguments = ["--from", &url, "--to", &path];
    let output = install(
        &["/bin/sh", "-c", "umask 077; exec /bin/sh \"$@\"", "sh"],
        place.path(),
        &["curl"],
        &arguments,
    );
    assert!(output.status.success(), "{}", text(&output));
    for path in [&to, &to.join("ecs-host")] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{}", path.display());
    }
    fs::remove_file(to.join("ecs-host")).unwrap();
    fs::create_dir(to.join("ecs-host")).unwrap();
    let output = install(&["/bin/sh"], place.path(), &["curl"], &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("bin/ecs-host is a folder"), "{}", text(&output));
    // Neither the program nor a part of it is left.
    assert_eq!(
        (fs::read_dir(&to).unwrap().count(), fs::read_dir(to.join("ecs-host")).unwrap().count()),
        (1, 0)
    );
}

#[test]
fn a_script_that_breaks_off_runs_nothing() {
    let script = fs::read_to_string(format!("{WORKSPACE}/packaging/install.sh")).unwrap();
    let place = folder("broken");
    for length in (0..script.trim_end().len()).rev().take(30).chain([script.len() / 2]) {
        let part = place.path().join("part.sh");
        fs::write(&part, &script[..length]).unwrap();
        let output = ends(Command::new("sh").arg(&part).arg("--help").env("HOME", place.path()));
        assert!(!text(&output).contains("Installs ecs-host from"), "{length} of {} bytes", script.len());
    }
}

#[test]
fn a_pin_proves_the_script_before_it_runs() {
    let good = files(&[(TARGET, script_archive(TARGET, HOST))]);
    let pinned = Release::of(good.clone());
    let chapter = Chapter::read("docs/install.md");
    let block =
        chapter.blocks.iter().find(|block| block.text.contains("sha256sum --check")).expect("the block");
    let place = folder("pin");
    let run = |release: &Release, pin: &str| {
        let script = block.text.replace(RELEASES, &release.url());
        let mut job = Command::new("sh");
        job.args(["-ec", &script]).env("HOME", place.path()).env("TMPDIR", place.path());
        ends(job.env("SHA256_OF_SHA256SUMS", pin))
    };
    let output = run(&pinned, &pinned.sums_sha256);
    assert!(output.status.success(), "{}", text(&output));
    assert!(place.path().join("bin/ecs-host").is_file());
    // Another script in the checksums, and another one than theirs.
    let hostile = b"touch \"$HOME/ran\"".to_vec();
    let mut all_changed = good.clone();
    all_changed.insert(SCRIPT.to_owned(), hostile.clone());
    let mut script_changed = all_changed.clone();
    script_changed.get_mut("SHA256SUMS").unwrap().extend(format!("{}  {SCRIPT}\n", sha256(b"x")).bytes());
    let script_changed = Release::of(script_changed);
    for (release, pin) in
        [(&Release::of(all_changed), &pinned.sums_sha256), (&script_changed, &script_changed.sums_sha256)]
    {
        let output = run(release, pin);
        assert!(!output.status.success(), "{}", text(&output));
        assert!(!place.path().join("ran").exists(), "{}", text(&output));
    }
}

#[test]
fn wget_follows_no_redirection_to_an_unencrypted_address_unless_the_checksums_are_pinned() {
    let place = folder("redirection");
    let to = place.path().join("bin").display().to_string();
    let fakes = place.path().join("fakes");
    let wget = "#!/bin/sh\necho 'Location: http://releases.example/x [following]' >&2\nwhile [ $# -gt 1 ]; do \
                [ \"$1\" != -O ] || : > \"$2\"; shift; done\n";
    super::program(&fakes.join("wget"), wget);
    let script = format!("PATH='{}':$PATH; exec /bin/sh \"$@\"", fakes.display());
    let shell = ["/bin/sh", "-c", &script, "sh"];
    let arguments = ["--from", "https://releases.example", "--to", &to];
    let output = install(&shell, place.path(), &[], &arguments);
    assert!(text(&output).contains("redirects to an address that is not encrypted"), "{}", text(&output));
    let arguments = [&arguments[..], &["--sums-sha256", "0"]].concat();
    let output = install(&shell, place.path(), &[], &arguments);
    assert!(text(&output).contains("SHA256SUMS has SHA-256"), "{}", text(&output));
    let arguments = ["--from", "http://localhost:x@releases.example", "--to", &to];
    let output = install(&shell, place.path(), &[], &arguments);
    assert!(text(&output).contains("there is an @ in it"), "{}", text(&output));
}
