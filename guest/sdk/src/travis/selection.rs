use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::{DEPLOY_BRANCHES, collisions::refuse_collisions, sentences::subject};
use crate::{Build, Event, Selection};

/// Whether a build deploys to `environment`.
///
/// It is skipped, checked in this order,
///
/// 1. if it is another job of a build matrix than the first; on Travis, which
///    numbers every job, also if it has no job number,
/// 2. if it is a pull request,
/// 3. if `environment` is not a word of `DEPLOY_BRANCHES`.
///
/// ```
/// use ecs_host_policy::{Build, Selection, travis};
///
/// let build = Build::on_branch("develop").with("DEPLOY_BRANCHES", "master production");
/// assert_eq!(
///     travis::select(&build, "develop"),
///     Ok(Selection::Skip(
///         "Branch `develop` is not one of DEPLOY_BRANCHES (`master production`).".into()
///     ))
/// );
/// ```
///
/// # Errors
///
/// Where `DEPLOY_BRANCHES` is not set, though the build is none that 1 or 2 skip.
///
/// Where the build would deploy, but two words of `DEPLOY_BRANCHES`, whichever
/// they are, lead to the same variables or to the same image tag, as long names
/// do that differ only where [`commit_tag`](super::commit_tag) cuts them: until
/// they are told apart, one of them deploys over the other.
pub fn select(build: &Build, environment: &str) -> Result<Selection, String> {
    if let Some(reason) = other_job(build).or_else(|| pull_request(build)) {
        return Ok(Selection::Skip(reason));
    }
    let Some(list) = build.setting(DEPLOY_BRANCHES) else {
        return Err([
            DEPLOY_BRANCHES,
            " is not set: set it to the branches that deploy, separated by spaces, such as \
             `master production`.",
        ]
        .concat());
    };
    // A comma is no part of the old form, but people write it.
    let separates = |c: char| c.is_ascii_whitespace() || c == ',';
    let words: Vec<&str> = list.split(separates).filter(|word| !word.is_empty()).collect();
    if !words.contains(&environment) {
        return Ok(Selection::Skip(unlisted(build, environment, &words)));
    }
    refuse_collisions(&words, &build.commit)?;
    Ok(Selection::Deploy)
}

fn other_job(build: &Build) -> Option<String> {
    match build.job {
        Some(1) => None,
        Some(job) => Some(
            ["Job ", &job.to_string(), " does not deploy: only the first job of a build matrix does."]
                .concat(),
        ),
        None if build.provider == "travis" => Some(
            "This build does not deploy: only the first job of a build matrix does, and \
             TRAVIS_JOB_NUMBER does not say which one this is."
                .into(),
        ),
        None => None,
    }
}

fn pull_request(build: &Build) -> Option<String> {
    let which = match &build.pull_request {
        Some(number) => ["Pull request ", number].concat(),
        None if build.event == Event::PullRequest => "A pull request".into(),
        None => return None,
    };
    Some([&which, " does not deploy: only what has been merged does."].concat())
}

