//! The environment variables of a run.

use std::collections::BTreeMap;

/// A snapshot of the process's environment variables, which tests replace. The AWS SDK reads
/// further variables by itself, such as those of profiles.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The value of a variable that is set and not empty. CI systems set an unset value to an empty
    /// text, so both count as unset.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every variable that is not empty, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str())).filter(|(_, v)| !v.is_empty())
    }

    /// A copy with this variable set.
    #[must_use]
    pub fn with_variable(&self, name: &str, value: &str) -> Self {
        let mut variables = self.0.clone();
        variables.insert(name.to_owned(), value.to_owned());
        Self(variables)
    }

    /// Whether a switch such as `DRYRUN=1` is on: set, not empty, and neither `0` nor `false`.
    #[must_use]
    pub fn is_enabled(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "0" | "false"))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_off_when_empty_zero_or_false() {
        let environment = Environment::from_iter([("A", "1"), ("B", "0"), ("C", "false"), ("D", "")]);
        assert_eq!(
            ["A", "B", "C", "D", "E"].map(|n| environment.is_enabled(n)),
            [true, false, false, false, false]
        );
    }
}
