//! Reading the tables of the file: a missing, unknown or wrong value is a problem with its position, and reading goes on.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{as_text, found, is_text};
use crate::problem::{Located, Problems, quoted, suggestion};
use crate::template::Template;

/// A table of the file.
pub(crate) struct Table<'t> {
    /// Its name in messages, such as `[[rule]]`.
    pub(crate) name: String,
    /// Where its name is.
    pub(crate) at: usize,
    entries: &'t DeTable<'t>,
}

type Entry<'t> = (usize, &'t Spanned<DeValue<'t>>);

impl<'t> Table<'t> {
    pub(crate) fn root(entries: &'t DeTable<'t>) -> Self {
        Self { name: "the file".to_owned(), at: 0, entries }
    }

    /// Every key must be one of these. If one is not, a key that seems to be missing may be that one.
    pub(crate) fn check_keys(&self, known: &[&str], problems: &mut Problems) -> bool {
        let count = problems.count();
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let hint = match name {
                    // A key after a header is one of that table.
                    "jobs" => "; write it at the top of the file, before the first table".to_owned(),
                    _ => suggestion(name, known.iter().copied()),
                };
                problems
                    .add(key.span().start, format!("unknown key {} in {}{hint}", quoted(name), self.name));
            }
        }
        count == problems.count()
    }

    /// What headers have before the name of a table in this one: `target.` for `[[target]]`.
    fn prefix(&self) -> String {
        match self.name.strip_prefix('[') {
            Some(name) => [name.trim_matches(['[', ']']), "."].concat(),
            None => String::new(),
        }
    }

    fn entry(&self, key: &str) -> Option<Entry<'t>> {
        let (key, value) = self.entries.iter().find(|(own, _)| *own.get_ref() == *key)?;
        Some((key.span().start, value))
    }

    /// The position of a key that exists.
    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.entry(key).map(|(at, _)| at)
    }

    /// A key without which the table is invalid.
    pub(crate) fn require(&self, key: &str, problems: &mut Problems) {
        if self.entry(key).is_none() {
            problems.add(self.at, format!("{} has no `{key}`", self.name));
        }
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        problems: &mut Problems,
        convert: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Located<T>> {
        let (_, value) = self.entry(key)?;
        let at = value.span().start;
        let converted = convert(value.get_ref());
        if converted.is_none() {
            let found = found(value.get_ref());
            problems.add(at, format!("`{key}` of {}: expected {expected}; found {found}", self.name));
        }
        converted.map(|value| Located { value, at })
    }

    pub(crate) fn boolean(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.read(key, "true or false", problems, |value| match value {
            DeValue::Boolean(value) => Some(*value),
            _ => None,
        });
        value.map(|value| value.value)
    }

    /// An integer of at least `least`.
    pub(crate) fn integer(&self, key: &str, least: u32, problems: &mut Problems) -> Option<u32> {
        let expected = format!("an integer from {least} to {}", u32::MAX);
        let value = self.read(key, &expected, problems, |value| match value {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        });
        value.map(|value| value.value).filter(|value| {
            if *value < least {
                let at = self.entry(key).map_or(self.at, |(_, value)| value.span().start);
                problems.add(at, format!("`{key}` of {}: expected {expected}; found {value}", self.name));
            }
            *value >= least
        })
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str, problems: &mut Problems) -> Option<Located<String>> {
        self.read(key, "a text in quotation marks, not empty", problems, as_text)
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], problems: &mut Problems) -> Option<T> {
        let text = self.text(key, problems)?;
        find_word(key, &self.name, &text, words, problems)
    }

    /// A text, or a list of texts.
    pub(crate) fn texts(&self, key: &str, problems: &mut Problems) -> Option<Vec<Located<String>>> {
        let (_, value) = self.entry(key)?;
        if let DeValue::String(_) = value.get_ref() {
            return self.text(key, problems).map(|text| [text].into());
        }
        self.list(key, "a text or a list of texts, none of them empty", problems)
    }

    /// A list of texts.
    pub(crate) fn list(
        &self,
        key: &str,
        expected: &str,
        problems: &mut Problems,
    ) -> Option<Vec<Located<String>>> {
        let (at, value) = self.entry(key)?;
        let texts = self.read(key, expected, problems, |value| {
            let item = |item: &Spanned<DeValue<'_>>| {
                Some(Located { value: as_text(item.get_ref())?, at: item.span().start })
            };
            value.as_array()?.iter().map(item).collect::<Option<Vec<_>>>()
        })?;
        if texts.value.is_empty() {
            problems.add(
                value.span().start.max(at),
                format!("`{key}` of {} is an empty list; remove it", self.name),
            );
            return None;
        }
        Some(texts.value)
    }

    /// A text with values in braces.
    pub(crate) fn template(&self, key: &str, problems: &mut Problems) -> Option<Located<Template>> {
        let text = self.text(key, problems)?;
        parse_template(text, problems)
    }

    /// A text with values, or a list of them.
    pub(crate) fn templates(&self, key: &str, problems: &mut Problems) -> Vec<Located<Template>> {
        let texts = self.texts(key, problems).unwrap_or_default();
        texts.into_iter().filter_map(|text| parse_template(text, problems)).collect()
    }

    /// A table of names and texts.
    pub(crate) fn pairs(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<(Located<String>, Located<String>)> {
        let Some(table) = self.table(key, problems) else { return Vec::new() };
        let names: Vec<(String, usize)> = table.names();
        let pair = |(name, at): (String, usize)| {
            // An empty value is one, unlike an empty name.
            let value = table.read(&name, "a text in quotation marks", problems, |value| {
                value.as_str().filter(|text| is_text(text)).map(ToOwned::to_owned)
            })?;
            Some((Located { value: name, at }, value))
        };
        names.into_iter().filter_map(pair).collect()
    }

    /// A table of names and texts with values in braces.
    pub(crate) fn template_pairs(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<(String, Located<Template>)> {
        let pairs = self.pairs(key, problems);
        let parse = |(name, value): (Located<String>, Located<String>)| {
            Some((name.value, parse_template(value, problems)?))
        };
        pairs.into_iter().filter_map(parse).collect()
    }

    /// The keys and their positions, in the order of the file.
    pub(crate) fn names(&self) -> Vec<(String, usize)> {
        let name = |key: &Spanned<_>| -> (String, usize) {
            let text: &alloc::borrow::Cow<'_, str> = key.get_ref();
            (text.clone().into_owned(), key.span().start)
        };
        let mut names: Vec<(String, usize)> = self.entries.keys().map(name).collect();
        names.sort_by_key(|(_, at)| *at);
        names
    }

    /// The table at a key.
    pub(crate) fn table(&self, key: &str, problems: &mut Problems) -> Option<Self> {
        let (at, _) = self.entry(key)?;
        let entries = self.read(key, "a table", problems, DeValue::as_table)?.value;
        Some(Self { name: format!("`{key}`"), at, entries })
    }

    /// The tables in the table at a key, by their names.
    pub(crate) fn named_tables(&self, key: &str, problems: &mut Problems) -> Vec<(String, Self)> {
        let Some(all) = self.table(key, problems) else { return Vec::new() };
        let named = |(name, at): (String, usize)| {
            let found = all.table(&name, problems)?;
            let title = format!("[{}{key}.{}]", self.prefix(), quoted(&name).trim_matches('`'));
            Some((name, Self { name: title, at, ..found }))
        };
        all.names().into_iter().filter_map(named).collect()
    }

    /// The tables of a list.
    pub(crate) fn tables(&self, key: &str, problems: &mut Problems) -> Vec<Self> {
        let name = [&self.prefix(), key].concat();
        let expected = expected_tables(&name);
        let list = self.read(key, &expected, problems, |value| {
            let table = |item: &'t Spanned<DeValue<'t>>| {
                let entries = item.get_ref().as_table()?;
                Some(Self { name: format!("[[{name}]]"), at: item.span().start, entries })
            };
            value.as_array()?.iter().map(table).collect::<Option<Vec<_>>>()
        });
        list.map(|list| list.value).unwrap_or_default()
    }
}

/// The tables that a header in double brackets begins, in a message.
pub(crate) fn expected_tables(name: &str) -> String {
    format!("tables, each beginning with `[[{name}]]`")
}

/// The value of a word, which must be one of several.
pub(crate) fn find_word<T: Copy>(
    key: &str,
    table: &str,
    text: &Located<String>,
    words: &[(&str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        let hint = suggestion(&text.value, words.iter().map(|(word, _)| *word));
        problems.add(text.at, format!("`{key}` of {table}: unknown word {}{hint}", quoted(&text.value)));
    }
    found.map(|(_, value)| *value)
}

fn parse_template(text: Located<String>, problems: &mut Problems) -> Option<Located<Template>> {
    match Template::parse(&text.value) {
        Ok(value) => Some(Located { value, at: text.at }),
        Err(problem) => {
            problems.add(text.at, problem);
            None
        }
    }
}
