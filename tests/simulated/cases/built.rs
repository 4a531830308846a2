//! Components that are older than their sources, and `--build`.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::{Folder, fixture};
use crate::run::{KillOnDrop, RUN_TIMEOUT, Reader};
use crate::wait::eventually;

/// A case of `misbehaving-policy` that passes.
const PASSES: &str = "[[case]]\nname = \"prints\"\nbuild.branch = \"prints\"\n\
                      expect.log = [\"first\\\\u{1b}[2J line\", \"second line\"]\n";

/// A project with a component that is an hour old, and one source.
fn project(config: &str) -> Folder {
    let folder = Folder::with(&[
        ("ecs-host.toml", config),
        ("cases/a.toml", PASSES),
        ("wit/world.wit", ""),
        ("src/policy.js", "1"),
        (".gitignore", "policy.wasm\ngenerated/\n"),
    ]);
    fs::copy(fixture("misbehaving-policy"), folder.path("policy.wasm")).expect("a copy");
    age(&folder, "policy.wasm", 3600);
    age(&folder, "wit/world.wit", 7200);
    folder
}

fn age(folder: &Folder, name: &str, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    File::options()
        .write(true)
        .open(folder.path(name))
        .and_then(|file| file.set_modified(time))
        .expect("a time");
}

const CONFIG: &str = "policy = 'policy.wasm'\ncases = ['cases']\n";

/// The command in the folder, with the variables that a build needs. Without arguments, those of `ecs-host.toml` apply.
fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.arg("test").args(arguments).current_dir(folder.path("")).env_clear();
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs it to its end, and returns stdout and stderr.
fn test(folder: &Folder, arguments: &[&str], code: i32) -> (String, String) {
    let output = command(folder, arguments).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

#[test]
fn a_component_that_is_older_than_a_source_is_reported() {
    let folder = project(CONFIG);
    let (out, err) = test(&folder, &[], 0);
    assert_eq!(
        err,
        "warning: `policy.wasm` is older than `src/policy.js`: build it, or pass --build COMMAND\n"
    );
    assert!(out.contains("1 passed"), "{out}");
    folder.write("ecs-host.toml", &format!("{CONFIG}build = 'npm run build'\n"));
    let (_, err) = test(&folder, &["--format", "json"], 0);
    assert!(err.contains("`src/policy.js`: pass --build to run `npm run build` first"), "{err}");
    // Tests, folders of tools and the cases are no sources.
    age(&folder, "src/policy.js", 7200);
    for name in
        ["test/policy.test.js", "generated/types.js", "node_modules/x/index.js", "cases/b.json", "README.md"]
    {
        folder.write(name, "");
    }
    assert_eq!(test(&folder, &[], 0).1, "");
    // A component that was downloaded has no sources here.
    fs::remove_file(folder.path("wit/world.wit"))
        .and_then(|()| fs::remove_dir(folder.path("wit")))
        .expect("removed");
    folder.write("ecs-host.toml", CONFIG);
    folder.write("src/policy.js", "2");
    assert_eq!(test(&folder, &[], 0).1, "");
}

#[test]
fn a_component_in_git_is_as_old_as_its_checkout() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = project(CONFIG);
    let with_git = |script: &str| {
        folder.write("bin/git", &format!("#!/bin/sh\n{script}\n"));
        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path("bin/git"), permissions).expect("a program");
        let path = format!("{}:/usr/bin:/bin", folder.path("bin").display());
        let output = command(&folder, &[]).env("PATH", path).output().expect("it starts");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(
        with_git(r#"case "$*" in *"ls-files -z --cached -- policy.wasm") printf 'policy.wasm\0';; esac"#),
        ""
    );
    // Neither a repository without the file, nor one that cannot be read, states that.
    for script in ["exit 0", "echo 'fatal: not a git repository' >&2; exit 128"] {
        assert!(with_git(script).contains("is older than"), "{script}");
    }
}

#[test]
fn a_build_runs_before_the_cases() {
    let folder =
        project(&format!("{CONFIG}build = 'echo \"$0 builds\"; echo more >&2; touch policy.wasm'\n"));
    let (out, err) = test(&folder, &["--build", "--format", "tap"], 0);
    let expected = "Build     $ echo \"$0 builds\"; echo more >&2; touch policy.wasm\n  sh builds\n  more\n";
    assert_eq!(err, expected);
    // Stdout contains the results only.
    assert!(out.starts_with("TAP version 14\n"), "{out}");
    // The command line replaces the command of the file, and runs in the working folder.
    folder.write("deep/.keep", "");
    let mut command = command(&folder, &["--config", "../ecs-host.toml", "--build", "pwd"]);
    let output = command.current_dir(folder.path("deep")).output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.starts_with("Build     $ pwd\n") && err.contains("/deep\n"), "{err}");
    // That of the file runs in the folder of the file.
    folder.write("ecs-host.toml", &format!("{CONFIG}build = 'pwd'\n"));
    let mut command = self::command(&folder, &["--config", "../ecs-host.toml", "--build"]);
    let output = command.current_dir(folder.path("deep")).output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.starts_with("Build     $ pwd\n  /") && !err.contains("/deep\n"), "{err}");
}

