//! The contract for deploy policies written in Rust.
//!
//! `ecs-host` deploys CI builds to Amazon ECS. Which builds deploy, and what
//! goes where, is decided by a *policy*: a WebAssembly component that is asked
//! about each build and answers with plain values. It sees the build and the
//! settings it declared, and nothing else. The host does the rest.
//!
//! A policy is a type with an implementation of [`Policy`], and one
//! [`export!`]. Every method has the convention in [`travis`] as its default, so
//! a policy says only what is different about it. This one is whole, with its
//! test:
//!
//! ```
//! use ecs_host_policy::{Build, Manifest, Policy, export, travis};
//!
//! struct Release;
//!
//! impl Policy for Release {
//!     fn describe(&self) -> Manifest {
//!         travis::manifest("release", "1.0.0", "Deploys release branches to staging.")
//!     }
//!
//!     fn environment(&self, build: &Build) -> String {
//!         let release = build.branch.starts_with("release/");
//!         if release { "staging".into() } else { build.branch.clone() }
//!     }
//! }
//!
//! export!(Release);
//!
//! # use ecs_host_policy::Target;
//! // In a test, natively:
//! let build = Build::on_branch("release/1.2")
//!     .with("ECS_CLUSTER_STAGING", "todo-staging")
//!     .with("ECS_SERVICE_STAGING", "todo");
//! assert_eq!(Release.targets(&build), Ok(vec![Target::service("todo-staging", "todo")]));
//! ```
//!
//! The types are plain Rust, so `cargo test` runs such tests as they stand, with
//! no WebAssembly anywhere. The component is the crate built as a `cdylib`:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib"]
//! ```
//!
//! ```text
//! cargo build --release --target wasm32-wasip2
//! ```
//!
//! # Facts
//!
//! The functions in [`services`] and [`registry`] ask the host what runs in ECS
//! and what has been pushed to ECR. A policy that calls one needs the operator's
//! grant. Natively there is no host to ask, and they panic: a policy keeps what
//! it decides in a function of the facts, and tests that.
//!
//! # Without the standard library
//!
//! This crate is `no_std` and works in policies of both kinds. With the standard
//! library a policy needs nothing more, and its panics are shown with their
//! text. Without it a component is smaller, compiles faster in the host and
//! imports nothing; the crate `ecs-host-policy-runtime` supplies the memory
//! allocator and the panic handler that are then missing. Its panics have no
//! text: the host shows the names of the functions that led to one.

#![no_std]

extern crate alloc;

#[doc(hidden)]
pub mod bindings;
mod build;
mod export;
mod policy;
pub mod travis;
mod values;

#[doc(inline)]
pub use bindings::ecs_host::policy::types::{
    Assignment, Build, Destination, DockerBuild, Event, FailureAction, Image, ImageSource, Manifest,
    OneOffTask, Selection, ServiceName, Setting, SettingDeclaration, Target,
};
#[doc(inline)]
pub use bindings::ecs_host::policy::{registry, services};
#[doc(hidden)]
pub use export::__Exported;
pub use policy::Policy;
