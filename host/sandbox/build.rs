//! Builds the default policy, `guest/travis`, for the sandbox, so that
//! `include_bytes!` finds it. A plain `cargo build` of the host is enough.
//!
//! The inner cargo has a target folder of its own, `policies` in the outer one: in the outer one itself it
//! would wait for the lock that the outer cargo holds while this script runs. The folder is the same for
//! every profile and feature of the host, and the tests build their policies there, so that what the policies
//! depend on is compiled once.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let out = PathBuf::from(variable("OUT_DIR"));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../..");
    for input in ["guest/sdk", "guest/travis", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    // `out` is TARGET/PROFILE/build/PACKAGE/out.
    let target = out.ancestors().nth(4).unwrap_or(&out).join("policies");
    let built = build(&root, &target);
    let wasm = target.join("wasm32-wasip2/policy/ecs_host_travis.wasm");
    if let Err(reason) =
        built.and_then(|()| std::fs::copy(&wasm, out.join("travis.wasm")).map_err(|e| e.to_string()))
    {
        println!("cargo::error=the default policy, guest/travis, can't be built for wasm32-wasip2: {reason}");
        println!("cargo::error=if the target is missing: `rustup target add wasm32-wasip2`, or `make setup`");
    }
}

fn build(root: &Path, target: &Path) -> Result<(), String> {
    let mut cargo = Command::new(variable("CARGO"));
    // What the outer cargo says of the host's build does not hold for the guest's.
    for (name, _) in std::env::vars_os() {
        let outer = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_ENCODED_RUST")
                || name.starts_with("CARGO_PROFILE_")
                || name.starts_with("RUSTC")
        });
        if outer {
            cargo.env_remove(name);
        }
    }
    cargo.env_remove("RUSTFLAGS").current_dir(root).arg("build").arg("--target-dir").arg(target);
    cargo.args(["--package=ecs-host-travis", "--target=wasm32-wasip2", "--profile=policy", "--locked"]);
    let output = cargo.output().map_err(|error| format!("cargo did not start: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).replace('\n', " | "))
    }
}

fn variable(name: &str) -> std::ffi::OsString {
    std::env::var_os(name).unwrap_or_default()
}
