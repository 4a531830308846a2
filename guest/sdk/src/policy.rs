use alloc::{string::String, vec::Vec};

use crate::{Build, Image, Manifest, Selection, Target, travis};

/// A deploy policy: the functions that the host calls for a build.
///
/// Every method has a default, the convention in [`travis`]. A policy overrides
/// the methods in which it differs. The host calls `describe`, `select`, `images`
/// and `targets` in this order, and the last two only if `select` returns
/// [`Selection::Deploy`].
///
/// # Errors
///
/// An error is a sentence for the reader of the CI log. It states what is wrong
/// and what to set or change. The run fails with exit code 3, before anything is
/// changed. For a build that does not deploy, return [`Selection::Skip`] instead.
pub trait Policy {
    /// Returns the policy's name and the settings that it reads. The host passes
    /// the declared settings and no others.
    ///
    /// The default is the manifest of the default policy, `travis`. Logs and task
    /// definitions identify a policy by its manifest, so a policy that overrides
    /// another method overrides this one as well, for example with
    /// [`travis::manifest`].
    fn describe(&self) -> Manifest {
        travis::manifest(
            "travis",
            env!("CARGO_PKG_VERSION"),
            "Deploys each branch in DEPLOY_BRANCHES to the cluster and services that are set for it.",
        )
    }

    /// Returns the name of the environment that a build deploys to. The default is
    /// the branch.
    ///
    /// The defaults of `select`, `images` and `targets` depend on it. For the
    /// environment `staging`:
    ///
    /// - The build deploys if `staging` is a word of `DEPLOY_BRANCHES`.
    /// - The image is tagged `staging` and `staging-<commit>`.
    /// - The targets are the services in `ECS_SERVICE_STAGING`, in the cluster
    ///   `ECS_CLUSTER_STAGING`.
    ///
    /// `DEPLOY_BRANCHES` is therefore a list of environments. A policy that deploys
    /// every `release/…` branch to `staging` overrides only this method and
    /// `describe`, and its users set `DEPLOY_BRANCHES="master staging"`.
    ///
    /// The defaults call this method for every build, including pull requests and
    /// builds that do not deploy.
    fn environment(&self, build: &Build) -> String {
        build.branch.clone()
    }

    /// Returns whether a build deploys. The default is [`travis::select`].
    ///
    /// # Errors
    ///
    /// Returns an error if the policy cannot decide, for example because
    /// `DEPLOY_BRANCHES` is not set.
    fn select(&self, build: &Build) -> Result<Selection, String> {
        travis::select(build, &self.environment(build))
    }

    /// Returns the images that the build deploys. The default is
    /// [`travis::images`].
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is missing or invalid.
    fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
        travis::images(build, &self.environment(build))
    }

    /// Returns the targets that the images are deployed to. The default is
    /// [`travis::targets`].
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is missing or invalid.
    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        travis::targets(build, &self.environment(build))
    }
}
