//! The trust policies of roles for the jobs of a CI provider. Each names one repository and what may be built of it: none is
//! open to the other users of a provider.

use clap::ValueEnum;
use thiserror::Error;

use super::AUDIENCE;
use aws::iam::{TrustCondition, TrustPolicy};
use model::exit::Exit;
use model::names::RoleArn;
use model::text::{abbreviate, is_invisible, limited_list};

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

/// What the jobs are that may assume a role.
#[derive(Debug, Clone, Copy)]
pub struct TrustedJobs<'a> {
    /// The provider.
    pub provider: OidcProvider,
    /// The repository, `OWNER/NAME`.
    pub repository: Option<&'a str>,
    /// The branch; `*` in it stands for any characters.
    pub branch: Option<&'a str>,
    /// The git tag, instead of a branch.
    pub tag: Option<&'a str>,
    /// The deployment environment.
    pub environment: Option<&'a str>,
    /// The organization or workspace, by the identifier that tokens contain.
    pub organization: Option<&'a str>,
    /// The project, pipeline or repository, by the identifier that tokens contain.
    pub project: Option<&'a str>,
    /// The host of an instance of one's own.
    pub host: Option<&'a str>,
}

/// Why a trust policy cannot be written.
#[derive(Debug, Error)]
pub enum TrustError {
    /// Flags without which it would be open to others. Each states where to find the value.
    #[error("the trust policy requires, so that no other job can assume the role:{}", limited_list(.0))]
    Missing(Vec<String>),
    /// A value that no token contains, or that matches other tokens, too, because of its wildcards.
    #[error("invalid {flag} \"{}\": {rule}", abbreviate(value))]
    Invalid {
        /// The flag.
        flag: &'static str,
        /// Its value.
        value: String,
        /// What is expected.
        rule: &'static str,
    },
}

impl TrustError {
    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Missing(_) | Self::Invalid { .. } => Exit::Usage,
        }
    }
}

/// The characters of a UUID, each as a pattern of one character. A `*` would match slashes and what follows, so that the
/// name of a branch could complete the pattern.
const ANY_UUID: &str = "????????-????-????-????-????????????";

/// The values of flags, and those that are missing.
struct Flags<'a> {
    jobs: TrustedJobs<'a>,
    missing: Vec<String>,
}

impl<'a> Flags<'a> {
    fn require(&mut self, flag: &str, value: Option<&'a str>, place: &str) -> &'a str {
        if value.is_none() {
            self.missing.push(format!("{flag}: {place}"));
        }
        value.unwrap_or_default()
    }

    fn repository(&mut self) -> &'a str {
        let repository = self.jobs.repository;
        self.require("--repository", repository, "OWNER/NAME, as in its address")
    }

    /// The full name of the branch or tag.
    fn reference(&mut self) -> String {
        match (self.jobs.branch, self.jobs.tag) {
            (Some(branch), _) => format!("refs/heads/{branch}"),
            (None, Some(tag)) => format!("refs/tags/{tag}"),
            (None, None) => {
                self.require("--branch", None, "the branch that deploys, or --git-tag");
                String::new()
            }
        }
    }
}

/// The trust policy of a role, for these jobs.
///
/// # Errors
/// [`TrustError`] if the jobs are not named closely enough.
pub fn trust_policy(role: &RoleArn, jobs: TrustedJobs<'_>) -> Result<TrustPolicy, TrustError> {
    check(jobs)?;
    let mut flags = Flags { jobs, missing: Vec::new() };
    let (issuer, audience, subject) = match jobs.provider {
        OidcProvider::Github => github(&mut flags),
        OidcProvider::Gitlab => gitlab(&mut flags),
        OidcProvider::Circleci => circleci(&mut flags),
        OidcProvider::Buildkite => buildkite(&mut flags),
        OidcProvider::Bitbucket => bitbucket(&mut flags),
    };
    if !flags.missing.is_empty() {
        return Err(TrustError::Missing(flags.missing));
    }
    let conditions = vec![
        TrustCondition { claim: "aud", value: audience },
        TrustCondition { claim: "sub", value: subject },
    ];
    Ok(TrustPolicy { role: role.clone(), issuer, conditions })
}

/// `repo:OWNER/NAME:ref:REF`, or `repo:OWNER/NAME:environment:NAME` for a job with an environment ("OpenID Connect
/// reference" in the documentation of GitHub Actions).
fn github(flags: &mut Flags<'_>) -> (String, String, String) {
    let repository = flags.repository();
    let subject = match flags.jobs.environment {
        Some(environment) => format!("repo:{repository}:environment:{environment}"),
        None => format!("repo:{repository}:ref:{}", flags.reference()),
    };
    ("token.actions.githubusercontent.com".to_owned(), AUDIENCE.to_owned(), subject)
}

