//! What the contract requires of a text. The host checks it too, and knows no line of the file.
//!
//! A text of the file is checked when it is read, and one with values of the build when they are known.

mod aws;
mod image;

use alloc::{format, string::String};

pub(crate) use aws::{Arn, CLUSTER, EVENT_RULE, NAME, REGION, ROLE, SCHEDULE, SECRET_ARN, SERVICE};
pub(crate) use image::{
    CACHE_DESTINATION, CACHE_SOURCE, IMAGE, REFERENCE, TAG, is_same_repository, repository_problem,
};

use crate::problem::quoted;

/// A rule of the contract.
pub(crate) struct Grammar {
    is_valid: fn(&str) -> bool,
    expected: &'static str,
}

impl Grammar {
    /// The problem of a text that breaks the rule.
    pub(crate) fn problem(&self, text: &str) -> Option<String> {
        (!(self.is_valid)(text)).then(|| format!("expected {}; found {}", self.expected, quoted(text)))
    }
}

/// A path of a build.
pub(crate) const PATH: Grammar = Grammar {
    is_valid: |text| {
        !text.starts_with(['/', '-', '~'])
            && !text.contains("://")
            && text.chars().all(|c| is_visible(c) && c != '\\')
            && text.split('/').all(|part| part != "..")
    },
    expected: "a path in the working folder, relative to it and without `..`",
};

/// A stage of a Dockerfile, or a platform.
pub(crate) const WORD: Grammar = Grammar {
    is_valid: |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
    },
    expected: "letters, digits and . _ - /, a letter or digit first",
};

/// The agent of a build.
pub(crate) const SSH: Grammar =
    Grammar { is_valid: |text| text == "default", expected: "`default`, the SSH agent of the job" };

/// An environment variable, or a build argument.
pub(crate) const VARIABLE: Grammar = Grammar {
    is_valid: |text| {
        !text.starts_with(|c: char| c.is_ascii_digit())
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    },
    expected: "the name of a variable: letters, digits and _, and no digit first",
};

/// The identifier of a build's secret.
pub(crate) const SECRET: Grammar = Grammar {
    is_valid: |text| {
        (1..=128).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    },
    expected: "an identifier of 1 to 128 letters, digits and _ . -",
};

/// An additional context of a build.
pub(crate) const CONTEXT: Grammar = Grammar {
    is_valid: |text| {
        let is_first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        text.len() <= 128
            && text.starts_with(is_first)
            && text.chars().all(|c| is_first(c) || "._/-".contains(c))
    },
    expected: "a name of 1 to 128 lower-case letters, digits and . _ / -, a letter or digit first",
};

/// The name of an image's label.
pub(crate) const LABEL: Grammar = Grammar {
    is_valid: |text| (1..=255).contains(&text.len()) && text.chars().all(|c| is_visible(c) && c != '='),
    expected: "1 to 255 visible characters without =",
};

/// The name of an image or of a one-off task, which is printed. Some CI systems execute lines with `##` or with a word
/// that begins with `::`.
pub(crate) const TITLE: Grammar = Grammar {
    is_valid: |text| {
        !text.is_empty()
            && text.chars().count() <= 128
            && text.chars().all(is_visible)
            && !text.contains("##")
            && !text.split(char::is_whitespace).any(|word| word.starts_with("::"))
    },
    expected: "a name of 1 to 128 visible characters, without `##`, and without `::` before a word",
};

/// Whether a reader sees a character: an ASCII character or one that Rust prints as it is within a text, also a mark above
/// the letter before it. Rust prints fillers and variation selectors, too (`Default_Ignorable_Code_Point` in
/// `DerivedCoreProperties.txt` of Unicode), and blanks that Unicode counts as letters and symbols.
fn is_visible(c: char) -> bool {
    let is_filler = matches!(
        c,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{16fe4}'
            | '\u{1d159}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    match c.is_ascii() {
        true => !c.is_ascii_control(),
        false => !is_filler && String::from_iter(['x', c]).escape_debug().count() == 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_visible_line_that_commands_no_ci_system() {
        for valid in ["web", "smoke test", "größe 数", "cafe\u{301} का", "a::b", "#1", "it's \"x\" \\"]
        {
            assert_eq!(TITLE.problem(valid), None);
        }
        let long = "x".repeat(129);
        for invalid in [
            "",
            "a\nb",
            "a\u{202e}",
            "\u{ad}",
            "##vso[x]",
            "::error::x",
            "a ::b",
            "a\u{2028}::b",
            "a\u{a0}b",
            "a\u{3164}",
            "✔\u{fe0f}",
            "\u{2800}",
            &long,
        ] {
            assert!(TITLE.problem(invalid).is_some(), "{invalid}");
        }
    }
}
