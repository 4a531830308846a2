//! The operator's file and the project's file together.
//!
//! The operator is who runs the program: the command line and the operator's file are theirs. The project's file comes
//! with a checkout, so whoever can write the checkout can write it. It names no program to execute, grants no secret,
//! and raises no limit.

use std::path::{Path, PathBuf};

use super::key::Authority;
use super::{Config, ConfigError, Entry, GuardOrigin, Key, NamedGuard, OPERATOR_FILE};
use model::names::RoleArn;

/// The two files, each if it exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    /// The operator's file.
    pub operator: Option<Config>,
    /// The project's file.
    pub project: Option<Config>,
}

impl Layers {
    /// The entry of a key, with its file. The operator's file wins over the project's.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<(&Config, &Entry)> {
        let files = [&self.operator, &self.project];
        files.into_iter().flatten().find_map(|config| Some((config, config.entry(key)?)))
    }

    /// The guards of both files. Neither file removes those of the other.
    #[must_use]
    pub fn guards(&self) -> Vec<NamedGuard> {
        type Origin = fn(PathBuf, usize) -> GuardOrigin;
        let files: [(&Option<Config>, Origin); 2] =
            [(&self.operator, GuardOrigin::Operator), (&self.project, GuardOrigin::Project)];
        let files = files.into_iter().filter_map(|(config, origin)| Some((config.as_ref()?, origin)));
        files
            .flat_map(|(config, origin)| {
                let named =
                    move |guard: &super::GuardEntry| guard.named(origin(config.file.clone(), guard.line));
                config.guards.iter().map(named)
            })
            .collect()
    }

    /// Removes a key from both files.
    pub fn remove(&mut self, key: &str) {
        for config in [&mut self.operator, &mut self.project].into_iter().flatten() {
            config.entries.retain(|entry| entry.key.name != key);
        }
    }

    /// Checks that the project's file leaves to the operator what is the operator's. `default` returns the default of a
    /// key. A value that is in force without the project's file is accepted, so that a file with the output of `config`
    /// is valid.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] of the first entry that widens what the operator allows, or that applies to the policy of
    /// a file without one.
    pub fn check_authority(&self, default: impl Fn(&Key) -> Vec<String>) -> Result<(), ConfigError> {
        let Some(project) = &self.project else { return Ok(()) };
        for entry in &project.entries {
            let of_operator = self.operator.as_ref().and_then(|operator| operator.entry(entry.key.name));
            let allowed = of_operator.map_or_else(|| default(entry.key), |entry| entry.values.clone());
            if let Some(reason) = widening(entry, &allowed) {
                return Err(project.invalid(entry, &reason));
            }
            // It would apply to whatever policy the command line names. What no project's file may set was reported
            // before: a policy would not help.
            if entry.key.is_policy_specific && project.policy().is_none() {
                let reason =
                    "applies only to the policy that the file names, and it names none; add `policy`";
                return Err(project.invalid(entry, reason));
            }
        }
        self.check_role(project)
    }

    /// Checks that the operator's file allows the role that the project's file names, as it confines those of a policy.
    fn check_role(&self, project: &Config) -> Result<(), ConfigError> {
        let (Some(operator), Some(entry)) = (&self.operator, project.entry("oidc-role")) else {
            return Ok(());
        };
        let role = entry.values.first().and_then(|role| RoleArn::parse(role).ok());
        let violations = role.map(|role| operator.confinement().check_role("the role", &role));
        match violations.unwrap_or_default().first() {
            Some(violation) => Err(project.invalid(entry, violation)),
            None => Ok(()),
        }
    }

    /// Removes what a file sets for its own policy if another policy runs: the one that the command line names, and
    /// otherwise that of the operator's file. `is_same` compares two names of policies.
    #[must_use]
    pub fn for_policy(self, named: Option<&str>, is_same: impl Fn(&str, &str) -> bool) -> Self {
        let differs = |config: &Config, other: Option<&str>| match (config.policy(), other) {
            (Some(own), Some(other)) => !is_same(other, own),
            _ => false,
        };
        let of_operator = self.operator.as_ref().and_then(Config::policy).map(str::to_owned);
        let runs = named.or(of_operator.as_deref());
        let keep = |config: Config, other| {
            if differs(&config, other) { config.for_another_policy() } else { config }
        };
        Self {
            project: self.project.map(|config| keep(config, runs)),
            operator: self.operator.map(|config| keep(config, named)),
        }
    }
}

