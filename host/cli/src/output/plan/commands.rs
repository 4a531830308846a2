//! Commands for a shell on lines of a limited width, which can still be copied as a whole.

use crate::output::columns::width;

/// Splits a command, quoted for a POSIX shell, between its arguments into lines of at most `columns` columns, all but the
/// last with a backslash at the end. An argument that is longer has a line of its own.
pub(in crate::output) fn wrap_command(command: &str, columns: usize) -> Vec<String> {
    /// The indent of the lines after the first.
    const INDENT: &str = "    ";
    let mut lines: Vec<String> = Vec::new();
    let words = words(command);
    let count = words.len();
    for (number, word) in words.into_iter().enumerate() {
        // Every line but the last needs room for ` \`.
        let end = if number + 1 == count { 0 } else { width(" \\") };
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) + end <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("{INDENT}{word}"));
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The words of a command. A blank between single quotes, or after a backslash, is part of one.
fn words(command: &str) -> Vec<&str> {
    let (mut words, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (position, c) in command.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\'' => is_quoted = !is_quoted,
            '\\' => is_escaped = !is_quoted,
            ' ' if !is_quoted => {
                words.extend(command.get(start..position));
                start = position + 1;
            }
            _ => {}
        }
    }
    words.extend(command.get(start..));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_between_its_arguments() {
        assert_eq!(wrap_command("docker push a", 20), ["docker push a"]);
        let lines = wrap_command("docker build --tag=aaaaaaaaaaaa --tag=b .", 20);
        assert_eq!(lines, ["docker build \\", "    --tag=aaaaaaaaaaaa \\", "    --tag=b ."]);
        assert_eq!(words(r"sh -c 'it'\''s and ok' x"), ["sh", "-c", r"'it'\''s and ok'", "x"]);
    }
}
