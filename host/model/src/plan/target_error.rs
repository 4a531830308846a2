//! Why a target cannot be deployed to.

/// Why a target cannot be deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetError {
    /// Its problems, sentences with the target as the subject.
    Problems(Vec<String>),
    /// A newer build is deployed, a sentence.
    Superseded(String),
}

impl TargetError {
    /// All problems, sentences.
    #[must_use]
    pub fn into_problems(self) -> Vec<String> {
        match self {
            Self::Problems(problems) => problems,
            Self::Superseded(problem) => vec![problem],
        }
    }
}
