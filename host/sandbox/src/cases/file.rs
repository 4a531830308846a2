//! Parsing a file of cases: TOML, with the line of every problem.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml_edit::Document;

use super::error::{CaseError, Problem};
use super::expansion::{Defaults, Expansion};
use super::expect::Expectation;
use super::facts::{FactKey, Facts, ReadFile};
use super::matrix::Matrix;
use super::position::{LineIndex, case_lines, key_at};
use model::Environment;
use model::build::{Build, PartialBuild};
use model::review::{Action, ReviewedPlan};
use model::serde_error::translate_serde_error;
use model::text::printable;

/// A build or a plan, its facts, and the expected answer of a policy or a guard.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name, followed by the combination if the case has a matrix.
    pub name: String,
    /// The file, as passed to [`parse`].
    pub file: Arc<str>,
    /// The line of the case in the file, from 1.
    pub line: usize,
    /// The index of the case in the file, from 0. The combinations of one matrix share it.
    pub index: usize,
    /// The build.
    pub build: Build,
    /// The environment variables of the build.
    pub settings: BTreeMap<String, String>,
    /// The facts that the policy may look up: those of the case, and those of its file.
    pub facts: Arc<Facts>,
    /// The keys of the facts that the case itself sets.
    pub(super) own_facts: Arc<[FactKey]>,
    /// The facts of its file.
    pub(super) file_facts: Arc<Facts>,
    /// The plan that a guard reviews; `None` for a case of a policy.
    pub plan: Option<Arc<ReviewedPlan>>,
    /// The expected answer.
    pub expect: Expectation,
}

impl Case {
    /// The environment from which the policy receives its settings.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The content of a file.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CaseFile {
    #[serde(default)]
    plan: Option<String>,
    #[serde(default)]
    build: PartialBuild,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    facts: Facts,
    #[serde(default, rename = "case")]
    cases: Vec<CaseTable>,
}

/// A case before its matrix is expanded.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CaseTable {
    pub(super) name: String,
    #[serde(default)]
    pub(super) plan: Option<String>,
    #[serde(default)]
    pub(super) action: Option<Action>,
    #[serde(default)]
    pub(super) build: PartialBuild,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) facts: Facts,
    #[serde(default)]
    pub(super) matrix: Matrix,
    #[serde(default)]
    pub(super) expect: Expectation,
}

/// The maximum number of cases with a problem that are read: each is parsed by itself.
const MAX_INVALID_CASES: usize = 20;

/// Parses the cases of a file that name no other file.
///
/// # Errors
/// The same as for [`parse_with_files`], and a case that names a file.
pub fn parse(file: &str, text: &str) -> Result<Vec<Case>, CaseError> {
    parse_with_files(file, text, &|_| Err("no file is read here".to_owned()))
}

/// Parses the cases of a file. A case with a matrix becomes one case for each combination. `read` reads the files whose
/// texts are facts.
///
/// # Errors
/// [`CaseError`] with the problems of all cases, if the text is not TOML, has an unknown key or a value of the wrong
/// kind, describes an invalid build, or names a file that cannot be read.
pub fn parse_with_files(file: &str, text: &str, read: ReadFile<'_>) -> Result<Vec<Case>, CaseError> {
    let index = LineIndex::new(text);
    let (content, mut problems) = parse_content(text, &index);
    let Some((mut content, lines)) = content else {
        return Err(CaseError { file: file.to_owned(), problems });
    };
    if let Err((path, problem)) = content.facts.read_files(read) {
        let line = text.lines().position(|line| line.contains(&path)).map_or(1, |line| line + 1);
        return Err(CaseError { file: file.to_owned(), problems: vec![Problem { line, text: problem }] });
    }
    let defaults = Defaults {
        plan: content.plan,
        build: content.build,
        settings: content.settings,
        facts: Arc::new(content.facts),
    };
    let mut expansion = Expansion::new(file, defaults, read);
    for (index, case) in content.cases.into_iter().enumerate() {
        let line = lines.get(index).copied().unwrap_or(1);
        let name = case.name.clone();
        if let Err(found) = expansion.add(case, index, line) {
            let located = |text: String| Problem { line, text: printable(&format!("case `{name}`: {text}")) };
            problems.extend(found.into_iter().map(located));
        }
    }
    problems.sort();
    if problems.is_empty() { Ok(expansion.cases) } else { Err(CaseError { file: file.to_owned(), problems }) }
}

/// Parses the TOML, and returns the line of each case. A case with a problem is left out, and the others are read.
/// There is no content if the text is not TOML, or if the problem is in no case.
fn parse_content(text: &str, index: &LineIndex) -> (Option<(CaseFile, Vec<usize>)>, Vec<Problem>) {
    let mut text = Cow::Borrowed(text);
    let mut problems: Vec<Problem> = Vec::new();
    loop {
        let (problem, lines) = match parse_valid(&text, index) {
            Ok((content, _)) if content.cases.is_empty() => {
                if problems.is_empty() {
                    let text = "the file contains no case; a case begins with `[[case]]`".to_owned();
                    problems.push(Problem { line: 1, text });
                }
                return (None, problems);
            }
            Ok(valid) => return (Some(valid), problems),
            Err(failure) => failure,
        };
        let begin = lines.iter().rev().find(|line| **line <= problem.line).copied();
        let end = lines.iter().find(|line| **line > problem.line).copied();
        problems.push(problem);
        match begin.filter(|_| problems.len() < MAX_INVALID_CASES) {
            Some(begin) => text = Cow::Owned(without_lines(&text, begin, end)),
            None => return (None, problems),
        }
    }
}

/// Parses the TOML, and returns the line of each case. The error is the first problem, and the lines of the cases.
fn parse_valid(text: &str, index: &LineIndex) -> Result<(CaseFile, Vec<usize>), (Problem, Vec<usize>)> {
    let at = |span: Option<Range<usize>>, problem: &str| {
        // The problem quotes the file.
        Problem { line: index.line(span), text: printable(&problem.replace('\n', "; ")) }
    };
    let document =
        Document::parse(text.to_owned()).map_err(|error| (at(error.span(), error.message()), Vec::new()))?;
    if let Some(case) = document.get("case").filter(|case| !case.is_array_of_tables()) {
        let problem = "`case` is a list: begin each case with `[[case]]`";
        return Err((at(case.span(), problem), Vec::new()));
    }
    let lines = case_lines(&document, index);
    match toml_edit::de::from_document(document) {
        Ok(content) => Ok((content, lines)),
        Err(error) => {
            let key = error.span().map(|span| key_at(text, span.start)).filter(|key| !key.is_empty());
            let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
            let message = translate_serde_error(error.message());
            Err((at(error.span(), &format!("{key}{message}")), lines))
        }
    }
}

/// A text with blanks for the lines from `begin` up to `end` or the last one, so that all positions stay.
fn without_lines(text: &str, begin: usize, end: Option<usize>) -> String {
    let is_left_out = |line: usize| line >= begin && end.is_none_or(|end| line < end);
    let mut kept = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if is_left_out(index + 1) {
            kept.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            kept.push_str(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
