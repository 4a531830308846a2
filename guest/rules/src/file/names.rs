//! Reading a text that the contract restricts.

use alloc::{format, string::String, vec::Vec};

use super::table::Table;
use crate::grammar::{Grammar, TAG};
use crate::problem::{Located, Problems, quoted};
use crate::template::{Part, Template};

impl Grammar {
    /// Checks a text that was read from a key.
    pub(super) fn check(&self, table: &Table<'_>, key: &str, text: &str, at: usize, problems: &mut Problems) {
        if let Some(problem) = self.problem(text) {
            problems.add(at, format!("`{key}` of {}: {problem}", table.name));
        }
    }

    /// The text at a key.
    pub(super) fn text(
        &self,
        table: &Table<'_>,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Located<String>> {
        let text = table.text(key, problems)?;
        self.check(table, key, &text.value, text.at, problems);
        Some(text)
    }

    /// The text at a key, or the texts.
    pub(super) fn texts(&self, table: &Table<'_>, key: &str, problems: &mut Problems) -> Vec<String> {
        let texts = table.texts(key, problems).unwrap_or_default();
        texts.iter().for_each(|text| self.check(table, key, &text.value, text.at, problems));
        texts.into_iter().map(|text| text.value).collect()
    }

    /// The texts at a key, each of which may be there once.
    pub(super) fn distinct_texts(
        &self,
        table: &Table<'_>,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<String> {
        let texts = table.texts(key, problems).unwrap_or_default();
        for (place, text) in texts.iter().enumerate() {
            self.check(table, key, &text.value, text.at, problems);
            if texts.iter().take(place).any(|other| other.value == text.value) {
                let name = quoted(&text.value);
                problems.add(text.at, format!("`{key}` of {} contains {name} twice; remove one", table.name));
            }
        }
        texts.into_iter().map(|text| text.value).collect()
    }

    /// The text at a key. One with values of the build is checked when they are known.
    pub(super) fn template(
        &self,
        table: &Table<'_>,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Located<Template>> {
        let template = table.template(key, problems)?;
        self.literal(table, key, &template, problems);
        Some(template)
    }

    /// The texts at a key, as for [`Self::template`].
    pub(super) fn templates(
        &self,
        table: &Table<'_>,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<Located<Template>> {
        let templates = table.templates(key, problems);
        templates.iter().for_each(|template| self.literal(table, key, template, problems));
        templates
    }

    /// Checks a text without values.
    pub(super) fn literal(
        &self,
        table: &Table<'_>,
        key: &str,
        text: &Located<Template>,
        problems: &mut Problems,
    ) {
        if let Some(literal) = text.value.as_literal() {
            self.check(table, key, literal, text.at, problems);
        }
    }

    /// The names in the table at a key.
    pub(super) fn names(&self, table: &Table<'_>, key: &str, problems: &mut Problems) {
        // Whether it is a table is a matter of who reads its values.
        let Some(names) = table.table(key, &mut Problems::default()) else { return };
        for (name, at) in names.names() {
            self.check(table, key, &name, at, problems);
        }
    }
}

/// The tags at a key. The values in a tag are made to fit, and the rest of it has to.
pub(super) fn tags(table: &Table<'_>, key: &str, problems: &mut Problems) -> Vec<Located<Template>> {
    let tags = table.templates(key, problems);
    for tag in &tags {
        match tag.value.as_literal() {
            Some(_) => TAG.literal(table, key, tag, problems),
            None => check_tag_parts(table, key, tag, problems),
        }
    }
    tags
}

/// Checks the parts of a tag with values that are no values.
pub(super) fn check_tag_parts(
    table: &Table<'_>,
    key: &str,
    tag: &Located<Template>,
    problems: &mut Problems,
) {
    let is_wrong = |part: &Part| match part {
        Part::Text(text) => TAG.problem(&["_", text].concat()).is_some(),
        Part::Value(_) | Part::Setting(_) => false,
    };
    if let Some(Part::Text(text)) = tag.value.0.iter().find(|part| is_wrong(part)) {
        problems.add(
            tag.at,
            format!("`{key}` of {}: expected letters, digits, _ . or -; found {}", table.name, quoted(text)),
        );
    }
}
