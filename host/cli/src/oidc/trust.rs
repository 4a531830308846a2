//! The trust policies of roles for the jobs of a CI provider. Each names one repository and what may be built of it: none is
//! open to the other users of a provider.

use thiserror::Error;

use super::AUDIENCE;
use super::flags::{Flag, Usage};
use super::forms::uuid;
use super::jobs::{OidcProvider, TrustedJobs};
use aws::iam::{TrustCondition, TrustPolicy};
use model::exit::Exit;
use model::names::RoleArn;
use model::text::{abbreviate, limited_list};

/// Why a trust policy cannot be written.
#[derive(Debug, Error)]
pub enum TrustError {
    /// Flags without which it would be open to others. Each states where to find the value.
    #[error("the trust policy requires, so that no other job can assume the role:{}", limited_list(.0))]
    Missing(Vec<String>),
    /// Flags that restrict nothing, so that the role would be open to more jobs than the command line states.
    #[error(
        "these flags do not restrict which jobs of {provider} can assume the role; leave them out:{}",
        limited_list(.flags)
    )]
    Unused {
        /// The name of the provider.
        provider: &'static str,
        /// Each flag with the reason.
        flags: Vec<String>,
    },
    /// A value that no token contains, or that matches other tokens, too, because of its wildcards.
    #[error("invalid {flag} \"{}\" for {provider}: {rule}", abbreviate(value))]
    Invalid {
        /// The flag.
        flag: &'static str,
        /// Its value.
        value: String,
        /// The name of the provider.
        provider: &'static str,
        /// What is expected.
        rule: &'static str,
    },
}

impl TrustError {
    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Missing(_) | Self::Unused { .. } | Self::Invalid { .. } => Exit::Usage,
        }
    }
}

/// The characters of a UUID, each as a pattern of one character. A `*` would match slashes and what follows, so that the
/// name of a branch could complete the pattern.
const ANY_UUID: &str = "????????-????-????-????-????????????";

/// The trust policy of a role, for these jobs.
///
/// # Errors
/// [`TrustError`] if the jobs are not named closely enough, or by flags that their provider does not use.
pub fn trust_policy(role: &RoleArn, jobs: TrustedJobs<'_>) -> Result<TrustPolicy, TrustError> {
    let (issuer, audience, subject) = claims(jobs)?;
    let mut subjects = vec![subject];
    for branch in jobs.other_branches {
        let (_, _, subject) = claims(TrustedJobs { branch: Some(branch), ..jobs })?;
        subjects.push(subject);
    }
    let conditions = vec![
        TrustCondition { claim: "aud", values: vec![audience] },
        TrustCondition { claim: "sub", values: subjects },
    ];
    Ok(TrustPolicy { role: role.clone(), issuer, conditions })
}

/// The issuer, the audience and the subject of the jobs of one branch.
fn claims(jobs: TrustedJobs<'_>) -> Result<(String, String, String), TrustError> {
    check(jobs)?;
    Ok(match jobs.provider {
        OidcProvider::Github => github(jobs),
        OidcProvider::Gitlab => gitlab(jobs),
        OidcProvider::Circleci => circleci(jobs),
        OidcProvider::Buildkite => buildkite(jobs),
        OidcProvider::Bitbucket => bitbucket(jobs),
    })
}

/// What a trust policy of these jobs may not match though a person expects it to. GitHub has two forms of subjects: that of
/// names, and the immutable one of repositories that were created, renamed or transferred after 15 July 2026, or whose owner
/// chose it ("Immutable subject claims" in the OpenID Connect reference of GitHub Actions).
#[must_use]
pub fn warning(jobs: TrustedJobs<'_>) -> Option<String> {
    let repository = jobs.repository?;
    let is_by_name = jobs.provider == OidcProvider::Github && jobs.organization.is_none();
    is_by_name.then(|| {
        format!(
            "this trust policy matches the subject `repo:{repository}:…`, without IDs. The jobs of a repository that was \
             created, renamed or transferred after 15 July 2026, or whose owner chose immutable subjects, have \
             `repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:…`, which it does not match: for them pass --oidc-organization \
             OWNER_ID and --oidc-project REPOSITORY_ID, which `gh api repos/{repository} --jq '.owner.id, .id'` prints"
        )
    })
}

