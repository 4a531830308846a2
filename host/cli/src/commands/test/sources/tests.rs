use std::fs::File;
use std::time::UNIX_EPOCH;

use super::*;
use model::source::BuiltIn;

/// A folder with files, each of which is empty.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

/// The sources of a policy in a folder, relative to it.
fn sources(folder: &Path, policy: &str, project: Option<&str>) -> Vec<String> {
    let project = project.map(|name| folder.join(name));
    let mut names: Vec<String> = find_sources_of(&folder.join(policy), project.as_deref())
        .iter()
        .map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string())
        .collect();
    names.sort();
    names
}

fn set_time(path: &Path, seconds: u64) {
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn the_sources_are_those_of_the_dependency_file() {
    let folder = folder(&["target/release/policy.wasm", "src/lib.rs", "wit/world.wit", "other.rs"]);
    let list = "/t/policy.wasm: /a/src/lib.rs \\\n  /a/my\\ dir/b.rs src/lib.rs\n\n/a/src/lib.rs:\n";
    fs::write(folder.path().join("target/release/policy.d"), list).unwrap();
    let found = sources(folder.path(), "target/release/policy.wasm", Some(""));
    assert_eq!(found, ["/a/my dir/b.rs", "/a/src/lib.rs", "src/lib.rs"]);
}

#[test]
fn the_sources_are_those_of_the_folder_of_the_project() {
    let files = [
        "app.js",
        "deploy/wit/world.wit",
        "deploy/wit/deps/p/types.wit",
        "deploy/src/policy.js",
        "deploy/src/map.json",
        "deploy/src/policy.test.js",
        "deploy/test/policy.js",
        "deploy/test_policy.py",
        "deploy/README.md",
        "deploy/package.json",
        "deploy/node_modules/x/index.js",
        "deploy/bindings/x.py",
        "deploy/.venv/x.py",
        "deploy/dist/policy.wasm",
    ];
    let folder = folder(&files);
    fs::write(folder.path().join("deploy/.gitignore"), "/bindings/\ndist/\n").unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("deploy/src/loop")).unwrap();
    let expected = [
        "deploy/src/map.json",
        "deploy/src/policy.js",
        "deploy/wit/deps/p/types.wit",
        "deploy/wit/world.wit",
    ];
    assert_eq!(sources(folder.path(), "deploy/dist/policy.wasm", None), expected);
    // The closest project contains the component, whatever file names the build.
    assert_eq!(sources(folder.path(), "deploy/dist/policy.wasm", Some("")), expected);
}

#[test]
fn a_component_without_a_project_has_no_known_sources() {
    let folder = folder(&["a/b/c/d/e/policy.wasm", "a/b/c/d/e/x.js", "a/b/own.js", "src/lib.rs"]);
    assert_eq!(sources(folder.path(), "a/b/c/d/e/policy.wasm", None), [""; 0]);
    // Unless a file names its build.
    assert_eq!(
        sources(folder.path(), "a/b/c/d/e/policy.wasm", Some("a/b")),
        ["a/b/c/d/e/x.js", "a/b/own.js"]
    );
}

#[test]
fn the_newest_source_that_is_newer_than_the_component_is_found() {
    let folder = folder(&["policy.wasm", "wit/w.wit", "a.js", "b.js"]);
    let at = |name: &str| folder.path().join(name);
    let newer = || {
        newer_source(&ComponentSource::File(at("policy.wasm")), &find_sources_of(&at("policy.wasm"), None))
    };
    for (name, seconds) in [("policy.wasm", 100), ("wit/w.wit", 50), ("a.js", 100), ("b.js", 99)] {
        set_time(&at(name), seconds);
    }
    // The same second is not newer.
    assert_eq!(newer(), None);
    set_time(&at("a.js"), 102);
    set_time(&at("b.js"), 101);
    assert_eq!(newer(), Some(at("a.js")));
    fs::remove_file(at("policy.wasm")).unwrap();
    assert_eq!(newer(), None);
    assert_eq!(newer_source(&ComponentSource::BuiltIn(BuiltIn::Travis), &[at("a.js")]), None);
}
