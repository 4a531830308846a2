//! Travis CI: <https://docs.travis-ci.com/user/environment-variables/>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest, is_same_repository};

use super::{BuildError, Provider, Variables};
use crate::ci::variables::parse_number;

pub(super) const PROVIDER: Provider = Provider { name: "travis", title: "Travis CI", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("TRAVIS")
}

/// Whether the variables of Travis describe a build that it does not run: teams set them by hand to run the scripts that
/// ecs-host replaces.
pub(super) fn is_described(environment: &Environment) -> bool {
    environment.get("TRAVIS_BRANCH").is_some()
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
    use crate::ci::providers::tests::summary;

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

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("TRAVIS", "true"),
        ("TRAVIS_BUILD_NUMBER", "57"),
        ("TRAVIS_JOB_NUMBER", "57.2"),
        ("TRAVIS_COMMIT", "COMMIT"),
        ("TRAVIS_COMMIT_MESSAGE", "a\n\nb"),
        ("TRAVIS_REPO_SLUG", "acme/shop"),
        ("TRAVIS_COMMIT_RANGE", "0f1e2d3c4b5a...3f2a9c10d1e2"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let push = [
            VARIABLES,
            &[("TRAVIS_BRANCH", "master"), ("TRAVIS_EVENT_TYPE", "push"), ("TRAVIS_PULL_REQUEST", "false")],
        ];
        assert_eq!(
            summary(&push),
            "travis: Push master repository=acme/shop number=57 job=2 word=push message=a\n\nb"
        );
        let request = [
            VARIABLES,
            &[
                ("TRAVIS_BRANCH", "master"),
                ("TRAVIS_EVENT_TYPE", "pull_request"),
                ("TRAVIS_PULL_REQUEST", "7"),
                ("TRAVIS_PULL_REQUEST_BRANCH", "fix"),
                ("TRAVIS_PULL_REQUEST_SLUG", "stranger/shop"),
            ],
        ];
        assert_eq!(
            summary(&request),
            "travis: PullRequest master repository=acme/shop number=57 job=2 word=pull_request message=a\n\nb request=7 \
             source=fix fork=true"
        );
        for (word, expected) in [("cron", "Schedule"), ("api", "Manual")] {
            let other = [VARIABLES, &[("TRAVIS_BRANCH", "master"), ("TRAVIS_EVENT_TYPE", word)]];
            assert!(summary(&other).starts_with(&format!("travis: {expected} master ")), "{word}");
        }
        let tag = [
            VARIABLES,
            &[("TRAVIS_BRANCH", "v1.0.0"), ("TRAVIS_TAG", "v1.0.0"), ("TRAVIS_EVENT_TYPE", "push")],
        ];
        assert!(summary(&tag).starts_with("travis: Tag v1.0.0 tag=v1.0.0 "));
    }
}
