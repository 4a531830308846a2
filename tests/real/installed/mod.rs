//! The ways to install the program: each one as its users take it, with the program of this build as the release.

mod action;
mod ci_files;
mod crates;
mod documents;
mod image;
mod installer;
mod npm;
mod npm_registry;
mod release;
mod signals;
mod stage;
mod travis;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::bench::emulator::cache;
use crate::project::text;
use crate::support::WORKSPACE;

/// The version of the packages.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The target of this machine's binary.
pub const TARGET: &str =
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };

/// A folder that is removed at its end.
pub fn folder(name: &str) -> TempDir {
    TempDir::with_prefix_in(format!("{name}-"), env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

/// Writes a program.
pub fn program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, script).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
}

/// The binaries of a release: that of this build, without what a debugger reads, which would take long to compress.
pub fn binaries() -> &'static Path {
    static BINARIES: OnceLock<PathBuf> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("binaries");
        fs::create_dir_all(folder.join(TARGET)).expect("a folder");
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(folder.join(TARGET).join("ecs-host")).arg(env!("CARGO_BIN_EXE_ecs-host"));
        succeeds(&mut strip);
        folder
    })
}

/// A folder with a script as the binary of a release.
pub fn binaries_of(script: &str) -> TempDir {
    let folder = folder("binaries");
    program(&folder.path().join(TARGET).join("ecs-host"), script);
    folder
}

/// Runs a script of `packaging/` that writes files, and returns its output.
pub fn package(script: &str, binaries: &Path, out: &Path) -> String {
    let mut command = Command::new(format!("{WORKSPACE}/packaging/{script}"));
    succeeds(command.arg(binaries).arg(out).arg(VERSION).env("ECS_HOST_CACHE", cache()))
}

/// Runs a command, asserts that it succeeds, and returns its output.
pub fn succeeds(command: &mut Command) -> String {
    let output = ends(command);
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    text(&output)
}

/// Runs a command to its end.
pub fn ends(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error} (`make test` installs it)"))
}

/// A file of YAML as JSON, each of its documents.
pub fn yaml(text: &str) -> Vec<Value> {
    // Without the truth values of YAML 1.1, such as the key `on`.
    let script = "import json, re, sys, yaml\nloader = yaml.SafeLoader\nfor own in loader.yaml_implicit_resolvers.values():\n  own[:] = [it for it in own if not it[0].endswith(':bool')]\nloader.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(true|false)$'), list('tf'))\njson.dump(list(yaml.load_all(sys.argv[1], loader)), sys.stdout)";
    let mut python = Command::new(cache().join("emulator/bin/python"));
    serde_json::from_str(&succeeds(python.args(["-c", script, text]))).expect("JSON")
}

pub fn read(path: &str) -> String {
    fs::read_to_string(format!("{WORKSPACE}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The line of Cargo.toml that names the repository decides for all files that cannot read it.
#[test]
fn every_file_names_the_same_releases_and_this_version() {
    let manifest = read("Cargo.toml");
    let (_, repository) = manifest.split_once("\nrepository = \"").expect("a repository");
    let repository = repository.split('"').next().unwrap();
    let releases = format!("{repository}/releases/download");
    for path in [
        "packaging/install.sh",
        "packaging/github/action.yml",
        "packaging/gitlab/templates/ecs-host.yml",
        "packaging/circleci/config.yml",
        "packaging/buildkite/pipeline.yml",
        "guest/templates/rust/.travis.yml",
        "guest/templates/javascript/.travis.yml",
        "guest/templates/python/.travis.yml",
        "guest/templates/rules/.travis.yml",
        "docs/install.md",
        "docs/from/travis-ecs-deploy.md",
    ] {
        let text = read(path);
        assert!(text.contains(&releases), "{path} does not name {releases}");
        assert!(text.contains(VERSION), "{path} does not name {VERSION}");
        for (at, _) in text.match_indices("github.com/ecs-host") {
            assert!(
                text[at..].starts_with(repository.trim_start_matches("https://")),
                "{path} names another one"
            );
        }
        for (at, _) in text.match_indices("/v0.") {
            assert!(text[at + 2..].starts_with(VERSION), "{path} names another version");
        }
    }
}