/// `repo:OWNER/NAME:ref:REF`, `repo:OWNER/NAME:environment:NAME` for a job with an environment, or
/// `repo:OWNER/NAME:pull_request`. With immutable subjects `OWNER@OWNER_ID/NAME@REPOSITORY_ID` is in the place of the names,
/// so that who takes over a name cannot assume the role. A colon in the name of an environment is `%3A` ("OpenID Connect
/// reference" in the documentation of GitHub Actions).
fn github(jobs: TrustedJobs<'_>) -> (String, String, String) {
    let repository = jobs.repository.unwrap_or_default();
    let ids = jobs.organization.zip(jobs.project);
    let repository = match (repository.split_once('/'), ids) {
        (Some((owner, name)), Some((owner_id, id))) => format!("{owner}@{owner_id}/{name}@{id}"),
        _ => repository.to_owned(),
    };
    let subject = match (jobs.environment, jobs.event) {
        (Some(environment), _) => {
            format!("repo:{repository}:environment:{}", environment.replace(':', "%3A"))
        }
        (None, Some(_)) => format!("repo:{repository}:pull_request"),
        (None, None) => format!("repo:{repository}:ref:{}", reference(jobs)),
    };
    ("token.actions.githubusercontent.com".to_owned(), AUDIENCE.to_owned(), subject)
}

/// `project_path:GROUP/PROJECT:ref_type:TYPE:ref:NAME` ("Token payload" in the documentation of GitLab's ID tokens).
fn gitlab(jobs: TrustedJobs<'_>) -> (String, String, String) {
    let repository = jobs.repository.unwrap_or_default();
    let (kind, name) = match jobs.branch {
        Some(branch) => ("branch", branch),
        None => ("tag", jobs.tag.unwrap_or_default()),
    };
    let subject = format!("project_path:{repository}:ref_type:{kind}:ref:{name}");
    (jobs.host.unwrap_or("gitlab.com").to_owned(), AUDIENCE.to_owned(), subject)
}

/// `org/ORGANIZATION/project/PROJECT/user/USER/vcs-origin/ORIGIN/vcs-ref/REF`, in `CIRCLE_OIDC_TOKEN_V2` ("Format of the
/// OpenID Connect ID token" in the documentation of CircleCI). The audience is the organization.
fn circleci(jobs: TrustedJobs<'_>) -> (String, String, String) {
    let (organization, project) = (bare_uuid(jobs.organization), bare_uuid(jobs.project));
    let origin = format!("{}/{}", jobs.host.unwrap_or("github.com"), jobs.repository.unwrap_or_default());
    let subject = format!(
        "org/{organization}/project/{project}/user/{ANY_UUID}/vcs-origin/{origin}/vcs-ref/{}",
        reference(jobs)
    );
    (format!("oidc.circleci.com/org/{organization}"), organization, subject)
}

/// `organization:SLUG:pipeline:SLUG:ref:REF:commit:COMMIT:step:KEY` ("Claims" in the documentation of Buildkite's OIDC). A
/// reference of git contains no colon, so that what follows it cannot be a part of its name.
fn buildkite(jobs: TrustedJobs<'_>) -> (String, String, String) {
    let (organization, pipeline) = (jobs.organization.unwrap_or_default(), jobs.project.unwrap_or_default());
    let subject = format!("organization:{organization}:pipeline:{pipeline}:ref:{}:commit:*", reference(jobs));
    ("agent.buildkite.com".to_owned(), AUDIENCE.to_owned(), subject)
}