#[test]
fn a_build_that_fails_ends_the_test() {
    let folder = project(&format!("{CONFIG}build = 'echo no such module; exit 3'\n"));
    let (out, err) = test(&folder, &["--build"], 4);
    assert_eq!(out, "");
    let expected = "  no such module\nerror: the build of the component failed: `echo no such module; exit 3` ended with exit \
                    code 3; its output is above\n";
    assert!(err.ends_with(expected), "{err}");
    for (arguments, code, expected) in [
        (&["built-in", "cases", "--build"][..], 2, "`--build` requires a command: pass it, as in"),
        (
            &["oci://127.0.0.1:1/policy:1", "cases", "--build", "true"],
            2,
            "and `oci://127.0.0.1:1/policy:1` is no file;",
        ),
        (
            &["built-in", "cases", "--build", "true"],
            2,
            "and the built-in policy is no file; pass the file that",
        ),
        (
            &["--build", "policy.wasm"],
            2,
            "`policy.wasm` is no command; pass the component and the cases before",
        ),
    ] {
        let (_, err) = test(&folder, arguments, code);
        assert!(err.contains(expected), "{err}");
    }
}

/// What a checkout brings is never executed without the flag: not by `test`, and by no other verb.
#[test]
fn a_checkout_runs_no_build_by_itself() {
    let folder = project(&format!("{CONFIG}build = 'touch executed'\n"));
    test(&folder, &[], 0);
    test(&folder, &["policy.wasm", "cases"], 0);
    // The build of the file is that of its policy, and of no other.
    test(&folder, &["built-in", "cases", "--build"], 2);
    for verb in ["run", "plan", "decide", "verify", "config", "inspect"] {
        let mut command = command(&folder, &[]);
        let output = Command::new(command.get_program())
            .arg(verb)
            .current_dir(folder.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .expect("it starts");
        let _ = command.arg("unused");
        assert!(!folder.path("executed").exists(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
    }
    test(&folder, &["--build"], 0);
    assert!(folder.path("executed").exists());
}

#[test]
fn a_secret_in_the_output_of_a_build_is_masked() {
    let folder = project(&format!("{CONFIG}build = 'echo \"token $DEPLOY_TOKEN\"'\n"));
    let output =
        command(&folder, &["--build"]).env("DEPLOY_TOKEN", "hunter2-hunter2").output().expect("it starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("  token ***") && !err.contains("hunter2"), "{err}");
}

/// A run of `--watch` in the background.
struct Watch {
    out: Reader,
    err: Reader,
    child: KillOnDrop,
}

impl Watch {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = command(folder, arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let out = Reader::of(child.stdout.take().expect("a pipe"));
        let err = Reader::of(child.stderr.take().expect("a pipe"));
        Self { out, err, child: KillOnDrop(child) }
    }

    fn count(&self, text: &str) -> usize {
        self.out.text().matches(text).count() + self.err.text().matches(text).count()
    }

    fn wait_for(&self, text: &str, times: usize) {
        let result =
            eventually("the text appears", RUN_TIMEOUT, || Ok((self.count(text) >= times).then_some(())));
        result.unwrap_or_else(|error| panic!("{error}: {text}\n{}{}", self.out.text(), self.err.text()));
    }
}

#[test]
fn watch_builds_again_after_a_change_of_a_source_and_not_after_its_own_build() {
    let folder = project(&format!("{CONFIG}build = 'echo built; cat src/policy.js; touch policy.wasm'\n"));
    let watch = Watch::start(&folder, &["--build", "--watch"]);
    watch.wait_for("watching for changes", 1);
    assert_eq!(watch.count("  built\n"), 1);
    // A change of a case runs the cases, and builds nothing.
    folder.write("cases/a.toml", &PASSES.replace("second", "third"));
    watch.wait_for("1 failed", 1);
    watch.wait_for("watching for changes", 2);
    assert_eq!(watch.count("  built\n"), 1, "{}", watch.err.text());
    folder.write("src/policy.js", "the new source");
    watch.wait_for("  the new source\n", 1);
    watch.wait_for("watching for changes", 3);
    folder.write("src/more.ts", "");
    watch.wait_for("watching for changes", 4);
    assert_eq!(watch.count("  built\n"), 3, "{}", watch.err.text());
    // Nothing else happened: one build for each change, and one run of the cases for each change.
    assert_eq!(watch.count("Cases     "), 4, "{}", watch.out.text());
}

#[test]
fn a_build_that_writes_among_its_sources_does_not_repeat_itself() {
    let build = "build = 'echo built; date +%N > src/generated.js'\n";
    let folder = project(&format!("{CONFIG}{build}"));
    let watch = Watch::start(&folder, &["--build", "--watch"]);
    watch.wait_for("watching for changes", 1);
    assert_eq!(watch.count("  built\n"), 2, "{}", watch.err.text());
    watch.wait_for("src/generated.js changed during the build, twice in a row", 1);
    folder.write("cases/a.toml", &PASSES.replace("second", "third"));
    watch.wait_for("watching for changes", 2);
    assert_eq!(watch.count("  built\n"), 2, "{}", watch.err.text());
}

#[test]
fn a_failed_build_runs_no_case_and_the_next_change_repairs_it() {
    let folder = project(&format!("{CONFIG}build = 'test -e src/right.js'\n"));
    let watch = Watch::start(&folder, &["--build", "--watch"]);
    watch.wait_for("watching for changes", 1);
    assert_eq!((watch.count("the build of the component failed"), watch.count("Cases ")), (1, 0));
    folder.write("src/right.js", "");
    watch.wait_for("1 passed", 1);
}

#[test]
fn a_signal_ends_the_build_too() {
    // The build ignores the signal itself: what ends the host, ends it. SIGINT may be ignored in the whole job, as in a
    // shell's background.
    let folder =
        project(&format!("{CONFIG}build = 'trap \"\" TERM; echo $$ > pid; sleep 600 & wait; sleep 600'\n"));
    let watch = Watch::start(&folder, &["--build"]);
    let pid = eventually("the build starts", RUN_TIMEOUT, || {
        let text = fs::read_to_string(folder.path("pid")).unwrap_or_default();
        Ok(text.trim().parse::<i32>().ok())
    });
    let pid = pid.expect("a process");
    let host = rustix::process::Pid::from_child(&watch.child.0);
    rustix::process::kill_process(host, rustix::process::Signal::TERM).expect("it runs");
    // Where nothing waits for orphans, an ended process stays as a zombie.
    let is_gone = || {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = state.rsplit_once(") ").map_or("", |(_, fields)| fields);
        Ok((state.is_empty() || state.starts_with('Z')).then_some(()))
    };
    eventually("the build ends", RUN_TIMEOUT, is_gone).expect("it ended");
}
