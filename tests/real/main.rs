//! End-to-end tests that need more than Rust: docker, registries, an AWS emulator and AWS tools that nobody here
//! wrote, policies in JavaScript, Python and C, and guards in the first two. `make test` installs what they need and enables the feature
//! `real-parts`, without which cargo leaves them out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is a failure"
)]
#![allow(unreachable_pub, reason = "the modules of a test binary are all there is to reach")]

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the target `simulated` uses the rest")]
mod support;

mod backend;
mod bench;
mod builds;
mod buildx;
mod composition;

// So that a path is the same in both targets.
use support::{
    app, artifact, aws, compiled, fixtures, outcome, project, proxy, run, run_result, server, variables,
    wait, world,
};

#[path = "../deployments/mod.rs"]
mod deployments;

mod docker;
mod documented;
mod guards;
mod installed;
mod javascript;
mod languages;
mod login;
mod peers;
mod registry;
mod report;
mod reproducible;
mod source;
#[path = "../demo/stage.rs"]
#[allow(dead_code, reason = "the demo uses the rest")]
mod stage;
mod terminal;
mod tutorial;