/// `{REPOSITORY}:{ENVIRONMENT}:{STEP}` for a step with a deployment ("Deploy on AWS using Bitbucket Pipelines OpenID
/// Connect" in the documentation of Bitbucket). The subject contains no branch, so an environment, which can be confined to
/// branches, is required. The audience is the workspace.
fn bitbucket(jobs: TrustedJobs<'_>) -> (String, String, String) {
    let workspace = jobs.repository.and_then(|repository| repository.split('/').next()).unwrap_or_default();
    let (project, environment) = (bare_uuid(jobs.project), bare_uuid(jobs.environment));
    let subject = format!("{{{project}}}:{{{environment}}}:{{{ANY_UUID}}}");
    let issuer = format!("api.bitbucket.org/2.0/workspaces/{workspace}/pipelines-config/identity/oidc");
    (issuer, format!("ari:cloud:bitbucket::workspace/{}", bare_uuid(jobs.organization)), subject)
}

/// The full name of the branch or tag.
fn reference(jobs: TrustedJobs<'_>) -> String {
    match jobs.branch {
        Some(branch) => format!("refs/heads/{branch}"),
        None => format!("refs/tags/{}", jobs.tag.unwrap_or_default()),
    }
}

fn bare_uuid(text: Option<&str>) -> String {
    text.and_then(uuid).unwrap_or_default()
}

/// Checks that each flag restricts the jobs and has a value of its form, and that none is missing.
fn check(jobs: TrustedJobs<'_>) -> Result<(), TrustError> {
    let provider = jobs.provider.title();
    let (mut unused, mut missing) = (Vec::new(), Vec::new());
    for flag in Flag::ALL {
        let usage = match (flag.usage(jobs.provider), flag.replaced(&jobs)) {
            (Usage::Optional(_), Some(reason)) => Usage::Unused(reason),
            (usage, _) => usage,
        };
        match (usage, flag.value(&jobs)) {
            (Usage::Unused(reason), Some(_)) => unused.push(format!("{}: {reason}", flag.name())),
            (Usage::Required(form, _) | Usage::Optional(form), Some(value)) => {
                form.check(value).map_err(|rule| TrustError::Invalid {
                    flag: flag.name(),
                    value: value.to_owned(),
                    provider,
                    rule,
                })?;
            }
            (Usage::Required(_, place), None) => missing.push(format!("{}: {place}", flag.name())),
            (Usage::Optional(_) | Usage::Unused(_), None) => {}
        }
    }
    missing.extend(missing_choice(jobs).map(str::to_owned));
    match (unused.is_empty(), missing.is_empty()) {
        (false, _) => Err(TrustError::Unused { provider, flags: unused }),
        (true, false) => Err(TrustError::Missing(missing)),
        (true, true) => Ok(()),
    }
}

/// What is required of several flags together.
fn missing_choice(jobs: TrustedJobs<'_>) -> impl Iterator<Item = &'static str> {
    let is_github = jobs.provider == OidcProvider::Github;
    let has_reference = jobs.branch.or(jobs.tag).or(jobs.environment).is_some() || jobs.event.is_some();
    let reference = (!has_reference).then_some(match jobs.provider {
        OidcProvider::Github => {
            "--branch: the branch that deploys, or --git-tag, --oidc-environment or --event pull-request"
        }
        _ => "--branch: the branch that deploys, or --git-tag",
    });
    // The environment of Bitbucket is required by itself.
    let reference = reference.filter(|_| jobs.provider != OidcProvider::Bitbucket);
    let ids = match (jobs.organization, jobs.project) {
        (Some(_), None) => Some(
            "--oidc-project: the ID of the repository, which a subject contains beside that of its owner",
        ),
        (None, Some(_)) => Some(
            "--oidc-organization: the ID of the owner, which a subject contains beside that of the repository",
        ),
        _ => None,
    };
    reference.into_iter().chain(ids.filter(|_| is_github))
}
