//! The facts of the contract: in the component those of the host, in a native build those that a test provides.

/// Defines the functions of an interface: calls of the host in a component, and of [`crate::testing`] in a native build.
macro_rules! facts {
    ($(#[$doc:meta])* mod $interface:ident: $($types:ident),*;
     $($(#[$method_doc:meta])* fn $name:ident($($parameter:ident),*) -> $result:ty;)*) => {
        $(#[$doc])*
        pub mod $interface {
            use alloc::string::String;
            #[allow(unused_imports, reason = "not every interface has a list")]
            use alloc::vec::Vec;

            #[doc(inline)]
            #[allow(unused_imports, reason = "not every interface has types")]
            pub use crate::bindings::ecs_host::policy::$interface::{$($types),*};

            $(
                $(#[$method_doc])*
                pub fn $name($($parameter: &str),*) -> Result<$result, String> {
                    #[cfg(target_family = "wasm")]
                    return crate::bindings::ecs_host::policy::$interface::$name($($parameter),*);
                    #[cfg(not(target_family = "wasm"))]
                    crate::testing::$name($($parameter),*)
                }
            )*
        }
    };
}

facts! {
    /// What runs in ECS. A policy that calls it requires the operator's grant `--allow ecs:read`.
    mod services: RunningContainer, Service, Stamp;
    /// Returns the services of a cluster.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails.
    fn list_services(cluster) -> Vec<Service>;
    /// Returns a service, or `None` if there is none with this name.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails.
    fn get_service(cluster, name) -> Option<Service>;
}

facts! {
    /// What is pushed to ECR. A policy that calls it requires the operator's grant `--allow ecr:read`.
    mod registry: PushedImage;
    /// Returns an image by its tag or digest, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails.
    fn get_image(repository, reference) -> Option<PushedImage>;
}

facts! {
    /// What the commit contains. A policy that calls it requires the operator's grant `--allow source:read`.
    mod source: ;
    /// Returns the paths that differ between a commit and the commit of the build.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails, for example in a shallow clone.
    fn changed_files(since) -> Vec<String>;
    /// Returns a text file of the build's commit, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the lookup fails.
    fn read_file(path) -> Option<String>;
}
