//! The variables of a CI provider.

use std::collections::BTreeMap;
use std::str::FromStr;

use model::Environment;
use model::build::InvalidBuild;

use super::BuildError;

/// The variables of a process, and which of them has set which field of the build. Messages name that variable.
pub(super) struct Variables<'e> {
    environment: &'e Environment,
    by_field: FieldVariables,
}

/// The variables of a provider that set a field of the build, by the field: the one that has set it, or those that could
/// and are unset.
pub(super) type FieldVariables = BTreeMap<&'static str, Vec<&'static str>>;

impl<'e> Variables<'e> {
    pub(super) fn new(environment: &'e Environment) -> Self {
        Self { environment, by_field: BTreeMap::new() }
    }

    /// The variables of each field.
    pub(super) fn into_fields(self) -> FieldVariables {
        self.by_field
    }

    /// The value of a variable that sets no field by itself; `None` if it is unset or empty.
    ///
    /// # Errors
    /// [`BuildError::Undecodable`].
    pub(super) fn get(&self, name: &'static str) -> Result<Option<&'e str>, BuildError> {
        if self.environment.undecodable().any(|(undecodable, _)| undecodable == name) {
            return Err(BuildError::Undecodable(name.to_owned()));
        }
        Ok(self.environment.get(name))
    }

    /// The value of the first of these variables that is set, as the source of a field.
    ///
    /// # Errors
    /// [`BuildError::Undecodable`].
    pub(super) fn first(
        &mut self,
        field: &'static str,
        names: &[&'static str],
    ) -> Result<Option<&'e str>, BuildError> {
        for name in names {
            if let Some(value) = self.get(name)? {
                self.by_field.insert(field, vec![name]);
                return Ok(Some(value));
            }
        }
        self.by_field.entry(field).or_default().extend(names);
        Ok(None)
    }

    /// The text of a field.
    ///
    /// # Errors
    /// [`BuildError::Undecodable`].
    pub(super) fn text(
        &mut self,
        field: &'static str,
        name: &'static str,
    ) -> Result<Option<String>, BuildError> {
        Ok(self.first(field, &[name])?.map(str::to_owned))
    }

    /// The number of a field.
    ///
    /// # Errors
    /// [`BuildError::Undecodable`], and [`BuildError::Invalid`] for another value.
    pub(super) fn number<N: FromStr>(&mut self, name: &'static str) -> Result<Option<N>, BuildError> {
        self.get(name)?.map(|text| parse_number(name, text)).transpose()
    }

    /// The position in a matrix that the provider counts from 0, counted from 1.
    ///
    /// # Errors
    /// As [`Variables::number`].
    pub(super) fn position(&mut self, name: &'static str) -> Result<Option<u32>, BuildError> {
        Ok(self.number::<u32>(name)?.map(|index| index.saturating_add(1)))
    }
}

/// Reads the number in a variable, or in a part of it.
///
/// # Errors
/// [`BuildError::Invalid`], which names the variable.
pub(super) fn parse_number<N: FromStr>(name: &'static str, text: &str) -> Result<N, BuildError> {
    text.parse().map_err(|_| {
        let rule = "expected a non-negative integer";
        BuildError::invalid(InvalidBuild { field: name, value: text.to_owned(), rule }, None)
    })
}

/// `owner/name` of the repository that a URL names, in one of the forms `https://HOST/OWNER/NAME.git`,
/// `ssh://git@HOST/OWNER/NAME` and `git@HOST:OWNER/NAME.git`. The rest of the URL, such as a token, is left out.
pub(super) fn repository_of_url(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // CodeCommit: `https://git-codecommit.REGION.amazonaws.com/v1/repos/NAME`.
    let path = path.strip_prefix("v1/repos/").unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_repository() {
        for (url, repository) in [
            ("https://github.com/acme/shop.git", Some("acme/shop")),
            ("https://user:token@github.com/acme/shop", Some("acme/shop")),
            ("git@github.com:acme/shop.git", Some("acme/shop")),
            ("ssh://git@gitlab.example.com:2222/acme/team/shop.git", Some("acme/team/shop")),
            ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop", Some("shop")),
            ("https://github.com/", None),
            ("/srv/git/shop.git", None),
        ] {
            assert_eq!(repository_of_url(url).as_deref(), repository, "{url}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_is_the_source() {
        let environment = Environment::from_iter([("A", ""), ("B", "b"), ("C", "c")]);
        let mut variables = Variables::new(&environment);
        assert_eq!(variables.first("branch", &["A", "B", "C"]).unwrap(), Some("b"));
        assert_eq!(variables.into_fields(), BTreeMap::from([("branch", vec!["B"])]));
    }
}
