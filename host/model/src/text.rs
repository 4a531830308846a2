//! Texts from outside, such as the output of a policy, made safe for a log.
//!
//! A text must not forge a line, move the cursor, reverse the direction of reading, or be a
//! command to the CI system that shows the log.

mod invisible;

pub use invisible::is_invisible;

/// The number of characters of a string that are shown. Some CI systems end a job whose log is too
/// long.
const LIMIT: usize = 4096;

/// Marks the place where a string was cut.
pub const TRUNCATION_MARK: &str = " … (cut)";

/// A text on one line: characters that are invisible or that form a CI command are escaped, and
/// a string of more than 4096 characters is cut.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut line = String::new();
    let mut previous = [' ', ' '];
    for (position, c) in text.chars().enumerate() {
        if position == LIMIT {
            line.push_str(TRUNCATION_MARK);
            break;
        }
        push_escaped(&mut line, previous, c);
        previous = [previous[1], c];
    }
    line
}

/// The most lines of a [`printable_text`].
const LINES: usize = 50;

/// A text of several lines, each [`printable`]: the first 50, without empty ones and without trailing blanks, and at most
/// 4096 characters. Whoever prints it indents every line but the first, so that none can pass for another message.
#[must_use]
pub fn printable_text(text: &str) -> String {
    let mut lines = text.split('\n').map(str::trim_end).filter(|line| !line.is_empty());
    let mut printed = String::new();
    let mut left = LIMIT;
    for line in lines.by_ref().take(LINES) {
        if !printed.is_empty() {
            printed.push('\n');
        }
        let start: String = line.chars().take(left).collect();
        left = left.saturating_sub(start.chars().count());
        printed.push_str(&printable(&start));
        if start.len() < line.len() {
            printed.push_str(TRUNCATION_MARK);
            return printed;
        }
    }
    if lines.next().is_some() {
        printed.push_str(TRUNCATION_MARK);
    }
    printed
}

/// A text whose lines after the first are indented.
#[must_use]
pub fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// The first 200 characters of a value that a message repeats, on one line and escaped.
#[must_use]
pub fn abbreviate(text: &str) -> String {
    const LIMIT: usize = 200;
    let start: String = text.chars().take(LIMIT).collect();
    let rest = if start.len() < text.len() { TRUNCATION_MARK } else { "" };
    format!("{}{rest}", printable(&start.escape_debug().to_string()))
}

/// Adds a character that follows two others, escaped if it is invisible or completes a CI command.
fn push_escaped(line: &mut String, previous: [char; 2], c: char) {
    if completes_ci_command(previous, c) || completes_fold(line, c) {
        line.extend(c.escape_unicode());
    } else if is_invisible(c) {
        line.extend(c.escape_default());
    } else {
        line.push(c);
    }
}

/// Items of a list that are printed. The number of problems depends on a policy, and a list without a limit fills the
/// log.
const PRINTED_ITEMS: usize = 30;

/// A list with one item a line, indented: the first items, and the number of the others.
#[must_use]
pub fn limited_list(items: &[String]) -> String {
    let mut list: String = items.iter().take(PRINTED_ITEMS).map(|item| format!("\n  - {item}")).collect();
    if let Some(more @ 1..) = items.len().checked_sub(PRINTED_ITEMS) {
        list.push_str(&format!("\n  … and {more} more"));
    }
    list
}

/// Whether a character completes what Travis CI takes for the start or the end of a fold or of a timing, wherever it is in
/// a line.
fn completes_fold(line: &str, c: char) -> bool {
    let parts = match c {
        't' => ["fold:star", "time:star"],
        'd' => ["fold:en", "time:en"],
        _ => return false,
    };
    parts.iter().any(|part| line.ends_with(part))
}

/// Whether a character after two others completes a command to a CI system: GitHub Actions runs
/// `::warning::…` at the start of a line and `##[error]…` anywhere in it, Azure Pipelines and
/// TeamCity run `##vso[…` and `##teamcity[…`. Lines may be wrapped, so any word may start one.
fn completes_ci_command(previous: [char; 2], c: char) -> bool {
    match (previous, c) {
        ([before, ':'], ':') => before.is_whitespace(),
        ([_, '#'], '#') => true,
        _ => false,
    }
}

/// Equivalent JSON that is safe for a log: characters that are invisible or that form a CI
/// command are written as `\uXXXX`.
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut previous = [' ', ' '];
    for c in json.chars() {
        // These characters occur only within JSON strings, and never after a backslash of their own.
        if is_invisible(c) || completes_ci_command(previous, c) || completes_fold(&line, c) {
            let mut units = [0; 2];
            line.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
        previous = [previous[1], c];
    }
    line
}

/// A line of the host, in which texts from outside may have been left as they are: characters that are invisible or that
/// form a CI command are escaped, but for the escape sequences of styles.
#[must_use]
pub fn printable_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut previous = [' ', ' '];
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = style_length(rest) {
            let (style, after) = rest.split_at(length);
            line.push_str(style);
            rest = after;
            continue;
        }
        push_escaped(&mut line, previous, c);
        previous = [previous[1], c];
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    line
}

