use alloc::string::String;

use super::{DEPLOY_BRANCHES, IMAGE_NAME, REMOTE_IMAGE_URL};
use crate::{Manifest, SettingDeclaration};

/// A manifest that declares the settings of the convention.
///
/// The host takes a name of up to 64 lower-case letters, digits and hyphens, no
/// hyphen first.
///
/// ```
/// use ecs_host_policy::{SettingDeclaration, travis};
///
/// let mut manifest = travis::manifest(
///     "release",
///     env!("CARGO_PKG_VERSION"),
///     "Deploys release branches to staging.",
/// );
/// // A policy that reads more declares more:
/// manifest.settings.push(SettingDeclaration::optional("FREEZE", "no deployments while set"));
/// ```
pub fn manifest(
    name: impl Into<String>,
    version: impl Into<String>,
    description: impl Into<String>,
) -> Manifest {
    Manifest {
        name: name.into(),
        version: version.into(),
        description: description.into(),
        settings: [
            (DEPLOY_BRANCHES, "the branches that deploy, separated by spaces"),
            (IMAGE_NAME, "what to call the image, such as simple-todo"),
            (REMOTE_IMAGE_URL, "the repository to push to, without a tag"),
            ("ECS_CLUSTER_*", "each branch's cluster, as in ECS_CLUSTER_MASTER"),
            ("ECS_SERVICE_*", "each branch's services, as in ECS_SERVICE_MASTER"),
        ]
        .map(|(name, purpose)| SettingDeclaration::required(name, purpose))
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_declares_the_settings_of_the_readme() {
        let manifest = manifest("travis", "0.1.0", "Deploys.");
        let names: alloc::vec::Vec<_> = manifest.settings.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            names,
            ["DEPLOY_BRANCHES", "IMAGE_NAME", "REMOTE_IMAGE_URL", "ECS_CLUSTER_*", "ECS_SERVICE_*"]
        );
        assert!(manifest.settings.iter().all(|setting| setting.required));
    }
}
