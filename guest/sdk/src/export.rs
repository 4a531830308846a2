use alloc::{string::String, vec::Vec};

use crate::bindings::exports::ecs_host::policy::policy::Guest;
use crate::{Build, Image, Manifest, Policy, Selection, Target};

/// Exports a [`Policy`] from the component.
///
/// The argument is an expression that creates the policy; for a unit struct, the
/// name of the struct. Use the macro once, at the root of the policy's crate:
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
/// In a native build, such as for `cargo test`, the macro exports nothing and only
/// checks that the type of the expression implements [`Policy`].
#[macro_export]
macro_rules! export {
    ($policy:expr $(,)?) => {
        const _: () = {
            struct Component;

            impl $crate::__PolicyFactory for Component {
                fn create_policy() -> impl $crate::Policy {
                    $policy
                }
            }

            // A native build has no other use of the policy, and would warn of dead code.
            let _ = <Component as $crate::__PolicyFactory>::create_policy;

            #[cfg(target_family = "wasm")]
    $crate::bindings::__export_component!(Component with_types_in $crate::bindings);
        };
    };
}

/// Implemented by the expansion of [`export!`](crate::export). The contract's
/// exports are free functions; the implementation of [`Guest`] calls the policy's
/// methods from them.
#[doc(hidden)]
pub trait __PolicyFactory {
    fn create_policy() -> impl Policy;
}

impl<T: __PolicyFactory> Guest for T {
    fn describe() -> Manifest {
        T::create_policy().describe()
    }

    fn select(build: Build) -> Result<Selection, String> {
        T::create_policy().select(&build)
    }

    fn images(build: Build) -> Result<Vec<Image>, String> {
        T::create_policy().images(&build)
    }

    fn targets(build: Build) -> Result<Vec<Target>, String> {
        T::create_policy().targets(&build)
    }
}
