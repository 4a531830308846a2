use alloc::{string::String, vec::Vec};

use crate::bindings::exports::ecs_host::policy::policy::Guest;
use crate::{Build, Image, Manifest, Policy, Selection, Target};

/// Makes a [`Policy`] the one that this component exports.
///
/// It takes the policy as an expression, which for a unit struct is its name,
/// and is used once, at the root of a policy's crate:
///
/// ```
/// use ecs_host_policy::{Policy, export};
///
/// struct Convention;
///
/// impl Policy for Convention {}
///
/// export!(Convention);
/// ```
///
/// Built natively, as for `cargo test`, it exports nothing and only checks that
/// the expression is a policy.
#[macro_export]
macro_rules! export {
    ($policy:expr $(,)?) => {
        const _: () = {
            struct Exported;

            impl $crate::__Exported for Exported {
                fn policy() -> impl $crate::Policy {
                    $policy
                }
            }

            // Counts as a use of the policy, so that natively, too, it is no dead code.
            let _ = <Exported as $crate::__Exported>::policy;

            #[cfg(target_family = "wasm")]
    $crate::bindings::__export_component!(Exported with_types_in $crate::bindings);
        };
    };
}

/// What [`export!`](crate::export) writes into a policy's crate. The contract's
/// functions are free ones; this is where they meet the methods of a value.
#[doc(hidden)]
pub trait __Exported {
    fn policy() -> impl Policy;
}

impl<T: __Exported> Guest for T {
    fn describe() -> Manifest {
        T::policy().describe()
    }

    fn select(build: Build) -> Result<Selection, String> {
        T::policy().select(&build)
    }

    fn images(build: Build) -> Result<Vec<Image>, String> {
        T::policy().images(&build)
    }

    fn targets(build: Build) -> Result<Vec<Target>, String> {
        T::policy().targets(&build)
    }
}
