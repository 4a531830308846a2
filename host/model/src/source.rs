//! Sources of policies.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::names::{Artifact, InvalidName};
use crate::text::printable;

/// The source of a policy's component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// The default policy, which is compiled into the host.
    BuiltIn,
    /// A file.
    File(PathBuf),
    /// An artifact in a registry.
    Oci(Artifact),
}

impl PolicySource {
    /// Parses a path, `built-in`, or `oci://…`.
    ///
    /// # Errors
    /// [`InvalidName`] if a string that begins with `oci://` is not the name of an artifact.
    pub fn parse(path: &Path) -> Result<Self, InvalidName> {
        match path.to_str() {
            Some("built-in") => Ok(Self::BuiltIn),
            Some(text) if Artifact::has_scheme(text) => Artifact::parse(text).map(Self::Oci),
            _ => Ok(Self::File(path.to_owned())),
        }
    }

    /// The source as the subject of an error.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::BuiltIn => "the built-in policy".to_owned(),
            Self::File(path) => format!("`{}`", printable_path(path)),
            Self::Oci(artifact) => format!("`{artifact}`"),
        }
    }

    /// The policy's name in messages until its manifest is read.
    #[must_use]
    pub fn provisional_name(&self) -> String {
        match self {
            Self::BuiltIn => "built-in".to_owned(),
            Self::File(path) => printable_path(path),
            Self::Oci(artifact) => artifact.to_string(),
        }
    }
}

impl std::fmt::Display for PolicySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "`{}`", printable_path(path)),
            Self::Oci(artifact) => artifact.fmt(f),
        }
    }
}

/// The text that [`PolicySource::parse`] accepts.
impl Serialize for PolicySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::BuiltIn => serializer.serialize_str("built-in"),
            Self::File(path) => serializer.collect_str(&path.display()),
            Self::Oci(artifact) => serializer.collect_str(artifact),
        }
    }
}

/// A path may contain anything, so it is escaped.
fn printable_path(path: &Path) -> String {
    printable(&path.display().to_string())
}
