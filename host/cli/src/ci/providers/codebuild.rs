//! AWS CodeBuild: <https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, short_branch};
use crate::ci::variables::repository_of_url;

pub(super) const PROVIDER: Provider = Provider { name: "codebuild", title: "AWS CodeBuild", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.get("CODEBUILD_BUILD_ARN").is_some()
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    // `branch/NAME`, `tag/NAME` or `pr/NUMBER`; unset unless a webhook started the build.
    let trigger = variables.first("pull request", &["CODEBUILD_WEBHOOK_TRIGGER"])?.unwrap_or_default();
    let number = trigger.strip_prefix("pr/").map(str::to_owned);
    let tag = trigger.strip_prefix("tag/").map(str::to_owned);
    let head = variables.first("branch", &["CODEBUILD_WEBHOOK_HEAD_REF"])?.map(short_branch);
    let branch = match &number {
        Some(_) => variables.first("branch", &["CODEBUILD_WEBHOOK_BASE_REF"])?.map(short_branch),
        None if tag.is_some() => None,
        // Without a webhook, the source version that a person or a pipeline chose may be a branch.
        None => match head {
            Some(branch) => Some(branch),
            None => variables.first("branch", &["CODEBUILD_SOURCE_VERSION"])?.and_then(branch_of_version),
        },
    };
    let event = match variables.get("CODEBUILD_WEBHOOK_EVENT")?.unwrap_or_default() {
        "PUSH" => BuildEvent::Push,
        event if event.starts_with("PULL_REQUEST") => BuildEvent::PullRequest,
        _ => BuildEvent::Manual,
    };
    // `PROJECT:UUID`.
    let project = variables.get("CODEBUILD_BUILD_ID")?.and_then(|id| id.split_once(':'));
    Ok(PartialBuild {
        repository: variables
            .first("repository", &["CODEBUILD_SOURCE_REPO_URL"])?
            .and_then(repository_of_url),
        branch: branch.map(str::to_owned),
        commit: variables.text("commit", "CODEBUILD_RESOLVED_SOURCE_VERSION")?,
        base_commit: variables.text("base commit", "CODEBUILD_WEBHOOK_PREV_COMMIT")?,
        event: Some(event),
        provider_event: variables
            .first("event of the provider", &["CODEBUILD_WEBHOOK_EVENT", "CODEBUILD_INITIATOR"])?
            .map(str::to_owned),
        tag,
        pull_request: PartialPullRequest {
            source_branch: head.filter(|_| number.is_some()).map(str::to_owned),
            number,
            is_fork: None,
        },
        number: variables.number("CODEBUILD_BUILD_NUMBER")?,
        number_scope: project.map(|(project, _)| format!("codebuild/{project}")),
        actor: variables
            .first("actor", &["CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "CODEBUILD_INITIATOR"])?
            .map(str::to_owned),
        ..PartialBuild::default()
    })
}

/// The branch that a source version names: not a commit, and neither a tag nor a pull request nor an archive in S3.
fn branch_of_version(version: &str) -> Option<&str> {
    // `refs/heads/NAME^{COMMIT}`.
    let version = version.split_once("^{").map_or(version, |(name, _)| name);
    let is_commit = version.len() >= 7 && version.chars().all(|c| c.is_ascii_hexdigit());
    let is_other = ["refs/tags/", "pr/", "arn:"].iter().any(|prefix| version.starts_with(prefix));
    (!is_commit && !is_other).then(|| short_branch(version))
}
