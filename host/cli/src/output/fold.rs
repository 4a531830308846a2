//! Long lines, broken where their words allow it.

/// How wide a line gets.
const COLUMNS: usize = 80;

/// The column in which texts stand beside their heading.
const INDENT: usize = 10;

/// A text whose lines are not longer than a terminal is wide. What goes on in
/// the next line stands as deep as it began.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for line in text.lines() {
        fold_line(&mut folded, line);
        folded.push('\n');
    }
    folded
}

fn fold_line(folded: &mut String, line: &str) {
    let begins = line.chars().take_while(|c| *c == ' ').count();
    let deeper = if line.trim_start().starts_with("- ") { 2 } else { 0 };
    let indent = if begins == 0 { INDENT } else { begins + deeper };
    let mut column = 0;
    for (number, word) in line.split(' ').enumerate() {
        let width = width(word);
        if number > 0 && column > indent && column + 1 + width > COLUMNS {
            folded.push('\n');
            folded.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if number > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += width;
    }
}

/// How wide a word is on a terminal: its colours take no room.
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
    fn long_lines_are_broken_and_stand_beside_their_heading() {
        let long =
            format!("Verdict   main/web \u{1b}[1m\u{1b}[31mfailed\u{1b}[0m: {}\n", "word ".repeat(30).trim());
        let folded = fold(&long);
        let lines: Vec<&str> = folded.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line) <= COLUMNS), "{folded}");
        assert!(lines.iter().skip(1).all(|line| line.starts_with("          word")), "{folded}");
        assert!(width(lines[0]) > COLUMNS - 6, "{folded}");
        let unbroken: Vec<&str> = folded.split_whitespace().collect();
        assert_eq!(unbroken, long.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_short_or_has_no_place_to_break_stays() {
        let url = format!("          {}\n", "x".repeat(200));
        for text in ["Verdict   main/web deployed\n", url.as_str(), "a  b\n"] {
            assert_eq!(fold(text), text);
        }
    }

    #[test]
    fn a_list_goes_on_below_its_text() {
        let folded = fold(&format!("  - {}\n", "word ".repeat(30).trim()));
        assert!(folded.lines().skip(1).all(|line| line.starts_with("    word")), "{folded}");
    }
}
