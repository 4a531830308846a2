//! Guards, which review plans.
//!
//! A *guard* is a component of the organisation. `ecs-host` calls it with every plan,
//! before anything changes, and a finding that denies ends the run. It is a type that
//! implements [`Guard`] and is exported with [`export_guard!`](crate::export_guard).
//! This is a complete guard, and its test:
//!
//! ```
//! use ecs_host_policy::export_guard;
//! use ecs_host_policy::guard::{Finding, Guard, GuardManifest, Plan};
//!
//! struct Unprivileged;
//!
//! impl Guard for Unprivileged {
//!     fn describe(&self) -> GuardManifest {
//!         GuardManifest::new("unprivileged", "1.0.0", "Denies privileged containers.")
//!     }
//!
//!     fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
//!         let mut findings = Vec::new();
//!         for target in &plan.targets {
//!             for container in target.containers.iter().filter(|container| container.privileged) {
//!                 let message = format!("Container `{}` is privileged.", container.name);
//!                 findings.push(Finding::deny("no-privileged-container", message).of(target));
//!             }
//!         }
//!         Ok(findings)
//!     }
//! }
//!
//! export_guard!(Unprivileged);
//!
//! # use ecs_host_policy::guard::{PlannedContainer, PlannedTarget};
//! // In a test:
//! let mut target = PlannedTarget::service("main", "web");
//! target.containers.push(PlannedContainer { privileged: true, ..PlannedContainer::new("app", "nginx") });
//! let findings = Unprivileged.review(&Plan::of([target])).unwrap();
//! assert_eq!(findings[0].rule, "no-privileged-container");
//! ```
//!
//! The component is built as that of a policy. `ecs-host plan --guard guard.wasm` runs
//! it, and `guards` in `ecs-host.toml` or in the operator's file names it for every run.

#[doc(hidden)]
pub mod bindings;
mod values;

use alloc::{string::String, vec::Vec};

#[doc(inline)]
pub use bindings::exports::ecs_host::policy::guard::{
    Action, Change, ChangedValue, Finding, GuardManifest, Plan, PlannedContainer, PlannedImage,
    PlannedTarget, PlannedTask, PlannedVariable, PolicyIdentity, Severity,
};

use bindings::exports::ecs_host::policy::guard::Guest;
pub use values::matches;

/// A deploy guard: the functions that the host calls for a plan.
pub trait Guard {
    /// Returns the guard's name and the settings that it reads.
    fn describe(&self) -> GuardManifest;

    /// Reviews a plan. Without findings the guard allows it.
    ///
    /// # Errors
    ///
    /// An error is a sentence that states why the guard cannot decide. It denies the
    /// plan.
    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String>;
}

/// Exports a [`Guard`](crate::guard::Guard) from the component.
///
/// The argument is an expression that creates the guard; for a unit struct, the name of
/// the struct. Use the macro once, at the root of the guard's crate. In a native build,
/// such as for `cargo test`, it exports nothing.
#[macro_export]
macro_rules! export_guard {
    ($guard:expr $(,)?) => {
        const _: () = {
            struct Component;

            impl $crate::guard::__GuardFactory for Component {
                fn create_guard() -> impl $crate::guard::Guard {
                    $guard
                }
            }

            // A native build has no other use of the guard, and would warn of dead code.
            let _ = <Component as $crate::guard::__GuardFactory>::create_guard;

            #[cfg(target_family = "wasm")]
    $crate::guard::bindings::__export_guard_component!(Component with_types_in $crate::guard::bindings);
        };
    };
}

/// Implemented by the expansion of [`export_guard!`](crate::export_guard).
#[doc(hidden)]
pub trait __GuardFactory {
    fn create_guard() -> impl Guard;
}

impl<T: __GuardFactory> Guest for T {
    fn describe() -> GuardManifest {
        T::create_guard().describe()
    }

    fn review(plan: Plan) -> Result<Vec<Finding>, String> {
        T::create_guard().review(&plan)
    }
}
