//! Assertions about every text that is printed for people, and about every line for programs.
#![allow(dead_code, reason = "each target uses some of these")]

/// The escape sequences that the host writes: reset, bold, dimmed, and colours.
const STYLES: [&str; 6] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"];

/// Asserts that the lines of a text forge nothing and have a limited length.
pub fn assert_lines(text: &str) {
    let plain = STYLES.iter().fold(text.to_owned(), |text, style| text.replace(style, ""));
    for line in plain.split('\n') {
        assert_inert(line);
        assert!(line.chars().count() < 70_000, "a line of {} characters", line.chars().count());
    }
}

/// Asserts that an event is printed as valid text and as one line of JSON.
pub fn assert_written([text, json]: &[String; 2]) {
    assert_lines(text);
    assert_inert(json);
    let event = serde_json::from_str::<serde_json::Value>(json);
    assert!(event.is_ok_and(|event| event["event"].is_string()), "{json}");
}

/// Asserts that a line contains no control character, no change of the text direction, and no CI command.
fn assert_inert(line: &str) {
    assert!(!line.contains(is_unseen), "{line:?} contains an invisible character");
    assert!(!line.contains("##"), "{line:?} is a command for the CI system");
    let mut words = line.split(char::is_whitespace);
    assert!(!words.any(|word| word.starts_with("::")), "{line:?} is a command for the CI system");
}

/// Asserts that a text is one valid line.
pub fn assert_line(text: &str) {
    assert_lines(text);
    assert!(!text.contains('\n'), "{text:?} has more than one line");
}

/// Whether a character is a control character, separates lines, changes the text direction, is another format character, a
/// filler, a variation selector or a blank that is no space.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}')
        || matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
        || c.is_whitespace() && c != ' '
}
