//! Policies for the tests: crates, projects in other languages, and components from their text form.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::WORKSPACE;

/// The component of a policy of the workspace, by the name of its crate. The first call builds all of them.
/// A build script does not build them, because it would run cargo in every build.
pub fn policy(name: &str) -> PathBuf {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = BUILT.get_or_init(build).as_ref().unwrap_or_else(|error| panic!("{error}"));
    folder.join(name.replace('-', "_") + ".wasm")
}

const CRATES: [&str; 14] = [
    "ecs-host-freeze-example",
    "ecs-host-release-example",
    "ecs-host-office-hours-guard",
    "ecs-host-production-tags-guard",
    "ecs-host-image-origins-guard",
    "ecs-host-hardening-guard",
    "ecs-host-saved-plans-guard",
    "misbehaving-policy",
    "scripted-guard",
    "lookup-guard",
    "secret-reading-policy",
    "echo-policy",
    "lookup-policy",
    "source-policy",
];

fn build() -> Result<PathBuf, String> {
    // The folder in which the build script of the host builds the default policy.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("policies");
    let mut cargo = cargo();
    cargo.current_dir(WORKSPACE);
    cargo.args(["build", "--target=wasm32-wasip2", "--profile=policy", "--locked", "--target-dir"]);
    cargo.arg(&target).args(CRATES.map(|name| format!("--package={name}")));
    let output = cargo.output().map_err(|error| format!("cargo did not start: {error}"))?;
    if output.status.success() {
        return Ok(target.join("wasm32-wasip2/policy"));
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "cannot build the policies of the tests for wasm32-wasip2; if the target is missing, run \
         `rustup target add wasm32-wasip2` or `make setup`:\n{stderr}"
    ))
}

/// A cargo command without the settings of the cargo that runs the tests.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    // These variables describe the build of the outer cargo.
    for (name, _) in std::env::vars_os() {
        let prefixes = ["CARGO_ENCODED_RUST", "CARGO_PROFILE_", "CARGO_BUILD_", "RUSTC", "RUSTFLAGS"];
        if name.to_str().is_some_and(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// A policy of the workspace as if it were built for another version of the contract with the same types.
pub fn built_for(version: &str, name: &str) -> Vec<u8> {
    let mut bytes = std::fs::read(policy(name)).expect("a component");
    let (package, old) = (b"ecs-host:policy/", b"@0.2.0");
    assert_eq!(version.len() + 1, old.len());
    for at in 0..bytes.len() - package.len() {
        let rest = &bytes[at..];
        let name = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
        if let Some(interface) = rest.strip_prefix(package) {
            let end = interface.iter().take_while(|byte| name(byte)).count();
            if interface[end..].starts_with(old) {
                let start = at + package.len() + end + 1;
                bytes[start..start + version.len()].copy_from_slice(version.as_bytes());
            }
        }
    }
    bytes
}

/// The component of a project in JavaScript, Python or C. It is built again if the project's files changed.
pub fn built(project: &Path) -> PathBuf {
    let script = Path::new(WORKSPACE).join("tests/setup/policy");
    let output = Command::new(script).arg(project).output().expect("the script starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}(`make test` installs the tools)");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}

/// A component or a core module from its text form.
pub fn from_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text form of a component")
}

/// A component that exports an empty interface with the policy's name, and imports these interfaces.
pub fn importing(interfaces: &[&str]) -> Vec<u8> {
    let import = |name: &&str| format!("(import \"{name}\" (instance (export \"ask\" (func))))");
    let imports: String = interfaces.iter().map(import).collect();
    exporting("ecs-host:policy/policy@0.2.0", &imports)
}

/// A component that exports one empty interface. `imports` is in the text form.
pub fn exporting(interface: &str, imports: &str) -> Vec<u8> {
    from_text(&format!("(component {imports} (instance $it) (export \"{interface}\" (instance $it)))"))
}
