//! The default policy of `ecs-host`: each git branch is an environment, as in the
//! npm package `travis-ecs-deploy`. The SDK implements the convention
//! (`guest/sdk/src/travis`) as the defaults of `Policy`; this crate only exports
//! them as a component.
//!
//! The host's binary contains this component. Without the standard library it is
//! small and imports nothing.

#![no_std]

#[cfg(not(test))]
use ecs_host_policy_runtime as _;

use ecs_host_policy::{Policy, export};

struct Travis;

impl Policy for Travis {}

export!(Travis);

#[cfg(test)]
mod tests;
