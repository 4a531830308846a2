//! A policy's texts, made safe for a log.

/// How much of a text is shown. A policy could otherwise fill the log, which
/// some CI systems answer by ending the job.
const SHOWN: usize = 4096;

/// One line of a policy's: control characters, with which a policy could forge
/// lines or move the cursor, are shown by their escapes, and what is too long
/// is cut.
pub(crate) fn printable(text: &str) -> String {
    let mut line = String::new();
    for (position, c) in text.chars().enumerate() {
        if position == SHOWN {
            line.push_str(" … (cut)");
            break;
        }
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// The lines of an output stream.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
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
    fn a_text_that_is_too_long_is_cut() {
        assert!(printable(&"ä".repeat(1 << 20)).chars().count() < SHOWN + 20);
    }
}