/// Why a value of the project's file widens what is allowed without it.
fn widening(entry: &Entry, allowed: &[String]) -> Option<String> {
    let number = |values: &[String]| values.first().and_then(|value| value.parse::<u64>().ok());
    let name = entry.key.name;
    let place =
        || format!("pass `--{name}` on the command line, or set it in the operator's file, {OPERATOR_FILE}");
    match entry.key.authority {
        // A grant to builds is the operator's, and one of a lookup is not.
        Authority::Project if name == "allow" => {
            let is_widening = |value: &&String| value.starts_with("build:") && !allowed.contains(value);
            entry.values.iter().find(is_widening).map(|value| {
                format!(
                    "a project's file cannot grant `{value}` to builds, because a checkout can contain any Dockerfile; {}",
                    place()
                )
            })
        }
        Authority::Project => None,
        Authority::LowerLimit => {
            let (value, limit) = (number(&entry.values), number(allowed));
            let is_raised = limit.is_some_and(|limit| value.is_none_or(|value| value > limit));
            is_raised.then(|| {
                let limit = limit.unwrap_or_default();
                format!("a project's file can lower the limit of {limit}, not raise it; {}", place())
            })
        }
        Authority::Operator => entry.values.iter().any(|value| !allowed.contains(value)).then(|| {
            let what = match name {
                "docker" => "name a program to execute",
                "notify" => "send what a run has done to an address",
                "allow-build-secret" => "grant a secret to a build",
                _ => "grant a secret to a policy",
            };
            format!("a project's file cannot {what}, because a checkout can contain any file; {}", place())
        }),
        Authority::OperatorFile => {
            Some(format!("it confines policies, and belongs in the operator's file, {OPERATOR_FILE}"))
        }
    }
}

