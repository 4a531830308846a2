use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::{DEPLOY_BRANCHES, DEPLOY_TAGS, collisions::check_collisions, messages::subject};
use crate::{Build, Event, Selection};

/// Returns whether a build deploys to `environment`.
///
/// A build is skipped, in the order of these checks,
///
/// 1. if it is not the first job of a build matrix; a build on Travis CI, which
///    numbers every job, also if its job number is missing,
/// 2. if it is a pull request,
/// 3. if `environment` is not a word of `DEPLOY_BRANCHES`; a build of a git tag, if
///    the tag is not a word of `DEPLOY_TAGS`, also if a branch has the same name. A
///    policy that maps the tag to an environment with another name than that of the
///    build's branch has selected the tag, and only its environment is compared.
///
/// ```
/// use ecs_host_policy::{Build, Selection, travis};
///
/// let build = Build::on_branch("develop").with_setting("DEPLOY_BRANCHES", "master production");
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
/// Returns an error if `DEPLOY_BRANCHES` is not set and the build is not skipped by
/// check 1 or 2.
///
/// Returns an error if the build would deploy, but any two words of `DEPLOY_BRANCHES`
/// map to the same variables or to the same image tag: one would overwrite the
/// deployment of the other. Long names map to the same tag if they differ only after
/// the length to which [`commit_tag`](super::commit_tag) truncates them.
pub fn select(build: &Build, environment: &str) -> Result<Selection, String> {
    if let Some(reason) = job_skip_reason(build).or_else(|| pull_request_skip_reason(build)) {
        return Ok(Selection::Skip(reason));
    }
    // CI sets the branch of a tag's build to the tag, or to the branch that it is on.
    let tag = build.tag.as_deref().filter(|_| environment == build.branch);
    let setting = if tag.is_some() { DEPLOY_TAGS } else { DEPLOY_BRANCHES };
    let Some(list) = build.setting(setting).or(tag.map(|_| "")) else {
        return Err([
            DEPLOY_BRANCHES,
            " is not set: set it to the branches that deploy, such as \
             `master production`.",
        ]
        .concat());
    };
    // `travis-ecs-deploy` accepts only white space; a comma is a common mistake.
    let is_separator = |c: char| c.is_ascii_whitespace() || c == ',';
    let words: Vec<&str> = list.split(is_separator).filter(|word| !word.is_empty()).collect();
    if !words.contains(&tag.unwrap_or(environment)) {
        let subject = subject(build, environment);
        let reason = [&subject, " is not one of ", setting, " (`", &words.join(" "), "`)."].concat();
        return Ok(Selection::Skip(reason));
    }
    check_collisions(setting, &words, &build.commit)?;
    Ok(Selection::Deploy)
}

fn job_skip_reason(build: &Build) -> Option<String> {
    let subject = match build.job {
        Some(1) => return None,
        Some(job) => &["Job ", &job.to_string()].concat(),
        None if build.provider == "travis" => "A job without TRAVIS_JOB_NUMBER",
        None => return None,
    };
    let rule = " does not deploy: only the first of a matrix does. In a build stage pass `--job 1`.";
    Some([subject, rule].concat())
}

