//! What the contract requires of a text. The host checks it too, and knows no line of the file.

use alloc::{format, string::String, vec::Vec};

use super::table::Table;
use crate::problem::{Located, Problems, quoted};
use crate::template::{Part, Template};

/// A rule of the contract.
pub(super) struct Grammar {
    pub(super) is_valid: fn(&str) -> bool,
    /// What is valid, after "expected".
    pub(super) expected: &'static str,
}

/// A path of a build.
pub(super) const PATH: Grammar = Grammar {
    is_valid: |text| {
        !text.starts_with(['/', '-', '~'])
            && !text.contains("://")
            && !text.contains(|c: char| c.is_control() || c == '\\')
            && text.split('/').all(|part| part != "..")
    },
    expected: "a path in the working folder, relative to it and without `..`",
};

/// A stage of a Dockerfile, or a platform.
pub(super) const WORD: Grammar = Grammar {
    is_valid: |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
    },
    expected: "letters, digits and . _ - /, a letter or digit first",
};

/// The agent of a build.
pub(super) const SSH: Grammar =
    Grammar { is_valid: |text| text == "default", expected: "`default`, the SSH agent of the job" };

/// The tag of an image.
pub(super) const TAG: Grammar =
    Grammar { is_valid: is_tag, expected: "1 to 128 letters, digits, _ . or -, and neither . nor - first" };

/// What an image that is not built is found by.
pub(super) const REFERENCE: Grammar = Grammar {
    is_valid: |text| match text.strip_prefix("sha256:") {
        Some(digits) => digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        None => is_tag(text),
    },
    expected: "a tag, or a digest: `sha256:` and 64 digits",
};

/// A region. AWS adds regions, so only the form is known.
pub(super) const REGION: Grammar = Grammar {
    is_valid: |text| {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        text.len() <= 32
            && text.contains('-')
            && text.split('-').all(is_word)
            && text.ends_with(|c: char| c.is_ascii_digit())
    },
    expected: "a region such as `eu-central-1`",
};

/// A role to assume.
pub(super) const ROLE: Grammar = Grammar {
    is_valid: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return false };
        let name = resource.strip_prefix("role/").unwrap_or_default();
        partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|b| b.is_ascii_digit())
            && name.chars().any(|c| c != '/')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c))
    },
    expected: "the ARN of a role, such as `arn:aws:iam::123456789012:role/deploy`",
};

/// A task definition family, or a container.
pub(super) const NAME: Grammar =
    Grammar { is_valid: is_ecs_name, expected: "a name of 1 to 255 letters, digits, _ and -" };

/// An environment variable, or a build argument.
pub(super) const VARIABLE: Grammar = Grammar {
    is_valid: |text| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    },
    expected: "the name of a variable: letters, digits and _, and no digit first",
};

/// The identifier of a build's secret.
pub(super) const SECRET: Grammar = Grammar {
    is_valid: |text| {
        (1..=128).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    },
    expected: "an identifier of 1 to 128 letters, digits and _ . -",
};

/// The name of an image, or of a one-off task.
pub(super) const LABEL: Grammar = Grammar {
    is_valid: |text| (1..=128).contains(&text.chars().count()) && text.chars().all(is_visible),
    expected: "one line of 1 to 128 visible characters",
};

/// The name of an image's label. Docker accepts any text before the first `=`.
pub(super) const IMAGE_LABEL: Grammar = Grammar {
    is_valid: |text| (1..=255).contains(&text.len()) && text.chars().all(|c| is_visible(c) && c != '='),
    expected: "the name of a label: 1 to 255 visible characters without =",
};

/// An additional context of a build.
pub(super) const CONTEXT: Grammar = Grammar {
    is_valid: |text| {
        let is_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        text.len() <= 128
            && text.starts_with(is_first)
            && text.chars().all(|c| is_first(c) || "._/-".contains(c))
    },
    expected: "a name of 1 to 128 lower-case letters, digits and . _ / -, a letter or digit first",
};

/// Whether a reader sees a character. The host knows more of those that are not visible.
fn is_visible(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    !c.is_control() && !is_format
}

pub(super) fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(is_word) && text.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

pub(super) fn is_ecs_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl Grammar {
    /// Checks a text that was read before.
    pub(super) fn check(&self, table: &Table<'_>, key: &str, text: &str, at: usize, problems: &mut Problems) {
        if !(self.is_valid)(text) {
            problems.add(
                at,
                format!("`{key}` of {}: expected {}; found {}", table.name, self.expected, quoted(text)),
            );
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

    fn literal(&self, table: &Table<'_>, key: &str, text: &Located<Template>, problems: &mut Problems) {
        if let Some(literal) = text.value.as_literal() {
            self.check(table, key, literal, text.at, problems);
        }
    }

    /// The texts at a key, each once.
    pub(super) fn distinct_texts(
        &self,
        table: &Table<'_>,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<String> {
        let texts = self.texts(table, key, problems);
        let is_repeated =
            |(place, text): &(usize, &String)| texts.iter().take(*place).any(|other| other == *text);
        let twice = texts.iter().enumerate().find(is_repeated);
        if let (Some((_, twice)), Some(at)) = (twice, table.position(key)) {
            problems
                .add(at, format!("{} is twice in `{key}` of {}; name it once", quoted(twice), table.name));
        }
        texts
    }

    /// The texts in the table at a key, which were read before.
    pub(super) fn values(
        &self,
        table: &Table<'_>,
        key: &str,
        values: &[(String, Located<Template>)],
        problems: &mut Problems,
    ) {
        values.iter().for_each(|(_, value)| self.literal(table, key, value, problems));
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
        let is_wrong = |part: &Part| match part {
            Part::Text(text) => !is_tag(&["_", text].concat()),
            Part::Value(_) | Part::Setting(_) => false,
        };
        if tag.value.as_literal().is_some() {
            TAG.literal(table, key, tag, problems);
        } else if let Some(Part::Text(text)) = tag.value.0.iter().find(|part| is_wrong(part)) {
            problems.add(
                tag.at,
                format!(
                    "`{key}` of {}: expected letters, digits, _ . or -; found {}",
                    table.name,
                    quoted(text)
                ),
            );
        }
    }
    tags
}
