//! Strings of ECS and of containers, escaped and shortened for a log.

use crate::error::{AwsError, ErrorKind};
use model::text::TRUNCATION_MARK;

/// The maximum length of an error in a diagnosis, in characters.
const MAX_ERROR: usize = 400;

/// Replaces an identifier.
const OMITTED: char = '…';

/// A string on one line of about `max` characters, with control characters escaped. The middle of a longer string
/// is omitted: its beginning states what failed, its end why.
pub(super) fn one_line(text: &str, max: usize) -> String {
    let line: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().flat_map(escape_control).collect();
    let count = line.chars().count();
    if count <= max {
        return line;
    }
    let head = max * 2 / 3;
    let tail = line.chars().skip(count - (max - head));
    line.chars().take(head).chain(" … ".chars()).chain(tail).collect()
}

/// The short form of the error of an optional read. For a missing permission, it is only the hint that names
/// the permission.
pub(super) fn brief_error(error: &AwsError) -> String {
    match (error.kind, &error.hint) {
        (ErrorKind::Permission, Some(hint)) => hint.clone(),
        _ => one_line(&error.to_string(), MAX_ERROR),
    }
}

/// A line of a container's log without colors, with other control characters escaped, cut after `max`
/// characters.
pub(super) fn log_line(text: &str, max: usize) -> String {
    let plain = strip_colors(text).replace('\t', "    ");
    let mut line = String::new();
    for (position, c) in plain.trim_end().chars().enumerate() {
        if position == max {
            line.push_str(TRUNCATION_MARK);
            break;
        }
        line.extend(escape_control(c));
    }
    line
}

/// Escapes a control character, which could forge a line or move the cursor.
fn escape_control(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

/// Removes the sequences `ESC [ … m`, which only color a string (ECMA-48, "Select graphic rendition").
fn strip_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => {
                plain.push_str("\u{1b}[");
                plain.push_str(part);
            }
        }
    }
    plain
}

/// Replaces the identifiers of requests, tasks, containers, network interfaces and instances: they differ
/// between two tasks that stopped for the same cause.
pub(super) fn omit_ids(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word_end = rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len());
        if word_end == 0 {
            plain.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (word, after) = rest.split_at_checked(word_end).unwrap_or((rest, ""));
        if ends_in_request_id_label(&plain) {
            // A request id has no fixed form: it ends at a delimiter.
            let end = rest.find(|c: char| c.is_whitespace() || ",;)]".contains(c)).unwrap_or(rest.len());
            plain.push(OMITTED);
            rest = rest.get(end..).unwrap_or_default();
        } else {
            // A word after a colon is the tag or digest of an image, unless it has dashes.
            let is_identifier = is_id(word) && (word.contains('-') || !plain.ends_with(':'));
            if is_identifier {
                plain.push(OMITTED)
            } else {
                plain.push_str(word)
            }
            rest = after;
        }
    }
    plain
}

fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether a string ends in `request id: ` in any of its spellings.
fn ends_in_request_id_label(before: &str) -> bool {
    let words = before.trim_end();
    let Some(words) = words.strip_suffix(':') else { return false };
    let words = words.to_ascii_lowercase();
    ["request id", "requestid", "host id", "hostid"].iter().any(|name| words.ends_with(name))
}

/// Whether a word is a UUID, a task id of ECS, a container id of docker, or a resource id of EC2 (the EC2 user
/// guide, "Resource IDs").
fn is_id(word: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_uuid = word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && word.split('-').all(is_hex);
    let is_ec2_id = ["eni-", "i-"]
        .iter()
        .any(|kind| word.strip_prefix(kind).is_some_and(|id| matches!(id.len(), 8 | 17) && is_hex(id)));
    is_uuid || is_ec2_id || (matches!(word.len(), 32 | 64) && is_hex(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_omitted_and_images_are_not() {
        let task = "0123456789abcdef0123456789abcdef";
        for (text, plain) in [
            (format!("(task {task}) gone"), "(task …) gone"),
            (format!("cluster/shop/{task}"), "cluster/shop/…"),
            (
                "status code: 400, request id: 0f1d2c3b-1111-2222-3333-444455556666".to_owned(),
                "status code: 400, request id: …",
            ),
            (
                "S3: 403, RequestID: 8X9Y, HostID: aB+/c=, api error".to_owned(),
                "S3: 403, RequestID: …, HostID: …, api error",
            ),
            ("attach eni-0123456789abcdef0 failed".to_owned(), "attach … failed"),
            (
                "Host EC2 (instance i-0123456789abcdef0) terminated.".to_owned(),
                "Host EC2 (instance …) terminated.",
            ),
        ] {
            assert_eq!(omit_ids(&text), plain);
        }
        for image in [format!("web@sha256:{}: not found", "a".repeat(64)), format!("web:{task}: not found")] {
            assert_eq!(omit_ids(&image), image);
        }
        assert_eq!(omit_ids("ünïcode … stays: é"), "ünïcode … stays: é");
    }

    #[test]
    fn the_middle_of_a_long_reason_is_omitted() {
        let text = format!("CannotPullContainerError: {} i/o timeout", "x".repeat(1000));
        let line = one_line(&text, 120);
        assert!(line.starts_with("CannotPullContainerError: x") && line.ends_with("x i/o timeout"), "{line}");
        assert!(line.chars().count() <= 123, "{line}");
        assert_eq!(one_line("a\n  b\u{1b}[2J", 80), "a b\\u{1b}[2J");
    }

    #[test]
    fn control_characters_of_a_log_line_are_escaped() {
        assert_eq!(log_line("\u{1b}[1;31mError:\u{1b}[0m no\tway\r\n", 80), "Error: no    way");
        assert_eq!(log_line("a\rb\u{1b}[2J\u{1b}[3", 80), "a\\rb\\u{1b}[2J\\u{1b}[3");
        assert_eq!(log_line(&"ä".repeat(100), 10), format!("{} … (cut)", "ä".repeat(10)));
    }
}
