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

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("BUILDKITE", "true"),
        ("BUILDKITE_BUILD_CREATOR", "Ada"),
        ("BUILDKITE_BUILD_NUMBER", "41"),
        ("BUILDKITE_COMMIT", "COMMIT"),
        ("BUILDKITE_MESSAGE", "a change"),
        ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
        ("BUILDKITE_PIPELINE_SLUG", "shop-deploy"),
        ("BUILDKITE_REPO", "git@github.com:acme/shop.git"),
        ("BUILDKITE_TAG", ""),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=buildkite/acme/shop-deploy";
        let branch = |source, more: &[(&str, &str)]| {
            let variables = [
                ("BUILDKITE_SOURCE", source),
                ("BUILDKITE_BRANCH", "main"),
                ("BUILDKITE_PULL_REQUEST", "false"),
            ];
            summary(&[VARIABLES, &variables, more])
        };
        assert_eq!(
            branch("webhook", &[]),
            format!("buildkite: Push main {common} by=Ada word=webhook message=a change")
        );
        assert!(branch("schedule", &[]).starts_with("buildkite: Schedule main "));
        assert!(branch("ui", &[]).starts_with("buildkite: Manual main "));
        assert!(branch("webhook", &[("BUILDKITE_PARALLEL_JOB", "1")]).contains(" job=2 "));
        assert!(branch("webhook", &[("BUILDKITE_TAG", "v1")]).starts_with("buildkite: Tag main tag=v1 "));
        let request = [
            ("BUILDKITE_SOURCE", "webhook"),
            ("BUILDKITE_BRANCH", "stranger:fix"),
            ("BUILDKITE_PULL_REQUEST", "7"),
            ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
            ("BUILDKITE_PULL_REQUEST_REPO", "git://github.com/stranger/shop.git"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &request]),
            format!(
                "buildkite: PullRequest main {common} by=Ada word=webhook message=a change request=7 source=stranger:fix \
                 fork=true"
            )
        );
    }
}
