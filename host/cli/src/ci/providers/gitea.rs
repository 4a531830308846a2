//! Gitea Actions and Forgejo Actions, whose runners set the variables of GitHub Actions, too:
//! <https://docs.gitea.com/usage/actions/actions-variables>,
//! <https://forgejo.org/docs/latest/user/actions/reference/>.

use model::Environment;
use model::build::PartialBuild;

use super::{BuildError, Provider, Variables, github_actions};

pub(super) const PROVIDER: Provider = Provider { name: "gitea", title: "Gitea Actions", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("GITEA_ACTIONS") || environment.is_enabled("FORGEJO_ACTIONS")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    // The run number counts within the repository, and not within the workflow as on GitHub.
    let number_scope = Some(PROVIDER.name.to_owned());
    Ok(PartialBuild { number_scope, ..github_actions::read_compatible(variables)? })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::github_actions::tests::VARIABLES;
    use crate::ci::providers::tests::summary;

    #[test]
    fn gitea_counts_within_the_repository() {
        let variables = [
            ("GITEA_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_REF_NAME", "main"),
        ];
        assert_eq!(
            summary(&[VARIABLES, &variables]),
            "gitea: Push main repository=acme/shop number=41 scope=gitea by=hubot word=push"
        );
    }
}
