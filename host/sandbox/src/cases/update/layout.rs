//! What a document does not keep of its text: the byte order mark, the line ends of Windows, and a last line without a
//! line end.

/// The layout of a text.
pub(super) struct Layout {
    has_mark: bool,
    has_carriage_returns: bool,
    ends_with_line_end: bool,
}

const MARK: char = '\u{feff}';

impl Layout {
    /// The layout of a text. One with both kinds of line ends has those of its first line afterwards.
    pub(super) fn of(text: &str) -> Self {
        let first_end = text.find('\n').and_then(|end| text.get(..end));
        Self {
            has_mark: text.starts_with(MARK),
            has_carriage_returns: first_end.is_some_and(|line| line.ends_with('\r')),
            ends_with_line_end: text.is_empty() || text.ends_with('\n'),
        }
    }

    /// The text with the line ends that a document has.
    pub(super) fn without(&self, text: &str) -> String {
        if self.has_carriage_returns { text.replace("\r\n", "\n") } else { text.to_owned() }
    }

    /// Restores the layout of the text of a document.
    pub(super) fn restore(&self, mut text: String) -> String {
        if !self.ends_with_line_end && text.ends_with('\n') {
            text.pop();
        }
        if self.has_carriage_returns {
            text = text.replace('\n', "\r\n");
        }
        if self.has_mark {
            text.insert(0, MARK);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    #[test]
    fn a_text_keeps_its_line_ends_and_its_mark() {
        for text in [
            "a = 1\r\n# c\r\n\r\nb = [\r\n  1, # o\r\n  2,\r\n]\r\nc = \"\"\"\r\nx\r\ny\"\"\"\r\n",
            "a = 1\r\nb = 2",
            "a = 1",
            "a = 1\n",
            "\u{feff}a = 1\n",
            "# only a comment",
        ] {
            let layout = Layout::of(text);
            let document: DocumentMut = layout.without(text).parse().unwrap();
            assert_eq!(layout.restore(document.to_string()), text);
        }
    }
}
