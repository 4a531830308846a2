//! End-to-end tests that need nothing but Rust: the real binary, against the simulator of ECS and ECR, a shell
//! script in docker's place, and policies that cargo builds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is a failure"
)]
#![allow(unreachable_pub, reason = "the modules of a test binary are all there is to reach")]

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the target `real` uses the rest")]
mod support;

mod backend;
mod book;

// So that a path is the same in both targets.
use support::{
    app, artifact, aws, compiled, fixtures, outcome, page, project, proxy, run, run_result, server,
    variables, wait, world,
};

#[path = "../deployments/mod.rs"]
mod deployments;

mod build_facts;
mod buildkit;
mod builds;
mod cases;
mod certificates;
mod ci_log;
mod configured;
mod decided;
mod detail;
mod documented;
mod environment;
mod git;
mod guards;
mod hostile;
mod iam;
mod inspect;
mod killed_docker;
mod lost_output;
mod new_policy;
mod notifications;
mod operator;
mod pinned;
mod plans;
mod policies;
mod policy_cache;
mod printed;
mod providers;
mod published;
mod registry;
mod rollouts;
mod rules;
mod saved_plans;
mod secrets;
mod settings;
mod silence;
mod skips;
mod snapshots;
mod source;
mod stalled;
mod undecodable;
mod unplugged;
mod usage;
mod versions;

/// What a plain `cargo test` prints of the target `real`.
#[cfg(not(feature = "real-parts"))]
#[test]
#[ignore = "tests with docker, registries, moto, npm and PyPI are left out here: `make test` runs them"]
fn real_parts() {}
