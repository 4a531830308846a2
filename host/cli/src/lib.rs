//! `ecs-host` turns a CI build into running Amazon ECS services, led by a
//! deploy policy that is a WebAssembly component.
//!
//! A deployment goes through five stages, each a plain value made from the one
//! before:
//!
//! | stage | module | made from |
//! |---|---|---|
//! | [`ci::Build`] | `ci` | the environment and the command line |
//! | [`policy::Decision`] | `policy` | the policy's answers, checked |
//! | [`plan::Plan`] | `plan` | the decision held against what AWS has |
//! | the rollout | `image`, `ecs` | the plan carried out, each step an event |
//! | [`report::Verdict`] | `report` | what ECS says of each target |
//!
//! Beside them, `preflight` looks at all that these stages will need, and `ecs`
//! tells what runs and takes services back. `project` writes what a new policy
//! begins with, and `registry` fetches and publishes policies. `config` reads the
//! project's own defaults for the command line.
//!
//! `plan` has no effects, and `policy` none but reading the policy's file and
//! keeping what was compiled. `ci` reads the environment, `image` runs docker
//! and asks ECR, `ecs` calls ECS, `report` writes.

pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
pub mod docker;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod oci;
pub mod output;
pub mod preflight;
pub mod project;
