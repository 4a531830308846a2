//! Texts of strangers, such as a policy's, made safe for a log.

/// How much of a text is shown. A policy could otherwise fill the log, which
/// some CI systems answer by ending the job.
const SHOWN: usize = 4096;

/// What stands where a text was cut.
pub const CUT: &str = " … (cut)";

/// One line of a policy's: what could forge lines, move the cursor, turn the
/// direction of reading or talk to the CI system is shown by its escapes, and
/// what is too long is cut.
pub fn printable(text: &str) -> String {
    let mut line = String::new();
    let mut before = [' ', ' '];
    for (position, c) in text.chars().enumerate() {
        if position == SHOWN {
            line.push_str(CUT);
            break;
        }
        if makes_a_command(before, c) {
            line.extend(c.escape_unicode());
        } else if is_unseen(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        before = [before[1], c];
    }
    line
}

/// Whether a character behind two others makes a command to a CI system: GitHub
/// Actions obeys `::warning::…` at the beginning of a line and `##[error]…` anywhere
/// in it, Azure Pipelines and TeamCity `##vso[…` and `##teamcity[…`. Where lines are
/// wrapped every word may begin one.
fn makes_a_command(before: [char; 2], c: char) -> bool {
    match (before, c) {
        ([b, ':'], ':') => b.is_whitespace(),
        ([_, '#'], '#') => true,
        _ => false,
    }
}

/// JSON that means the same, and that a log can hold: what is not seen, and what
/// would be a command to a CI system, stands there by its escape.
pub fn escaped_json(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut before = [' ', ' '];
    for c in json.chars() {
        // Such characters stand inside of strings alone, and never behind a backslash of their own.
        if is_unseen(c) || makes_a_command(before, c) {
            let mut units = [0; 2];
            line.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
        before = [before[1], c];
    }
    line
}

/// Whether a character is not seen where it stands: control characters, line
/// separators, and those that turn the direction in which others are read.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Arguments as a person would type them in a shell, on one line.
pub fn command_line<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let words = arguments.into_iter().map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            argument.to_owned()
        } else {
            format!("'{}'", quoted(argument))
        }
    });
    printable(&words.collect::<Vec<_>>().join(" "))
}

/// What stands between single quotes for a shell to read this text.
pub fn quoted(text: &str) -> String {
    text.replace('\'', r"'\''")
}

/// The lines of an output stream.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_forge_a_line_or_move_the_cursor() {
        assert_eq!(printable("a\nerror: b\u{1b}[2J\r"), "a\\nerror: b\\u{1b}[2J\\r");
    }

    #[test]
    fn no_text_can_talk_to_the_ci_system() {
        assert_eq!(printable("::error::x"), ":\\u{3a}error::x");
        assert_eq!(printable("so ::add-mask::x"), "so :\\u{3a}add-mask::x");
        assert_eq!(printable("a ##vso[x ##[error]"), "a #\\u{23}vso[x #\\u{23}[error]");
        assert_eq!(printable("core::option # 1"), "core::option # 1");
    }

    #[test]
    fn json_means_the_same_and_holds_nothing_that_is_obeyed() {
        for text in
            ["a ##vso[x]\u{202e}\u{9b}2J", "\\##\\u ::error::\n\u{2028}", "\t::x \"##\"", "plain é 😀"]
        {
            let json = serde_json::json!({ "text": text, "##": [1, {"::": ":"}] });
            let written = escaped_json(&json.to_string());
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), json, "{written}");
            assert!(!written.contains("##") && !written.contains(" ::") && !written.contains(is_unseen));
        }
    }

    #[test]
    fn no_text_can_turn_the_direction_of_reading() {
        assert_eq!(printable("a\u{202e}b\u{2028}c"), "a\\u{202e}b\\u{2028}c");
    }

    #[test]
    fn a_command_is_one_line_that_a_shell_would_take() {
        let line = |command: &[&str]| command_line(command.iter().copied());
        assert_eq!(line(&["./manage.py", "migrate", "--no-input"]), "./manage.py migrate --no-input");
        assert_eq!(line(&["sh", "-c", "it's && ok", ""]), r"sh -c 'it'\''s && ok' ''");
        assert_eq!(line(&["a\nVerdict\u{1b}[2J"]), r"'a\nVerdict\u{1b}[2J'");
        let long = line(&["echo", &"ä".repeat(5000)]);
        assert!(long.ends_with(" … (cut)") && long.chars().count() < SHOWN + 20, "{long}");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        assert!(printable(&"ä".repeat(1 << 20)).chars().count() < SHOWN + 20);
    }
}
