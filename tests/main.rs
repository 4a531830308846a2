//! End-to-end tests: the real binary, a real docker engine, real registries,
//! and an AWS emulator that nobody here wrote.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is a failure"
)]
#![allow(unreachable_pub, reason = "the modules of a test binary are all there is to reach")]

mod app;
mod bench;
mod fixtures;
mod outcome;
mod run;
mod variables;
mod wire;

mod bad_input;
mod cases;
mod configured;
mod contended;
mod definition;
mod dry;
mod example;
mod faults;
mod hostile;
mod inspect;
mod kinds;
mod languages;
mod login;
mod order;
mod output;
mod policies;
mod registry;
mod rerun;
mod rollouts;
mod secrets;
mod services;
mod signals;
mod skips;
mod unfinished;
mod watch;