/// The length of the escape sequence of a style at the start of a text (ECMA-48, "Select Graphic Rendition").
fn style_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters.get(end..)?.starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

/// A command and its arguments on one line, quoted for a POSIX shell.
pub fn command_line<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let words = arguments.into_iter().map(|argument| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
        if !argument.is_empty() && argument.chars().all(is_plain) {
            argument.to_owned()
        } else {
            format!("'{}'", escape_single_quotes(argument))
        }
    });
    printable(&words.collect::<Vec<_>>().join(" "))
}

/// A text to put between single quotes for a POSIX shell.
#[must_use]
pub fn escape_single_quotes(text: &str) -> String {
    text.replace('\'', r"'\''")
}

/// The lines of an output stream, each [`printable`].
#[must_use]
pub fn printable_lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\nerror: b\u{1b}[2J\r"), "a\\nerror: b\\u{1b}[2J\\r");
    }

    #[test]
    fn commands_to_ci_systems_are_escaped() {
        assert_eq!(printable("::error::x"), ":\\u{3a}error::x");
        assert_eq!(printable("so ::add-mask::x"), "so :\\u{3a}add-mask::x");
        assert_eq!(printable("a ##vso[x ##[error]"), "a #\\u{23}vso[x #\\u{23}[error]");
        assert_eq!(printable("travis_fold:start:x"), "travis_fold:star\\u{74}:x");
        assert_eq!(printable_line("travis_time:end:x"), "travis_time:en\\u{64}:x");
        assert_eq!(printable("core::option # 1"), "core::option # 1");
    }

    #[test]
    fn escaped_json_is_equivalent_and_contains_no_command() {
        for text in [
            "a ##vso[x]\u{202e}\u{9b}2J",
            "fold:start time:end",
            "\\##\\u ::error::\n\u{2028}",
            "\t::x \"##\"",
            "plain é 😀",
        ] {
            let json = serde_json::json!({ "text": text, "##": [1, {"::": ":"}] });
            let written = escape_json(&json.to_string());
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), json, "{written}");
            assert!(!written.contains("##") && !written.contains(" ::") && !written.contains(is_invisible));
            assert!(!written.contains("fold:start") && !written.contains("time:end"), "{written}");
        }
    }

    #[test]
    fn lines_of_a_text_stay_and_cannot_pass_for_others() {
        assert_eq!(printable_text("a \r\n\n- b\u{1b}\n::error::x\n"), "a\n- b\\u{1b}\n:\\u{3a}error::x");
        assert_eq!(indented("a\nVerdict   b"), "a\n  Verdict   b");
        let long = printable_text(&"a\n".repeat(1 << 16));
        assert!(long.lines().count() == LINES && long.ends_with(" … (cut)"), "{long}");
        let wide = printable_text(&format!("{}\n{}", "a".repeat(4000), "b".repeat(200)));
        assert_eq!(wide.matches('b').count(), 96);
        assert_eq!(printable_text("\n"), "");
    }

    #[test]
    fn characters_that_reverse_the_direction_of_reading_are_escaped() {
        assert_eq!(printable("a\u{202e}b\u{2028}c"), "a\\u{202e}b\\u{2028}c");
    }

    #[test]
    fn every_format_character_is_escaped() {
        for c in
            ['\u{ad}', '\u{61c}', '\u{180e}', '\u{2066}', '\u{fff9}', '\u{110bd}', '\u{1d173}', '\u{e0041}']
        {
            assert_eq!(printable(&c.to_string()), c.escape_default().to_string());
            let json = escape_json(&format!("\"{c}\""));
            assert!(json.is_ascii(), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), c.to_string());
        }
        assert_eq!(printable("é ß 語 😀 ✔ e\u{301} हिन्दी 한국어"), "é ß 語 😀 ✔ e\u{301} हिन्दी 한국어");
    }

    #[test]
    fn a_line_keeps_styles_and_no_other_escape_sequence() {
        assert_eq!(
            printable_line("\u{1b}[1;32mok\u{1b}[0m a ##[x]"),
            "\u{1b}[1;32mok\u{1b}[0m a #\\u{23}[x]"
        );
        assert_eq!(printable_line("a\u{1b}[2J\nb\u{1b}[1"), "a\\u{1b}[2J\\nb\\u{1b}[1");
    }

    #[test]
    fn a_command_is_quoted_for_a_shell() {
        let line = |command: &[&str]| command_line(command.iter().copied());
        assert_eq!(line(&["./manage.py", "migrate", "--no-input"]), "./manage.py migrate --no-input");
        assert_eq!(line(&["sh", "-c", "it's && ok", ""]), r"sh -c 'it'\''s && ok' ''");
        assert_eq!(line(&["a\nVerdict\u{1b}[2J"]), r"'a\nVerdict\u{1b}[2J'");
        let long = line(&["echo", &"ä".repeat(5000)]);
        assert!(long.ends_with(" … (cut)") && long.chars().count() < LIMIT + 20, "{long}");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert!(printable(&"ä".repeat(1 << 20)).chars().count() < LIMIT + 20);
    }
}
