//! The only way of a text onto the page: without secrets, without what a reader cannot see, and of a bounded length.

use std::cell::Cell;
use std::fmt;

use crate::output::Secrets;
use model::text::{TRUNCATION_MARK, printable, printable_text};

/// The most bytes of texts on a page, before they are escaped for HTML.
const MAX_BYTES: usize = 2 << 20;

/// A text of the page. Only [`Cleaner`] makes one, and the template escapes it for HTML.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text(String);

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextPart<'t> {
    pub(super) text: &'t str,
    pub(super) is_code: bool,
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Text {
    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in parts: between two backticks is code. A backtick alone stays.
    pub(super) fn parts(&self) -> Vec<TextPart<'_>> {
        let mut parts = Vec::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, after)) = after.split_once('`') else { break };
            parts.push(TextPart { text: before, is_code: false });
            parts.push(TextPart { text: code, is_code: true });
            rest = after;
        }
        parts.push(TextPart { text: rest, is_code: false });
        parts.retain(|part| !part.text.is_empty());
        parts
    }
}

/// Cleans the texts of one page.
pub(super) struct Cleaner<'s> {
    secrets: &'s Secrets,
    /// The bytes that are left of [`MAX_BYTES`].
    left: Cell<usize>,
}

impl<'s> Cleaner<'s> {
    pub(super) fn new(secrets: &'s Secrets) -> Self {
        Self { secrets, left: Cell::new(MAX_BYTES) }
    }

    /// A text on one line.
    pub(super) fn text(&self, text: impl AsRef<str>) -> Text {
        // Masked before it is escaped and shortened, and again as that leaves it: a secret may be cut.
        self.count(self.secrets.mask(&printable(&self.secrets.mask(text.as_ref()))))
    }

    /// The lines of a text of several.
    pub(super) fn lines(&self, text: &str) -> Vec<Text> {
        let text = self.secrets.mask(&printable_text(&self.secrets.mask(text)));
        text.lines().map(|line| self.count(line.to_owned())).collect()
    }

    /// Whether a text was left out because the page is full.
    pub(super) fn is_full(&self) -> bool {
        self.left.get() == 0
    }

    fn count(&self, text: String) -> Text {
        match self.left.get().checked_sub(text.len()) {
            Some(left) if left > 0 => {
                self.left.set(left);
                Text(text)
            }
            _ => {
                self.left.set(0);
                Text(TRUNCATION_MARK.trim_start().to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Environment;

    #[test]
    fn a_text_has_no_secret_and_no_invisible_character() {
        let secrets =
            Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", "hunter2<hunter2")]));
        let cleaner = Cleaner::new(&secrets);
        assert_eq!(cleaner.text("a hunter2<hunter2\u{202e}b").to_string(), "a ***\\u{202e}b");
        let lines = cleaner.lines("no\nhunter2<hunter2\u{1b}[2J\n\nend");
        assert_eq!(lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["no", "***\\u{1b}[2J", "end"]);
        // At the end of what is shown of a long text.
        let long = cleaner.text("x".repeat(4090) + "hunter2<hunter2" + &"y".repeat(100)).to_string();
        assert!(long.ends_with("xxx***yyy … (cut)"));
    }

    #[test]
    fn what_is_between_backticks_is_code() {
        let secrets = Secrets::default();
        let parts = |text: &str| -> Vec<String> {
            let text = Cleaner::new(&secrets).text(text);
            let part = |part: TextPart<'_>| format!("{}{}", if part.is_code { "$ " } else { "" }, part.text);
            text.parts().into_iter().map(part).collect()
        };
        assert_eq!(parts("`a b` shows it; `c"), ["$ a b", " shows it; `c"]);
        assert_eq!(parts("x``y"), ["x", "y"]);
        assert!(parts("").is_empty());
    }

    #[test]
    fn a_full_page_takes_no_more_text() {
        let secrets = Secrets::default();
        let cleaner = Cleaner::new(&secrets);
        let line = "x".repeat(4000);
        let bytes: usize = (0..2000).map(|_| cleaner.text(&line).to_string().len()).sum();
        assert!(cleaner.is_full() && bytes < MAX_BYTES + 2000 * 8, "{bytes}");
    }
}
