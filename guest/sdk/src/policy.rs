use alloc::{string::String, vec::Vec};

use crate::{Build, Image, Manifest, Selection, Target, travis};

/// A deploy policy: what the host asks of it about a build.
///
/// Every method has a default, the convention in [`travis`]; a policy overrides
/// those in which it differs. The host asks in the order `describe`, `select`,
/// `images`, `targets`, each only if the one before gave it reason to.
///
/// # Errors
///
/// An error is a sentence for the person who reads the CI log, and says what to
/// set or change. It fails the run with exit code 3, before anything has been
/// changed. A build that simply should not deploy is no error but
/// [`Selection::Skip`].
pub trait Policy {
    /// What this policy is, and which settings it reads. It is given the
    /// declared ones and no others.
    ///
    /// The default is the manifest of the policy `travis`. Logs name a policy by
    /// its manifest, so one that overrides anything overrides this as well;
    /// [`travis::manifest`] keeps that to a line.
    fn describe(&self) -> Manifest {
        travis::manifest(
            "travis",
            env!("CARGO_PKG_VERSION"),
            "Deploys each branch of DEPLOY_BRANCHES to the cluster and service set for it.",
        )
    }

    /// The name of the environment that a build deploys to; by default, the
    /// branch itself.
    ///
    /// All other defaults follow from it. For the environment `staging`:
    ///
    /// - the build deploys if `staging` is a word of `DEPLOY_BRANCHES`,
    /// - its cluster and services are those in `ECS_CLUSTER_STAGING` and
    ///   `ECS_SERVICE_STAGING`,
    /// - its image gets the tags `staging` and `staging-<commit>`.
    ///
    /// So `DEPLOY_BRANCHES` lists environments, which are branches as long as
    /// each branch is its own environment. A policy that sends every `release/…`
    /// branch to `staging` overrides this method and nothing else, and its users
    /// set `DEPLOY_BRANCHES="master staging"`.
    ///
    /// It is asked about every build, a pull request too, and whether or not the
    /// build deploys in the end.
    fn environment(&self, build: &Build) -> String {
        build.branch.clone()
    }

    /// Whether this build deploys; by default as [`travis::select`] has it.
    ///
    /// # Errors
    ///
    /// Where it cannot be said, as without `DEPLOY_BRANCHES`.
    fn select(&self, build: &Build) -> Result<Selection, String> {
        travis::select(build, &self.environment(build))
    }

    /// The images the deployment needs; by default those of [`travis::images`].
    ///
    /// # Errors
    ///
    /// Where a setting is missing or is not what it should be.
    fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
        travis::images(build, &self.environment(build))
    }

    /// What gets the images; by default the targets of [`travis::targets`].
    ///
    /// # Errors
    ///
    /// Where a setting is missing or is not what it should be.
    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        travis::targets(build, &self.environment(build))
    }
}
