//! Travis CI: <https://docs.travis-ci.com/user/environment-variables/>.

use super::{BuildError, Environment, Event, Told};

/// Whether this is a Travis build. The branch alone will do: teams that ran
/// the old scripts elsewhere set it by hand.
pub(super) fn is_here(environment: &Environment) -> bool {
    environment.is_on("TRAVIS") || environment.get("TRAVIS_BRANCH").is_some()
}

pub(super) fn read(environment: &Environment) -> Result<Told, BuildError> {
    let text = |name| environment.get(name).map(str::to_owned);
    let event = environment.get("TRAVIS_EVENT_TYPE").map(|kind| match kind {
        "push" => Event::Push,
        "pull_request" => Event::PullRequest,
        "cron" => Event::Schedule,
        _ => Event::Manual,
    });
    Ok(Told {
        provider: "travis",
        repository: text("TRAVIS_REPO_SLUG"),
        branch: text("TRAVIS_BRANCH"),
        commit: text("TRAVIS_COMMIT"),
        commit_message: text("TRAVIS_COMMIT_MESSAGE"),
        // Builds before event types existed were pushes.
        event: event.or(Some(Event::Push)),
        tag: text("TRAVIS_TAG"),
        pull_request: text("TRAVIS_PULL_REQUEST").filter(|number| number != "false"),
        number: environment
            .get("TRAVIS_BUILD_NUMBER")
            .map(|n| number("TRAVIS_BUILD_NUMBER", n))
            .transpose()?,
        job: job(environment)?,
    })
}

/// The job of `TRAVIS_JOB_NUMBER`, which is `BUILD.JOB`.
fn job(environment: &Environment) -> Result<Option<u32>, BuildError> {
    let job = environment.get("TRAVIS_JOB_NUMBER").and_then(|text| text.rsplit_once('.'));
    job.map(|(_, job)| number("TRAVIS_JOB_NUMBER", job)).transpose()
}

fn number<N: std::str::FromStr>(part: &'static str, text: &str) -> Result<N, BuildError> {
    text.parse().map_err(|_| BuildError::Invalid { part, text: text.to_owned(), rule: "a number is wanted" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Told {
        read(&variables.iter().copied().collect()).unwrap()
    }

    #[test]
    fn the_job_is_what_follows_the_dot() {
        for (number, job) in [("12.1", Some(1)), ("12.11", Some(11)), ("12", None), ("", None)] {
            assert_eq!(told(&[("TRAVIS_JOB_NUMBER", number)]).job, job, "{number}");
        }
    }

    #[test]
    fn a_pull_request_is_a_number() {
        for (value, pull_request) in [("false", None), ("", None), ("7", Some("7"))] {
            assert_eq!(
                told(&[("TRAVIS_PULL_REQUEST", value)]).pull_request.as_deref(),
                pull_request,
                "{value}"
            );
        }
    }

    #[test]
    fn an_event_has_the_name_of_the_contract() {
        let events = [("push", Event::Push), ("cron", Event::Schedule), ("api", Event::Manual)];
        for (value, event) in events {
            assert_eq!(told(&[("TRAVIS_EVENT_TYPE", value)]).event, Some(event));
        }
    }
}
