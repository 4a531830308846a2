//! Parsing a file of cases: TOML, with the line of every problem.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use toml_edit::Document;

use super::error::CaseError;
use super::expect::Expectation;
use super::facts::Facts;
use super::fixture;
use super::matrix::{Combination, Matrix};
use super::position::{LineIndex, case_lines, key_at};
use model::Environment;
use model::build::{Build, PartialBuild};
use model::text::printable;

/// A build, its facts, and the expected answer of a policy.
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
    /// The facts that the policy may look up.
    pub facts: Arc<Facts>,
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

/// Parses the cases of a file. A case with a matrix becomes one case for each combination.
///
/// # Errors
/// [`CaseError`] if the text is not TOML, has an unknown key or a value of the wrong kind, or describes an invalid
/// build.
pub fn parse(file: &str, text: &str) -> Result<Vec<Case>, CaseError> {
    let index = LineIndex::new(text);
    let (content, lines) = parse_content(text, &index).map_err(|(line, problem)| {
        // The problem quotes the file.
        CaseError { file: file.to_owned(), line, problem: printable(&problem) }
    })?;
    let mut expansion = Expansion {
        file: file.into(),
        defaults: (content.build, content.settings, content.facts),
        names: BTreeSet::new(),
        cases: Vec::new(),
    };
    for (index, case) in content.cases.into_iter().enumerate() {
        let line = lines.get(index).copied().unwrap_or(1);
        let name = case.name.clone();
        expansion.add(case, index, line).map_err(|problem| {
            let problem = printable(&format!("case `{name}`: {problem}"));
            CaseError { file: file.to_owned(), line, problem }
        })?;
    }
    Ok(expansion.cases)
}

/// Parses the TOML, and returns the line of each case. The error is a line and a problem.
fn parse_content(text: &str, index: &LineIndex) -> Result<(CaseFile, Vec<usize>), (usize, String)> {
    let on_one_line = |message: &str| message.replace('\n', "; ");
    let document = Document::parse(text.to_owned())
        .map_err(|error| (index.line(error.span()), on_one_line(error.message())))?;
    if let Some(case) = document.get("case").filter(|case| case.is_table()) {
        let problem = "`case` is a list: begin each case with `[[case]]`";
        return Err((index.line(case.span()), problem.to_owned()));
    }
    let lines = case_lines(&document, index);
    let content: CaseFile = toml_edit::de::from_document(document).map_err(|error| {
        let key = error.span().map(|span| key_at(text, span.start)).filter(|key| !key.is_empty());
        let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
        (index.line(error.span()), format!("{key}{}", on_one_line(error.message())))
    })?;
    if content.cases.is_empty() {
        return Err((1, "the file contains no case; a case begins with `[[case]]`".to_owned()));
    }
    Ok((content, lines))
}

/// The cases of a file so far, and what the next ones need.
struct Expansion {
    file: Arc<str>,
    defaults: (PartialBuild, BTreeMap<String, String>, Facts),
    names: BTreeSet<String>,
    cases: Vec<Case>,
}

impl Expansion {
    /// Adds a case for each combination of the table's matrix. The error is a problem of the case.
    fn add(&mut self, case: CaseTable, index: usize, line: usize) -> Result<(), String> {
        let (default_build, default_settings, default_facts) = &self.defaults;
        if !self.names.insert(case.name.clone()) {
            return Err("another case of this file has the same name".to_owned());
        }
        if case.name.is_empty() || printable(&case.name) != case.name {
            return Err("invalid name: expected one line of visible characters, not empty".to_owned());
        }
        let facts = Arc::new(case.facts.or(default_facts.clone()));
        if let Some(problem) = facts.problem() {
            return Err(problem);
        }
        if let Some(field) = case.matrix.conflict(&case.build, &case.settings) {
            return Err(format!("{field}: the matrix sets it too"));
        }
        for combination in case.matrix.combinations()? {
            let name = combination.case_name(&case.name);
            if name != case.name && !self.names.insert(name.clone()) {
                return Err(format!("another case of this file has the name `{name}`"));
            }
            let expect = case.expect.with_values(&combination)?;
            if let Some(problem) = expect.problem() {
                return Err(problem);
            }
            let Combination { build, settings, .. } = combination;
            let build = fixture::complete(build.or(case.build.clone()).or(default_build.clone()))?;
            let settings = [default_settings, &case.settings, &settings].into_iter().flatten();
            let settings = settings.map(|(name, value)| (name.clone(), value.clone())).collect();
            let (file, facts) = (Arc::clone(&self.file), Arc::clone(&facts));
            self.cases.push(Case { name, file, line, index, build, settings, facts, expect });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
