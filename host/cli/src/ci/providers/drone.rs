//! Drone, and Harness CI, which sets the variables of Drone: <https://docs.drone.io/pipeline/environment/reference/>,
//! <https://developer.harness.io/docs/continuous-integration/troubleshoot-ci/ci-env-var>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, pull_request_of_reference};

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
    // The promotion of a pull request's build has the reference alone.
    let reference = variables.get("DRONE_COMMIT_REF")?.and_then(pull_request_of_reference);
    let number = variables.text("pull request", "DRONE_PULL_REQUEST")?.or(reference.map(str::to_owned));
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

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("DRONE", "true"),
        ("DRONE_BRANCH", "main"),
        ("DRONE_BUILD_NUMBER", "41"),
        ("DRONE_BUILD_TRIGGER", "ada"),
        ("DRONE_COMMIT_MESSAGE", "a change"),
        ("DRONE_COMMIT_SHA", "COMMIT"),
        ("DRONE_REPO", "acme/shop"),
        ("DRONE_STAGE_NUMBER", "2"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=drone by=ada";
        let event =
            |event, more: &[(&str, &str)]| summary(&[VARIABLES, &[("DRONE_BUILD_EVENT", event)], more]);
        assert_eq!(
            event("push", &[("DRONE_COMMIT_BEFORE", "BASE"), ("DRONE_SOURCE_BRANCH", "main")]),
            format!("drone: Push main {common} word=push base=BASE message=a change")
        );
        assert!(event("tag", &[("DRONE_TAG", "v1")]).starts_with("drone: Tag main tag=v1 "));
        assert!(event("cron", &[]).starts_with("drone: Schedule main "));
        assert!(event("promote", &[]).starts_with("drone: Manual main "));
        let promoted = [("DRONE_COMMIT_REF", "refs/pull/7/head"), ("DRONE_SOURCE_BRANCH", "fix")];
        assert!(event("promote", &promoted).starts_with("drone: PullRequest main "));
        assert!(event("push", &[("HARNESS_PIPELINE_ID", "deploy")]).contains(" scope=harness/deploy "));
        let request =
            [("DRONE_PULL_REQUEST", "7"), ("DRONE_SOURCE_BRANCH", "fix"), ("DRONE_TARGET_BRANCH", "main")];
        assert_eq!(
            event("pull_request", &request),
            format!(
                "drone: PullRequest main {common} word=pull_request message=a change request=7 source=fix"
            )
        );
    }
}
