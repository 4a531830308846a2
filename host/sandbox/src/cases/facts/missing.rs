//! The facts that a lookup needs and a case does not contain.

use std::fmt;

/// A fact that a case does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cases) enum MissingFact {
    /// A cluster, by its short name.
    Cluster(String),
    /// A repository.
    Repository(String),
}

impl MissingFact {
    /// How to add it.
    pub(in crate::cases) fn remedy(&self) -> String {
        match self {
            Self::Cluster(name) => {
                format!(
                    "add cluster `{name}` to `facts.services`, or to `facts.clusters` if it has no services"
                )
            }
            Self::Repository(name) => {
                format!(
                    "add repository {name} to `facts.images`, or to `facts.repositories` if it has no images"
                )
            }
        }
    }
}

impl fmt::Display for MissingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(name) => write!(f, "the case's facts do not contain cluster `{name}`")?,
            Self::Repository(name) => write!(f, "the case's facts do not contain repository {name}")?,
        }
        write!(f, "; {}", self.remedy())
    }
}
