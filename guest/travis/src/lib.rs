//! The default policy of `ecs-host`: one git branch, one environment, as the npm
//! package `travis-ecs-deploy` had it. It is the convention that
//! `ecs_host_policy::travis` documents, and nothing else. The host carries the
//! component inside, so it does without the standard library: it is small, and
//! imports nothing.

#![no_std]

#[cfg(not(test))]
use ecs_host_policy_runtime as _;

use ecs_host_policy::{Policy, export};

struct Travis;

impl Policy for Travis {}

export!(Travis);

#[cfg(test)]
mod tests;
