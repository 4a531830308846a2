//! Texts of ECS and of containers, made safe and short enough for a log.

use crate::{AwsError, ErrorKind};
use model::text::TRUNCATION_MARK;

/// How much of an error is shown beside what failed.
const ERROR: usize = 400;

/// Shown in the place of an identifier.
const LEFT_OUT: char = '…';

/// A reason as one line: control characters are shown by their escapes. Of one
/// that is too long the middle goes: its beginning says what failed, its end why.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let line: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().flat_map(shown).collect();
    let count = line.chars().count();
    if count <= most {
        return line;
    }
    let head = most * 2 / 3;
    let tail = line.chars().skip(count - (most - head));
    line.chars().take(head).chain(" … ".chars()).chain(tail).collect()
}

/// Why a read beside the matter failed, in short: of a permission that is
/// missing, its name.
pub(super) fn why(error: &AwsError) -> String {
    match (error.kind, &error.hint) {
        (ErrorKind::Permission, Some(hint)) => hint.clone(),
        _ => one_line(&error.to_string(), ERROR),
    }
}

/// A line of a container's log: colours go, other control characters are shown
/// by their escapes, and the end of what is too long is cut.
pub(super) fn log_line(text: &str, most: usize) -> String {
    let plain = without_colours(text).replace('\t', "    ");
    let mut line = String::new();
    for (position, c) in plain.trim_end().chars().enumerate() {
        if position == most {
            line.push_str(TRUNCATION_MARK);
            break;
        }
        line.extend(shown(c));
    }
    line
}

/// A control character could forge a line or move the cursor.
fn shown(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

/// Without the sequences `ESC [ … m`, which only colour a text (ECMA-48,
/// "Select graphic rendition").
fn without_colours(text: &str) -> String {
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

/// The text without what differs between two tasks that stopped for the same
/// cause: the identifiers of requests, tasks, containers, interfaces, instances.
pub(super) fn without_ids(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word_end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        if word_end == 0 {
            plain.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (word, after) = rest.split_at_checked(word_end).unwrap_or((rest, ""));
        if names_a_request(&plain) {
            // Whatever its form, up to where the text goes on.
            let end = rest.find(|c: char| c.is_whitespace() || ",;)]".contains(c)).unwrap_or(rest.len());
            plain.push(LEFT_OUT);
            rest = rest.get(end..).unwrap_or_default();
        } else {
            // A tag or a digest is after a colon: that is no identifier of a task.
            let identifies = is_id(word) && (word.contains('-') || !plain.ends_with(':'));
            if identifies {
                plain.push(LEFT_OUT)
            } else {
                plain.push_str(word)
            }
            rest = after;
        }
    }
    plain
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether the text so far ends in `request id: ` in any of its spellings.
fn names_a_request(before: &str) -> bool {
    let words = before.trim_end();
    let Some(words) = words.strip_suffix(':') else { return false };
    let words = words.to_ascii_lowercase();
    ["request id", "requestid", "host id", "hostid"].iter().any(|name| words.ends_with(name))
}

/// The forms are those of UUIDs, of ECS's task ids and docker's container ids,
/// and of EC2's resource ids (the EC2 user guide, "Resource IDs").
fn is_id(word: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && word.split('-').all(hex);
    let of_ec2 = ["eni-", "i-"]
        .iter()
        .any(|kind| word.strip_prefix(kind).is_some_and(|id| matches!(id.len(), 8 | 17) && hex(id)));
    uuid || of_ec2 || (matches!(word.len(), 32 | 64) && hex(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_and_images_stay() {
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
            assert_eq!(without_ids(&text), plain);
        }
        for image in [format!("web@sha256:{}: not found", "a".repeat(64)), format!("web:{task}: not found")] {
            assert_eq!(without_ids(&image), image);
        }
        assert_eq!(without_ids("ünïcode … stays: é"), "ünïcode … stays: é");
    }

    #[test]
    fn a_long_reason_keeps_its_beginning_and_its_end() {
        let text = format!("CannotPullContainerError: {} i/o timeout", "x".repeat(1000));
        let line = one_line(&text, 120);
        assert!(line.starts_with("CannotPullContainerError: x") && line.ends_with("x i/o timeout"), "{line}");
        assert!(line.chars().count() <= 123, "{line}");
        assert_eq!(one_line("a\n  b\u{1b}[2J", 80), "a b\\u{1b}[2J");
    }

    #[test]
    fn a_log_line_can_neither_forge_a_line_nor_move_the_cursor() {
        assert_eq!(log_line("\u{1b}[1;31mError:\u{1b}[0m no\tway\r\n", 80), "Error: no    way");
        assert_eq!(log_line("a\rb\u{1b}[2J\u{1b}[3", 80), "a\\rb\\u{1b}[2J\\u{1b}[3");
        assert_eq!(log_line(&"ä".repeat(100), 10), format!("{} … (cut)", "ä".repeat(10)));
    }
}
