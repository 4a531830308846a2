//! Stage 2: what the policy answers.
//!
//! A policy is a component that exports `policy` of the package
//! `ecs-host:policy` (the folder `wit/`). It runs in a sandbox in which it can
//! do nothing but answer, so a decision is a function of the build and of the
//! settings that the policy declared.

mod bindings;
mod check;
mod clock;
pub mod component;
pub mod decision;
mod error;
mod questions;
pub mod sandbox;
pub mod settings;
pub(crate) mod text;

pub use component::{Policy, Source};
pub use decision::{Decision, Deployment};
pub use error::PolicyError;
pub(crate) use questions::is_policy_name;
pub use questions::{Answer, Manifest, decide};
pub use sandbox::Limits;
