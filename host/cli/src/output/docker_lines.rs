//! The lines that docker prints: which of them are printed, and which are kept until it is known how docker ends.

use std::collections::{BTreeSet, VecDeque};

/// The number of lines of one command that are kept.
const MAX_KEPT: usize = 2000;

/// The number of warnings that are recognized when they repeat.
const MAX_WARNINGS: usize = 1000;

/// What docker has printed.
#[derive(Debug, Default)]
pub(super) struct DockerLines {
    /// The warnings that are printed already.
    warnings: BTreeSet<String>,
    /// The lines of the current command, if they are kept.
    kept: VecDeque<String>,
    /// The number of lines of the current command.
    count: usize,
}

impl DockerLines {
    /// Whether a line has to be printed: one that warns of what a line before it warned of has not.
    pub(super) fn is_news(&mut self, line: &str) -> bool {
        if !is_warning(line) || self.warnings.len() >= MAX_WARNINGS {
            return true;
        }
        self.warnings.insert(without_step(line).to_owned())
    }

    /// Keeps a line of the current command.
    pub(super) fn keep(&mut self, line: String) {
        self.count += 1;
        self.kept.push_back(line);
        if self.kept.len() > MAX_KEPT {
            self.kept.pop_front();
        }
    }

    /// The number of lines of the current command that were not printed.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The end of the current command: returns the warnings among the lines that were kept, and drops the others.
    pub(super) fn end(&mut self) -> Vec<String> {
        self.count = 0;
        let kept = std::mem::take(&mut self.kept);
        kept.into_iter().filter(|line| is_warning(line) && self.is_news(line)).collect()
    }

    /// Removes and returns the lines that were kept, for a command that failed, after a line about those that were not.
    pub(super) fn take_kept(&mut self) -> Vec<String> {
        let lost = std::mem::take(&mut self.count).saturating_sub(self.kept.len());
        let lost = (lost > 0).then(|| format!("[{lost} lines before these are omitted]"));
        lost.into_iter().chain(std::mem::take(&mut self.kept)).collect()
    }
}

/// Whether a line warns. What is far behind its start is not what the line is about.
fn is_warning(line: &str) -> bool {
    let start: String = line.chars().take(200).collect();
    start.to_ascii_lowercase().contains("warn")
}

/// A line of a build without what differs in each: the number of the step and the time, as in `#12 0.304 WARN`.
fn without_step(line: &str) -> &str {
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == ' ';
    match line.strip_prefix('#') {
        Some(rest) => rest.trim_start_matches(is_number),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_printed_once() {
        let mut lines = DockerLines::default();
        let warning = "WARNING! Your credentials are stored unencrypted in '/x/config.json'.";
        let printed: Vec<bool> = [
            warning,
            "Step 1/2",
            warning,
            "Step 1/2",
            "#7 0.31 npm warn deprecated a",
            "#9 1.2 npm warn deprecated a",
        ]
        .map(|line| lines.is_news(line))
        .to_vec();
        assert_eq!(printed, [true, true, false, true, true, false]);
    }

    #[test]
    fn the_last_lines_of_a_command_that_fails_are_kept() {
        let mut lines = DockerLines::default();
        lines.keep("of the command before".to_owned());
        lines.keep("a warning".to_owned());
        assert_eq!((lines.count(), lines.end()), (2, vec!["a warning".to_owned()]));
        for number in 0..MAX_KEPT + 5 {
            lines.keep(number.to_string());
        }
        let kept = lines.take_kept();
        assert_eq!((kept[0].as_str(), kept[1].as_str()), ("[5 lines before these are omitted]", "5"));
        assert_eq!((kept.len(), lines.take_kept().len()), (MAX_KEPT + 1, 0));
    }
}
