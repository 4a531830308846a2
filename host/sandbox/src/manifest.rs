//! The manifest: a component's name, version and declared settings.

use serde::Serialize;

/// The result of the export `describe`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// A short name for logs, such as `travis`. See [`is_component_name`].
    pub name: String,
    /// The component's own version.
    pub version: String,
    /// A sentence about what a policy deploys where, or what a guard checks.
    pub description: String,
    /// The settings that the component reads.
    pub settings: Vec<SettingDeclaration>,
}

/// The result of a guard's export `describe`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardManifest {
    /// What it has in common with that of a policy.
    pub manifest: Manifest,
    /// Whether the guard also reviews `ecs-host rollback`.
    pub reviews_rollbacks: bool,
}

/// A setting, or a family of settings, that a component reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SettingDeclaration {
    /// The name of an environment variable. A family's name ends in `*`, which matches any suffix.
    pub name: String,
    /// The purpose of the setting.
    pub description: String,
    /// Whether no build deploys without it; for a guard, whether it reviews no plan without it.
    pub required: bool,
}

impl SettingDeclaration {
    /// Whether this declaration covers the variable.
    #[must_use]
    pub fn matches(&self, variable: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => variable.starts_with(prefix),
            None => variable == self.name,
        }
    }
}

/// The grammar of the name of a component or of a rule, for messages.
pub(crate) const NAME_RULE: &str =
    "expected 1 to 64 lower-case letters, digits or -, not starting with a hyphen";

/// Whether a string is a valid name of a component or of a guard's rule: 1 to 64 of `a-z 0-9 -`, not starting with a hyphen.
#[must_use]
pub fn is_component_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 64 && name.starts_with(is_word) && name.chars().all(|c| is_word(c) || c == '-')
}
