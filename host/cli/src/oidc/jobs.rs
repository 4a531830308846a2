//! The jobs of a CI provider that may assume a role.

use clap::ValueEnum;

use model::build::BuildEvent;

/// A provider of identity tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OidcProvider {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
    /// CircleCI
    Circleci,
    /// Buildkite
    Buildkite,
    /// Bitbucket Pipelines
    Bitbucket,
}

impl OidcProvider {
    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Github => "GitHub Actions",
            Self::Gitlab => "GitLab CI",
            Self::Circleci => "CircleCI",
            Self::Buildkite => "Buildkite",
            Self::Bitbucket => "Bitbucket Pipelines",
        }
    }
}

/// What the jobs are that may assume a role.
#[derive(Debug, Clone, Copy)]
pub struct TrustedJobs<'a> {
    /// The provider.
    pub provider: OidcProvider,
    /// The repository, `OWNER/NAME`.
    pub repository: Option<&'a str>,
    /// The branch; `*` in it stands for any characters.
    pub branch: Option<&'a str>,
    /// Further branches.
    pub other_branches: &'a [String],
    /// The git tag, instead of a branch.
    pub tag: Option<&'a str>,
    /// The event, instead of a branch.
    pub event: Option<BuildEvent>,
    /// The deployment environment.
    pub environment: Option<&'a str>,
    /// The organization or workspace, by the identifier that tokens contain.
    pub organization: Option<&'a str>,
    /// The project, pipeline or repository, by the identifier that tokens contain.
    pub project: Option<&'a str>,
    /// The host of an instance of one's own.
    pub host: Option<&'a str>,
}
