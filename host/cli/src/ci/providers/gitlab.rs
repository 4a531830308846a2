//! GitLab CI: <https://docs.gitlab.com/ci/variables/predefined_variables/>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest, is_same_repository};

use super::{BuildError, Provider, Variables};

pub(super) const PROVIDER: Provider = Provider { name: "gitlab", title: "GitLab CI", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("GITLAB_CI")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let event = match variables.get("CI_PIPELINE_SOURCE")?.unwrap_or_default() {
        "push" => BuildEvent::Push,
        "merge_request_event" | "external_pull_request_event" => BuildEvent::PullRequest,
        "schedule" => BuildEvent::Schedule,
        // A person, an API call, or another pipeline.
        _ => BuildEvent::Manual,
    };
    // A merge request, or a pull request on GitHub that GitLab builds.
    let number = ["CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"];
    let target = [
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
        "CI_COMMIT_BRANCH",
    ];
    let source_branch =
        ["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME"];
    let source = first(
        variables,
        ["CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"],
    )?;
    let own =
        first(variables, ["CI_MERGE_REQUEST_PROJECT_PATH", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY"])?;
    let base = [
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA",
        "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA",
        "CI_COMMIT_BEFORE_SHA",
    ];
    Ok(PartialBuild {
        repository: variables.text("repository", "CI_PROJECT_PATH")?,
        branch: variables.first("branch", &target)?.map(str::to_owned),
        commit: variables.text("commit", "CI_COMMIT_SHA")?,
        commit_message: variables.text("commit message", "CI_COMMIT_MESSAGE")?,
        base_commit: variables.first("base commit", &base)?.map(str::to_owned),
        event: Some(event),
        provider_event: variables.text("event of the provider", "CI_PIPELINE_SOURCE")?,
        tag: variables.text("git tag", "CI_COMMIT_TAG")?,
        pull_request: PartialPullRequest {
            number: variables.first("pull request", &number)?.map(str::to_owned),
            source_branch: variables.first("source branch", &source_branch)?.map(str::to_owned),
            is_fork: source.zip(own).map(|(source, own)| !is_same_repository(source, own)),
        },
        // It counts within the project.
        number: variables.number("CI_PIPELINE_IID")?,
        number_scope: Some(PROVIDER.name.to_owned()),
        // Set by `parallel`, from 1.
        job: variables.number("CI_NODE_INDEX")?,
        actor: variables.text("actor", "GITLAB_USER_LOGIN")?,
        ..PartialBuild::default()
    })
}

/// The value of the first variable that is set.
fn first<'e>(variables: &Variables<'e>, names: [&'static str; 2]) -> Result<Option<&'e str>, BuildError> {
    let [one, other] = names;
    Ok(variables.get(one)?.or(variables.get(other)?))
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_MESSAGE", "a change"),
        ("CI_COMMIT_SHA", "COMMIT"),
        ("CI_PIPELINE_ID", "90210"),
        ("CI_PIPELINE_IID", "41"),
        ("CI_PROJECT_PATH", "acme/team/shop"),
        ("GITLAB_USER_LOGIN", "ada"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/team/shop number=41 scope=gitlab";
        let branch = |source, job: &[(&str, &str)]| {
            let variables = [
                ("CI_PIPELINE_SOURCE", source),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_COMMIT_BEFORE_SHA", "BASE"),
            ];
            summary(&[VARIABLES, &variables, job])
        };
        assert_eq!(
            branch("push", &[]),
            format!("gitlab: Push main {common} by=ada word=push base=BASE message=a change")
        );
        assert!(branch("schedule", &[]).starts_with("gitlab: Schedule main "));
        assert!(branch("parent_pipeline", &[]).starts_with("gitlab: Manual main "));
        assert!(branch("push", &[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")]).contains(" job=2 "));
        let tag = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v1")];
        assert!(summary(&[VARIABLES, &tag]).starts_with("gitlab: Tag v1 tag=v1 "));
        let request = [
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_COMMIT_BEFORE_SHA", "0000000000000000000000000000000000000000"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix"),
            ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/team/shop"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "stranger/shop"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "BASE"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &request]),
            format!(
                "gitlab: PullRequest main {common} by=ada word=merge_request_event base=BASE message=a change request=7 \
                 source=fix fork=true"
            )
        );
    }
}
