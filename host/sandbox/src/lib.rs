//! Stage 2: what the policy answers.
//!
//! A policy is a component that exports `policy` of the package
//! `ecs-host:policy` (the folder `wit/`). It runs in a sandbox in which it can
//! do nothing but answer, so a decision is a function of the build and of the
//! settings that the policy declared.

pub mod binary;
pub mod cases;
mod clock;
pub mod component;
mod contract;
mod error;
mod expansion;
pub mod inspect;
pub mod limits;
pub mod lookup;
mod questions;
mod sandbox;
pub mod settings;
mod stack;
pub mod world;

pub use binary::Binary;
pub use component::Policy;
pub use error::PolicyError;
pub use limits::Limits;
pub use lookup::Lookup;
pub use questions::is_policy_name;
pub use questions::{Answer, Manifest, Terms};
pub use stack::PolicyThread;
