//! `ecs-host new`, and the example in Rust: from a project to a decision.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fixtures::{cargo, policy};
use crate::project::{decides, example, host, is_found, new, passes, text};
use crate::support::WORKSPACE;

/// Tests and builds a new project in Rust. Returns its target folder.
fn test_and_build(folder: &Path) -> PathBuf {
    // The versions are those of this repository, so that cargo fetches nothing.
    fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new/target");
    for arguments in [&["test", "--release"][..], &["build", "--release", "--target", "wasm32-wasip2"]] {
        let output = cargo()
            .args(arguments)
            .args(["--offline", "--target-dir"])
            .arg(&target)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    target
}

#[test]
fn a_new_policy_in_rust_decides() {
    let folder = new("rust");
    let target = test_and_build(&folder);
    let policy = target.join("wasm32-wasip2/release/policy.wasm");
    is_found(&policy, &folder, "target/wasm32-wasip2/release/policy.wasm");
    decides(&policy);
}

#[test]
fn a_new_guard_in_rust_reviews() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-guard");
    fs::create_dir_all(&place).unwrap();
    let folder = place.join("my-rule");
    let _ = fs::remove_dir_all(&folder);
    let output = host(&place, &["new", "my-rule", "--guard"]);
    assert!(
        text(&output).contains("Created the guard `my-rule`. To build and test it:"),
        "{}",
        text(&output)
    );
    assert!(text(&output).contains("Then write into src/lib.rs what is denied,"), "{}", text(&output));
    let target = test_and_build(&folder);
    let guard = target.join("wasm32-wasip2/release/guard.wasm");
    is_found(&guard, &folder, "target/wasm32-wasip2/release/guard.wasm");
    let output = host(&folder, &["test"]);
    assert!(text(&output).contains("Guard     my-rule 0.1.0"), "{}", text(&output));
}

#[test]
fn a_new_guard_is_in_the_language_of_the_flag() {
    let place = tempfile::tempdir().unwrap();
    for (language, source, build) in [
        ("rust", "src/lib.rs", "cargo build --release --target wasm32-wasip2"),
        ("javascript", "src/guard.js", "npm install && npm run build"),
        ("python", "guard.py", "make build"),
    ] {
        let name = format!("my-{language}-rule");
        let output = host(place.path(), &["new", &name, "--guard", "--lang", language]);
        assert!(output.status.success(), "{}", text(&output));
        let printed = text(&output);
        assert!(printed.contains(&format!("Created the guard `{name}`.")), "{printed}");
        assert!(printed.contains(&format!("  {build}\n")), "{printed}");
        assert!(printed.contains(&format!("Then write into {source} what is denied,")), "{printed}");
        let text = fs::read_to_string(place.path().join(&name).join(source)).unwrap();
        assert!(text.contains(&name) && text.contains("no-privileged-container"), "{text}");
    }
    // Rules are those of a policy.
    let output = host(place.path(), &["new", "other", "--guard", "--rules"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

#[test]
fn a_policy_in_rust_is_the_same_in_every_folder() {
    let build = |parent: &str| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(parent);
        fs::create_dir_all(&place).unwrap();
        let folder = place.join("shop");
        let _ = fs::remove_dir_all(&folder);
        assert!(host(&place, &["new", "shop", "--lang", "rust"]).status.success());
        fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("same-target");
        let arguments = ["build", "--release", "--offline", "--target", "wasm32-wasip2", "--target-dir"];
        let output = cargo().args(arguments).arg(&target).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        fs::read(target.join("wasm32-wasip2/release/policy.wasm")).unwrap()
    };
    assert!(build("here") == build("in/another/folder"), "the components differ");
}

#[test]
fn new_writes_through_no_link_of_the_checkout() {
    let [place, outside] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    std::os::unix::fs::symlink(outside.path(), place.path().join("cases")).unwrap();
    let output = host(place.path(), &["new", ".", "--lang", "python"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("`cases` is a link of the checkout to `"), "{}", text(&output));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn new_rejects_a_folder_that_is_not_empty() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("mine")).unwrap();
    fs::write(place.path().join("mine/notes"), "mine").unwrap();
    let output = host(place.path(), &["new", "mine", "--lang", "python"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("cannot create `mine`: it exists and is not an empty folder"),
        "{}",
        text(&output)
    );
    assert_eq!(fs::read_dir(place.path().join("mine")).unwrap().count(), 1);
}

#[test]
fn new_rejects_a_name_that_is_not_a_crate_name() {
    let place = tempfile::tempdir().unwrap();
    for name in ["To-Blue", "../up", "-x", "", "a_b"] {
        let output = host(place.path(), &["new", "--lang", "rust", "--", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn the_cases_of_the_example_in_rust_pass() {
    passes(&policy("ecs-host-release-example"), &example("release"));
}
