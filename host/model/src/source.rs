//! Where a policy comes from.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::names::{Artifact, InvalidName};
use crate::text::printable;

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// The default policy, which is part of this host.
    BuiltIn,
    /// A file.
    File(PathBuf),
    /// An artifact in a registry.
    Oci(Artifact),
}

impl PolicySource {
    /// What a person names: a path, `built-in`, or `oci://…`.
    ///
    /// # Errors
    /// [`InvalidName`] where what begins with `oci://` names no artifact.
    pub fn named(path: &Path) -> Result<Self, InvalidName> {
        match path.to_str() {
            Some("built-in") => Ok(Self::BuiltIn),
            Some(text) if Artifact::has_scheme(text) => Artifact::parse(text).map(Self::Oci),
            _ => Ok(Self::File(path.to_owned())),
        }
    }
}

impl PolicySource {
    /// What a sentence about it begins with.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::BuiltIn => "the built-in policy".to_owned(),
            Self::File(path) => format!("`{}`", shown(path)),
            Self::Oci(artifact) => format!("`{artifact}`"),
        }
    }

    /// What it is called before it has said its name.
    #[must_use]
    pub fn provisional_name(&self) -> String {
        match self {
            Self::BuiltIn => "built-in".to_owned(),
            Self::File(path) => shown(path),
            Self::Oci(artifact) => artifact.to_string(),
        }
    }
}

impl std::fmt::Display for PolicySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "`{}`", shown(path)),
            Self::Oci(artifact) => artifact.fmt(f),
        }
    }
}

/// What a program is told: the very name by which it is got.
impl Serialize for PolicySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::BuiltIn => serializer.serialize_str("built-in"),
            Self::File(path) => serializer.collect_str(&path.display()),
            Self::Oci(artifact) => serializer.collect_str(artifact),
        }
    }
}

/// A path for people: it may be a stranger's.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