/// The path of the operator's file.
#[must_use]
pub fn operator_file() -> PathBuf {
    // Tests set another path. A program that is shipped reads no variable, because a job sets the variables.
    #[cfg(debug_assertions)]
    if let Some(path) = std::env::var_os("ECS_HOST_TEST_OPERATOR_FILE") {
        return PathBuf::from(path);
    }
    Path::new(OPERATOR_FILE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(Path::new("c.toml"), text).unwrap()
    }

    fn layers(operator: &str, project: &str) -> Layers {
        let operator = (!operator.is_empty()).then(|| config(operator));
        Layers { operator, project: Some(config(project)) }
    }

    fn checked(operator: &str, project: &str) -> Result<(), String> {
        let default = |key: &Key| match key.name {
            "docker" => vec!["docker".to_owned()],
            "policy-fuel" => vec!["1000".to_owned()],
            _ => Vec::new(),
        };
        layers(operator, project).check_authority(default).map_err(|error| error.to_string())
    }

    #[test]
    fn a_project_s_file_widens_nothing() {
        for (operator, project, error) in [
            ("", "docker = 'sh'", "c.toml:1: `docker`: a project's file cannot name a program to execute"),
            ("docker = 'podman'", "docker = 'docker'", "cannot name a program"),
            (
                "",
                "policy = 'p'\nallow-secret = ['A']",
                "c.toml:2: `allow-secret`: a project's file cannot grant",
            ),
            ("allow-secret = ['A']", "policy = 'p'\nallow-secret = ['A', 'B']", "cannot grant a secret"),
            ("", "policy-fuel = 1001", "can lower the limit of 1000, not raise it; pass `--policy-fuel`"),
            (
                "",
                "policy = 'p'\nallow-build-secret = ['A']",
                "`allow-build-secret`: a project's file cannot grant a secret to a build",
            ),
            ("", "policy = 'p'\nallow = ['build:ssh']", "cannot grant `build:ssh` to builds"),
            ("", "allow = ['build:ssh']", "cannot grant `build:ssh` to builds"),
            ("", "allow-build-secret = ['A']", "cannot grant a secret to a build"),
            ("", "allow-secret = ['A']", "cannot grant a secret to a policy"),
            ("", "notify = ['https://a.example']", "cannot send what a run has done to an address"),
            (
                "notify = ['https://a.example']",
                "notify = ['https://b.example']",
                "cannot send what a run has done",
            ),
            (
                "",
                "timeout = 1\nallow = ['ecs:read']",
                "c.toml:2: `allow`: applies only to the policy that the file names",
            ),
            ("allow-secret = ['A']", "allow-secret = ['A']", "it names none; add `policy`"),
            ("policy-fuel = 500", "policy-fuel = 501", "can lower the limit of 500"),
            (
                "",
                "allowed-regions = ['eu-west-1']",
                "belongs in the operator's file, /etc/ecs-host/ecs-host.toml",
            ),
        ] {
            let found = checked(operator, project).unwrap_err();
            assert!(found.contains(error), "{project}: {found}");
        }
        for (operator, project) in [
            ("", "docker = 'docker'\npolicy-fuel = 1000\ntimeout = 5"),
            ("docker = 'podman'\npolicy-fuel = 2000", "docker = 'podman'\npolicy-fuel = 2000"),
            ("allow-secret = ['A']", "policy = 'p'\nallow-secret = ['A']\nallow = ['ecs:read']"),
            ("", "policy-fuel = 1"),
            ("allow = ['build:ssh']", "policy = 'p'\nallow = ['build:ssh', 'ecs:read']"),
        ] {
            checked(operator, project).unwrap();
        }
    }

    #[test]
    fn the_role_of_a_project_s_file_is_one_that_the_operator_allows() {
        let role = "oidc-role = 'arn:aws:iam::123456789012:role/ci'";
        for operator in ["", "allowed-accounts = ['123456789012']", "allowed-roles = ['arn:*:role/ci']"] {
            assert_eq!(checked(operator, role), Ok(()), "{operator}");
        }
        for (operator, expected) in [
            ("allowed-accounts = ['999999999999']", "account 123456789012 is not allowed"),
            ("allowed-roles = ['arn:aws:iam::*:role/deploy-*']", "role/ci is not allowed"),
        ] {
            let error = checked(operator, role).unwrap_err();
            assert!(error.contains(expected) && error.contains("`oidc-role`"), "{error}");
        }
        assert!(checked("", "oidc-token-variable = 'NPM_TOKEN'").is_err());
    }

    #[test]
    fn the_operator_s_file_wins_and_a_policy_keeps_its_own_grants() {
        let is_same = |a: &str, b: &str| a == b;
        let both = layers(
            "timeout = 7\nallow-secret = ['A']",
            "timeout = 8\npoll = 3\npolicy = 'p'\nallow = ['ecs:read']",
        );
        let value = |layers: &Layers, key: &str| layers.entry(key).map(|(_, entry)| entry.values.concat());
        assert_eq!(
            (value(&both, "timeout").as_deref(), value(&both, "poll").as_deref()),
            (Some("7"), Some("3"))
        );
        // The operator grants to every policy, the project to its own.
        let other = both.clone().for_policy(Some("q"), is_same);
        assert_eq!((value(&other, "allow-secret").as_deref(), value(&other, "allow")), (Some("A"), None));
        let own = both.for_policy(Some("p"), is_same);
        assert_eq!(value(&own, "allow").as_deref(), Some("ecs:read"));
        // A policy of the operator's file replaces the project's.
        let replaced = layers("policy = 'oci://a.example/q:1'", "policy = 'p'\nallow = ['ecs:read']");
        let replaced = replaced.for_policy(None, is_same);
        assert_eq!(
            (value(&replaced, "policy").as_deref(), value(&replaced, "allow")),
            (Some("oci://a.example/q:1"), None)
        );
    }
}
