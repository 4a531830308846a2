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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::providers::tests::{COMMIT, summary};
    use crate::ci::{self, Sources};

    const VARIABLES: &[(&str, &str)] = &[
        ("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:eu-west-1:123456789012:build/shop:1d0c"),
        ("CODEBUILD_BUILD_ID", "shop:1d0c"),
        ("CODEBUILD_BUILD_NUMBER", "41"),
        ("CODEBUILD_INITIATOR", "GitHub-Hookshot/f4f6e1a"),
        ("CODEBUILD_RESOLVED_SOURCE_VERSION", "COMMIT"),
        ("CODEBUILD_SOURCE_REPO_URL", "https://github.com/acme/shop.git"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=codebuild/shop";
        let push = [
            ("CODEBUILD_WEBHOOK_EVENT", "PUSH"),
            ("CODEBUILD_WEBHOOK_TRIGGER", "branch/main"),
            ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"),
            ("CODEBUILD_WEBHOOK_PREV_COMMIT", "BASE"),
            ("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "123"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &push]),
            format!("codebuild: Push main {common} by=123 word=PUSH base=BASE")
        );
        let tag = [
            ("CODEBUILD_WEBHOOK_EVENT", "PUSH"),
            ("CODEBUILD_WEBHOOK_TRIGGER", "tag/v1"),
            ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/tags/v1"),
        ];
        assert!(summary(&[VARIABLES, &tag]).starts_with("codebuild: Tag v1 tag=v1 "));
        let request = [
            ("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"),
            ("CODEBUILD_WEBHOOK_TRIGGER", "pr/7"),
            ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/fix"),
            ("CODEBUILD_WEBHOOK_BASE_REF", "refs/heads/main"),
            ("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "123"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &request]),
            format!(
                "codebuild: PullRequest main {common} by=123 word=PULL_REQUEST_UPDATED request=7 source=fix"
            )
        );
        // A person starts a build of a branch.
        let manual = [("CODEBUILD_SOURCE_VERSION", "main"), ("CODEBUILD_INITIATOR", "ada")];
        assert_eq!(
            summary(&[VARIABLES, &manual]),
            format!("codebuild: Manual main {common} by=ada word=ada")
        );
    }

    #[test]
    fn a_source_version_of_codebuild_that_is_no_branch_is_none() {
        for version in [COMMIT, "refs/tags/v1", "pr/7", "arn:aws:s3:::bucket/source.zip"] {
            let variables = [("CODEBUILD_SOURCE_VERSION", version)];
            let value = |(name, value): &(&str, &str)| ((*name).to_owned(), value.replace("COMMIT", COMMIT));
            let environment = VARIABLES.iter().chain(&variables).map(value).collect();
            let error =
                ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap_err().to_string();
            assert!(error.contains("AWS CodeBuild") && error.contains("--branch"), "{error}");
        }
    }
}
