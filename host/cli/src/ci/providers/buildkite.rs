//! Buildkite: <https://buildkite.com/docs/pipelines/configure/environment-variables>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest, is_same_repository};

use super::{BuildError, Provider, Variables};
use crate::ci::variables::repository_of_url;

pub(super) const PROVIDER: Provider = Provider { name: "buildkite", title: "Buildkite", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("BUILDKITE")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let event = match variables.get("BUILDKITE_SOURCE")?.unwrap_or_default() {
        "webhook" => BuildEvent::Push,
        "schedule" => BuildEvent::Schedule,
        // `ui`, `api`, `trigger_job`
        _ => BuildEvent::Manual,
    };
    let number = variables.text("pull request", "BUILDKITE_PULL_REQUEST")?.filter(|text| text != "false");
    let source = variables.text("source branch", "BUILDKITE_BRANCH")?;
    let branches: &[&str] = match &number {
        Some(_) => &["BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_BRANCH"],
        None => &["BUILDKITE_BRANCH"],
    };
    let repository = variables.first("repository", &["BUILDKITE_REPO"])?.and_then(repository_of_url);
    let changed = variables.get("BUILDKITE_PULL_REQUEST_REPO")?.and_then(repository_of_url);
    let (organization, pipeline) =
        (variables.get("BUILDKITE_ORGANIZATION_SLUG")?, variables.get("BUILDKITE_PIPELINE_SLUG")?);
    Ok(PartialBuild {
        branch: variables.first("branch", branches)?.map(str::to_owned),
        // A build that a person starts may be of `HEAD`, which the checkout resolves.
        commit: variables.text("commit", "BUILDKITE_COMMIT")?.filter(|commit| commit != "HEAD"),
        commit_message: variables.text("commit message", "BUILDKITE_MESSAGE")?,
        event: Some(event),
        provider_event: variables.text("event of the provider", "BUILDKITE_SOURCE")?,
        tag: variables.text("git tag", "BUILDKITE_TAG")?,
        pull_request: PartialPullRequest {
            is_fork: changed
                .as_deref()
                .zip(repository.as_deref())
                .map(|(source, own)| !is_same_repository(source, own)),
            // The branch of a fork is `OWNER:BRANCH`.
            source_branch: source.filter(|_| number.is_some()),
            number,
        },
        number: variables.number("BUILDKITE_BUILD_NUMBER")?,
        number_scope: organization.zip(pipeline).map(|(one, other)| format!("buildkite/{one}/{other}")),
        job: variables.position("BUILDKITE_PARALLEL_JOB")?,
        actor: variables
            .first("actor", &["BUILDKITE_BUILD_CREATOR", "BUILDKITE_BUILD_AUTHOR"])?
            .map(str::to_owned),
        repository,
        ..PartialBuild::default()
    })
}
