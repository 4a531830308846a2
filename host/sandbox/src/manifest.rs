//! The manifest: a policy's name, version and declared settings.

use serde::Serialize;

/// The result of the export `describe`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// A short name for logs, such as `travis`. See [`is_policy_name`].
    pub name: String,
    /// The policy's own version.
    pub version: String,
    /// A sentence about what the policy deploys where.
    pub description: String,
    /// The settings that the policy reads.
    pub settings: Vec<SettingDeclaration>,
}

/// A setting, or a family of settings, that a policy reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SettingDeclaration {
    /// The name of an environment variable. A family's name ends in `*`, which matches any suffix.
    pub name: String,
    /// The purpose of the setting.
    pub description: String,
    /// Whether no build deploys without it.
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

/// The grammar of a policy's name, for messages.
pub(crate) const NAME_RULE: &str =
    "expected 1 to 64 lower-case letters, digits or -, not starting with a hyphen";

/// Whether a string is a valid name of a policy: 1 to 64 of `a-z 0-9 -`, not starting with a hyphen.
#[must_use]
pub fn is_policy_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 64 && name.starts_with(is_word) && name.chars().all(|c| is_word(c) || c == '-')
}
