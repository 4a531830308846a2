//! Builds the built-in policies, `guest/travis` and `guest/rules`, to the files that `binary.rs` includes.
//!
//! The inner cargo uses a separate target folder, because the outer cargo locks its own while this script runs:
//! `policies` in the outer one. It is the same for every profile and feature of the host, and the tests build
//! their policies there, so that what the policies depend on is compiled once.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let out = PathBuf::from(variable("OUT_DIR"));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("../..");
    for input in
        ["guest/runtime", "guest/sdk", "guest/travis", "guest/rules", "wit", "Cargo.toml", "Cargo.lock"]
    {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    // `out` is TARGET/PROFILE/build/PACKAGE/out.
    let target = out.ancestors().nth(4).unwrap_or(&out).join("policies");
    match build_policies(&root, &target).and_then(|()| copy_policies(&target, &out)) {
        Ok(()) => {}
        // The words of rustc.
        Err(reason) if reason.contains("`wasm32-wasip2` target may not be installed") => println!(
            "cargo::error=the Rust target wasm32-wasip2 is not installed, and the built-in policies are compiled for \
             it: run `rustup target add wasm32-wasip2` (in a checkout, also `make setup`), then build again"
        ),
        Err(reason) => {
            println!("cargo::error=cannot build the built-in policies for wasm32-wasip2: {reason}");
        }
    }
}

/// The packages of the built-in policies.
const PACKAGES: [&str; 2] = ["ecs-host-travis", "ecs-host-rules"];

fn copy_policies(target: &Path, out: &Path) -> Result<(), String> {
    for package in PACKAGES {
        let file = format!("{}.wasm", package.replace('-', "_"));
        let wasm = target.join("wasm32-wasip2/policy").join(&file);
        std::fs::copy(&wasm, out.join(file)).map_err(|error| format!("{}: {error}", wasm.display()))?;
    }
    Ok(())
}

fn build_policies(root: &Path, target: &Path) -> Result<(), String> {
    let mut cargo = Command::new(variable("CARGO"));
    // The variables of the outer cargo describe the build of the host.
    for (name, _) in std::env::vars_os() {
        let is_outer = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_ENCODED_RUST")
                || name.starts_with("CARGO_PROFILE_")
                || name.starts_with("RUSTC")
        });
        if is_outer {
            cargo.env_remove(name);
        }
    }
    cargo.env_remove("RUSTFLAGS").current_dir(root).arg("build").arg("--target-dir").arg(target);
    cargo.args(PACKAGES.map(|package| format!("--package={package}")));
    cargo.args(["--target=wasm32-wasip2", "--profile=policy", "--locked"]);
    let output = cargo.output().map_err(|error| format!("cannot start cargo: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).replace('\n', " | "))
    }
}

fn variable(name: &str) -> std::ffi::OsString {
    std::env::var_os(name).unwrap_or_default()
}
