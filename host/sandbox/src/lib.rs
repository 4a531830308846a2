//! The sandbox in which `ecs-host` runs deploy policies, and tests them with cases.
//!
//! A policy is a WebAssembly component that exports the interface `policy` of the WIT package
//! `ecs-host:policy` (the folder `wit/`). This crate is the only user of wasmtime. It guarantees:
//!
//! - **A policy is a function of its input**: the build, the settings and the lookups. It has no files, no
//!   network, no environment and no arguments. Clocks return 0, and random numbers are the same every time.
//! - **Limits**: file size, time and memory of the compiler, fuel, memory, tables, instances, stack, answer size, handles, output,
//!   lookups and wall-clock time are limited ([`Limits`]). An error names the limit, its value and the flag that
//!   raises it.
//! - **Least privilege**: a policy receives the environment variables that its manifest declares, except those
//!   that look like secrets, and it reads facts of ECS and ECR only if the operator grants that interface.
//! - **Valid answers**: every name in a [`Decision`](model::decision::Decision) has passed its grammar.
//!
//! ```
//! use std::collections::BTreeSet;
//!
//! use ecs_host_sandbox::{Binary, Compiler, Limits, Policy, SandboxOptions};
//! use model::source::BuiltIn;
//!
//! # fn main() -> Result<(), ecs_host_sandbox::ComponentError> {
//! let binary = Binary::built_in(BuiltIn::Travis)?;
//! let policy = Policy::compile(&binary, &Compiler::default(), &BTreeSet::new(), &Limits::default())?;
//! let manifest = policy.describe(&SandboxOptions::default())?;
//! assert_eq!(manifest.name, "travis");
//! # Ok(())
//! # }
//! ```
//!
//! | module | content |
//! |---|---|
//! | [`binary`] | the bytes of a policy: a built-in one, a file, or an artifact |
//! | [`policy`] | checking, compiling and linking a component |
//! | [`compiler`], [`compile_process`] | the cache of compiled policies, and the limit of the compiler's memory |
//! | [`evaluate`] | running a compiled policy for one build |
//! | [`manifest`], [`settings`] | what a policy declares, and the environment variables that it receives |
//! | [`lookup`] | the source of the facts that a policy reads |
//! | [`limits`], [`error`] | every limit, and every way in which a policy fails |
//! | [`inspect`], [`world`] | what a component imports and exports, without running it for a build |
//! | [`cases`] | tests of a policy: parse, run, update and record them |
//! | [`saved_decision`] | checking the decision of a saved plan |
//! | `contract` | one module per version of the WIT package; its generated types stay inside |
//! | `compilation`, `engine`, `store`, `wasi`, `thread` | wasmtime: compiling, its settings, quotas, the provided WASI, the stack |

mod any;
pub mod binary;
pub mod cases;
mod compilation;
pub mod compile_process;
pub mod compiler;
pub mod component;
pub mod composition;
mod contract;
mod engine;
mod epoch;
pub mod error;
pub mod evaluate;
mod failure;
pub mod guard;
mod guard_settings;
pub mod inspect;
mod instances;
pub mod kind;
pub mod limits;
pub mod lookup;
pub mod manifest;
pub mod policy;
mod problem;
pub mod review;
pub mod saved_decision;
mod session;
pub mod settings;
mod store;
mod thread;
mod wasi;
pub mod world;

pub use any::AnyComponent;
pub use binary::Binary;
pub use compiler::Compiler;
pub use error::ComponentError;
pub use evaluate::{Evaluation, SandboxOptions};
pub use guard::Guard;
pub use kind::ComponentKind;
pub use limits::Limits;
pub use lookup::LookupSource;
pub use manifest::{GuardManifest, Manifest, SettingDeclaration, is_component_name};
pub use policy::Policy;
pub use review::Review;

/// The conversion of a policy's answer, for the fuzz targets.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::contract::v0_2::{to_deployment, types};
    pub use crate::problem::Problem;
}
