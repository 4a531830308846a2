use alloc::{string::String, vec::Vec};

use crate::bindings::ecs_host::policy::policy;
use crate::{Build, Image, Manifest, Policy, Selection, Target};

/// The policy that is plugged into this one: each method calls the other component.
///
/// A component that uses it imports the interface `policy`. The host runs it only with
/// another policy plugged into that import:
///
/// ```text
/// wac plug wrapper.wasm --plug inner.wasm -o policy.wasm
/// ```
///
/// The inner policy receives the build that the method passes, with the settings in
/// it. The host passes the settings that the manifest of the whole component declares,
/// so a wrapper's manifest contains the settings of the inner one.
///
/// In a native build there is no other component, and every method panics. A wrapper
/// that is generic over [`Policy`] is tested with another implementation.
#[derive(Debug, Clone, Copy, Default)]
pub struct InnerPolicy;

impl Policy for InnerPolicy {
    fn describe(&self) -> Manifest {
        policy::describe()
    }

    fn select(&self, build: &Build) -> Result<Selection, String> {
        policy::select(build)
    }

    fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
        policy::images(build)
    }

    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        policy::targets(build)
    }
}
