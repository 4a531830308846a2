//! `ecs-host inspect`: policies that run, and policies that do not.

use std::process::Command;

use serde_json::Value;

use crate::fixtures::{from_text, policy};
use crate::support::WORKSPACE;

fn inspect(arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.arg("inspect").args(arguments).env_clear();
    let output = command.output().expect("the binary starts");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

fn path(name: &str) -> String {
    policy(name).display().to_string()
}

#[test]
fn the_settings_and_the_toolchain_of_a_policy_are_printed() {
    let text = inspect(&[], 0);
    for part in [
        concat!("Policy    travis ", env!("CARGO_PKG_VERSION"), ", built in\n"),
        "Contract  ecs-host:policy/policy@0.2.0, supported by this host\n",
        "  DEPLOY_BRANCHES   required  ",
        "  ECS_CLUSTER_*     required  ",
        "Imports   none\n",
        "Built by  ",
        "Digest    sha256:",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(text.contains("rustc ") && text.lines().all(|line| line.chars().count() <= 81), "{text}");
}

#[test]
fn an_import_is_printed_with_the_flag_that_grants_it() {
    let lookup_policy = path("lookup-policy");
    let text = inspect(&[&lookup_policy], 0);
    assert!(
        text.contains("ecs-host:policy/services@0.2.0") && text.contains("`--allow ecs:read` grants it"),
        "{text}"
    );
    assert!(text.contains("wasi:cli/stdout@0.2.") && text.contains("provided, without effect"), "{text}");
    let text = inspect(&[&lookup_policy, "--allow", "ecs:read"], 0);
    assert!(text.contains("granted\n") && !text.contains("`--allow ecs:read`"), "{text}");
}

#[test]
fn every_problem_of_a_component_is_printed_at_once() {
    let folder =
        tempfile::TempDir::with_prefix_in("inspect-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let file = folder.path().join("imports.wasm");
    let component =
        "(component (import \"wasi:http/outgoing-handler@0.2.0\" (instance (export \"a\" (func))))
                  (import \"acme:vault/secrets@1.0.0\" (instance (export \"a\" (func)))))";
    std::fs::write(&file, from_text(component)).expect("a file");
    let file = file.display().to_string();
    let text = inspect(&[&file], 4);
    for part in ["a policy has no network", "not part of the world", "it exports nothing; a policy exports"] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let inspection: Value = serde_json::from_str(&inspect(&[&file, "--json"], 4)).expect("JSON");
    assert_eq!(inspection["imports"][0]["availability"], "unsupported");
    assert_eq!(inspection["manifest"], Value::Null);
}

#[test]
fn a_file_that_is_not_a_policy_is_reported_in_json() {
    let file = format!("{WORKSPACE}/Cargo.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-host")).args(["inspect", "--json", &file]).output();
    let output = output.expect("the binary starts");
    let inspection: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(
        inspection["problem"].as_str().is_some_and(|why| why.contains("not WebAssembly")),
        "{inspection}"
    );
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn the_contract_is_printed() {
    let text = inspect(&["--wit"], 0);
    for part in
        ["package ecs-host:policy@0.2.0;", "interface services {", "interface registry {", "record manifest"]
    {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn the_inspection_is_printed_as_json() {
    let inspection: Value = serde_json::from_str(&inspect(&["--json"], 0)).expect("JSON");
    assert_eq!(
        (&inspection["manifest"]["name"], &inspection["contract"]),
        (&"travis".into(), &"ecs-host:policy/policy@0.2.0".into())
    );
    assert!(inspection["compile-seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{inspection}");
}
