//! Reading cases: TOML, with the place of whatever is wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use toml_edit::Document;

use super::given::Given;
use super::matrix::{Combination, Matrix};
use super::place::{Lines, key_at, of_cases};
use super::{CaseError, Expectation, Facts};
use crate::ci::{Build, Environment};
use crate::text::printable;

/// A build, the facts about it, and what a policy has to answer.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is called, with its combination where it is one of a matrix.
    pub name: String,
    /// Its file, as it was named.
    pub file: Arc<str>,
    /// Its line there, from 1.
    pub line: usize,
    /// Its place among the cases of its file, from 0: those of one matrix share it.
    pub index: usize,
    /// The build.
    pub build: Build,
    /// The variables of the CI's environment.
    pub settings: BTreeMap<String, String>,
    /// What the policy may look up.
    pub facts: Arc<Facts>,
    /// What is expected.
    pub expect: Expectation,
}

impl Case {
    /// The environment that the policy's settings come out of.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A file of cases, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    #[serde(default)]
    build: Given,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    facts: Facts,
    #[serde(default, rename = "case")]
    cases: Vec<Written>,
}

/// A case, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    build: Given,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    facts: Facts,
    #[serde(default)]
    matrix: Matrix,
    #[serde(default)]
    expect: Expectation,
}

/// Reads the cases of a file, those of a matrix one by one.
///
/// # Errors
/// [`CaseError`] where the text is no TOML, names something that no case has,
/// or tells of a build that there can't be.
pub fn read(file: &str, text: &str) -> Result<Vec<Case>, CaseError> {
    let lines = Lines::of_text(text);
    let wrong = |line: usize, problem: String| {
        // What it quotes of the file, or of its text's escapes, may be anything.
        CaseError { file: file.to_owned(), line, problem: printable(&problem) }
    };
    let one_line = |message: &str| message.replace('\n', "; ");
    let document = Document::parse(text.to_owned())
        .map_err(|error| wrong(lines.of(error.span()), one_line(error.message())))?;
    let places = of_cases(&document, &lines);
    let read: File = toml_edit::de::from_document(document).map_err(|error| {
        let key = error.span().map(|span| key_at(text, span.start)).unwrap_or_default();
        let key = if key.is_empty() { key } else { format!("{key}: ") };
        wrong(lines.of(error.span()), format!("{key}{}", one_line(error.message())))
    })?;
    if read.cases.is_empty() {
        return Err(wrong(1, "there is no case in it; a case begins with `[[case]]`".to_owned()));
    }
    let File { build, settings, facts, cases } = read;
    let file: Arc<str> = file.into();
    let (mut all, mut names) = (Vec::new(), BTreeSet::new());
    for (index, case) in cases.into_iter().enumerate() {
        let line = places.get(index).copied().unwrap_or(1);
        let wrong = |problem: String| wrong(line, format!("case `{}`: {problem}", case.name));
        let facts = Arc::new(case.facts.over(facts.clone()));
        if !names.insert(case.name.clone()) {
            return Err(wrong("another case of this file has the same name".to_owned()));
        }
        if case.name.is_empty() || printable(&case.name) != case.name {
            return Err(wrong("a name is one line of visible characters, not empty".to_owned()));
        }
        if let Some(problem) = facts.problem() {
            return Err(wrong(problem));
        }
        for combination in case.matrix.combinations().map_err(wrong)? {
            let name = combination.name(&case.name);
            let Combination { build: own, settings: values, .. } = combination.clone();
            let build = own.over(case.build.clone()).over(build.clone()).build().map_err(wrong)?;
            let settings = [&settings, &case.settings, &values].into_iter().flatten();
            let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
            let expect = case.expect.filled(&combination).map_err(wrong)?;
            if let Some(problem) = expect.problem() {
                return Err(wrong(problem));
            }
            let (file, facts) = (Arc::clone(&file), Arc::clone(&facts));
            all.push(Case { name, file, line, index, build, settings, facts, expect });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
[build]
repository = "o/r"

[settings]
A = "file"
B = "file"

[[case]]
name = "one"
build.branch = "release/1.2"
settings.A = "case"
expect.skip = "No."

[[case]]
name = "many"
matrix.branch = ["a", "b"]
matrix.settings.B = ["1", "2", "3"]
expect.skip = "Branch `{branch}` with {settings.B}."
"#;

    #[test]
    fn a_case_wins_over_its_file_key_by_key() {
        let cases = read("two.toml", TWO).unwrap();
        let one = &cases[0];
        assert_eq!((one.name.as_str(), one.line), ("one", 9));
        assert_eq!(
            (one.build.branch.as_str(), one.build.repository.as_deref()),
            ("release/1.2", Some("o/r"))
        );
        assert_eq!((one.settings["A"].as_str(), one.settings["B"].as_str()), ("case", "file"));
    }

    #[test]
    fn a_matrix_is_every_combination_with_its_own_texts() {
        let cases = read("two.toml", TWO).unwrap();
        assert_eq!(cases.len(), 1 + 6);
        let last = &cases[6];
        assert_eq!((last.name.as_str(), last.line), ("many [branch=b settings.B=3]", 15));
        assert_eq!(last.expect.skip, Some("Branch `b` with 3.".into()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| {
            let error = read("bad.toml", text).unwrap_err();
            (error.line, error.problem)
        };
        for (text, line, says) in [
            ("x = [", 1, "array"),
            ("[[case]]\nname = \"a\"\nbuild.brunch = \"b\"", 3, "unknown field `brunch`, expected one of"),
            ("[[case]]\nname = \"a\"\nexpect.skip = 5", 1, "skip"),
            ("[[case]]\nname = \"a\"\nexpect.skips = \"b\"", 3, "unknown field `skips`"),
            ("[[case]]\n[[case]]\n", 1, "missing field `name`"),
            ("\n[settings]\nA = 5", 3, "settings.A: invalid type: integer `5`, expected a string"),
            ("[[case]]\nname = \"a\"\nbuild = { job = \"x\" }", 3, "case.build.job: invalid type"),
            ("[[case]]\nname = \"a\"\nexpect.images = [{ tgas = [] }]", 1, "did you mean `tags`?"),
            (
                "[[case]]\nname = \"a\"\nmatrix.branch = [\"b\"]\nexpect.skip = \"{tag}\"",
                1,
                "`{tag}` stands for a value of the matrix, which has no `tag`",
            ),
            ("\"\\u001b[2J##[error]\" = 1", 1, "unknown field `\\u{1b}[2J#\\u{23}[error]`"),
            ("[[case]]\nname = \"a\\u202eb\"", 1, "one line of visible characters"),
            ("", 1, "there is no case in it"),
            ("\n[[case]]\nname = \"a\"\nbuild.commit = \"3f2a\"", 2, "`3f2a` is no valid commit"),
            ("\n[[case]]\nname = \"a\"\nmatrix.brunch = [\"b\"]", 2, "unknown field `brunch`"),
            ("\n[[case]]\nname = \"a\"\nmatrix.branch = []", 2, "without values"),
            ("[[case]]\nname = \"a\"\nexpect.skip = {matches = \"(\"}", 1, "is no regular expression"),
            ("[[case]]\nname = \"a\"\n[[case]]\nname = \"a\"\n", 3, "has the same name"),
            ("[[case]]\nname = \"a\"\nexpect = {skip = \"a\", error = \"b\"}", 1, "only one of"),
        ] {
            let (at, problem) = told(text);
            assert!(at == line && problem.contains(says), "{text:?}: {at}: {problem}");
        }
    }
}
