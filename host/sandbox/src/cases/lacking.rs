//! Facts that a policy asks for and a case doesn't have.

use std::fmt;

/// Something that a policy asks about and a case doesn't tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MissingFact {
    /// A cluster, by its short name.
    Cluster(String),
    /// A repository.
    Repository(String),
}

impl MissingFact {
    /// What to do about it.
    pub(super) fn remedy(&self) -> String {
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
            Self::Cluster(name) => write!(f, "there is no cluster `{name}` among the case's facts")?,
            Self::Repository(name) => write!(f, "there is no repository {name} among the case's facts")?,
        }
        write!(f, "; {}", self.remedy())
    }
}
