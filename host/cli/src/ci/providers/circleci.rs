//! CircleCI: <https://circleci.com/docs/reference/variables/>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables};

pub(super) const PROVIDER: Provider = Provider { name: "circleci", title: "CircleCI", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("CIRCLECI")
}

/// CircleCI builds branches. `CIRCLE_PULL_REQUEST` also names a request that was opened from the branch, of which a
/// branch such as `main` may have one, too: its build is a push. Only the build of a fork is one of a pull request, and
/// its branch is `pull/NUMBER`: no variable states the branch to merge into.
fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let branch = variables.text("branch", "CIRCLE_BRANCH")?;
    let forked = branch.as_deref().and_then(|branch| branch.strip_prefix("pull/")).map(str::to_owned);
    let number = variables.text("pull request", "CIRCLE_PR_NUMBER")?.or(forked);
    let owner = variables.get("CIRCLE_PROJECT_USERNAME")?;
    let name = variables.get("CIRCLE_PROJECT_REPONAME")?;
    Ok(PartialBuild {
        repository: owner.zip(name).map(|(owner, name)| format!("{owner}/{name}")),
        branch,
        commit: variables.text("commit", "CIRCLE_SHA1")?,
        // No variable states it. The scheduled builds are pushes, too.
        event: Some(BuildEvent::Push),
        tag: variables.text("git tag", "CIRCLE_TAG")?,
        pull_request: PartialPullRequest {
            is_fork: number.as_ref().map(|_| true),
            number,
            source_branch: None,
        },
        number: variables.number("CIRCLE_BUILD_NUM")?,
        // Each job has a number of its own, so the numbers of one job order its builds.
        number_scope: variables.text("number scope", "CIRCLE_JOB")?.map(|job| format!("circleci/{job}")),
        job: variables.position("CIRCLE_NODE_INDEX")?,
        actor: variables.text("actor", "CIRCLE_USERNAME")?,
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("CIRCLECI", "true"),
        ("CIRCLE_BUILD_NUM", "41"),
        ("CIRCLE_JOB", "deploy"),
        ("CIRCLE_NODE_INDEX", "0"),
        ("CIRCLE_NODE_TOTAL", "1"),
        ("CIRCLE_PROJECT_REPONAME", "shop"),
        ("CIRCLE_PROJECT_USERNAME", "acme"),
        ("CIRCLE_SHA1", "COMMIT"),
        ("CIRCLE_USERNAME", "ada"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=circleci/deploy job=1 by=ada";
        // A branch with an open pull request is a branch.
        let push =
            [("CIRCLE_BRANCH", "main"), ("CIRCLE_PULL_REQUEST", "https://github.com/acme/shop/pull/7")];
        assert_eq!(summary(&[VARIABLES, &push]), format!("circleci: Push main {common}"));
        assert_eq!(
            summary(&[VARIABLES, &[("CIRCLE_TAG", "v1")]]),
            format!("circleci: Tag v1 tag=v1 {common}")
        );
        let fork = [
            ("CIRCLE_BRANCH", "pull/7"),
            ("CIRCLE_PR_NUMBER", "7"),
            ("CIRCLE_PR_USERNAME", "stranger"),
            ("CIRCLE_PULL_REQUEST", "https://github.com/acme/shop/pull/7"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &fork]),
            format!("circleci: PullRequest pull/7 {common} request=7 fork=true")
        );
    }
}
