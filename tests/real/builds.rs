//! The builds of components in JavaScript and Python: what they print about a mistake, and what they depend on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::bench::emulator::cache;
use crate::project::{guard, named, text};

#[test]
fn a_build_in_javascript_names_the_mistake_alone() {
    let folder = named("mistakes-of-builds", "javascript");
    let modules = cache().join("componentize-qjs/node_modules");
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    let policy = folder.join("src/policy.js");
    let correct = fs::read_to_string(&policy).unwrap();
    for (from, to, expected) in [
        ("repository(build);", "repository(build;", "Unexpected token ';'\n    at src/policy.js:"),
        ("export const policy", "const policy", "Could not find export 'policy' in module 'src/policy.js'\n"),
        ("images(build)", "image(build)", "src/policy.js: the policy has no method images\n"),
        (
            "'IMAGE_REPOSITORY'",
            "undefined.name",
            "cannot read property 'name' of undefined\n    at <anonymous> (src/policy.js:9:",
        ),
        (
            "// The branches",
            "import { changedFiles } from 'ecs-host:policy/source@0.2.0';\n//",
            "src/policy.js imports ecs-host:policy/source@0.2.0: add `import ecs-host:policy/source@0.2.0;` to the world in wit/world.wit\n",
        ),
    ] {
        let wrong = correct.replacen(from, to, 1);
        assert_ne!(wrong, correct);
        fs::write(&policy, wrong).unwrap();
        let output = npm_build(&folder);
        let printed = text(&output);
        assert!(!output.status.success(), "{to}: {printed}");
        assert!(printed.contains(expected), "{to}: {printed}");
        for part in ["node:internal", "Failed to", "component/", "/build.js", folder.to_str().unwrap()] {
            let is_command = |line: &str| line.starts_with("> ");
            assert!(!printed.lines().any(|line| !is_command(line) && line.contains(part)), "{to}: {printed}");
        }
        assert!(!folder.join("policy.wasm").exists());
    }
}

#[test]
fn a_world_that_exports_neither_a_policy_nor_a_guard_is_an_error() {
    for language in ["javascript", "python"] {
        let folder = named(&format!("no-kind-{language}"), language);
        fs::write(folder.join("wit/world.wit"), "package team:policy;\n\nworld deploy {}\n").unwrap();
        let output = match language {
            "javascript" => {
                let modules = cache().join("componentize-qjs/node_modules");
                std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
                npm_build(&folder)
            }
            _ => {
                let mut make = Command::new("make");
                make.arg("build").env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
                make.current_dir(&folder).output().expect("make starts")
            }
        };
        assert!(!output.status.success(), "{}", text(&output));
        let expected = "wit/world.wit: expected a world that exports ecs-host:policy/policy@0.2.0 or ecs-host:policy/guard@0.2.0";
        assert!(text(&output).contains(expected), "{}", text(&output));
    }
}

fn npm_build(project: &Path) -> Output {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut build = Command::new("npm");
    build.args(["run", "build"]).current_dir(project);
    build.env("PATH", format!("{}:{path}", cache().join("node/bin").display()));
    build.output().expect("npm starts")
}

#[test]
fn a_change_of_a_unit_test_does_not_build_a_component_in_python_again() {
    for (kind, folder) in
        [("policy", named("dependencies", "python")), ("guard", guard("guard-dependencies", "python"))]
    {
        fs::write(folder.join(format!("{kind}.wasm")), "").unwrap();
        let is_built_after = |changed: String| {
            let mut make = Command::new("make");
            make.args(["--question", "--old-file=.venv/bin/componentize-py", "--what-if", &changed, "build"]);
            let status = make.current_dir(&folder).env_remove("MAKEFLAGS").env_remove("MAKELEVEL").status();
            !status.expect("make starts").success()
        };
        assert!(is_built_after(format!("{kind}.py")));
        assert!(!is_built_after(format!("test_{kind}.py")));
    }
}

#[test]
fn a_change_during_the_build_of_a_policy_in_python_leads_to_another_build() {
    let folder = named("changed-during-a-build", "python");
    // It changes the policy after it has read it. It runs in the copy that it reads.
    let componentize = folder.join(".venv/bin/componentize-py");
    fs::create_dir_all(folder.join(".venv/bin")).unwrap();
    let script = |change: &str| format!("#!/bin/sh\ncd '{}'; {change} touch policy.wasm\n", folder.display());
    fs::write(&componentize, script("sleep 0.1; echo '#' >> policy.py; sleep 0.1;")).unwrap();
    fs::set_permissions(&componentize, fs::Permissions::from_mode(0o755)).unwrap();
    let make = |arguments: &[&str]| {
        let mut make = Command::new("make");
        make.arg("--silent")
            .args(arguments)
            .current_dir(&folder)
            .env_remove("MAKEFLAGS")
            .env_remove("MAKELEVEL");
        make.status().expect("make starts").success()
    };
    assert!(make(&["build"]));
    assert!(!make(&["--question", "build"]), "the component is older than the policy");
    assert!(!folder.join("policy.wasm.start").exists());
    // Without a change, it is up to date.
    fs::write(&componentize, script("")).unwrap();
    assert!(make(&["build"]));
    assert!(make(&["--question", "build"]));
}

#[test]
fn a_build_of_a_policy_in_python_reads_folders_by_name_and_ends_as_its_tool_does() {
    let folder = named("tools-that-end", "python");
    for name in ["zebra", "apple", "mango", "lemon", "olive", "grape", "peach", "berry"] {
        fs::write(folder.join(format!("{name}.py")), "").unwrap();
    }
    let tool = folder.join(".venv/bin/componentize-py");
    fs::create_dir_all(folder.join(".venv/bin")).unwrap();
    let id = folder.join(".venv/id");
    for (end, code) in [("exit 0", 0), ("exit 3", 3), ("kill -KILL $$", 137)] {
        // `ls -U` prints the entries as the system returns them.
        fs::write(
            &tool,
            format!("#!/bin/sh\nls -U project; echo $$ > '{}'; echo an error >&2; {end}\n", id.display()),
        )
        .unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let mut build = Command::new("python3");
        let output = build.args(["build.py", ".venv", "policy.wasm"]).current_dir(&folder).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", text(&output));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let names: Vec<&str> = printed.lines().collect();
        assert_eq!(names.len(), 11, "{printed}");
        assert!(names.is_sorted(), "{printed}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "an error\n");
        // libfaketime would not start in a later process with this number.
        let left = Path::new("/dev/shm")
            .join(format!("sem.faketime_sem_{}", fs::read_to_string(&id).unwrap().trim()));
        assert!(!left.exists(), "{}", left.display());
    }
}
