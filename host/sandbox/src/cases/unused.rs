//! The facts of cases that no lookup asked for: the policy does not depend on them, so they test nothing.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::Document;

use super::answer::Outcome;
use super::facts::FactId;
use super::file::Case;
use super::position::{LineIndex, Segment, line_of, path_text};
use super::run::CaseResult;
use model::text::printable;

/// A fact that no lookup asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedFact {
    /// The line of the fact in its file, from 1.
    pub line: usize,
    /// The fact, as in `facts.services[1]`.
    pub key: String,
    /// The name of the case whose fact it is; `None` for a fact of the whole file.
    pub case: Option<String>,
}

/// Finds the facts of a file that no lookup asked for: those of a case in this case, and those of the file in every case
/// of it. `text` is the file, and `results` are those of all its cases.
#[must_use]
pub fn unused_facts(text: &str, results: &[(&Case, &CaseResult)]) -> Vec<UnusedFact> {
    let unused = find(results);
    if unused.is_empty() {
        return Vec::new();
    }
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let index = LineIndex::new(text);
    let cases = document.get("case").and_then(toml_edit::Item::as_array_of_tables);
    let name = |index: usize| Some(cases?.get(index)?.get("name")?.as_str()?.to_owned());
    let locate = |(case, fact): (Option<usize>, FactId)| {
        let mut path = vec![Segment::from("facts"), Segment::from(fact.key().as_str())];
        path.push(match &fact {
            FactId::Element(_, index) => Segment::Index(*index),
            FactId::File(path) => Segment::from(path.as_str()),
        });
        let key = printable(&path_text(&path));
        let case_path = case.map(|index| [Segment::from("case"), Segment::Index(index)]);
        let path: Vec<Segment> = case_path.into_iter().flatten().chain(path).collect();
        UnusedFact { line: line_of(&document, &index, &path), key, case: case.and_then(name) }
    };
    let mut located: Vec<UnusedFact> = unused.into_iter().map(locate).collect();
    located.sort_by_key(|fact| fact.line);
    located
}

/// The unused facts, each with the index of its case, or without one if it is the file's.
fn find(results: &[(&Case, &CaseResult)]) -> Vec<(Option<usize>, FactId)> {
    // The combinations of a matrix share the facts of their case.
    let mut of_cases: BTreeMap<usize, (&Case, BTreeSet<FactId>)> = BTreeMap::new();
    let mut of_file: BTreeSet<FactId> = BTreeSet::new();
    let mut failed: BTreeSet<usize> = BTreeSet::new();
    for (case, result) in results {
        // A policy that failed, or returned an error that nobody expects, did not come to its other lookups.
        let has_failed = match &result.answer.outcome {
            Outcome::Failed(_) => true,
            Outcome::Rejected(_) => !result.has_passed(),
            Outcome::Decided(_) | Outcome::Reviewed(_) => false,
        };
        if has_failed {
            failed.insert(case.index);
        }
        let (_, own) = of_cases.entry(case.index).or_insert_with(|| (*case, BTreeSet::new()));
        for fact in result.lookups.iter().flat_map(|lookup| case.facts.asked_by(&lookup.query)) {
            if case.own_facts.contains(&fact.key()) {
                own.insert(fact)
            } else {
                of_file.insert(fact)
            };
        }
    }
    let mut unused = Vec::new();
    for (index, (case, asked)) in &of_cases {
        if case.own_facts.is_empty() || failed.contains(index) {
            continue;
        }
        let own = case.facts.ids().into_iter().filter(|fact| case.own_facts.contains(&fact.key()));
        unused.extend(own.filter(|fact| !asked.contains(fact)).map(|fact| (Some(*index), fact)));
    }
    let first = results.first().filter(|_| failed.is_empty());
    let file_facts = first.into_iter().flat_map(|(case, _)| case.file_facts.ids());
    unused.extend(file_facts.filter(|fact| !of_file.contains(fact)).map(|fact| (None, fact)));
    unused
}

#[cfg(test)]
mod tests;