fn unlisted(build: &Build, environment: &str, words: &[&str]) -> String {
    let subject = subject(build, environment);
    [&subject, " is not one of ", DEPLOY_BRANCHES, " (`", &words.join(" "), "`)."].concat()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn on_travis(job: Option<u32>) -> Build {
        Build {
            provider: "travis".into(),
            job,
            ..Build::on_branch("master").with(DEPLOY_BRANCHES, "master production")
        }
    }

    fn skipped(build: &Build) -> String {
        match select(build, &build.branch) {
            Ok(Selection::Skip(reason)) => reason,
            other => panic!("not skipped: {other:?}"),
        }
    }

    #[test]
    fn branches_may_be_separated_by_commas() {
        let build = Build::on_branch("production").with(DEPLOY_BRANCHES, "master,production, staging");
        assert_eq!(select(&build, "production"), Ok(Selection::Deploy));
    }

    #[test]
    fn the_first_job_of_a_listed_branch_deploys() {
        assert_eq!(select(&on_travis(Some(1)), "master"), Ok(Selection::Deploy));
    }

    #[test]
    fn any_other_job_of_the_matrix_is_skipped() {
        assert_eq!(
            skipped(&on_travis(Some(11))),
            "Job 11 does not deploy: only the first job of a build matrix does."
        );
        let elsewhere = Build { provider: "gitlab".into(), ..on_travis(Some(2)) };
        assert!(skipped(&elsewhere).starts_with("Job 2 does not deploy"));
    }

    #[test]
    fn a_travis_build_without_a_job_number_is_skipped() {
        assert!(skipped(&on_travis(None)).contains("TRAVIS_JOB_NUMBER"));
    }

    #[test]
    fn a_build_without_a_matrix_deploys_elsewhere() {
        let build = Build { provider: "github-actions".into(), ..on_travis(None) };
        assert_eq!(select(&build, "master"), Ok(Selection::Deploy));
    }

    #[test]
    fn a_pull_request_is_skipped_even_without_its_settings() {
        assert_eq!(
            skipped(&Build::of_pull_request("12", "master")),
            "Pull request 12 does not deploy: only what has been merged does."
        );
        let unnumbered = Build { event: Event::PullRequest, ..on_travis(Some(1)) };
        assert!(skipped(&unnumbered).starts_with("A pull request does not deploy"));
    }

    #[test]
    fn the_job_is_looked_at_before_the_pull_request() {
        let build = Build { job: Some(2), ..Build::of_pull_request("12", "master") };
        assert!(skipped(&build).starts_with("Job 2"));
    }

    #[test]
    fn without_deploy_branches_it_is_an_error_that_says_what_to_set() {
        for build in [Build::on_branch("master"), Build::on_branch("master").with(DEPLOY_BRANCHES, " \n")] {
            assert_eq!(
                select(&build, "master"),
                Err("DEPLOY_BRANCHES is not set: set it to the branches that deploy, separated \
                     by spaces, such as `master production`."
                    .into())
            );
        }
    }

    #[test]
    fn a_branch_that_is_not_listed_is_skipped() {
        for branch in ["develop", "Master", "mast", "master2", "master production", ""] {
            let build = Build::on_branch(branch).with(DEPLOY_BRANCHES, "master\t production ");
            assert_eq!(
                skipped(&build),
                format!("Branch `{branch}` is not one of DEPLOY_BRANCHES (`master production`).")
            );
        }
    }

    #[test]
    fn a_tag_that_is_not_listed_is_called_a_tag() {
        assert_eq!(
            skipped(&Build::on_tag("v1").with(DEPLOY_BRANCHES, "master")),
            "Tag `v1` is not one of DEPLOY_BRANCHES (`master`)."
        );
    }

    #[test]
    fn an_environment_that_is_not_listed_is_named_with_its_branch() {
        let build = Build::on_branch("release/1").with(DEPLOY_BRANCHES, "master release/1");
        assert_eq!(
            select(&build, "staging"),
            Ok(Selection::Skip(
                "Branch `release/1` (environment `staging`) is not one of DEPLOY_BRANCHES \
                 (`master release/1`)."
                    .into()
            ))
        );
    }

    #[test]
    fn a_listed_environment_deploys_whatever_the_branch_is_called() {
        let build = Build::on_branch("release/1").with(DEPLOY_BRANCHES, "master staging");
        assert_eq!(select(&build, "staging"), Ok(Selection::Deploy));
    }

    #[test]
    fn two_deploy_branches_that_collide_stop_every_build_that_would_deploy() {
        let list = "master feature/x feature-x";
        for branch in ["master", "feature/x"] {
            let error = select(&Build::on_branch(branch).with(DEPLOY_BRANCHES, list), branch).unwrap_err();
            assert!(error.contains("`feature/x` and `feature-x`"), "{error}");
        }
        let develop = Build::on_branch("develop").with(DEPLOY_BRANCHES, list);
        assert!(skipped(&develop).starts_with("Branch `develop`"));
    }
}
