//! Parsing a file of cases: TOML, with the line of every problem.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml_edit::Document;

use super::error::{CaseError, Problem};
use super::expect::Expectation;
use super::facts::{FactKey, Facts, ReadFile};
use super::fixture;
use super::matrix::{Combination, Matrix};
use super::plans::{self, RecordedPlans};
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
struct CaseTable {
    name: String,
    #[serde(default)]
    plan: Option<String>,
    #[serde(default)]
    action: Option<Action>,
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
    let mut expansion = Expansion {
        file: file.into(),
        defaults: Defaults {
            plan: content.plan,
            build: content.build,
            settings: content.settings,
            facts: Arc::new(content.facts),
        },
        plans: RecordedPlans::default(),
        read,
        names: BTreeSet::new(),
        cases: Vec::new(),
    };
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

/// What a file sets for all of its cases.
struct Defaults {
    plan: Option<String>,
    build: PartialBuild,
    settings: BTreeMap<String, String>,
    facts: Arc<Facts>,
}

/// The cases of a file so far, and what the next ones need.
struct Expansion<'r> {
    file: Arc<str>,
    read: ReadFile<'r>,
    defaults: Defaults,
    plans: RecordedPlans,
    names: BTreeSet<String>,
    cases: Vec<Case>,
}

impl Expansion<'_> {
    /// Adds a case for each combination of the table's matrix. The error is every problem of the case that is known.
    fn add(&mut self, case: CaseTable, index: usize, line: usize) -> Result<(), Vec<String>> {
        let Defaults {
            plan: default_plan,
            build: default_build,
            settings: default_settings,
            facts: default_facts,
        } = &self.defaults;
        if !self.names.insert(case.name.clone()) {
            return Err(vec!["another case of this file has the same name".to_owned()]);
        }
        if case.name.is_empty() || printable(&case.name) != case.name {
            return Err(vec!["invalid name: expected one line of visible characters, not empty".to_owned()]);
        }
        let own_facts: Arc<[FactKey]> = case.facts.keys().into();
        let facts = if own_facts.is_empty() {
            Arc::clone(default_facts)
        } else {
            let mut facts = case.facts.or(Facts::clone(default_facts));
            facts.read_files(self.read).map_err(|(_, problem)| vec![problem])?;
            Arc::new(facts)
        };
        if let Some(problem) = facts.problem() {
            return Err(vec![problem]);
        }
        let recorded = match case.plan.as_ref().or(default_plan.as_ref()) {
            Some(path) => Some(self.plans.read(path, self.read).map_err(|problem| vec![problem])?),
            None if case.action.is_some() => {
                return Err(vec!["action: expected a `plan` beside it".to_owned()]);
            }
            None => None,
        };
        if let Some(field) = case.matrix.conflict(&case.build, &case.settings) {
            return Err(vec![format!("{field}: the matrix sets it too")]);
        }
        for combination in case.matrix.combinations().map_err(|problem| vec![problem])? {
            let name = combination.case_name(&case.name);
            if name != case.name && !self.names.insert(name.clone()) {
                return Err(vec![format!("another case of this file has the name `{name}`")]);
            }
            let expect = case.expect.with_values(&combination).map_err(|problem| vec![problem])?;
            let problems = expect.problems();
            if !problems.is_empty() {
                return Err(problems);
            }
            let Combination { build, settings, .. } = combination;
            let fields = build.or(case.build.clone()).or(default_build.clone());
            let plan = match &recorded {
                Some(plan) => {
                    let changed = plans::with_changes(plan, case.action, &fields);
                    Some(Arc::new(changed.map_err(|problem| vec![problem])?))
                }
                None => None,
            };
            // The build of a case of a guard is that of its plan.
            let fields = if plan.is_some() { PartialBuild::default() } else { fields };
            let build = fixture::complete(fields).map_err(|problem| vec![problem])?;
            let settings = [default_settings, &case.settings, &settings].into_iter().flatten();
            let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
            let (file, facts) = (Arc::clone(&self.file), Arc::clone(&facts));
            let (own_facts, file_facts) = (Arc::clone(&own_facts), Arc::clone(default_facts));
            self.cases.push(Case {
                name,
                file,
                line,
                index,
                build,
                settings,
                facts,
                own_facts,
                file_facts,
                plan,
                expect,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
