//! Flags that describe no possible build together.

use super::BuildError;
use model::build::{BuildEvent, PartialBuild};

/// Checks the flags against each other. What the provider reports is left as it is: Travis CI, for example, reports a tag
/// as a push. `merged` is the build with what the provider adds.
///
/// A schedule and a person can start the build of a tag or of a pull request too, so they contradict neither.
///
/// # Errors
/// [`BuildError::Contradiction`] and [`BuildError::MissingSubject`].
pub(super) fn check(flags: &PartialBuild, merged: &PartialBuild) -> Result<(), BuildError> {
    let contradiction = |one, other, reason| Err(BuildError::Contradiction { one, other, reason });
    let has_tag = flags.tag.is_some();
    let has_pull_request = flags.pull_request.number.is_some();
    match flags.event {
        Some(BuildEvent::Push) if has_tag => contradiction("--event push", "--git-tag", TAG),
        Some(BuildEvent::PullRequest) if has_tag => contradiction("--event pull-request", "--git-tag", TAG),
        Some(BuildEvent::Push) if has_pull_request => {
            contradiction("--event push", "--pull-request", PULL_REQUEST)
        }
        Some(BuildEvent::Tag) if has_pull_request => {
            contradiction("--event tag", "--pull-request", PULL_REQUEST)
        }
        _ if has_tag && has_pull_request => contradiction(
            "--git-tag",
            "--pull-request",
            "a build is that of a git tag or of a pull request; remove one of the two",
        ),
        Some(BuildEvent::Tag) if merged.tag.is_none() => Err(BuildError::MissingSubject {
            event: "tag",
            subject: "name of the tag",
            flag: "--git-tag NAME",
        }),
        Some(BuildEvent::PullRequest) if merged.pull_request.number.is_none() => {
            Err(BuildError::MissingSubject {
                event: "pull-request",
                subject: "number of the pull request",
                flag: "--pull-request NUMBER",
            })
        }
        _ => Ok(()),
    }
}

const TAG: &str = "the build of a git tag has the event `tag`; pass `--event tag`, or remove one of the two";
const PULL_REQUEST: &str = "the build of a pull request has the event `pull-request`; pass `--event pull-request`, or remove one of the two";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::Sources;
    use model::Environment;
    use model::build::{Build, PartialPullRequest};
    use model::exit::Exit;

    fn resolve(environment: &Environment, flags: PartialBuild) -> Result<Build, BuildError> {
        crate::ci::resolve(Sources::of(environment), flags, 1).map(|resolved| resolved.build)
    }

    fn flags(event: Option<BuildEvent>, tag: Option<&str>, number: Option<&str>) -> PartialBuild {
        PartialBuild {
            branch: Some("master".into()),
            commit: Some("3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".into()),
            event,
            tag: tag.map(str::to_owned),
            pull_request: PartialPullRequest {
                number: number.map(str::to_owned),
                ..PartialPullRequest::default()
            },
            ..PartialBuild::default()
        }
    }

    #[test]
    fn flags_of_two_kinds_of_builds_are_rejected_with_what_to_pass() {
        use BuildEvent::{PullRequest, Push, Tag};
        for (own, expected) in [
            (flags(Some(Push), Some("v1"), None), "--event push contradicts --git-tag: "),
            (flags(Some(PullRequest), Some("v1"), None), "--event pull-request contradicts --git-tag: "),
            (flags(Some(Push), None, Some("7")), "--event push contradicts --pull-request: "),
            (flags(Some(Tag), None, Some("7")), "--event tag contradicts --pull-request: "),
            (flags(None, Some("v1"), Some("7")), "--git-tag contradicts --pull-request: "),
            (flags(Some(Tag), None, None), "pass --git-tag NAME, or another event"),
            (flags(Some(PullRequest), None, None), "pass --pull-request NUMBER, or another event"),
        ] {
            let error = resolve(&Environment::default(), own).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit(), Exit::Usage);
        }
    }

    #[test]
    fn a_schedule_and_a_person_start_builds_of_every_kind() {
        use BuildEvent::{Manual, PullRequest, Schedule, Tag};
        for (own, event) in [
            (flags(None, Some("v1"), None), Tag),
            (flags(Some(Tag), Some("v1"), None), Tag),
            (flags(Some(Manual), Some("v1"), None), Manual),
            (flags(Some(Schedule), Some("v1"), None), Schedule),
            (flags(None, None, Some("7")), PullRequest),
            (flags(Some(PullRequest), None, Some("7")), PullRequest),
            (flags(Some(Manual), None, Some("7")), Manual),
        ] {
            assert_eq!(resolve(&Environment::default(), own).unwrap().event, event);
        }
    }

    /// `TRAVIS_EVENT_TYPE` of a tag is `push`.
    #[test]
    fn what_the_provider_reports_is_no_contradiction() {
        let own = || PartialBuild { branch: None, ..flags(None, None, None) };
        for (variables, event) in [
            ([("TRAVIS_EVENT_TYPE", "push"), ("TRAVIS_TAG", "v1")], BuildEvent::Tag),
            ([("TRAVIS_EVENT_TYPE", "api"), ("TRAVIS_TAG", "v1")], BuildEvent::Tag),
            ([("TRAVIS_EVENT_TYPE", "pull_request"), ("TRAVIS_PULL_REQUEST", "7")], BuildEvent::PullRequest),
            (
                [("TRAVIS_EVENT_TYPE", "pull_request"), ("TRAVIS_PULL_REQUEST", "false")],
                BuildEvent::PullRequest,
            ),
            ([("TRAVIS_EVENT_TYPE", "cron"), ("TRAVIS_PULL_REQUEST", "false")], BuildEvent::Schedule),
        ] {
            let variables = variables.into_iter().chain([("TRAVIS_BRANCH", "master")]);
            let build = resolve(&variables.clone().collect(), own()).unwrap();
            assert_eq!(build.event, event, "{:?}", variables.collect::<Vec<_>>());
        }
        let travis = Environment::from_iter([("TRAVIS_BRANCH", "v1"), ("TRAVIS_TAG", "v1")]);
        let tag = resolve(&travis, PartialBuild { event: Some(BuildEvent::Tag), ..own() }).unwrap();
        assert_eq!((tag.event, tag.tag.as_deref()), (BuildEvent::Tag, Some("v1")));
    }
}
