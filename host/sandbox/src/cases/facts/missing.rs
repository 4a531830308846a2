//! The facts that a lookup needs and a case does not contain.

use std::fmt;

use model::text::printable;

/// A fact that a case does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cases) enum MissingFact {
    /// A cluster, by its short name.
    Cluster(String),
    /// A repository.
    Repository(String),
    /// The files that changed since a commit.
    ChangedFiles(String),
    /// The files of the build's commit, of which the policy reads one.
    Files(String),
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
            Self::ChangedFiles(since) => {
                format!("add `{{ since = \"{since}\", files = [] }}` with the paths to `facts.changed-files`")
            }
            Self::Files(path) => {
                format!(
                    "add `{}` with its text or `{{ path = \"FILE\" }}` to `facts.files`; an empty table states that no file exists",
                    printable(path)
                )
            }
        }
    }
}

impl MissingFact {
    /// What is missing.
    pub(in crate::cases) fn subject(&self) -> String {
        match self {
            Self::Cluster(name) => format!("the case's facts do not contain cluster `{name}`"),
            Self::Repository(name) => format!("the case's facts do not contain repository {name}"),
            Self::ChangedFiles(since) => {
                format!("the case's facts do not contain the files that changed since {since}")
            }
            Self::Files(path) => format!("the case's facts do not contain `{}`", printable(path)),
        }
    }
}

impl fmt::Display for MissingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.subject(), self.remedy())
    }
}
