//! Which flag of `iam --oidc` restricts the jobs of which provider: the one table. A flag that restricts nothing is an
//! error, so that no trust policy is open to more jobs than its command line states.

use super::forms::Form;
use super::jobs::{OidcProvider, TrustedJobs};
use model::build::BuildEvent;

/// A flag that names the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Repository,
    Branch,
    Tag,
    Event,
    Environment,
    Organization,
    Project,
    Host,
}

/// How a provider uses a flag.
#[derive(Debug, Clone, Copy)]
pub(super) enum Usage {
    /// The trust policy requires it. The text states where its value is found.
    Required(Form, &'static str),
    /// It can be left out, or another flag can replace it.
    Optional(Form),
    /// It restricts nothing. The text states why, and what does instead.
    Unused(&'static str),
}

impl Flag {
    pub(super) const ALL: [Self; 8] = [
        Self::Repository,
        Self::Organization,
        Self::Project,
        Self::Environment,
        Self::Branch,
        Self::Tag,
        Self::Event,
        Self::Host,
    ];

    /// The name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Repository => "--repository",
            Self::Branch => "--branch",
            Self::Tag => "--git-tag",
            Self::Event => "--event",
            Self::Environment => "--oidc-environment",
            Self::Organization => "--oidc-organization",
            Self::Project => "--oidc-project",
            Self::Host => "--oidc-host",
        }
    }

    /// The value on the command line.
    pub(super) fn value<'a>(self, jobs: &TrustedJobs<'a>) -> Option<&'a str> {
        match self {
            Self::Repository => jobs.repository,
            Self::Branch => jobs.branch,
            Self::Tag => jobs.tag,
            Self::Event => jobs.event.map(event_name),
            Self::Environment => jobs.environment,
            Self::Organization => jobs.organization,
            Self::Project => jobs.project,
            Self::Host => jobs.host,
        }
    }

    /// How a provider uses the flag: what its subjects, audiences and issuers contain. The functions of [`super::trust`]
    /// name the documentation of each.
    pub(super) fn usage(self, provider: OidcProvider) -> Usage {
        use OidcProvider::{Bitbucket, Buildkite, Circleci, Github, Gitlab};
        use Usage::{Optional, Required, Unused};
        match (self, provider) {
            (Self::Repository, Buildkite) => {
                Unused("the subject contains the pipeline instead, which --oidc-project names")
            }
            (Self::Repository, Gitlab) => Required(Form::ProjectPath, "GROUP/PROJECT, as in its address"),
            (Self::Repository, Github | Circleci | Bitbucket) => {
                Required(Form::Repository, "OWNER/NAME, as in its address")
            }
            (Self::Branch | Self::Tag, Bitbucket) => Unused(
                "the subject contains no branch and no tag; restrict the deployment environment of --oidc-environment to \
                 it in the settings of the repository",
            ),
            (Self::Branch | Self::Tag, Buildkite) => Optional(Form::PatternPrefix),
            (Self::Branch | Self::Tag, Github | Gitlab | Circleci) => Optional(Form::Pattern),
            (Self::Event, Github) => Optional(Form::PullRequest),
            (Self::Event, _) => Unused("the subject contains no event"),
            (Self::Environment, Github) => Optional(Form::Environment),
            (Self::Environment, Bitbucket) => Required(
                Form::Uuid,
                "the UUID of the deployment environment in Repository settings > OpenID Connect; tokens contain no \
                 branch: restrict the environment to it",
            ),
            (Self::Environment, _) => {
                Unused("the subject contains no environment; name the --branch or the --git-tag that deploys")
            }
            (Self::Organization | Self::Project, Github) => Optional(Form::Number),
            (Self::Organization | Self::Project, Gitlab) => {
                Unused("the subject contains the path of the project instead, which --repository names")
            }
            (Self::Organization, Circleci) => {
                Required(Form::Uuid, "the ID in Organization Settings > Overview")
            }
            (Self::Organization, Buildkite) => Required(
                Form::Slug,
                "the slug of the organization, as in buildkite.com/ORGANIZATION/PIPELINE",
            ),
            (Self::Organization, Bitbucket) => Required(
                Form::Uuid,
                "the UUID at the end of the audience in Repository settings > OpenID Connect",
            ),
            (Self::Project, Circleci) => Required(Form::Uuid, "the ID in Project Settings > Overview"),
            (Self::Project, Buildkite) => {
                Required(Form::Slug, "the slug of the pipeline, as in buildkite.com/ORGANIZATION/PIPELINE")
            }
            (Self::Project, Bitbucket) => {
                Required(Form::Uuid, "the repository UUID in Repository settings > OpenID Connect")
            }
            (Self::Host, Gitlab | Circleci) => Optional(Form::Host),
            (Self::Host, Github | Buildkite | Bitbucket) => Unused("all of its tokens have one issuer"),
        }
    }

    /// Why the flag restricts nothing beside others of these jobs, of a provider that uses it alone.
    pub(super) fn replaced(self, jobs: &TrustedJobs<'_>) -> Option<&'static str> {
        match self {
            Self::Branch | Self::Tag | Self::Event if jobs.environment.is_some() => Some(
                "the subject of a job with an environment contains the environment instead; restrict the environment to \
                 its branches and tags in the settings of the repository",
            ),
            Self::Branch | Self::Tag if jobs.event.is_some() => {
                Some("the subject of a pull request contains no branch and no tag")
            }
            Self::Tag if jobs.branch.is_some() => Some(
                "a subject contains a branch or a tag; print a trust policy for each, and combine their statements",
            ),
            _ => None,
        }
    }
}

/// The event as a value of `--event`.
fn event_name(event: BuildEvent) -> &'static str {
    match event {
        BuildEvent::Push => "push",
        BuildEvent::PullRequest => "pull-request",
        BuildEvent::Tag => "tag",
        BuildEvent::Schedule => "schedule",
        BuildEvent::Manual => "manual",
    }
}
