use alloc::string::String;

use super::{DEPLOY_BRANCHES, DEPLOY_TAGS, IMAGE_NAME, REMOTE_IMAGE_URL};
use crate::{Manifest, SettingDeclaration};

/// Returns a manifest that declares the settings of the convention.
///
/// The name is 1 to 64 lower-case letters, digits and hyphens, and does not begin
/// with a hyphen. The host rejects any other name.
///
/// ```
/// use ecs_host_policy::{SettingDeclaration, travis};
///
/// let mut manifest = travis::manifest(
///     "release",
///     env!("CARGO_PKG_VERSION"),
///     "Deploys release branches to staging.",
/// );
/// // A policy that reads another setting declares it:
/// manifest.settings.push(SettingDeclaration::optional("FREEZE", "if set, no build deploys"));
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
            (DEPLOY_BRANCHES, "branches that deploy, separated by spaces"),
            (DEPLOY_TAGS, "git tags that deploy"),
            (IMAGE_NAME, "name of the image, such as simple-todo"),
            (REMOTE_IMAGE_URL, "repository of the image, without a tag"),
            ("ECS_CLUSTER_*", "cluster of each branch, such as ECS_CLUSTER_MASTER"),
            ("ECS_SERVICE_*", "services of each branch"),
        ]
        .map(|(name, description)| SettingDeclaration {
            required: name != DEPLOY_TAGS,
            ..SettingDeclaration::required(name, description)
        })
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_declares_the_settings_of_the_convention() {
        let manifest = manifest("travis", "0.1.0", "Deploys.");
        let names: alloc::vec::Vec<_> = manifest.settings.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "DEPLOY_BRANCHES",
                "DEPLOY_TAGS",
                "IMAGE_NAME",
                "REMOTE_IMAGE_URL",
                "ECS_CLUSTER_*",
                "ECS_SERVICE_*"
            ]
        );
        assert!(manifest.settings.iter().all(|setting| setting.required == (setting.name != DEPLOY_TAGS)));
    }
}
