//! The ways to install the program: each one as its users take it, with the program of this build as the release.

mod action;
mod ci_chapter;
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

/// Every file of a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The lines of Cargo.toml with the repository and the version decide for all files that cannot read them.
#[test]
fn every_file_names_the_same_releases_and_this_version() {
    let manifest = read("Cargo.toml");
    let (_, repository) = manifest.split_once("\nrepository = \"").expect("a repository");
    let repository = repository.split('"').next().unwrap();
    let version = regex_lite::Regex::new(
        "(/v|@v|--tag v|--version |ecs-host:|ecs-host-image-|_version=|_VERSION: |default: |travis |rules )([0-9]+\\.[0-9]+\\.[0-9]+)",
    )
    .unwrap();
    let folders = ["docs", "packaging", "guest/templates"].map(|it| Path::new(WORKSPACE).join(it));
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| files_below(folder)).collect();
    files.push(Path::new(WORKSPACE).join("README.md"));
    let mut naming = 0;
    for path in files {
        let path = path.strip_prefix(WORKSPACE).unwrap().display().to_string();
        let text = read(&path);
        for (at, _) in text.match_indices("github.com/ecs-host") {
            assert!(
                text[at..].starts_with(repository.trim_start_matches("https://")),
                "{path} names another repository"
            );
        }
        let named: Vec<&str> = version.captures_iter(&text).map(|it| it.get(2).unwrap().as_str()).collect();
        assert!(named.iter().all(|it| *it == VERSION), "{path} names {named:?}, and this is {VERSION}");
        naming += usize::from(!named.is_empty());
        if text.contains("install.sh") && text.contains("/releases/download/") {
            assert!(text.contains(&format!("{repository}/releases/download")), "{path} names other releases");
            assert!(!named.is_empty(), "{path} names no release");
        }
    }
    assert!(naming > 10, "{naming} files name a release");
}
