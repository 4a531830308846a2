//! Woodpecker CI: <https://woodpecker-ci.org/docs/usage/environment>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, pull_request_of_reference};

pub(super) const PROVIDER: Provider =
    Provider { name: "woodpecker", title: "Woodpecker CI", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.get("CI") == Some("woodpecker")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let name = variables.get("CI_PIPELINE_EVENT")?.unwrap_or_default();
    let event = match name {
        "push" => BuildEvent::Push,
        "tag" => BuildEvent::Tag,
        "cron" => BuildEvent::Schedule,
        // Also `pull_request_closed` and `pull_request_metadata`.
        name if name.starts_with("pull_request") => BuildEvent::PullRequest,
        // `manual`, `deployment`, `release`
        _ => BuildEvent::Manual,
    };
    // The deployment of a pull request's pipeline has the reference alone.
    let reference = variables.get("CI_COMMIT_REF")?.and_then(pull_request_of_reference);
    let number = variables.text("pull request", "CI_COMMIT_PULL_REQUEST")?.or(reference.map(str::to_owned));
    let source = variables.text("source branch", "CI_COMMIT_SOURCE_BRANCH")?;
    // The commit of the last pipeline of the branch.
    let base = variables.text("base commit", "CI_PREV_COMMIT_SHA")?;
    Ok(PartialBuild {
        repository: variables.text("repository", "CI_REPO")?,
        // Both are the branch to merge into.
        branch: variables
            .first("branch", &["CI_COMMIT_TARGET_BRANCH", "CI_COMMIT_BRANCH"])?
            .map(str::to_owned),
        commit: variables.text("commit", "CI_COMMIT_SHA")?,
        commit_message: variables.text("commit message", "CI_COMMIT_MESSAGE")?,
        base_commit: base.filter(|_| event == BuildEvent::Push),
        event: Some(event),
        provider_event: Some(name.to_owned()).filter(|name| !name.is_empty()),
        tag: variables.text("git tag", "CI_COMMIT_TAG")?,
        pull_request: PartialPullRequest {
            source_branch: source.filter(|_| number.is_some()),
            number,
            is_fork: None,
        },
        // It counts within the repository.
        number: variables.number("CI_PIPELINE_NUMBER")?,
        number_scope: Some(PROVIDER.name.to_owned()),
        // CI_WORKFLOW_NUMBER counts all workflows of a pipeline, and not only those of a matrix.
        actor: variables.first("actor", &["CI_PIPELINE_AUTHOR", "CI_COMMIT_AUTHOR"])?.map(str::to_owned),
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "woodpecker"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_COMMIT_MESSAGE", "a change"),
        ("CI_COMMIT_SHA", "COMMIT"),
        ("CI_PIPELINE_AUTHOR", "ada"),
        ("CI_PIPELINE_NUMBER", "41"),
        ("CI_PREV_COMMIT_SHA", "BASE"),
        ("CI_REPO", "acme/shop"),
        ("CI_WORKFLOW_NUMBER", "2"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=woodpecker by=ada";
        let event =
            |event, more: &[(&str, &str)]| summary(&[VARIABLES, &[("CI_PIPELINE_EVENT", event)], more]);
        assert_eq!(
            event("push", &[]),
            format!("woodpecker: Push main {common} word=push base=BASE message=a change")
        );
        assert!(event("tag", &[("CI_COMMIT_TAG", "v1")]).starts_with("woodpecker: Tag main tag=v1 "));
        assert!(event("cron", &[]).starts_with("woodpecker: Schedule main "));
        assert!(event("deployment", &[]).starts_with("woodpecker: Manual main "));
        let deployed = [("CI_COMMIT_REF", "refs/pull/7/head")];
        assert!(event("deployment", &deployed).starts_with("woodpecker: PullRequest main "));
        let request = [
            ("CI_COMMIT_PULL_REQUEST", "7"),
            ("CI_COMMIT_SOURCE_BRANCH", "fix"),
            ("CI_COMMIT_TARGET_BRANCH", "main"),
        ];
        assert_eq!(
            event("pull_request", &request),
            format!(
                "woodpecker: PullRequest main {common} word=pull_request message=a change request=7 source=fix"
            )
        );
    }
}
