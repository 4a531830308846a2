//! Travis CI: <https://docs.travis-ci.com/user/environment-variables/>.

use model::Environment;
use model::build::{BuildEvent, InvalidBuild, PartialBuild, PartialPullRequest, is_same_repository};

use super::ProviderBuild;

/// Whether this is a Travis build. `TRAVIS_BRANCH` alone is enough: teams set it by hand to run, outside of Travis,
/// the scripts that ecs-host replaces.
pub(super) fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("TRAVIS") || environment.get("TRAVIS_BRANCH").is_some()
}

/// Whether a variable is one of Travis.
pub(super) fn is_variable(name: &str) -> bool {
    name == "TRAVIS" || name.starts_with("TRAVIS_")
}

pub(super) fn read(environment: &Environment) -> Result<ProviderBuild, InvalidBuild> {
    let text = |name| environment.get(name).map(str::to_owned);
    let event = environment.get("TRAVIS_EVENT_TYPE").map(|kind| match kind {
        "push" => BuildEvent::Push,
        "pull_request" => BuildEvent::PullRequest,
        "cron" => BuildEvent::Schedule,
        _ => BuildEvent::Manual,
    });
    let fields = PartialBuild {
        provider: None,
        // Travis CI sets neither the commit's time, nor who started the build, nor what it compares with: the commits
        // of TRAVIS_COMMIT_RANGE are abbreviated.
        commit_time: None,
        base_commit: None,
        actor: None,
        // The number counts within the repository.
        number_scope: None,
        started_at: None,
        repository: text("TRAVIS_REPO_SLUG"),
        branch: text("TRAVIS_BRANCH"),
        commit: text("TRAVIS_COMMIT"),
        commit_message: text("TRAVIS_COMMIT_MESSAGE"),
        // Without an event type the build is a push.
        event: event.or(Some(BuildEvent::Push)),
        provider_event: text("TRAVIS_EVENT_TYPE"),
        tag: text("TRAVIS_TAG"),
        pull_request: PartialPullRequest {
            number: text("TRAVIS_PULL_REQUEST").filter(|number| number != "false"),
            source_branch: text("TRAVIS_PULL_REQUEST_BRANCH"),
            // The repository with the changes.
            is_fork: environment
                .get("TRAVIS_PULL_REQUEST_SLUG")
                .zip(environment.get("TRAVIS_REPO_SLUG"))
                .map(|(source, own)| !is_same_repository(source, own)),
        },
        number: environment
            .get("TRAVIS_BUILD_NUMBER")
            .map(|text| parse_number("TRAVIS_BUILD_NUMBER", text))
            .transpose()?,
        job: job(environment)?,
    };
    Ok(ProviderBuild { provider: "travis", fields })
}

/// The job number, from `TRAVIS_JOB_NUMBER` in the form `BUILD.JOB`.
fn job(environment: &Environment) -> Result<Option<u32>, InvalidBuild> {
    let job = environment.get("TRAVIS_JOB_NUMBER").and_then(|text| text.rsplit_once('.'));
    job.map(|(_, job)| parse_number("TRAVIS_JOB_NUMBER", job)).transpose()
}

fn parse_number<N: std::str::FromStr>(field: &'static str, text: &str) -> Result<N, InvalidBuild> {
    text.parse().map_err(|_| InvalidBuild {
        field,
        value: text.to_owned(),
        rule: "expected a non-negative integer",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(variables: &[(&str, &str)]) -> PartialBuild {
        read(&variables.iter().copied().collect()).unwrap().fields
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

    #[test]
    fn event_types_map_to_the_events_of_the_contract() {
        let events =
            [("push", BuildEvent::Push), ("cron", BuildEvent::Schedule), ("api", BuildEvent::Manual)];
        for (value, event) in events {
            assert_eq!(detected(&[("TRAVIS_EVENT_TYPE", value)]).event, Some(event));
        }
    }
}
