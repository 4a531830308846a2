//! The problems of a file, each with its line and column.

use alloc::{format, string::String, vec::Vec};

/// The file that the policy reads.
pub(crate) const FILE: &str = "deploy-rules.toml";

/// The most problems that are reported. The rest is one number.
const REPORTED: usize = 20;

/// A value of the file, and the offset of its first byte there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) at: usize,
}

/// The problems of a file.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<(usize, String)>);

impl Problems {
    /// Adds a problem at an offset.
    pub(crate) fn add(&mut self, at: usize, problem: impl Into<String>) {
        self.0.push((at, problem.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many problems there are so far.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// All problems, by their positions: one on one line, several as a list.
    pub(crate) fn report(mut self, text: &str) -> String {
        self.0.sort();
        self.0.dedup();
        let located = |(at, problem): &(usize, String)| at_position(text, *at, problem);
        if let [problem] = self.0.as_slice() {
            return located(problem);
        }
        let mut report = format!("{FILE} has {} problems:", self.0.len());
        for problem in self.0.iter().take(REPORTED) {
            report.extend(["\n- ", &located(problem)]);
        }
        if let Some(more @ 1..) = self.0.len().checked_sub(REPORTED) {
            report.push_str(&format!("\n- and {more} more"));
        }
        report
    }
}

/// A problem after its file, line and column, as compilers print it.
pub(crate) fn at_position(text: &str, at: usize, problem: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{FILE}:{line}:{column}: {problem}")
}

/// A text of the file in a message: quoted, without control characters, and cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    const LENGTH: usize = 60;
    let start: String = text.chars().take(LENGTH).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(LENGTH).is_some() { "…" } else { "" };
    format!("`{start}{rest}`")
}

/// The rest of a message about an unknown name: the most similar known one, or all of them.
pub(crate) fn suggestion<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    let nearest = known.clone().map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((distance, known)) if distance * 3 <= known.len().max(3) => {
            format!("; did you mean `{known}`?")
        }
        Some(_) => {
            let mut known: Vec<&str> = known.collect();
            known.sort_unstable();
            let list = known.iter().take(REPORTED).copied().collect::<Vec<_>>().join(", ");
            let rest = if known.len() > REPORTED { ", …" } else { "" };
            format!("; expected one of {list}{rest}")
        }
        None => String::new(),
    }
}

/// The number of letters to insert, remove, replace or swap with the next one (optimal string alignment). Neither case
/// nor `_` for `-` counts. The start of a long text is compared.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars().take(64).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    let (a, b) = (letters(a), letters(b));
    let mut rows: [Vec<usize>; 2] = [Vec::new(), (0..=b.len()).collect()];
    let mut previous = ' ';
    for (i, &from) in a.iter().enumerate() {
        let [above_last, last] = &rows;
        let mut row = alloc::vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(last, j) + usize::from(from != to)).min(at(last, j + 1) + 1).min(at(&row, j) + 1);
            let before = j.checked_sub(1).and_then(|before| b.get(before));
            if i > 0 && before == Some(&from) && previous == to {
                best = best.min(at(above_last, j - 1) + 1);
            }
            row.push(best);
        }
        let [_, last] = rows;
        rows = [last, row];
        previous = from;
    }
    let [_, last] = &rows;
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_that_of_an_editor() {
        assert_eq!(at_position("a\nbö = 1", 5, "x"), "deploy-rules.toml:2:3: x");
        assert_eq!(at_position("", 9, "x"), "deploy-rules.toml:1:1: x");
    }

    #[test]
    fn several_problems_are_a_list_in_the_order_of_the_file() {
        let mut problems = Problems::default();
        for at in [3, 0, 3] {
            problems.add(at, "bad");
        }
        assert_eq!(
            problems.report("a\nb\nc"),
            "deploy-rules.toml has 2 problems:\n- deploy-rules.toml:1:1: bad\n- deploy-rules.toml:2:2: bad"
        );
    }

    #[test]
    fn a_long_list_is_cut() {
        let mut problems = Problems::default();
        (0..100).for_each(|at| problems.add(at, "bad"));
        let report = problems.report(&"x".repeat(100));
        assert_eq!(report.lines().count(), 22);
        assert!(report.ends_with("- and 80 more"), "{report}");
    }

    #[test]
    fn a_misspelled_name_gets_a_suggestion_and_another_word_the_list() {
        let known = ["branch", "event", "environment", "skip"];
        let suggest = |name| suggestion(name, known.into_iter());
        for (name, meant) in
            [("brnach", "branch"), ("Branch", "branch"), ("enviroment", "environment"), ("evnet", "event")]
        {
            assert_eq!(suggest(name), format!("; did you mean `{meant}`?"), "{name}");
        }
        assert_eq!(suggest("zzz"), "; expected one of branch, environment, event, skip");
        assert_eq!(suggestion("x", [].into_iter()), "");
    }

    #[test]
    fn a_quoted_text_is_one_short_line() {
        assert_eq!(quoted("a\nb\u{1b}"), "`a\\nb\\u{1b}`");
        assert_eq!(quoted(&"ä".repeat(90)).chars().count(), 63);
    }
}
