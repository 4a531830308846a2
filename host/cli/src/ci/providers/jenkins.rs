//! Jenkins, with the plugins Git and Pipeline: Multibranch:
//! <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>,
//! <https://plugins.jenkins.io/git/#plugin-content-environment-variables>. Each Jenkins lists its own variables under
//! `/env-vars.html`.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, short_branch};
use crate::ci::variables::repository_of_url;

pub(super) const PROVIDER: Provider = Provider { name: "jenkins", title: "Jenkins", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.get("JENKINS_URL").is_some()
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let number = variables.text("pull request", "CHANGE_ID")?;
    // A job of one branch has GIT_BRANCH alone, with the name of the remote repository.
    let branch = match variables.first("branch", &["CHANGE_TARGET", "BRANCH_NAME"])? {
        Some(branch) => Some(branch.to_owned()),
        None => variables.first("branch", &["GIT_LOCAL_BRANCH", "GIT_BRANCH"])?.map(|branch| {
            let branch = short_branch(branch);
            branch.strip_prefix("origin/").unwrap_or(branch).to_owned()
        }),
    };
    // The owner of the fork, or its owner and name.
    let fork = variables.get("CHANGE_FORK")?;
    Ok(PartialBuild {
        repository: variables.first("repository", &["GIT_URL", "GIT_URL_1"])?.and_then(repository_of_url),
        branch,
        // A scripted pipeline does not set it; the checkout tells it.
        commit: variables.text("commit", "GIT_COMMIT")?,
        base_commit: variables.text("base commit", "GIT_PREVIOUS_COMMIT")?,
        // No variable tells it.
        event: Some(BuildEvent::Push),
        tag: variables.text("git tag", "TAG_NAME")?,
        pull_request: PartialPullRequest {
            is_fork: number.as_ref().map(|_| fork.is_some()),
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
        // A job of one branch, without the plugin for several.
        assert!(
            summary(&[VARIABLES, &[("GIT_BRANCH", "origin/release/2")]])
                .starts_with("jenkins: Push release/2 ")
        );
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
