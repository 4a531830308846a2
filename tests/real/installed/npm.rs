//! The npm package: installed by npm and yarn, and what its commands do without the binary.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::npm_registry::{Client, NpmRegistry, path};
use super::{TARGET, VERSION, binaries_of, ends, folder, package, program, read, succeeds};
use crate::project::text;

/// A program that shows how it was started.
const HOST: &str = "#!/bin/sh\necho \"started with $*, $SETTING, in ${PWD##*/}\"\ncat\nexit 7\n";

const SCRIPT: &str = "travis-ecs-deploy";

#[test]
fn npm_and_yarn_install_both_commands_and_the_script_of_package_json_runs() {
    let binaries = binaries_of(HOST);
    let registry = NpmRegistry::new(binaries.path());
    for client in [Client::Npm, Client::Yarn] {
        let project = registry.project(&format!("{client:?}"));
        registry.add(client, &project, &[]);
        let manifest = fs::read_to_string(project.join("package.json")).unwrap();
        assert!(manifest.contains("\"travis-ecs-deploy\": \"travis-ecs-deploy\""), "{manifest}");
        // Flags after the script, the environment, standard input and the exit code are passed on.
        let flags: &[&str] = if client == Client::Npm { &["--", "--poll", "1"] } else { &["--poll", "1"] };
        let mut run = registry.command(client, &project);
        run.args(["run", SCRIPT]).args(flags).env("SETTING", "set");
        let mut child =
            run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"input of the job\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let printed = text(&output);
        assert!(printed.contains(&format!("started with run --poll 1, set, in {client:?}\n")), "{printed}");
        assert!(printed.contains("input of the job\n"), "{printed}");
        assert_eq!(output.status.code(), Some(7), "{printed}");
        // The other command has the arguments of ecs-host.
        let mut host = Command::new(project.join("node_modules/.bin/ecs-host"));
        let output =
            ends(host.args(["status", "a b"]).current_dir(&project).env("PATH", path()).stdin(Stdio::null()));
        assert_eq!(output.status.code(), Some(7));
        assert!(text(&output).contains("started with status a b, "), "{}", text(&output));
    }
    assert!(
        registry.requests().iter().all(|request| request.contains("travis-ecs-deploy")),
        "{:?}",
        registry.requests()
    );
}

#[test]
fn a_missing_binary_is_explained() {
    let binaries = binaries_of(HOST);
    let registry = NpmRegistry::new(binaries.path());
    let project = registry.project("without");
    let fails = |project: &Path, options: &str, expected: &[&str]| {
        let mut command = Command::new(project.join("node_modules/.bin").join(SCRIPT));
        let output = ends(command.env("PATH", path()).env("NODE_OPTIONS", options).stdin(Stdio::null()));
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(5), "{printed}");
        for part in expected {
            assert!(printed.contains(part), "{part}: {printed}");
        }
        assert!(!printed.contains("    at "), "{printed}");
        // But for a path.
        let is_long = |line: &str| {
            line.chars().count() > 86 && !line.contains("cannot start") && !line.starts_with('/')
        };
        assert!(!printed.lines().any(is_long), "{printed}");
    };
    let platform = TARGET.split('-').next().unwrap().replace("x86_64", "x64").replace("aarch64", "arm64");
    let left_out = format!("the package @travis-ecs-deploy/linux-{platform} is not installed.\n");
    for (client, flag) in [
        (Client::Npm, "--omit=optional"),
        (Client::Npm, "--no-optional"),
        (Client::Yarn, "--ignore-optional"),
        // Such as a lockfile and node_modules from a Mac.
        (Client::Npm, "--os=darwin"),
    ] {
        let _ = fs::remove_dir_all(project.join("node_modules"));
        let _ = fs::remove_file(project.join("package-lock.json"));
        registry.add(client, &project, &[flag]);
        fails(&project, "", &[&left_out, "remove --omit=optional"]);
    }
    // A platform without a package.
    let other = folder("platform");
    let preload = other.path().join("darwin.js");
    fs::write(&preload, "Object.defineProperty(process, 'platform', { value: 'darwin' });").unwrap();
    let options = format!("--require={}", preload.display());
    let expected =
        format!("there is no package with ecs-host for darwin-{platform}.\nThe packages are for linux-");
    fails(&project, &options, &[&expected, "use the container image, or build ecs-host from source:\n"]);
    // A file system without execution has the same error as a file without its mode.
    let _ = fs::remove_dir_all(project.join("node_modules"));
    registry.add(Client::Npm, &project, &[]);
    let binary = project.join(format!("node_modules/@travis-ecs-deploy/linux-{platform}/bin/ecs-host"));
    program(&binary, "#!/no/such/loader\n");
    fails(&project, "", &["cannot start ", "The file or the loader that it needs is missing"]);
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o644)).unwrap();
    fails(&project, "", &["cannot start ", "`noexec`"]);
    // That of another install.
    let manifest = project.join(format!("node_modules/@travis-ecs-deploy/linux-{platform}/package.json"));
    let text = fs::read_to_string(&manifest).unwrap().replace(VERSION, "3.9.9");
    fs::write(&manifest, text).unwrap();
    fails(&project, "", &["has version 3.9.9,\n", &format!("this is {VERSION}: remove node_modules")]);
}

#[test]
fn packages_are_the_same_bytes_again_and_contain_what_npm_would_pack() {
    let (binaries, out) = (binaries_of(HOST), folder("packages"));
    let build = |name: &str| {
        let out = out.path().join(name);
        package("npm/build", binaries.path(), &out);
        let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let (first, second) = (build("first"), build("second"));
    assert_eq!(first.len(), 2);
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one.file_name(), other.file_name());
        assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "{one:?}");
        let place = out.path().join("unpacked").join(one.file_stem().unwrap());
        fs::create_dir_all(&place).unwrap();
        succeeds(Command::new("tar").arg("xzf").arg(one).arg("-C").arg(&place));
        let mut npm = Command::new("npm");
        npm.args(["pack", "--silent"]).current_dir(place.join("package")).env("PATH", path());
        succeeds(npm.env("HOME", out.path()).env("npm_config_update_notifier", "false"));
        // `npm pack` chooses the same name and the same files.
        let packed = place.join("package").join(one.file_name().unwrap());
        let list = |file: &Path| {
            let mut list: Vec<String> =
                succeeds(Command::new("tar").arg("tzf").arg(file)).lines().map(str::to_owned).collect();
            list.sort();
            list
        };
        assert_eq!(list(one), list(&packed));
        let manifest = fs::read_to_string(place.join("package/package.json")).unwrap();
        assert!(manifest.contains(&format!("\"version\": \"{VERSION}\"")), "{manifest}");
        assert!(!manifest.contains("install\""), "it runs a script: {manifest}");
    }
}

/// The readme of the package shows the files of its users that keep working.
#[test]
fn the_readme_shows_the_script_of_the_former_package() {
    let readme = read("packaging/npm/travis-ecs-deploy/README.md");
    let deploy = read("tests/real/installed/travis/.travis.yml");
    let (_, deploy) = deploy.split_once("\ndeploy:").unwrap();
    assert!(readme.contains(&format!("```yaml\ndeploy:{deploy}```\n")), "{readme}");
    assert!(readme.contains(&format!("```json\n{}```\n", include_str!("travis/package.json"))), "{readme}");
}
