//! Which settings a policy is given: those that it declares, and no secrets.

use std::collections::BTreeSet;

use serde::Serialize;

use super::PolicyError;
use model::Environment;
use model::secret::is_secret_name;

/// A setting, or a family of settings, that a policy declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// A variable's name; a `*` at its end stands for any rest.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether the policy refuses every build without it.
    pub required: bool,
}

impl Declaration {
    /// Whether it declares a variable of this name.
    #[must_use]
    pub fn matches(&self, variable: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => variable.starts_with(start),
            None => variable == self.name,
        }
    }
}

/// The settings for one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name and value of each declared setting that is set, in the order of names.
    pub given: Vec<(String, String)>,
    /// Variables that a declared family covers and that look like secrets.
    pub withheld: Vec<String>,
}

/// What the rest of a family's names may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Families {
    /// Names of branches: nothing in them tells a secret.
    BranchNames,
    /// Anything: a name that looks like a secret is taken for one.
    Anything,
}

/// Picks the settings that a policy declares from the environment.
///
/// # Errors
/// [`PolicyError::Secret`] where a declared name looks like a secret and is
/// not in `allowed`; [`PolicyError::Setting`] where a declared family would
/// take in half the environment.
pub fn select(
    policy: &str,
    declared: &[Declaration],
    families: Families,
    allowed: &BTreeSet<String>,
    environment: &Environment,
) -> Result<Settings, PolicyError> {
    for declaration in declared {
        check(policy, declaration, allowed)?;
    }
    let mut settings = Settings::default();
    for (name, value) in environment.iter() {
        if !declared.iter().any(|declaration| declaration.matches(name)) {
            continue;
        }
        if families == Families::Anything && is_secret_name(name) && !allowed.contains(name) {
            settings.withheld.push(name.to_owned());
        } else {
            settings.given.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(settings)
}

fn check(policy: &str, declared: &Declaration, allowed: &BTreeSet<String>) -> Result<(), PolicyError> {
    let (policy, name) = (policy.to_owned(), declared.name.clone());
    let start = name.strip_suffix('*').unwrap_or(&name);
    let is_name = start.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name || start.is_empty() {
        let rule = "letters, digits and _, then at most one `*` at the end";
        return Err(PolicyError::Setting { policy, name, rule });
    }
    if name.ends_with('*') && !start.ends_with('_') {
        let rule = "a family is a whole prefix, as in `ECS_CLUSTER_*`";
        return Err(PolicyError::Setting { policy, name, rule });
    }
    if !name.ends_with('*') && is_secret_name(&name) && !allowed.contains(&name) {
        return Err(PolicyError::Secret { policy, name });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str) -> Declaration {
        Declaration { name: name.into(), description: String::new(), required: false }
    }

    fn select_from(names: &[&str], allowed: &[&str]) -> Result<Settings, PolicyError> {
        let environment =
            ["IMAGE_NAME", "ECS_CLUSTER_MASTER", "ECS_CLUSTER_TOKEN", "AWS_SECRET_ACCESS_KEY", "HOME"];
        let environment = environment.iter().map(|name| (*name, "x")).collect();
        let declared: Vec<_> = names.iter().map(|name| declared(name)).collect();
        select(
            "p",
            &declared,
            Families::Anything,
            &allowed.iter().map(|a| (*a).to_owned()).collect(),
            &environment,
        )
    }

    fn names(settings: &Settings) -> Vec<&str> {
        settings.given.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_policy_gets_what_it_declares_and_nothing_else() {
        assert_eq!(names(&select_from(&["IMAGE_NAME", "ABSENT"], &[]).unwrap()), ["IMAGE_NAME"]);
    }

    #[test]
    fn a_family_leaves_secrets_out() {
        let settings = select_from(&["ECS_CLUSTER_*"], &[]).unwrap();
        assert_eq!(names(&settings), ["ECS_CLUSTER_MASTER"]);
        assert_eq!(settings.withheld, ["ECS_CLUSTER_TOKEN"]);
    }

    #[test]
    fn a_declared_secret_is_refused_until_the_operator_allows_it() {
        let error = select_from(&["AWS_SECRET_ACCESS_KEY"], &[]).unwrap_err();
        assert!(error.to_string().contains("--allow-secret AWS_SECRET_ACCESS_KEY"), "{error}");
        let settings = select_from(&["AWS_SECRET_ACCESS_KEY"], &["AWS_SECRET_ACCESS_KEY"]).unwrap();
        assert_eq!(names(&settings), ["AWS_SECRET_ACCESS_KEY"]);
    }

    #[test]
    fn a_family_of_everything_is_refused() {
        for name in ["*", "A*", "A_*_B", "", "A B", "A=B"] {
            assert!(matches!(select_from(&[name], &[]), Err(PolicyError::Setting { .. })), "{name}");
        }
    }

    #[test]
    fn the_built_in_policys_branches_may_be_named_like_secrets() {
        let environment = Environment::from_iter([("ECS_CLUSTER_FEATURE_RESET_PASSWORD", "x")]);
        let declared = [declared("ECS_CLUSTER_*")];
        let settings =
            select("travis", &declared, Families::BranchNames, &BTreeSet::new(), &environment).unwrap();
        assert_eq!(names(&settings), ["ECS_CLUSTER_FEATURE_RESET_PASSWORD"]);
    }

    #[test]
    fn a_secret_is_told_by_its_name() {
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
