//! Drone, and Harness CI, which sets the variables of Drone: <https://docs.drone.io/pipeline/environment/reference/>,
//! <https://developer.harness.io/docs/continuous-integration/troubleshoot-ci/ci-env-var>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables};

pub(super) const PROVIDER: Provider = Provider { name: "drone", title: "Drone", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("DRONE")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let event = match variables.get("DRONE_BUILD_EVENT")?.unwrap_or_default() {
        "push" => BuildEvent::Push,
        "pull_request" => BuildEvent::PullRequest,
        "tag" => BuildEvent::Tag,
        "cron" => BuildEvent::Schedule,
        // `promote`, `rollback`, `custom`
        _ => BuildEvent::Manual,
    };
    let number = variables.text("pull request", "DRONE_PULL_REQUEST")?;
    let source = variables.text("source branch", "DRONE_SOURCE_BRANCH")?;
    // Drone counts within the repository, and Harness within the pipeline.
    let pipeline = variables.get("HARNESS_PIPELINE_ID")?.map(|pipeline| format!("harness/{pipeline}"));
    Ok(PartialBuild {
        repository: variables.text("repository", "DRONE_REPO")?,
        // Both are the branch to merge into.
        branch: variables.first("branch", &["DRONE_TARGET_BRANCH", "DRONE_BRANCH"])?.map(str::to_owned),
        commit: variables.first("commit", &["DRONE_COMMIT_SHA", "DRONE_COMMIT"])?.map(str::to_owned),
        commit_message: variables.text("commit message", "DRONE_COMMIT_MESSAGE")?,
        base_commit: variables.text("base commit", "DRONE_COMMIT_BEFORE")?,
        event: Some(event),
        provider_event: variables.text("event of the provider", "DRONE_BUILD_EVENT")?,
        tag: variables.text("git tag", "DRONE_TAG")?,
        pull_request: PartialPullRequest {
            source_branch: source.filter(|_| number.is_some()),
            number,
            is_fork: None,
        },
        number: variables.number("DRONE_BUILD_NUMBER")?,
        number_scope: Some(pipeline.unwrap_or_else(|| PROVIDER.name.to_owned())),
        // There are no matrices: the pipelines of a build differ.
        actor: variables.first("actor", &["DRONE_BUILD_TRIGGER", "DRONE_COMMIT_AUTHOR"])?.map(str::to_owned),
        ..PartialBuild::default()
    })
}
