//! `ecs-host` turns a CI build into running Amazon ECS services, led by a policy, a WebAssembly component.
//!
//! # The way of the data
//!
//! A deployment passes five stages. Each is a plain value made from the one before:
//!
//! ```text
//! environment → Build → Decision → Plan → Rollout → Verdict
//! ```
//!
//! This is the way of one build, from `TRAVIS_BRANCH` to the verdict:
//!
//! 1. `main` reads the environment. [`cli::parse`] parses the command line, with the values of ecs-host.toml
//!    ([`config::Config`]) as defaults. [`commands::dispatch`] starts the verb.
//! 2. **Build**: [`ci::resolve`] reads `TRAVIS_BRANCH` and its siblings, merges the flags of the command line, and
//!    checks the [`Build`](model::build::Build).
//! 3. **Decision**: `PolicySelection::fetch` reads the policy or fetches it from its registry
//!    ([`oci::fetch`]), [`Policy::compile`](sandbox::Policy::compile) compiles it, and
//!    [`Policy::evaluate`](sandbox::Policy::evaluate) runs it in the sandbox. The result is a checked
//!    [`Decision`](model::decision::Decision): skip, or images and targets.
//! 4. **Plan**: [`Publisher::facts`](docker::Publisher::facts) reads ECR, [`aws::ecs::read::read_targets`] reads ECS,
//!    [`facts::assemble`] joins both, and [`Plan::new`](model::plan::Plan::new) compares the decision with them.
//!    Nothing is changed up to here; the verb `plan` ends with it.
//! 5. **Rollout**: [`Publisher::publish`](docker::Publisher::publish) builds and pushes the images, and
//!    [`Engine::roll_out`](aws::ecs::engine::Engine::roll_out) registers the task definitions, updates the services
//!    and watches them.
//! 6. **Verdict**: the engine emits one [`Verdict`](model::verdict::Verdict) a target, and returns the
//!    [`Exit`](model::exit::Exit) of the process.
//!
//! Every step is an [`Event`](model::event::Event), which [`output::Report`] writes as text or JSON.
//!
//! # The crates
//!
//! | crate | content |
//! |---|---|
//! | `ecs-host` | this one: the command line, docker, registries of policies, output |
//! | `aws` | the only user of the AWS SDK: ECS and ECR |
//! | `sandbox` | the only user of wasmtime: policies, their limits, and the test cases |
//! | `model` | the values of the stages, without effects |

pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
pub mod directories;
pub mod docker;
pub mod facts;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod oci;
pub mod output;
pub mod preflight;
pub mod project;
