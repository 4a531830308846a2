//! Wrapping of long lines between words.
//!
//! [`wrap_words`] wraps text that is always wrapped, and [`wrap_lines`] a whole event, with its headings and styles,
//! for a terminal.

/// The maximum width of a line, in columns.
const COLUMNS: usize = 80;

/// The column of the text after a heading.
const INDENT: usize = 10;

/// Splits a string between words into lines of at most `max_chars` characters. A longer word has a line of its own.
pub(super) fn wrap_words(text: &str, max_chars: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= max_chars => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Wraps every line at 80 columns. A continuation has the indent of its line, or of the text after a heading.
pub(super) fn wrap_lines(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.lines() {
        wrap_line(&mut wrapped, line);
        wrapped.push('\n');
    }
    wrapped
}

fn wrap_line(wrapped: &mut String, line: &str) {
    let leading = line.chars().take_while(|c| *c == ' ').count();
    let bullet = if line.trim_start().starts_with("- ") { 2 } else { 0 };
    let indent = if leading == 0 { INDENT } else { leading + bullet };
    let mut column = 0;
    for (number, word) in line.split(' ').enumerate() {
        let width = width(word);
        if number > 0 && column > indent && column + 1 + width > COLUMNS {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if number > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
}

/// The width of a word on a terminal, without its escape sequences for styles.
fn width(word: &str) -> usize {
    let mut width = 0;
    let mut in_style = false;
    for c in word.chars() {
        match c {
            '\u{1b}' => in_style = true,
            'm' if in_style => in_style = false,
            _ if in_style => {}
            _ => width += 1,
        }
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_long_lines_beside_their_heading() {
        let long =
            format!("Verdict   main/web \u{1b}[1m\u{1b}[31mfailed\u{1b}[0m: {}\n", "word ".repeat(30).trim());
        let wrapped = wrap_lines(&long);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= COLUMNS), "{wrapped}");
        assert!(lines.iter().skip(1).all(|line| line.starts_with("          word")), "{wrapped}");
        assert!(width(lines[0]) > COLUMNS - 6, "{wrapped}");
        let unbroken: Vec<&str> = wrapped.split_whitespace().collect();
        assert_eq!(unbroken, long.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn keeps_short_lines_and_long_words() {
        let url = format!("          {}\n", "x".repeat(200));
        for text in ["Verdict   main/web deployed\n", url.as_str(), "a  b\n"] {
            assert_eq!(wrap_lines(text), text);
        }
    }

    #[test]
    fn wraps_a_list_item_below_its_text() {
        let wrapped = wrap_lines(&format!("  - {}\n", "word ".repeat(30).trim()));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")), "{wrapped}");
    }
}
