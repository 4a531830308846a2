//! Texts with values of the build in them, such as `{environment}-{commit}`.

use alloc::{format, string::String, vec::Vec};

use crate::problem::{quoted, suggestion};
use crate::settings::Reference;

/// A text with values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    Value(Value),
    Setting(Reference),
}

/// A value of the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Branch,
    Tag,
    Commit,
    ShortCommit,
    Environment,
    Number,
    PullRequest,
    Repository,
}

/// The names of the values.
pub(crate) const VALUES: [(&str, Value); 8] = [
    ("branch", Value::Branch),
    ("tag", Value::Tag),
    ("commit", Value::Commit),
    ("short-commit", Value::ShortCommit),
    ("environment", Value::Environment),
    ("number", Value::Number),
    ("pull-request", Value::PullRequest),
    ("repository", Value::Repository),
];

impl Value {
    pub(crate) fn name(self) -> &'static str {
        VALUES.into_iter().find(|(_, value)| *value == self).map(|(name, _)| name).unwrap_or_default()
    }
}

impl Template {
    /// Parses a text. `{{` and `}}` stand for the braces themselves.
    ///
    /// # Errors
    /// What is wrong with a value.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            let brace = if from.starts_with('{') { '{' } else { '}' };
            let after = from.strip_prefix(brace).unwrap_or_default();
            if let Some(after) = after.strip_prefix(brace) {
                literal.push(brace);
                rest = after;
                continue;
            }
            let Some((name, after)) = after.split_once('}').filter(|_| brace == '{') else {
                return Err(format!(
                    "`{brace}` alone in {}; write `{brace}{brace}` for the character",
                    quoted(text)
                ));
            };
            if !literal.is_empty() {
                parts.push(Part::Text(core::mem::take(&mut literal)));
            }
            parts.push(parse_value(name)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// The text, if it has no value in it.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The setting, if the text is one and nothing else.
    pub(crate) fn as_setting(&self) -> Option<&Reference> {
        match self.0.as_slice() {
            [Part::Setting(reference)] => Some(reference),
            _ => None,
        }
    }

    /// Whether the text contains this value.
    pub(crate) fn contains(&self, value: Value) -> bool {
        self.0.contains(&Part::Value(value))
    }
}

fn parse_value(name: &str) -> Result<Part, String> {
    if let Some(setting) = name.strip_prefix("settings.") {
        return Reference::parse(setting).map(Part::Setting);
    }
    if let Some((_, value)) = VALUES.into_iter().find(|(known, _)| *known == name) {
        return Ok(Part::Value(value));
    }
    let known = VALUES.into_iter().map(|(name, _)| name).chain(["settings.NAME"]);
    let hint = suggestion(name, known);
    Err(format!("unknown value {} in braces{hint}; write `{{{{` for the character `{{`", quoted(name)))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_and_braces_are_recognized() {
        assert_eq!(
            Template::parse("a-{branch}{{x}}{short-commit}"),
            Ok(Template(vec![
                Part::Text("a-".into()),
                Part::Value(Value::Branch),
                Part::Text("{x}".into()),
                Part::Value(Value::ShortCommit),
            ]))
        );
        let setting = Template::parse("{settings.DEPLOY_BRANCHES}").unwrap();
        assert!(setting.as_setting().is_some() && setting.as_literal().is_none());
    }

    #[test]
    fn a_mistake_is_reported_with_what_is_valid() {
        for (text, expected) in [
            ("{comit}", "unknown value `comit` in braces; did you mean `commit`?"),
            ("{", "`{` alone in `{`; write `{{`"),
            ("a}b", "`}` alone in `a}b`; write `}}`"),
            ("{settings.HOME}", "`HOME` is not a setting of this policy"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_itself(text in ".{0,30}") {
            let escaped = text.replace('{', "{{").replace('}', "}}");
            let template = Template::parse(&escaped).unwrap();
            prop_assert_eq!(template.as_literal(), Some(text.as_str()));
        }
    }
}
