//! The environment variables that a policy receives: those that it declares, except secrets.

use std::collections::BTreeSet;

use crate::error::PolicyError;
use crate::manifest::SettingDeclaration;
use model::Environment;
use model::secret::is_secret_name;

/// The settings of one evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name and value of each declared variable that is set and not empty, in the order of names.
    pub values: Vec<(String, String)>,
    /// Variables that a declared family covers and that look like secrets. The policy does not receive them.
    pub withheld: Vec<String>,
}

/// What the `*` at the end of a family's name matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilySuffix {
    /// A branch, such as `feature/reset-password`: its name says nothing about the value, so nothing is withheld.
    BranchName,
    /// Anything: a variable whose name looks like a secret's is withheld.
    Any,
}

impl Settings {
    /// Collects the declared variables from the environment.
    ///
    /// # Errors
    /// [`PolicyError::Secret`] if a declared name looks like a secret and is not in `allowed_secrets`;
    /// [`PolicyError::InvalidSetting`] if a declared name breaks the grammar, such as a family without a prefix,
    /// which would cover the whole environment.
    pub fn from_environment(
        policy: &str,
        declarations: &[SettingDeclaration],
        suffix: FamilySuffix,
        allowed_secrets: &BTreeSet<String>,
        environment: &Environment,
    ) -> Result<Self, PolicyError> {
        for declaration in declarations {
            check_declaration(policy, declaration, allowed_secrets)?;
        }
        let mut settings = Self::default();
        for (name, value) in environment.iter() {
            if !declarations.iter().any(|declaration| declaration.matches(name)) {
                continue;
            }
            if suffix == FamilySuffix::Any && is_secret_name(name) && !allowed_secrets.contains(name) {
                settings.withheld.push(name.to_owned());
            } else {
                settings.values.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(settings)
    }
}

fn check_declaration(
    policy: &str,
    declaration: &SettingDeclaration,
    allowed_secrets: &BTreeSet<String>,
) -> Result<(), PolicyError> {
    let (policy, name) = (policy.to_owned(), declaration.name.clone());
    let prefix = name.strip_suffix('*').unwrap_or(&name);
    let is_name = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name || prefix.is_empty() {
        let rule = "expected letters, digits and _, with at most one `*`, at the end";
        return Err(PolicyError::InvalidSetting { policy, name, rule });
    }
    if name.ends_with('*') && !prefix.ends_with('_') {
        let rule = "expected a prefix that ends in `_`, as in `ECS_CLUSTER_*`";
        return Err(PolicyError::InvalidSetting { policy, name, rule });
    }
    if !name.ends_with('*') && is_secret_name(&name) && !allowed_secrets.contains(&name) {
        return Err(PolicyError::Secret { policy, name });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration(name: &str) -> SettingDeclaration {
        SettingDeclaration { name: name.into(), description: String::new(), required: false }
    }

    fn collect(names: &[&str], allowed_secrets: &[&str]) -> Result<Settings, PolicyError> {
        let environment =
            ["IMAGE_NAME", "ECS_CLUSTER_MASTER", "ECS_CLUSTER_TOKEN", "AWS_SECRET_ACCESS_KEY", "HOME"];
        let environment = environment.iter().map(|name| (*name, "x")).collect();
        let declarations: Vec<_> = names.iter().map(|name| declaration(name)).collect();
        let allowed_secrets = allowed_secrets.iter().map(|name| (*name).to_owned()).collect();
        Settings::from_environment("p", &declarations, FamilySuffix::Any, &allowed_secrets, &environment)
    }

    fn names(settings: &Settings) -> Vec<&str> {
        settings.values.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_policy_receives_the_variables_that_it_declares_and_no_others() {
        assert_eq!(names(&collect(&["IMAGE_NAME", "ABSENT"], &[]).unwrap()), ["IMAGE_NAME"]);
    }

    #[test]
    fn secrets_of_a_family_are_withheld() {
        let settings = collect(&["ECS_CLUSTER_*"], &[]).unwrap();
        assert_eq!(names(&settings), ["ECS_CLUSTER_MASTER"]);
        assert_eq!(settings.withheld, ["ECS_CLUSTER_TOKEN"]);
    }

    #[test]
    fn a_declared_secret_is_rejected_unless_the_operator_allows_it() {
        let error = collect(&["AWS_SECRET_ACCESS_KEY"], &[]).unwrap_err();
        assert!(error.to_string().contains("--allow-secret AWS_SECRET_ACCESS_KEY"), "{error}");
        let settings = collect(&["AWS_SECRET_ACCESS_KEY"], &["AWS_SECRET_ACCESS_KEY"]).unwrap();
        assert_eq!(names(&settings), ["AWS_SECRET_ACCESS_KEY"]);
    }

    #[test]
    fn a_family_that_covers_everything_is_rejected() {
        for name in ["*", "A*", "A_*_B", "", "A B", "A=B"] {
            assert!(matches!(collect(&[name], &[]), Err(PolicyError::InvalidSetting { .. })), "{name}");
        }
    }

    #[test]
    fn a_branch_named_like_a_secret_is_not_withheld_from_the_built_in_policy() {
        let environment = Environment::from_iter([("ECS_CLUSTER_FEATURE_RESET_PASSWORD", "x")]);
        let settings = Settings::from_environment(
            "travis",
            &[declaration("ECS_CLUSTER_*")],
            FamilySuffix::BranchName,
            &BTreeSet::new(),
            &environment,
        );
        assert_eq!(names(&settings.unwrap()), ["ECS_CLUSTER_FEATURE_RESET_PASSWORD"]);
    }

    #[test]
    fn secrets_are_recognized_by_name() {
        for secret in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SESSION_TOKEN",
            "GITHUB_TOKEN",
            "NPM_AUTH",
            "DB_PASSWORD",
            "api_key",
            "MyToken",
            "SENTRY_DSN",
        ] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for plain in [
            "IMAGE_NAME",
            "DEPLOY_BRANCHES",
            "ECS_SERVICE_AUTHORS",
            "REMOTE_IMAGE_URL",
            "ECS_CLUSTER_MONKEYS",
            "AWS_REGION",
        ] {
            assert!(!is_secret_name(plain), "{plain}");
        }
    }
}