/// `project_path:GROUP/PROJECT:ref_type:TYPE:ref:NAME` ("Token payload" in the documentation of GitLab's ID tokens).
fn gitlab(flags: &mut Flags<'_>) -> (String, String, String) {
    let repository = flags.repository();
    let (kind, name) = match (flags.jobs.branch, flags.jobs.tag) {
        (None, Some(tag)) => ("tag", tag),
        (branch, _) => ("branch", flags.require("--branch", branch, "the branch that deploys, or --git-tag")),
    };
    let subject = format!("project_path:{repository}:ref_type:{kind}:ref:{name}");
    (flags.jobs.host.unwrap_or("gitlab.com").to_owned(), AUDIENCE.to_owned(), subject)
}

/// `org/ORGANIZATION/project/PROJECT/user/USER/vcs-origin/ORIGIN/vcs-ref/REF`, in `CIRCLE_OIDC_TOKEN_V2` ("Format of the
/// OpenID Connect ID token" in the documentation of CircleCI). The audience is the organization.
fn circleci(flags: &mut Flags<'_>) -> (String, String, String) {
    let (organization, project) = (flags.jobs.organization, flags.jobs.project);
    let organization =
        flags.require("--oidc-organization", organization, "the ID in Organization Settings > Overview");
    let project = flags.require("--oidc-project", project, "the ID in Project Settings > Overview");
    let repository = flags.repository();
    let host = flags.jobs.host.unwrap_or("github.com");
    let reference = flags.reference();
    let subject = format!(
        "org/{organization}/project/{project}/user/{ANY_UUID}/vcs-origin/{host}/{repository}/vcs-ref/{reference}"
    );
    (format!("oidc.circleci.com/org/{organization}"), organization.to_owned(), subject)
}

/// `organization:SLUG:pipeline:SLUG:ref:REF:commit:COMMIT:step:KEY` ("Claims" in the documentation of Buildkite's OIDC). A
/// reference of git contains no colon, so that what follows it cannot be a part of its name.
fn buildkite(flags: &mut Flags<'_>) -> (String, String, String) {
    let (organization, pipeline) = (flags.jobs.organization, flags.jobs.project);
    let organization = flags.require(
        "--oidc-organization",
        organization,
        "the slug of the organization, as in buildkite.com/ORGANIZATION/PIPELINE",
    );
    let pipeline = flags.require("--oidc-project", pipeline, "the slug of the pipeline, in the same address");
    let reference = flags.reference();
    let subject = format!("organization:{organization}:pipeline:{pipeline}:ref:{reference}:commit:*");
    ("agent.buildkite.com".to_owned(), AUDIENCE.to_owned(), subject)
}

/// `{REPOSITORY}:{ENVIRONMENT}:{STEP}` for a step with a deployment ("Deploy on AWS using Bitbucket Pipelines OpenID
/// Connect" in the documentation of Bitbucket). The subject contains no branch, so an environment, which can be confined to
/// branches, is required. The audience is the workspace.
fn bitbucket(flags: &mut Flags<'_>) -> (String, String, String) {
    let jobs = flags.jobs;
    let repository = flags.repository();
    let place = "Repository settings > OpenID Connect";
    let organization = flags.require(
        "--oidc-organization",
        jobs.organization,
        &format!("the UUID at the end of the audience in {place}"),
    );
    let project = flags.require("--oidc-project", jobs.project, &format!("the repository UUID in {place}"));
    let environment = flags.require(
        "--oidc-environment",
        jobs.environment,
        &format!("the UUID of the deployment environment in {place}; tokens contain no branch: restrict the environment to it"),
    );
    let workspace = repository.split('/').next().unwrap_or_default();
    let subject = format!("{{{}}}:{{{}}}:{{{ANY_UUID}}}", bare(project), bare(environment));
    let issuer = format!("api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc");
    (issuer, format!("ari:cloud:bitbucket::workspace/{}", bare(organization)), subject)
}

/// A UUID without the braces around it.
fn bare(uuid: &str) -> &str {
    uuid.trim_start_matches('{').trim_end_matches('}')
}

/// Checks the values: only the names of a branch, a tag and an environment may be patterns.
fn check(jobs: TrustedJobs<'_>) -> Result<(), TrustError> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let names = [
        ("--repository", jobs.repository, "/"),
        ("--oidc-organization", jobs.organization, "{}"),
        ("--oidc-project", jobs.project, "{}"),
        ("--oidc-host", jobs.host, ""),
    ];
    for (flag, value, further) in names {
        let is_valid =
            |value: &str| !value.is_empty() && value.chars().all(|c| is_word(c) || further.contains(c));
        if let Some(value) = value.filter(|value| !is_valid(value)) {
            let rule = "expected its exact name, without `*`";
            return Err(TrustError::Invalid { flag, value: value.to_owned(), rule });
        }
    }
    let patterns =
        [("--branch", jobs.branch), ("--git-tag", jobs.tag), ("--oidc-environment", jobs.environment)];
    for (flag, value) in patterns {
        let is_valid = |value: &str| {
            // Without another character it would be open to every branch.
            value.chars().any(is_word) && value.chars().all(|c| !is_invisible(c) && !":\"'\\ ".contains(c))
        };
        if let Some(value) = value.filter(|value| !is_valid(value)) {
            let rule = "expected a name, or a pattern such as `release/*`";
            return Err(TrustError::Invalid { flag, value: value.to_owned(), rule });
        }
    }
    Ok(())
}
