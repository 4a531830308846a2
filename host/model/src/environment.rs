//! The environment variables of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

/// A snapshot of the process's environment variables, which tests replace. The AWS SDK reads
/// further variables by itself, such as those of profiles.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// The variables whose value is not UTF-8, with `\u{fffd}` in place of what cannot be decoded. They are not set for
    /// [`Environment::get`], because no name or value of a deployment can contain such a value.
    undecodable: BTreeMap<String, String>,
    /// The variables that the operator grants to builds as secrets.
    build_secrets: BTreeSet<String>,
}

impl Environment {
    /// The value of a variable that is set and not empty. CI systems set an unset value to an empty
    /// text, so both count as unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every variable that is not empty, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).filter(|(_, v)| !v.is_empty())
    }

    /// A copy with this variable set.
    #[must_use]
    pub fn with_variable(&self, name: &str, value: &str) -> Self {
        let mut environment = self.clone();
        environment.variables.insert(name.to_owned(), value.to_owned());
        environment
    }

    /// A copy in which these variables are secrets, whatever their names and values: the operator grants them to builds.
    #[must_use]
    pub fn with_build_secrets(&self, names: impl IntoIterator<Item = String>) -> Self {
        let mut environment = self.clone();
        environment.build_secrets.extend(names);
        environment
    }

    /// Whether the operator grants a variable to builds as a secret.
    #[must_use]
    pub fn is_build_secret(&self, name: &str) -> bool {
        self.build_secrets.contains(name)
    }

    /// The variables of a process.
    pub fn from_process(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let name = name.to_string_lossy().into_owned();
            match value.into_string() {
                Ok(value) => environment.variables.insert(name, value),
                Err(value) => environment.undecodable.insert(name, value.to_string_lossy().into_owned()),
            };
        }
        environment
    }

    /// Every variable whose value is not UTF-8, by name, with `\u{fffd}` in place of what cannot be decoded. Whoever
    /// reads a variable reports it if it is one of them: it is set, and what it sets is not known.
    pub fn undecodable(&self) -> impl Iterator<Item = (&str, &str)> {
        self.undecodable.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a switch such as `DRYRUN=1` is on: set, not empty, and neither `0` nor `false`.
    #[must_use]
    pub fn is_enabled(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "false"))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        Self { variables, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_utf_8_is_not_set_and_known() {
        use std::os::unix::ffi::OsStringExt as _;
        let variables =
            [(OsString::from("A"), OsString::from_vec(vec![b'a', 0xff])), ("B".into(), "b".into())];
        let environment = Environment::from_process(variables);
        assert_eq!((environment.get("A"), environment.get("B")), (None, Some("b")));
        assert_eq!(environment.undecodable().collect::<Vec<_>>(), [("A", "a\u{fffd}")]);
    }

    #[test]
    fn a_switch_is_off_when_empty_zero_or_false() {
        let environment = Environment::from_iter([("A", "1"), ("B", "0"), ("C", "false"), ("D", "")]);
        assert_eq!(
            ["A", "B", "C", "D", "E"].map(|n| environment.is_enabled(n)),
            [true, false, false, false, false]
        );
    }
}
