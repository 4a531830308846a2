//! Sources of policies and guards.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::{Artifact, InvalidName};
use crate::text::printable;

/// The source of a component: a policy or a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentSource {
    /// A policy that is compiled into the host.
    BuiltIn(BuiltIn),
    /// A file.
    File(PathBuf),
    /// An artifact in a registry.
    Oci(Artifact),
}

/// A policy that is compiled into the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// The convention of `travis-ecs-deploy`, which is the default.
    Travis,
    /// The rules in `deploy-rules.toml` of the build's commit.
    Rules,
}

impl BuiltIn {
    /// Every built-in policy.
    pub const ALL: [Self; 2] = [Self::Travis, Self::Rules];

    /// The word that selects the policy. A file of this name is selected by its path, such as `./rules`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Travis => "built-in",
            Self::Rules => "rules",
        }
    }

    /// The policy that a word selects.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == word)
    }
}

impl ComponentSource {
    /// Parses a path, the word of a [`BuiltIn`], or `oci://…`.
    ///
    /// # Errors
    /// [`InvalidName`] if a string that begins with `oci://` is not the name of an artifact.
    pub fn parse(path: &Path) -> Result<Self, InvalidName> {
        match path.to_str() {
            Some(text) if Artifact::has_scheme(text) => Artifact::parse(text).map(Self::Oci),
            text => {
                Ok(text.and_then(BuiltIn::find).map_or_else(|| Self::File(path.to_owned()), Self::BuiltIn))
            }
        }
    }

    /// Whether the policy is compiled into the host.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        matches!(self, Self::BuiltIn(_))
    }

    /// The text that [`Self::parse`] accepts.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::BuiltIn(policy) => policy.name().to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Oci(artifact) => artifact.to_string(),
        }
    }

    /// The source as the subject of an error.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::BuiltIn(BuiltIn::Travis) => "the built-in policy".to_owned(),
            Self::BuiltIn(policy) => format!("the built-in policy `{}`", policy.name()),
            Self::File(path) => format!("`{}`", printable_path(path)),
            Self::Oci(artifact) => format!("`{artifact}`"),
        }
    }

    /// The policy's name in messages until its manifest is read.
    #[must_use]
    pub fn provisional_name(&self) -> String {
        match self {
            Self::BuiltIn(policy) => policy.name().to_owned(),
            Self::File(path) => printable_path(path),
            Self::Oci(artifact) => artifact.to_string(),
        }
    }
}

impl std::fmt::Display for ComponentSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn(_) => f.write_str("built in"),
            Self::File(path) => write!(f, "`{}`", printable_path(path)),
            Self::Oci(artifact) => artifact.fmt(f),
        }
    }
}

/// The text of [`ComponentSource::to_text`].
impl Serialize for ComponentSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// What [`ComponentSource::parse`] accepts.
impl<'de> Deserialize<'de> for ComponentSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Path::new(&String::deserialize(deserializer)?)).map_err(D::Error::custom)
    }
}

/// A path may contain anything, so it is escaped.
fn printable_path(path: &Path) -> String {
    printable(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_selects_a_built_in_policy_and_a_path_a_file() {
        let parse = |text: &str| ComponentSource::parse(Path::new(text)).unwrap();
        assert_eq!(parse("built-in"), ComponentSource::BuiltIn(BuiltIn::Travis));
        assert_eq!(parse("rules"), ComponentSource::BuiltIn(BuiltIn::Rules));
        for file in ["./rules", "rules/", "rules.wasm", "Rules", "./built-in", "travis"] {
            assert_eq!(parse(file), ComponentSource::File(file.into()), "{file}");
        }
    }
}
