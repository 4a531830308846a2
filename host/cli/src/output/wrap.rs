//! Wrapping of long lines between words.
//!
//! [`wrap_words`] wraps text that is always wrapped, and [`wrap_lines`] a whole event, with its headings and styles,
//! for a terminal.

/// The maximum width of a line, in columns.
const COLUMNS: usize = 80;

/// The column of the text after a heading.
const INDENT: usize = 10;

/// The last column at which the text beside a heading or a time can begin.
const LAST_INDENT: usize = 14;

/// Splits a string between words into lines of at most `max_chars` characters. A longer word has a line of its own.
pub(super) fn wrap_words(text: &str, max_chars: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
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

/// The words of a line. What is in backticks is one word: a person copies a command as a whole.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = word_end(text);
        rest = end.and_then(|end| text.get(end + 1..));
        Some(end.and_then(|end| text.get(..end)).unwrap_or(text))
    })
}

/// The position of the blank behind the first word; `None` behind the last one.
fn word_end(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find([' ', '`'])?;
        if text.get(at..)?.starts_with(' ') {
            return Some(at);
        }
        // A backtick without another one is a character as any other.
        let quoted = text.get(at + 1..).and_then(|after| after.find('`')).map_or(0, |length| length + 1);
        from = at + 1 + quoted;
    }
}

/// Wraps every line at 80 columns. A continuation has the indent of its line, or of the text beside a heading.
pub(crate) fn wrap_lines(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.lines() {
        wrap_line(&mut wrapped, line);
        wrapped.push('\n');
    }
    wrapped
}

fn wrap_line(wrapped: &mut String, line: &str) {
    let indent = continuation_indent(line);
    let mut column = 0;
    for (number, word) in words(line).enumerate() {
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

/// The column at which a continuation of a line begins: that of the text beside a heading, a word such as `FAILED`, or a
/// time, which two blanks or more separate; otherwise that of the line, or of the text of a list item.
fn continuation_indent(line: &str) -> usize {
    let start: String = visible(line).take(LAST_INDENT + 1).collect();
    let text = start.trim_start_matches(' ');
    let leading = start.len() - text.len();
    let column = text.find("  ").map(|end| {
        let rest = text.get(end..).unwrap_or_default();
        leading + end + (rest.len() - rest.trim_start_matches(' ').len())
    });
    match column {
        Some(column) if column <= LAST_INDENT && start.is_ascii() => column,
        _ if leading == 0 => INDENT,
        _ if text.starts_with("- ") || text.starts_with("+ ") => leading + 2,
        _ => leading,
    }
}

/// The characters of a text without its escape sequences for styles.
fn visible(text: &str) -> impl Iterator<Item = char> {
    let mut in_style = false;
    text.chars().filter(move |c| {
        let is_visible = !in_style && *c != '\u{1b}';
        in_style = (in_style || *c == '\u{1b}') && *c != 'm';
        is_visible
    })
}

/// The width of a word on a terminal.
fn width(word: &str) -> usize {
    visible(word).count()
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
    fn wraps_beside_a_time_and_beside_the_result_of_a_case() {
        for line in ["    10 s  main/web: ", "  ok      a case ", "  \u{1b}[31mFAILED\u{1b}[0m  a case "] {
            let wrapped = wrap_lines(&format!("{line}{}\n", "word ".repeat(30).trim()));
            assert!(wrapped.lines().skip(1).all(|line| line.starts_with("          word")), "{wrapped}");
        }
        let wrapped = wrap_lines(&format!("  \u{1b}[2m   7.1 s  main/web: {}\n", "word ".repeat(30).trim()));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("            word")), "{wrapped}");
        let wrapped = wrap_lines(&format!("            + error: {}\n", "word ".repeat(30).trim()));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("              word")), "{wrapped}");
    }

    #[test]
    fn keeps_a_command_together() {
        let command = "`ecs-host continue main/web --region eu-central-1 --hook x`";
        let text = format!("{} {command} continues it and ` is a backtick", "word ".repeat(5).trim());
        for lines in [wrap_words(&text, 60), wrap_lines(&text).lines().map(str::to_owned).collect()] {
            assert!(lines.len() > 1 && lines.iter().any(|line| line.contains(command)), "{lines:#?}");
        }
        assert_eq!(words("a  b `c d`e f ` g").collect::<Vec<_>>(), ["a", "", "b", "`c d`e", "f", "`", "g"]);
        assert_eq!(words("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn wraps_a_list_item_below_its_text() {
        let wrapped = wrap_lines(&format!("  - {}\n", "word ".repeat(30).trim()));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("    word")), "{wrapped}");
    }
}
