//! Reading cases: TOML, with the place of whatever is wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use toml_edit::Document;

use super::fixture;
use super::matrix::{Combination, Matrix};
use super::place::{Lines, key_at, of_cases};
use super::wording::worded;
use super::{CaseError, Expectation, Facts};
use model::Environment;
use model::build::Build;
use model::build::PartialBuild;
use model::text::printable;

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
    build: PartialBuild,
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
    build: PartialBuild,
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
    if let Some(case) = document.get("case").filter(|case| case.is_table()) {
        let problem = "cases are a list, and each begins with `[[case]]`";
        return Err(wrong(lines.of(case.span()), problem.to_owned()));
    }
    let places = of_cases(&document, &lines);
    let read: File = toml_edit::de::from_document(document).map_err(|error| {
        let key = error.span().map(|span| key_at(text, span.start)).unwrap_or_default();
        wrong(lines.of(error.span()), worded(&key, &one_line(error.message()), None))
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
        if let Some(part) = case.matrix.named_by(&case.build, &case.settings) {
            return Err(wrong(format!("{part}: the matrix has it already")));
        }
        for combination in case.matrix.combinations().map_err(wrong)? {
            let name = combination.name(&case.name);
            if name != case.name && !names.insert(name.clone()) {
                return Err(wrong(format!("another case of this file is called `{name}`")));
            }
            let Combination { build: own, settings: values, .. } = combination.clone();
            let build = fixture::complete(own.or(case.build.clone()).or(build.clone())).map_err(wrong)?;
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
        for (text, line, says) in [
            ("x = [", 1, "array"),
            ("[[case]]\n[[case]]\n", 1, "missing field `name`"),
            ("[case]\nname = \"a\"", 1, "cases are a list, and each begins with `[[case]]`"),
            ("\"\\u001b[2J##[error]\" = 1", 1, "there is no `\\u{1b}[2J#\\u{23}[error]` here, but build, "),
            ("\n[settings]\nA = 5", 3, "settings.A is a text, not 5"),
            ("facts.service = []", 1, "there is no `service` here; did you mean `services`?"),
            ("facts.services = \"web\"", 1, "facts.services is a list, not \"web\""),
            ("facts.images = [\"web\"]", 1, "facts.images is a table, not \"web\""),
            ("[[case]]\nname = \"a\\u202eb\"", 1, "one line of visible characters"),
            ("[[case]]\nname = [\"a\"]", 2, "case.name is a text, not a list"),
            ("", 1, "there is no case in it"),
            ("[[case]]\nname = \"a\"\n[[case]]\nname = \"a\"\n", 3, "has the same name"),
        ] {
            told(text, line, says);
        }
    }

    #[test]
    fn what_is_wrong_in_a_case_is_told_with_its_part() {
        for (part, line, says) in [
            ("build.brunch = \"b\"", 3, "there is no `brunch` here; did you mean `branch`?"),
            ("build.zzz = \"b\"", 3, "there is no `zzz` here, but provider, repository, branch, "),
            (
                "build = { job = \"x\" }",
                3,
                "case.build.job is a whole number from 0 to 4294967295, not \"x\"",
            ),
            ("build.number = \"3\"", 3, "case.build.number is a whole number from 0 on, not \"3\""),
            ("build.number = -1", 3, "case.build.number is a whole number from 0 on, not -1"),
            ("build.number = 1.5", 3, "case.build.number is a whole number from 0 on, not 1.5"),
            ("build.pull-request = 3", 3, "case.build.pull-request is a text, not 3"),
            ("build.branch = true", 3, "case.build.branch is a text, not true"),
            ("build.event = 3", 3, "case.build.event is a text"),
            (
                "build.event = \"pull\"",
                3,
                "case.build.event is one of push, pull-request, tag, schedule, manual, not",
            ),
            ("build = \"master\"", 3, "case.build is a table, not \"master\""),
            ("build.commit = \"3f2a\"", 1, "invalid commit \"3f2a\""),
            (
                "expect = \"skip\"",
                3,
                "case.expect is a table, such as `expect.skip = \"REASON\"`, not \"skip\"",
            ),
            ("expect.skips = \"b\"", 3, "there is no `skips` here; did you mean `skip`?"),
            ("expect.skip = 5", 1, "expect.skip is a text, or `{ matches = \"REGEX\" }`, not 5"),
            ("expect.images = [{ tgas = [] }]", 1, "did you mean `tags`?"),
            ("expect.skip = { matches = \"(\" }", 1, "is no regular expression"),
            ("expect = { skip = \"a\", error = \"b\" }", 1, "only one of"),
        ] {
            told(&format!("[[case]]\nname = \"a\"\n{part}"), line, says);
        }
    }

    #[test]
    fn what_is_wrong_in_a_matrix_is_told_with_its_part() {
        for (part, says) in [
            (
                "matrix = \"q\"",
                "case.matrix is a table of lists, such as `matrix.branch = [\"a\", \"b\"]`, not \"q\"",
            ),
            ("matrix.settings = 3", "is a table, not 3"),
            ("matrix.branch = \"q\"", "matrix.branch is a list of values, not \"q\""),
            ("matrix.settings.A = \"q\"", "matrix.settings.A is a list of values, not \"q\""),
            ("matrix.settings.A = [\"q\", 5]", "matrix.settings.A[1] is a text, not 5"),
            ("matrix.brunch = [\"b\"]", "matrix has no `brunch`; did you mean `branch`?"),
            ("matrix.number = [1, \"2\"]", "matrix.number[1] is a whole number from 0 on, not \"2\""),
            ("matrix.pull-request = [3]", "matrix.pull-request[0] is a text, not 3"),
            ("matrix.event = [\"x\"]", "matrix.event[0] is one of push, "),
            ("matrix.event = [3]", "matrix.event[0] is a text, not 3"),
            ("matrix.branch = []", "matrix.branch has no values"),
            ("matrix.branch = [\"q\", \"r\", \"q\"]", "matrix.branch has `q` twice"),
            ("matrix.settings.A = [\"q\", \"q\"]", "matrix.settings.A has `q` twice"),
            ("matrix.branch = [\"q\"]\nbuild.branch = \"q\"", "build.branch: the matrix has it already"),
            ("matrix.settings.A = [\"q\"]\nsettings.A = \"\"", "settings.A: the matrix has it already"),
            (
                "matrix.branch = [\"b\"]\nexpect.skip = \"{tag}\"",
                "`{tag}` stands for a value of the matrix, which has no `tag`",
            ),
            ("matrix.branch = [\"b\"]\n[[case]]\nname = \"a [branch=b]\"", "has the same name"),
        ] {
            let error = read("bad.toml", &format!("[[case]]\nname = \"a\"\n{part}")).unwrap_err();
            assert!(error.problem.contains(says), "{part:?}: {error}");
        }
        // What the file says is for all of its cases, and a matrix wins over it.
        let text = "build.branch = \"b\"\n[[case]]\nname = \"a\"\nmatrix.branch = [\"c\"]";
        assert_eq!(read("good.toml", text).unwrap()[0].build.branch, "c");
    }

    #[track_caller]
    fn told(text: &str, line: usize, says: &str) {
        let error = read("bad.toml", text).unwrap_err();
        assert!(error.line == line && error.problem.contains(says), "{text:?}: {error}");
    }
}
