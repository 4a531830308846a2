//! Travis CI: <https://docs.travis-ci.com/user/environment-variables/>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest, is_same_repository};

use super::{BuildError, Provider, Variables};
use crate::ci::variables::parse_number;

pub(super) const PROVIDER: Provider = Provider { name: "travis", title: "Travis CI", is_active, read };

/// Whether this is a Travis build. `TRAVIS_BRANCH` alone is enough: teams set it by hand to run, outside of Travis,
/// the scripts that ecs-host replaces.
fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("TRAVIS") || environment.get("TRAVIS_BRANCH").is_some()
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let event = variables.get("TRAVIS_EVENT_TYPE")?.map(|kind| match kind {
        "push" => BuildEvent::Push,
        "pull_request" => BuildEvent::PullRequest,
        "cron" => BuildEvent::Schedule,
        _ => BuildEvent::Manual,
    });
    let repository = variables.text("repository", "TRAVIS_REPO_SLUG")?;
    // The repository with the changes.
    let source = variables.get("TRAVIS_PULL_REQUEST_SLUG")?;
    // `BUILD.JOB`.
    let job = variables.get("TRAVIS_JOB_NUMBER")?.and_then(|text| text.rsplit_once('.'));
    Ok(PartialBuild {
        branch: variables.text("branch", "TRAVIS_BRANCH")?,
        commit: variables.text("commit", "TRAVIS_COMMIT")?,
        commit_message: variables.text("commit message", "TRAVIS_COMMIT_MESSAGE")?,
        // Without an event type the build is a push.
        event: event.or(Some(BuildEvent::Push)),
        provider_event: variables.text("event of the provider", "TRAVIS_EVENT_TYPE")?,
        tag: variables.text("git tag", "TRAVIS_TAG")?,
        pull_request: PartialPullRequest {
            number: variables.text("pull request", "TRAVIS_PULL_REQUEST")?.filter(|number| number != "false"),
            source_branch: variables.text("source branch", "TRAVIS_PULL_REQUEST_BRANCH")?,
            is_fork: source.zip(repository.as_deref()).map(|(source, own)| !is_same_repository(source, own)),
        },
        // It counts within the repository.
        number: variables.number("TRAVIS_BUILD_NUMBER")?,
        job: job.map(|(_, job)| parse_number("TRAVIS_JOB_NUMBER", job)).transpose()?,
        repository,
        // Travis CI sets neither the commit's time, nor who started the build, nor what it compares with: the commits
        // of TRAVIS_COMMIT_RANGE are abbreviated.
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> PartialBuild {
        read(&mut Variables::new(&variables.iter().copied().collect())).unwrap()
    }

    #[test]
    fn the_job_is_the_number_after_the_dot() {
        for (number, job) in [("12.1", Some(1)), ("12.11", Some(11)), ("12", None), ("", None)] {
            assert_eq!(detected(&[("TRAVIS_JOB_NUMBER", number)]).job, job, "{number}");
        }
    }

    #[test]
    fn a_pull_request_is_a_number_or_false() {
        for (value, pull_request) in [("false", None), ("", None), ("7", Some("7"))] {
            assert_eq!(
                detected(&[("TRAVIS_PULL_REQUEST", value)]).pull_request.number.as_deref(),
                pull_request,
                "{value}"
            );
        }
    }
}
