//! Jenkins, with the plugins Git and Pipeline: Multibranch:
//! <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>,
//! <https://plugins.jenkins.io/git/#plugin-content-environment-variables>. Each Jenkins lists its own variables under
//! `/env-vars.html`.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, short_branch};
use crate::ci::variables::repository_of_url;

pub(super) const PROVIDER: Provider = Provider { name: "jenkins", title: "Jenkins", is_active, read };

/// JENKINS_URL is unset where the administrator has not configured it.
fn is_active(environment: &Environment) -> bool {
    ["JENKINS_URL", "JENKINS_HOME"].iter().any(|name| environment.get(name).is_some())
}

/// The number of a pull request: of multibranch jobs, and of the plugins GitHub Pull Request Builder, GitLab, Bitbucket
/// and Gerrit Trigger, which check out the branch by its name.
const PULL_REQUEST: [&str; 5] = [
    "CHANGE_ID",
    "ghprbPullId",
    "gitlabMergeRequestIid",
    "BITBUCKET_PULL_REQUEST_ID",
    "GERRIT_CHANGE_NUMBER",
];

/// The branch to merge into.
const TARGET: [&str; 6] = [
    "CHANGE_TARGET",
    "ghprbTargetBranch",
    "gitlabTargetBranch",
    "BITBUCKET_TARGET_BRANCH",
    "GERRIT_BRANCH",
    "BRANCH_NAME",
];

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let number = match variables.get("GERRIT_EVENT_TYPE")? {
        // What is merged is a push.
        Some("change-merged" | "ref-updated") => None,
        _ => variables.first("pull request", &PULL_REQUEST)?.map(str::to_owned),
    };
    let targets: &[&str] = if number.is_some() { &TARGET } else { &["BRANCH_NAME"] };
    // A job of one branch has GIT_BRANCH alone, with the name of the remote repository.
    let branch = match variables.first("branch", targets)? {
        Some(branch) => Some(branch.to_owned()),
        None => variables.first("branch", &["GIT_BRANCH", "GIT_LOCAL_BRANCH"])?.map(|branch| {
            let branch = short_branch(branch);
            branch.strip_prefix("origin/").unwrap_or(branch).to_owned()
        }),
    };
    // The owner of the fork, or its owner and name.
    let fork = variables.get("CHANGE_FORK")?;
    Ok(PartialBuild {
        repository: variables.first("repository", &["GIT_URL", "GIT_URL_1"])?.and_then(repository_of_url),
        branch,
        // A scripted pipeline does not set it; the checkout states it.
        commit: variables.text("commit", "GIT_COMMIT")?,
        base_commit: variables.text("base commit", "GIT_PREVIOUS_COMMIT")?,
        // No variable states it.
        event: Some(BuildEvent::Push),
        tag: variables.text("git tag", "TAG_NAME")?,
        pull_request: PartialPullRequest {
            // Only a multibranch job states it.
            is_fork: variables.get("CHANGE_ID")?.map(|_| fork.is_some()),
            source_branch: variables.text("source branch", "CHANGE_BRANCH")?,
            number,
        },
        number: variables.number("BUILD_NUMBER")?,
        number_scope: variables.text("number scope", "JOB_NAME")?.map(|job| format!("jenkins/{job}")),
        // Of the plugin Build User Vars.
        actor: variables.first("actor", &["BUILD_USER_ID", "CHANGE_AUTHOR"])?.map(str::to_owned),
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("JENKINS_URL", "https://jenkins.example.com/"),
        ("BUILD_NUMBER", "41"),
        ("GIT_COMMIT", "COMMIT"),
        ("GIT_URL", "https://github.com/acme/shop.git"),
        ("JOB_NAME", "shop/main"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=jenkins/shop/main";
        let branch = [("BRANCH_NAME", "main"), ("GIT_PREVIOUS_COMMIT", "BASE"), ("BUILD_USER_ID", "ada")];
        assert_eq!(summary(&[VARIABLES, &branch]), format!("jenkins: Push main {common} by=ada base=BASE"));
        // A Jenkins whose administrator has not set its URL.
        let job = [("JENKINS_URL", ""), ("JENKINS_HOME", "/var/jenkins_home"), ("BRANCH_NAME", "main")];
        assert!(summary(&[VARIABLES, &job]).starts_with("jenkins: Push main "));
        // A job of one branch, without the plugin for several.
        assert!(
            summary(&[VARIABLES, &[("GIT_BRANCH", "origin/release/2")]])
                .starts_with("jenkins: Push release/2 ")
        );
        for (request, event) in [
            ([("ghprbPullId", "7"), ("ghprbTargetBranch", "main")], ""),
            ([("gitlabMergeRequestIid", "7"), ("gitlabTargetBranch", "main")], ""),
            ([("BITBUCKET_PULL_REQUEST_ID", "7"), ("BITBUCKET_TARGET_BRANCH", "main")], ""),
            ([("GERRIT_CHANGE_NUMBER", "7"), ("GERRIT_BRANCH", "main")], "patchset-created"),
        ] {
            let checkout =
                [("GIT_BRANCH", "main"), ("GIT_LOCAL_BRANCH", "main"), ("GERRIT_EVENT_TYPE", event)];
            let described = summary(&[VARIABLES, &request, &checkout]);
            assert_eq!(described, format!("jenkins: PullRequest main {common} request=7"));
        }
        let merged =
            [("GERRIT_CHANGE_NUMBER", "7"), ("GERRIT_EVENT_TYPE", "change-merged"), ("GIT_BRANCH", "main")];
        assert!(summary(&[VARIABLES, &merged]).starts_with("jenkins: Push main "));
        let tag = [("BRANCH_NAME", "v1"), ("TAG_NAME", "v1")];
        assert_eq!(summary(&[VARIABLES, &tag]), format!("jenkins: Tag v1 tag=v1 {common}"));
        let request = [
            ("BRANCH_NAME", "PR-7"),
            ("CHANGE_ID", "7"),
            ("CHANGE_TARGET", "main"),
            ("CHANGE_BRANCH", "fix"),
            ("CHANGE_FORK", "stranger"),
            ("CHANGE_AUTHOR", "stranger"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &request]),
            format!("jenkins: PullRequest main {common} by=stranger request=7 source=fix fork=true")
        );
    }
}
