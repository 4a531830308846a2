//! Bitbucket Pipelines: <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables};

pub(super) const PROVIDER: Provider =
    Provider { name: "bitbucket", title: "Bitbucket Pipelines", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.get("BITBUCKET_BUILD_NUMBER").is_some()
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let number = variables.text("pull request", "BITBUCKET_PR_ID")?;
    let source = variables.text("source branch", "BITBUCKET_BRANCH")?;
    let branches = ["BITBUCKET_PR_DESTINATION_BRANCH", "BITBUCKET_BRANCH"];
    Ok(PartialBuild {
        repository: variables.text("repository", "BITBUCKET_REPO_FULL_NAME")?,
        branch: variables.first("branch", &branches)?.map(str::to_owned),
        commit: variables.text("commit", "BITBUCKET_COMMIT")?,
        base_commit: variables
            .text("base commit", "BITBUCKET_PR_DESTINATION_COMMIT")?
            .filter(|hash| hash.len() == 40),
        // No variable states it.
        event: Some(BuildEvent::Push),
        tag: variables.text("git tag", "BITBUCKET_TAG")?,
        // Pipelines do not build the requests of forks.
        pull_request: PartialPullRequest {
            is_fork: number.as_ref().map(|_| false),
            source_branch: source.filter(|_| number.is_some()),
            number,
        },
        // It counts within the repository.
        number: variables.number("BITBUCKET_BUILD_NUMBER")?,
        number_scope: Some(PROVIDER.name.to_owned()),
        // There are no matrices: the steps of a parallel group differ.
        actor: variables.text("actor", "BITBUCKET_STEP_TRIGGERER_UUID")?,
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("BITBUCKET_BUILD_NUMBER", "41"),
        ("BITBUCKET_COMMIT", "COMMIT"),
        ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
        ("BITBUCKET_PARALLEL_STEP", "1"),
        ("BITBUCKET_STEP_TRIGGERER_UUID", "{8c2f}"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=bitbucket by={8c2f}";
        let push = [("BITBUCKET_BRANCH", "main")];
        assert_eq!(summary(&[VARIABLES, &push]), format!("bitbucket: Push main {common}"));
        assert_eq!(
            summary(&[VARIABLES, &[("BITBUCKET_TAG", "v1")]]),
            format!("bitbucket: Tag v1 tag=v1 {common}")
        );
        let request = [
            ("BITBUCKET_BRANCH", "fix"),
            ("BITBUCKET_PR_ID", "7"),
            ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
            // It is abbreviated.
            ("BITBUCKET_PR_DESTINATION_COMMIT", "0f1e2d3c4b5a"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &request]),
            format!("bitbucket: PullRequest main {common} request=7 source=fix fork=false")
        );
    }
}
