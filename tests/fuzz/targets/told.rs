//! What has to be true of every text that people read, and of every line that programs do.
#![allow(dead_code, reason = "each target writes some of these")]

/// The styles that the host writes: bold, dimmed, colours, and their end.
const STYLES: [&str; 6] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"];

/// A text of lines, none longer than a person would look at.
pub fn assert_lines(text: &str) {
    let plain = STYLES.iter().fold(text.to_owned(), |text, style| text.replace(style, ""));
    for line in plain.split('\n') {
        assert_inert(line);
        assert!(line.chars().count() < 70_000, "a line of {} characters", line.chars().count());
    }
}

/// An event as it is written: text, and a line of JSON.
pub fn assert_written([text, json]: &[String; 2]) {
    assert_lines(text);
    assert_inert(json);
    let read = serde_json::from_str::<serde_json::Value>(json);
    assert!(read.is_ok_and(|event| event["event"].is_string()), "{json}");
}

/// A line that neither moves the cursor, nor turns the direction of reading, nor talks to a CI system.
fn assert_inert(line: &str) {
    assert!(!line.contains(is_unseen), "{line:?} holds what is not seen");
    assert!(!line.contains("##"), "{line:?} talks to the CI system");
    let mut words = line.split(char::is_whitespace);
    assert!(!words.any(|word| word.starts_with("::")), "{line:?} talks to the CI system");
}

/// A text of one line.
pub fn assert_line(text: &str) {
    assert_lines(text);
    assert!(!text.contains('\n'), "{text:?} is more than a line");
}

/// Control characters, separators of lines, and what turns the direction of reading.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
