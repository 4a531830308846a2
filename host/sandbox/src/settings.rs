//! The environment variables that a policy receives: those that it declares, except secrets.

mod mistakes;

use std::collections::{BTreeMap, BTreeSet};

pub use mistakes::{is_empty_list, is_quoted};

use crate::error::ComponentError;
use crate::kind::Subject;
use crate::manifest::SettingDeclaration;
use crate::problem::Problem;
use model::Environment;
use model::secret::is_secret_name;
use model::text::{abbreviate, printable};

/// The settings of one evaluation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Name and value of each declared variable that is set and not empty, in the order of names.
    pub values: Vec<(String, String)>,
    /// Variables that a declared family covers and that contain secrets. The policy does not receive them.
    pub withheld: Vec<String>,
}

/// Whether the settings of a policy are checked for secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretCheck {
    /// They are not, for the convention: it is a part of the host, and reports a setting that is wrong.
    Off,
    /// A variable that contains a secret is not passed to the policy.
    On,
}

impl Settings {
    /// Collects the declared variables from the environment.
    ///
    /// # Errors
    /// [`ComponentError::InvalidSettings`] if declared names break the grammar, such as a family without a prefix, which
    /// would cover the whole environment; [`ComponentError::Secrets`] if declared variables contain secrets and are not
    /// in `allowed_secrets`; [`ComponentError::RejectedSettings`] if declared variables are not UTF-8. Each states all of
    /// them.
    pub fn from_environment(
        component: &Subject,
        declarations: &[SettingDeclaration],
        check: SecretCheck,
        allowed_secrets: &BTreeSet<String>,
        environment: &Environment,
    ) -> Result<Self, ComponentError> {
        check_names(component, declarations)?;
        let is_declared = |name: &str| declarations.iter().any(|declaration| declaration.matches(name));
        let undecodable: Vec<String> = environment
            .undecodable()
            .filter(|(name, _)| is_declared(name))
            .map(|(name, _)| format!("{name} is not UTF-8; correct it where it is set, or unset it"))
            .collect();
        if !undecodable.is_empty() {
            return Err(ComponentError::RejectedSettings {
                component: component.clone(),
                problems: undecodable,
            });
        }
        let is_allowed = |name: &str| check == SecretCheck::Off || allowed_secrets.contains(name);
        let secrets: BTreeMap<&str, &str> =
            environment.secrets().filter(|(name, _)| !is_allowed(name)).collect();
        let exact = declarations.iter().map(|declaration| declaration.name.as_str());
        let refused: BTreeSet<String> = exact
            .filter(|name| !is_allowed(name))
            .filter_map(|name| {
                if environment.is_build_secret(name) {
                    return Some(format!(
                        "--allow-secret {name} (the operator grants it to builds, as a secret)"
                    ));
                }
                describe_secret(name, secrets.contains_key(name), environment.get(name).is_some())
            })
            .collect();
        if !refused.is_empty() {
            let refused = refused.into_iter().collect();
            return Err(ComponentError::Secrets { component: component.clone(), refused });
        }
        let mut settings = Self::default();
        for (name, value) in environment.iter() {
            if !is_declared(name) {
                continue;
            }
            if secrets.contains_key(name) {
                settings.withheld.push(name.to_owned());
            } else {
                settings.values.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(settings)
    }

    /// The error of an answer with problems. It is one of the settings if each of the invalid values is that of a
    /// setting: the policy's author has nothing to correct.
    pub(crate) fn invalid_answer(&self, component: Subject, problems: Vec<Problem>) -> ComponentError {
        let source = |problem: &Problem| self.source(problem.value.as_deref()?);
        if problems.iter().all(|problem| source(problem).is_some()) {
            let traced = |problem: &Problem| {
                let (name, value) = (source(problem)?, abbreviate(problem.value.as_deref()?));
                Some(format!("{name} contains \"{value}\": {problem}"))
            };
            return ComponentError::RejectedSettings {
                component,
                problems: problems.iter().filter_map(traced).collect(),
            };
        }
        let described = |problem: &Problem| match source(problem) {
            Some(name) => format!("{problem} (from {name})"),
            None => problem.to_string(),
        };
        ComponentError::InvalidAnswer { component, problems: problems.iter().map(described).collect() }
    }

    /// The names of the settings that have this value, or have it in a list.
    fn source(&self, value: &str) -> Option<String> {
        let is_separator = |c: char| c.is_ascii_whitespace() || c == ',';
        let has_value = |text: &str| {
            text == value || text.trim() == value || text.split(is_separator).any(|word| word == value)
        };
        let names: Vec<&str> = self
            .values
            .iter()
            .filter(|(_, text)| !value.is_empty() && has_value(text))
            .map(|(name, _)| name.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(" or "))
    }
}

/// Checks the grammar of declared names.
///
/// # Errors
/// [`ComponentError::InvalidSettings`] with every problem.
pub(crate) fn check_names(
    component: &Subject,
    declarations: &[SettingDeclaration],
) -> Result<(), ComponentError> {
    let problems: Vec<String> = declarations.iter().filter_map(find_problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ComponentError::InvalidSettings { component: component.clone(), problems })
}

/// The flag that allows a declared variable, if it needs one. The name decides while the variable is not set, so that
/// a policy is not refused only in the job that sets it.
fn describe_secret(name: &str, is_secret: bool, is_set: bool) -> Option<String> {
    match (is_secret, is_secret_name(name)) {
        (true, false) => {
            Some(format!("--allow-secret {name} (its value contains a password, a token or a key)"))
        }
        (true, true) => Some(format!("--allow-secret {name}")),
        (false, true) if !is_set => Some(format!("--allow-secret {name}")),
        _ => None,
    }
}

/// Why a declaration breaks the grammar.
fn find_problem(declaration: &SettingDeclaration) -> Option<String> {
    let name = &declaration.name;
    let prefix = name.strip_suffix('*').unwrap_or(name);
    let is_name = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let rule = if !is_name || prefix.is_empty() {
        "expected letters, digits and _, with at most one `*`, at the end"
    } else if name.ends_with('*') && !prefix.ends_with('_') {
        "expected a prefix that ends in `_`, as in `ECS_CLUSTER_*`"
    } else {
        return None;
    };
    Some(format!("`{}`: {rule}", printable(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::ComponentKind;

    #[test]
    fn an_invalid_value_is_traced_to_its_setting() {
        let values = [("IMAGE_NAME", " a\nb\n"), ("LIST", "x, y:z"), ("SAME", "y:z")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = Settings { values, withheld: Vec::new() };
        let problem = |value: &str| Problem { text: "bad".to_owned(), value: Some(value.to_owned()) };
        let error = |values: &[&str]| {
            settings.invalid_answer(subject(), values.iter().map(|value| problem(value)).collect())
        };
        let traced = error(&["a\nb", "y:z"]);
        assert_eq!(traced.exit().code(), 3);
        let text = traced.to_string();
        assert!(text.contains("IMAGE_NAME contains \"a\\nb\": bad"), "{text}");
        assert!(text.contains("LIST or SAME contains \"y:z\": bad"), "{text}");
        // The policy's own part of the answer is its author's to correct.
        let own = error(&["y:z", "other", ""]);
        assert_eq!(own.exit().code(), 4);
        assert!(own.to_string().contains("bad (from LIST or SAME)\n  - bad\n  - bad"), "{own}");
    }

    fn subject() -> Subject {
        Subject::new(ComponentKind::Policy, "p")
    }

    fn declaration(name: &str) -> SettingDeclaration {
        SettingDeclaration { name: name.into(), description: String::new(), required: false }
    }

    fn collect(names: &[&str], allowed_secrets: &[&str]) -> Result<Settings, ComponentError> {
        let environment = ["IMAGE_NAME", "APP_MASTER", "APP_TOKEN", "AWS_SECRET_ACCESS_KEY", "HOME"];
        let environment = environment.iter().map(|name| (*name, "hunter2")).collect();
        let declarations: Vec<_> = names.iter().map(|name| declaration(name)).collect();
        let allowed_secrets = allowed_secrets.iter().map(|name| (*name).to_owned()).collect();
        Settings::from_environment(&subject(), &declarations, SecretCheck::On, &allowed_secrets, &environment)
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
        let settings = collect(&["APP_*"], &[]).unwrap();
        assert_eq!(names(&settings), ["APP_MASTER"]);
        assert_eq!(settings.withheld, ["APP_TOKEN"]);
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
        let names = ["*", "A*", "A_*_B", "", "A B", "A=B"];
        for name in names {
            assert!(matches!(collect(&[name], &[]), Err(ComponentError::InvalidSettings { .. })), "{name}");
        }
        let error = collect(&names, &[]).unwrap_err().to_string();
        assert!(names.iter().all(|name| error.contains(&format!("`{name}`: "))), "{error}");
    }

    #[test]
    fn nothing_is_withheld_from_the_built_in_policy() {
        let environment =
            Environment::from_iter([("REMOTE_IMAGE_URL", "https://me:pass-word@h.example/web")]);
        let collect = |check| {
            let declarations = [declaration("REMOTE_IMAGE_URL")];
            Settings::from_environment(&subject(), &declarations, check, &BTreeSet::new(), &environment)
        };
        // It reports the invalid repository.
        assert_eq!(names(&collect(SecretCheck::Off).unwrap()), ["REMOTE_IMAGE_URL"]);
        assert!(collect(SecretCheck::On).is_err());
    }

    #[test]
    fn every_declared_secret_is_reported_at_once() {
        let environment = Environment::from_iter([
            ("DB_PASSWORD", "hunter2"),
            ("DATABASE_URL", "postgres://app:hunter2@db/app"),
            ("ENABLE_AUTH", "true"),
            ("BASIC_AUTH", "true"),
            ("CACHE_KEY", "v1-linux"),
        ]);
        let declarations =
            ["DB_PASSWORD", "DATABASE_URL", "ENABLE_AUTH", "BASIC_AUTH", "CACHE_KEY", "UNSET_TOKEN"]
                .map(declaration);
        let collect = |allowed: &[&str]| {
            let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
            Settings::from_environment(&subject(), &declarations, SecretCheck::On, &allowed, &environment)
        };
        let error = collect(&[]).unwrap_err().to_string();
        for name in ["DB_PASSWORD", "DATABASE_URL (its value", "UNSET_TOKEN"] {
            assert!(error.contains(&format!("--allow-secret {name}")), "{error}");
        }
        assert!(!error.contains("_AUTH") && !error.contains("CACHE_KEY"), "{error}");
        let settings = collect(&["DB_PASSWORD", "DATABASE_URL", "UNSET_TOKEN"]).unwrap();
        assert_eq!(settings.values.len(), 5);
    }
}
