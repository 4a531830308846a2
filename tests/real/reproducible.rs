//! Components whose sources build the same bytes, in every folder. That of Rust is in `policies` of the simulated tests.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::bench::emulator::cache;
use crate::project::{example, guard, text};

#[test]
fn a_policy_in_c_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&example("canary"), |project| {
        let mut make = Command::new("make");
        make.arg("build").arg("-C").arg(project).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        make.arg(format!("WIT_BINDGEN={}", cache().join("wit-bindgen-cli/bin/wit-bindgen").display()));
        make
    });
}

#[test]
fn a_policy_in_javascript_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&example("monorepo"), npm_build);
}

#[test]
fn a_guard_in_javascript_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&guard("guard-built-again-javascript", "javascript"), npm_build);
}

#[test]
fn a_policy_in_python_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&example("promotion"), make_build);
}

#[test]
fn a_guard_in_python_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&guard("guard-built-again-python", "python"), make_build);
}

fn npm_build(project: &Path) -> Command {
    let modules = cache().join("componentize-qjs/node_modules");
    std::os::unix::fs::symlink(modules, project.join("node_modules")).expect("a link");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut build = Command::new("npm");
    build.args(["run", "build"]).current_dir(project);
    build.env("PATH", format!("{}:{path}", cache().join("node/bin").display()));
    build
}

fn make_build(project: &Path) -> Command {
    let mut make = Command::new("make");
    make.arg("build").arg("-C").arg(project).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    let environment = cache().join("componentize-py");
    // It is complete, whatever is newer in the copied project.
    make.arg(format!("--old-file={}", environment.join("bin/componentize-py").display()));
    make.arg(format!("VENV={}", environment.display()));
    make
}

/// Builds the project twice, in different folders. `built` returns what an earlier run has built.
fn is_built_to_the_same_bytes(project: &Path, command: impl Fn(&Path) -> Command) {
    let build = |name: &str| {
        let folder = TempDir::with_prefix_in(name, env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let copied = folder.path().join("project");
        let copy = Command::new("cp").arg("-rL").arg(project).arg(&copied).status();
        assert!(copy.expect("cp starts").success());
        // What was built or installed in the checkout.
        for built in ["policy.wasm", "guard.wasm", "bindings", "node_modules"] {
            let _ = std::fs::remove_file(copied.join(built));
            let _ = std::fs::remove_dir_all(copied.join(built));
        }
        let output = command(&copied).output().expect("the command starts");
        assert!(output.status.success(), "{}", text(&output));
        let component = ["policy.wasm", "guard.wasm"].map(|file| std::fs::read(copied.join(file)).ok());
        component.into_iter().flatten().next().expect("a component")
    };
    assert!(build("a-") == build("another-folder-"));
}
