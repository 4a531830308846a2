//! Widths on a terminal, and lines of a limited width.

use console::measure_text_width;

/// The width of a text, in columns.
pub(super) fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// What a long word is split after, such as a name of an image.
const SEPARATORS: [char; 7] = ['/', '@', ',', '=', '&', '?', ';'];

/// Splits a text into lines of at most `columns` columns: between words, or within a word that fits no line. The lines
/// joined by nothing are the text, but for the blank at which a line was split.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut rest = text;
    while fitting_length(rest, columns) < rest.len() {
        let (end, skipped) = line_end(rest, columns);
        lines.push(rest.get(..end).unwrap_or_default().to_owned());
        rest = rest.get(end + skipped..).unwrap_or_default();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

/// The length of the first line of a text that is too long, in bytes, and of the blank after it.
fn line_end(text: &str, columns: usize) -> (usize, usize) {
    let fitting = fitting_length(text, columns);
    let (start, after) = text.split_at(fitting);
    if after.starts_with(' ') {
        return (fitting, 1);
    }
    let is_line = |blank: &usize| start.get(..*blank).is_some_and(|line| !line.trim().is_empty());
    let blank = start.rfind(' ').filter(is_line);
    let word = text.get(blank.map_or(0, |blank| blank + 1)..).and_then(|word| word.split(' ').next());
    let is_short = |word: &str| fitting_length(word, columns) == word.len();
    if let Some(blank) = blank.filter(|_| word.is_some_and(is_short)) {
        return (blank, 1);
    }
    // The word fits no line, wherever it begins.
    let separator = start.rfind(SEPARATORS).map(|separator| separator + 1);
    let separator = separator.filter(|end| blank.is_none_or(|blank| *end > blank) && *end > fitting / 2);
    match (separator, blank) {
        (Some(end), _) => (end, 0),
        (None, Some(blank)) => (blank, 1),
        (None, None) => (fitting, 0),
    }
}

/// The bytes of the longest start of a text that fits, at least one character.
fn fitting_length(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (position, c) in text.char_indices() {
        taken += width(c.encode_utf8(&mut [0; 4]));
        if taken > columns && position > 0 {
            return position;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_between_words_and_within_long_ones() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("image: host.example/team/app", 14), ["image:", "host.example/", "team/app"]);
        assert_eq!(wrap("image: a.example/team/app", 17), ["image: a.example/", "team/app"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("  a", 2), ["  ", "a"]);
        assert_eq!(wrap("abc", 0), ["a", "b", "c"]);
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!(width("日本"), 4);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("日", 1), ["日"]);
    }
}
