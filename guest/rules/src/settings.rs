//! The settings that the policy declares, and references to them in the file.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{Build, SettingDeclaration, travis::variable_suffix};

use crate::problem::quoted;

/// The setting with the path of the file, if it is not at the root of the repository.
pub(crate) const RULES: &str = "DEPLOY_RULES";

/// The settings, with their descriptions. The host reads them before there is a build, so the file cannot declare more.
const DECLARED: [(&str, &str); 5] = [
    ("DEPLOY_*", "settings of your own; DEPLOY_RULES: path of deploy-rules.toml"),
    ("ECS_CLUSTER_*", "setting of your own, such as the cluster of an environment"),
    ("ECS_SERVICE_*", "setting of your own, such as the services of an environment"),
    ("IMAGE_NAME", "setting of your own, such as the name of the image"),
    ("REMOTE_IMAGE_URL", "setting of your own, such as the repository of the image"),
];

/// The declarations of the manifest. No setting is required: the file decides which ones it reads.
pub(crate) fn declarations() -> Vec<SettingDeclaration> {
    DECLARED.map(|(name, description)| SettingDeclaration::optional(name, description)).into()
}

/// A setting in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name; with a final `*`, the prefix of a name that ends with the environment.
    name: String,
    /// Whether the setting may be missing.
    is_optional: bool,
}

impl Reference {
    /// Parses `NAME`, `PREFIX_*`, `NAME?` or `PREFIX_*?`.
    ///
    /// # Errors
    /// A message with the settings that the policy declares.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, is_optional) = match text.strip_suffix('?') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let stem = name.strip_suffix("_*").unwrap_or(name);
        let is_name = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let is_declared = DECLARED.iter().any(|(declared, _)| match declared.strip_suffix('*') {
            Some(prefix) => name.len() > prefix.len() && name.starts_with(prefix) || name == *declared,
            None => name == *declared,
        });
        if is_name && is_declared {
            return Ok(Self { name: name.into(), is_optional });
        }
        let known = DECLARED.map(|(name, _)| name).join(", ");
        Err(format!("{} is not a setting of this policy, which reads {known}", quoted(name)))
    }

    /// The value in a build for an environment. A missing optional setting is empty.
    ///
    /// # Errors
    /// The name of the setting that is not set.
    pub(crate) fn read<'b>(&self, build: &'b Build, environment: Option<&str>) -> Result<&'b str, String> {
        let name = self.variable(environment);
        match build.setting(&name) {
            Some(value) => Ok(value),
            None if self.is_optional => Ok(""),
            None => Err(format!("{name} is not set: set this variable in the CI job")),
        }
    }

    /// The words of the value, which spaces and commas separate.
    ///
    /// # Errors
    /// The name of the setting that is not set.
    pub(crate) fn words<'b>(
        &self,
        build: &'b Build,
        environment: Option<&str>,
    ) -> Result<Vec<&'b str>, String> {
        let is_separator = |c: char| c.is_ascii_whitespace() || c == ',';
        let value = self.read(build, environment)?;
        Ok(value.split(is_separator).filter(|word| !word.is_empty()).collect())
    }

    /// Whether the name ends with the environment.
    pub(crate) fn depends_on_environment(&self) -> bool {
        self.name.ends_with('*')
    }

    /// The name of the variable.
    pub(crate) fn variable(&self, environment: Option<&str>) -> String {
        match self.name.strip_suffix('*') {
            Some(prefix) => [prefix, &variable_suffix(environment.unwrap_or_default())].concat(),
            None => self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_the_environment_as_in_the_convention() {
        let build = Build::on_branch("feature/x").with_setting("ECS_SERVICE_FEATURE_X", "web, worker\n");
        let reference = Reference::parse("ECS_SERVICE_*").unwrap();
        assert_eq!(reference.words(&build, Some("feature/x")), Ok(["web", "worker"].into()));
        let error = reference.read(&build, Some("master")).unwrap_err();
        assert_eq!(error, "ECS_SERVICE_MASTER is not set: set this variable in the CI job");
    }

    #[test]
    fn an_optional_setting_may_be_missing() {
        let build = Build::on_branch("master").with_setting("DEPLOY_TAGS", " ");
        for (text, value) in [("DEPLOY_TAGS?", Ok("")), ("IMAGE_NAME?", Ok(""))] {
            assert_eq!(Reference::parse(text).unwrap().read(&build, None), value);
        }
        assert!(Reference::parse("DEPLOY_TAGS").unwrap().read(&build, None).is_err());
    }

    #[test]
    fn only_declared_settings_can_be_named() {
        for valid in
            ["DEPLOY_X", "DEPLOY_*", "DEPLOY_ACCOUNT_*", "ECS_CLUSTER_A", "IMAGE_NAME", "REMOTE_IMAGE_URL"]
        {
            assert!(Reference::parse(valid).is_ok(), "{valid}");
        }
        for invalid in
            ["", "HOME", "DEPLOY_", "IMAGE_NAMES", "IMAGE_*", "DEPLOY-X", "DEPLOY_*X", "*", "deploy_x", "_*"]
        {
            assert!(Reference::parse(invalid).is_err(), "{invalid}");
        }
    }
}
