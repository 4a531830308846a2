//! Policies in JavaScript and Python: from a project to a decision.

use std::process::Command;

use crate::fixtures::built;
use crate::project::{decides, example, is_found, new, passes};

#[test]
fn a_new_policy_in_javascript_decides() {
    let folder = new("javascript");
    let policy = built(&folder);
    is_found(&policy, &folder, "policy.wasm");
    decides(&policy);
}

#[test]
fn a_new_policy_in_python_decides() {
    let folder = new("python");
    let policy = built(&folder);
    is_found(&policy, &folder, "policy.wasm");
    decides(&policy);
}

#[test]
fn the_monorepo_example_deploys_migrations_first() {
    let policy = built(&example("monorepo"));
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-host"))
        .args(["plan", policy.to_str().unwrap(), "--json", "--branch", "main", "--region", "eu-central-1"])
        .args(["--commit", &"3".repeat(40)])
        .env_clear()
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("REGISTRY", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop")
        .env("ECS_CLUSTER_STAGING", "shop-staging")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let events = String::from_utf8_lossy(&output.stdout).into_owned();
    let decision = events.lines().find(|line| line.contains("\"event\":\"decision-made\"")).expect(&events);
    let decision: serde_json::Value = serde_json::from_str(decision).unwrap();
    let target = &decision["targets"][0];
    assert_eq!(target["destination"]["service"]["service"], "api");
    assert_eq!(target["tasks_before"][0]["command"], serde_json::json!(["bin/migrate", "up"]));
    let waves: Vec<_> = decision["targets"].as_array().unwrap().iter().map(|t| t["wave"].as_u64()).collect();
    assert_eq!(waves, [Some(0), Some(1), Some(1), Some(1)]);
}

#[test]
fn the_cases_of_the_examples_in_javascript_and_python_pass() {
    for name in ["monorepo", "promotion"] {
        passes(&built(&example(name)), &example(name));
    }
}
