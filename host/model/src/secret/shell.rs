//! The words of command lines in a text, as a POSIX shell separates them.

/// A part of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// A word, with its quotation marks.
    Word(&'t str),
    /// The end of a command.
    Separator,
}

/// The words of a text, in their order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = skip_blanks(rest);
        let first = rest.chars().next()?;
        if is_separator(first) {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            return Some(Word::Separator);
        }
        let (word, after) = rest.split_at(word_length(rest));
        rest = after;
        Some(Word::Word(word))
    })
}

/// The text after blanks. A line that ends with a backslash continues in the next one.
fn skip_blanks(text: &str) -> &str {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        let continued = trimmed.strip_prefix("\\\n").or_else(|| trimmed.strip_prefix("\\\r\n"));
        match continued {
            Some(next) => rest = next,
            None => return trimmed,
        }
    }
}

fn is_separator(c: char) -> bool {
    "\n;|&()`".contains(c)
}

/// The length of the word at the start of a text, in bytes.
fn word_length(text: &str) -> usize {
    let mut characters = text.char_indices();
    // What precedes a quotation mark in the word: an apostrophe in prose is none.
    let mut previous = ' ';
    while let Some((at, c)) = characters.next() {
        match c {
            '"' | '\'' if " =:".contains(previous) || text.starts_with('-') => {
                if let Some(length) = quoted_length(text.get(at..).unwrap_or_default(), c) {
                    // The closing quotation mark is one byte.
                    while characters.next().is_some_and(|(inner, _)| inner + 1 < at + length) {}
                }
            }
            '\\' if !text.get(at + 1..).is_some_and(|rest| rest.starts_with(['\n', '\r'])) => {
                characters.next();
            }
            '\\' => return at.max(1),
            c if c.is_whitespace() || is_separator(c) => return at,
            _ => {}
        }
        previous = c;
    }
    text.len()
}

/// The length of a quoted text with both of its quotation marks; `None` if it does not end.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if c == '\\' && quote == '"' {
            is_escaped = true;
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let text_of = |word| match word {
            Word::Word(word) => word,
            Word::Separator => ";",
        };
        words(text).map(text_of).collect()
    }

    #[test]
    fn words_are_separated_as_by_a_shell() {
        for (text, expected) in [
            ("a  b\tc", &["a", "b", "c"] as &[&str]),
            ("a && b|c", &["a", ";", ";", "b", ";", "c"]),
            ("a \\\n  b\nc", &["a", "b", ";", "c"]),
            ("a 'b c' \"d 'e' \\\" f\" g", &["a", "'b c'", "\"d 'e' \\\" f\"", "g"]),
            ("-p'a b' --x=\"c d\" e", &["-p'a b'", "--x=\"c d\"", "e"]),
            ("can't and don't", &["can't", "and", "don't"]),
            ("a 'b c", &["a", "'b", "c"]),
            ("a\\ b c\\", &["a\\ b", "c\\"]),
            ("x=$(a b)", &["x=$", ";", "a", "b", ";"]),
            ("ä 'ö ü' é", &["ä", "'ö ü'", "é"]),
            ("''", &["''"]),
            ("", &[]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
