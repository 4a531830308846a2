//! The harness with which both test targets run the real binary. Each target adds its own `backend`: the AWS,
//! the docker and the registry of a run.

pub mod app;
pub mod artifact;
pub mod aws;
pub mod book;
pub mod compiled;
pub mod fixtures;
pub mod outcome;
pub mod page;
pub mod project;
pub mod proxy;
pub mod run;
pub mod run_result;
pub mod server;
pub mod variables;
pub mod wait;
pub mod world;

/// The root of the workspace. Every path of a test to a file of this repository starts here.
pub const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
