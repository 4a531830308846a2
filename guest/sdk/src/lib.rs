//! The SDK for deploy policies and deploy guards in Rust.
//!
//! `ecs-host` deploys CI builds to Amazon ECS. A *policy*, a WebAssembly component,
//! decides which builds deploy, and where. Its input is the build and the settings
//! that it declares; its output is plain values. The host builds, pushes and
//! deploys.
//!
//! A policy is a type that implements [`Policy`] and is exported with [`export!`].
//! The default of every method is the convention in [`travis`], so a policy
//! implements only what differs. This is a complete policy, and its test:
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
//! // In a test:
//! let build = Build::on_branch("release/1.2")
//!     .with_setting("ECS_CLUSTER_STAGING", "todo-staging")
//!     .with_setting("ECS_SERVICE_STAGING", "todo");
//! assert_eq!(Release.targets(&build), Ok(vec![Target::service("todo-staging", "todo")]));
//! ```
//!
//! The types are plain Rust, so `cargo test` runs such tests natively, without
//! WebAssembly. The component is the crate, built as a `cdylib`:
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
//! # Wrapping another policy
//!
//! A policy can change what another one returns, whatever language that one is
//! written in. It calls [`InnerPolicy`], and `wac plug` composes both components into
//! one policy:
//!
//! ```
//! use ecs_host_policy::{Build, Image, InnerPolicy, Manifest, Policy, Selection, Target, export};
//!
//! /// Deploys to Frankfurt, unless the inner policy names another region.
//! struct Frankfurt<P>(P);
//!
//! impl<P: Policy> Policy for Frankfurt<P> {
//!     fn describe(&self) -> Manifest {
//!         self.0.describe()
//!     }
//!
//!     fn select(&self, build: &Build) -> Result<Selection, String> {
//!         self.0.select(build)
//!     }
//!
//!     fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
//!         self.0.images(build)
//!     }
//!
//!     fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
//!         let mut targets = self.0.targets(build)?;
//!         for target in &mut targets {
//!             target.region.get_or_insert_with(|| "eu-central-1".into());
//!         }
//!         Ok(targets)
//!     }
//! }
//!
//! export!(Frankfurt(InnerPolicy));
//! ```
//!
//! A test replaces [`InnerPolicy`] with any other implementation of [`Policy`].
//!
//! # Guards
//!
//! A guard reviews the plans of every policy, and can deny them. See [`guard`].
//!
//! # Facts
//!
//! The functions in [`services`] and [`registry`] return what runs in ECS and what
//! is pushed to ECR, those in [`source`] what the commit contains. A policy that
//! calls them requires the operator's grant. In a native build, such as for
//! `cargo test`, they return what a test provides with `testing::Facts`:
//!
//! ```
//! use ecs_host_policy::{source, testing::Facts};
//!
//! fn changes_docs_only(since: &str) -> Result<bool, String> {
//!     Ok(source::changed_files(since)?.iter().all(|path| path.starts_with("docs/")))
//! }
//!
//! let facts = Facts::new().changed_files(|_since| Ok(vec!["docs/guide.md".into()]));
//! assert_eq!(facts.provide(|| changes_docs_only("3f2a9c1")), Ok(true));
//! ```
//!
//! # Without the standard library
//!
//! This crate is `no_std`; a policy may use the standard library or not.
//!
//! - With the standard library, a policy needs no other crate, and the host prints
//!   the message of a panic.
//! - Without it, the component is smaller, compiles faster in the host and imports
//!   nothing. The crate `ecs-host-policy-runtime` provides the memory allocator and
//!   the panic handler. A panic has no message: the host prints the names of the
//!   functions in its backtrace.

#![no_std]

extern crate alloc;

#[doc(hidden)]
pub mod bindings;
mod build;
mod export;
mod facts;
pub mod guard;
mod inner;
mod policy;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod travis;
mod values;

#[doc(inline)]
pub use bindings::ecs_host::policy::types::{
    BaseRevision, Build, BuildContext, BuildSecret, BuildkitOptions, ContainerChange, ContextContent,
    Destination, DockerBuild, Event, FailureAction, Image, ImageSource, Manifest, OneOffTask, PullRequest,
    RolloutOptions, SecretReference, Selection, ServiceName, Setting, SettingDeclaration, Target,
    TaskDefinitionOptions,
};
#[doc(hidden)]
pub use export::__PolicyFactory;
pub use facts::{registry, services, source};
pub use inner::InnerPolicy;
pub use policy::Policy;