fn pull_request_skip_reason(build: &Build) -> Option<String> {
    let subject = match &build.pull_request {
        Some(request) => ["Pull request ", &request.number].concat(),
        None if build.event == Event::PullRequest => "A pull request".into(),
        None => return None,
    };
    Some([&subject, " does not deploy: only merged changes deploy."].concat())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn on_travis(job: Option<u32>) -> Build {
        Build {
            provider: "travis".into(),
            job,
            ..Build::on_branch("master").with_setting(DEPLOY_BRANCHES, "master production")
        }
    }

    fn skip_reason(build: &Build) -> String {
        match select(build, &build.branch) {
            Ok(Selection::Skip(reason)) => reason,
            other => panic!("not skipped: {other:?}"),
        }
    }

    #[test]
    fn commas_separate_branches() {
        let build =
            Build::on_branch("production").with_setting(DEPLOY_BRANCHES, "master,production, staging");
        assert_eq!(select(&build, "production"), Ok(Selection::Deploy));
    }

    #[test]
    fn the_first_job_of_a_listed_branch_deploys() {
        assert_eq!(select(&on_travis(Some(1)), "master"), Ok(Selection::Deploy));
    }

    #[test]
    fn every_other_job_of_the_matrix_is_skipped() {
        assert_eq!(
            skip_reason(&on_travis(Some(11))),
            "Job 11 does not deploy: only the first of a matrix does. In a build stage pass `--job 1`."
        );
        let elsewhere = Build { provider: "gitlab".into(), ..on_travis(Some(2)) };
        assert!(skip_reason(&elsewhere).starts_with("Job 2 does not deploy"));
    }

    #[test]
    fn a_travis_build_without_a_job_number_is_skipped() {
        assert!(skip_reason(&on_travis(None)).contains("TRAVIS_JOB_NUMBER"));
    }

    #[test]
    fn a_build_without_a_job_number_deploys_on_other_providers() {
        let build = Build { provider: "github-actions".into(), ..on_travis(None) };
        assert_eq!(select(&build, "master"), Ok(Selection::Deploy));
    }

    #[test]
    fn a_pull_request_is_skipped_without_settings() {
        assert_eq!(
            skip_reason(&Build::on_pull_request("12", "master")),
            "Pull request 12 does not deploy: only merged changes deploy."
        );
        let unnumbered = Build { event: Event::PullRequest, ..on_travis(Some(1)) };
        assert!(skip_reason(&unnumbered).starts_with("A pull request does not deploy"));
    }

    #[test]
    fn the_job_is_checked_before_the_pull_request() {
        let build = Build { job: Some(2), ..Build::on_pull_request("12", "master") };
        assert!(skip_reason(&build).starts_with("Job 2"));
    }

    #[test]
    fn missing_deploy_branches_are_an_error() {
        for build in
            [Build::on_branch("master"), Build::on_branch("master").with_setting(DEPLOY_BRANCHES, " \n")]
        {
            assert_eq!(
                select(&build, "master"),
                Err("DEPLOY_BRANCHES is not set: set it to the branches that deploy, such as \
                     `master production`."
                    .into())
            );
        }
    }

    #[test]
    fn a_branch_that_is_not_listed_is_skipped() {
        for branch in ["develop", "Master", "mast", "master2", "master production", ""] {
            let build = Build::on_branch(branch).with_setting(DEPLOY_BRANCHES, "master\t production ");
            assert_eq!(
                skip_reason(&build),
                format!("Branch `{branch}` is not one of DEPLOY_BRANCHES (`master production`).")
            );
        }
    }

    #[test]
    fn a_tag_that_is_not_listed_is_reported_as_a_tag() {
        assert_eq!(
            skip_reason(&Build::on_tag("v1").with_setting(DEPLOY_BRANCHES, "master")),
            "Tag `v1` is not one of DEPLOY_TAGS (``)."
        );
    }

    #[test]
    fn a_tag_named_like_a_listed_branch_deploys_only_as_a_listed_tag() {
        let tag = Build::on_tag("master").with_setting(DEPLOY_BRANCHES, "master");
        assert_eq!(skip_reason(&tag), "Tag `master` is not one of DEPLOY_TAGS (``).");
        let listed = tag.with_setting(DEPLOY_TAGS, "v1 master");
        assert_eq!(select(&listed, "master"), Ok(Selection::Deploy));
        let without_branches = Build::on_tag("v1").with_setting(DEPLOY_TAGS, "v1");
        assert_eq!(select(&without_branches, "v1"), Ok(Selection::Deploy));
    }

    #[test]
    fn a_tag_of_a_branch_is_compared_by_its_own_name() {
        let tag = Build { branch: "master".into(), ..Build::on_tag("v1") };
        let tag = tag.with_setting(DEPLOY_BRANCHES, "master");
        assert_eq!(skip_reason(&tag), "Tag `v1` (environment `master`) is not one of DEPLOY_TAGS (``).");
        assert_eq!(select(&tag.with_setting(DEPLOY_TAGS, "v1"), "master"), Ok(Selection::Deploy));
    }

    #[test]
    fn a_tag_that_the_policy_maps_to_a_listed_environment_deploys() {
        let tag = Build::on_tag("v1").with_setting(DEPLOY_BRANCHES, "production");
        assert_eq!(select(&tag, "production"), Ok(Selection::Deploy));
    }

    #[test]
    fn an_environment_that_is_not_listed_is_reported_with_its_branch() {
        let build = Build::on_branch("release/1").with_setting(DEPLOY_BRANCHES, "master release/1");
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
    fn a_listed_environment_deploys_from_any_branch() {
        let build = Build::on_branch("release/1").with_setting(DEPLOY_BRANCHES, "master staging");
        assert_eq!(select(&build, "staging"), Ok(Selection::Deploy));
    }

    #[test]
    fn a_collision_in_deploy_branches_is_an_error_in_every_build_that_would_deploy() {
        let list = "master feature/x feature-x";
        for branch in ["master", "feature/x"] {
            let error =
                select(&Build::on_branch(branch).with_setting(DEPLOY_BRANCHES, list), branch).unwrap_err();
            assert!(error.contains("`feature/x` and `feature-x`"), "{error}");
        }
        let develop = Build::on_branch("develop").with_setting(DEPLOY_BRANCHES, list);
        assert!(skip_reason(&develop).starts_with("Branch `develop`"));
    }
}
