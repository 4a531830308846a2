//! `ecs-host` turns a CI build into running Amazon ECS services, led by a policy, a WebAssembly component.
//!
//! # The path of one build
//!
//! A deployment has five stages: build, decision, plan, rollout, verdict. Each takes the value of the one before; the
//! rollout emits events.
//!
//! ```text
//! environment → Build → Decision → Plan → rollout (events) → Verdict
//! ```
//!
//! Before them, `main` reads the environment, [`cli::parse`] parses the command line, with the values of ecs-host.toml
//! ([`config::Config`]) as defaults, and [`commands::dispatch`] starts the verb. Then:
//!
//! 1. **Build**: [`ci::resolve`] reads the variables of the CI provider, or the git repository, merges the flags of the
//!    command line, and checks the [`Build`](model::build::Build).
//! 2. **Decision**: `PolicySelection::fetch` reads the policy or fetches it from its registry
//!    ([`oci::fetch`]), [`Policy::compile`](sandbox::Policy::compile) compiles it, and
//!    [`Policy::evaluate`](sandbox::Policy::evaluate) runs it in the sandbox. The result is a checked
//!    [`Decision`](model::decision::Decision): skip, or images and targets.
//! 3. **Plan**: [`facts::read_images`] reads ECR, and [`Publisher::prepare`](docker::Publisher::prepare) logs docker in
//!    and starts the first build, while [`aws::ecs::read::read_targets`] reads ECS. [`facts::assemble`] joins what was read,
//!    and [`Plan::new`](model::plan::Plan::new) compares the decision with it. Nothing outside this machine is changed
//!    up to here. The verb `plan` ends with this stage, and starts no build.
//! 4. **Rollout**: [`Publisher::publish`](docker::Publisher::publish) builds and pushes the images, and
//!    [`Engine::roll_out`](aws::ecs::engine::Engine::roll_out) registers the task definitions, updates the services
//!    and watches them.
//! 5. **Verdict**: the engine emits one [`Verdict`](model::verdict::Verdict) a target, and returns the
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
mod git;
mod links;
pub mod notify;
pub mod oci;
pub mod oidc;
pub mod output;
mod ownership;
pub mod preflight;
pub mod project;
