//! The results of the cases of a policy or a guard, in the formats that people and CI systems read.

mod junit;
mod tap;
mod text;

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use model::source::ComponentSource;
use model::text::printable;
use sandbox::ComponentKind;
use sandbox::cases::{Case, CaseResult, OutcomeClass, Outcomes, ReachableOutcome, UnusedFact};

/// The format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One line per case, for people
    Text,
    /// One JSON object
    Json,
    /// JUnit XML, which CI systems display
    Junit,
    /// The Test Anything Protocol, version 14
    Tap,
}

/// The results of the cases of a policy or a guard.
#[derive(Debug)]
pub struct TestReport<'r> {
    /// The tested policy or guard.
    pub component: TestedComponent,
    /// Each case with its result, in the order of the files.
    pub results: Vec<(&'r Case, &'r CaseResult)>,
    /// The outcomes of it that the cases reach.
    pub outcomes: Outcomes,
    /// The outcomes of which each has to be reached.
    pub required_outcomes: Vec<OutcomeClass>,
    /// The facts that no lookup asked for, each with its file.
    pub unused_facts: Vec<(String, UnusedFact)>,
    /// The duration of the whole test.
    pub duration: Duration,
}

/// A tested policy or guard.
#[derive(Debug, Serialize)]
pub struct TestedComponent {
    /// The kind, which names it in JSON.
    #[serde(skip)]
    pub kind: ComponentKind,
    /// The name from its manifest.
    pub name: String,
    /// The version from its manifest.
    pub version: String,
    /// Where it comes from.
    pub source: ComponentSource,
    /// The digest of the component's bytes.
    pub digest: String,
}

impl TestReport<'_> {
    /// Whether every case passed and the cases reach every required outcome.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.failed() == 0 && self.missing_outcomes().is_none()
    }

    /// Writes the results in a format.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn write(&self, out: &mut impl Write, format: Format) -> io::Result<()> {
        match format {
            Format::Text => text::write(out, self),
            Format::Json => writeln!(out, "{}", self.to_json()),
            Format::Junit => junit::write(out, self),
            Format::Tap => tap::write(out, self),
        }
    }

    /// The number of cases that failed.
    fn failed(&self) -> usize {
        self.results.iter().filter(|(_, result)| !result.has_passed()).count()
    }

    /// A message, if no case reaches a required outcome.
    fn missing_outcomes(&self) -> Option<String> {
        let missing = self.outcomes.missing(&self.required_outcomes);
        (!missing.is_empty()).then(|| format!("no case reaches a required outcome: {}", join(missing)))
    }

    fn to_json(&self) -> Value {
        let case = |(case, result): &(&Case, &CaseResult)| {
            let differences = result.differences.iter().map(|difference| {
                json!({
                    "path": difference.path,
                    "expected": difference.expected,
                    "actual": difference.actual,
                })
            });
            json!({
                "name": case.name,
                "file": *case.file,
                "line": case.line,
                "passed": result.has_passed(),
                "fuel": result.fuel,
                "differences": differences.collect::<Vec<_>>(),
                "lookups": result.lookups,
                "unused_settings": result.unused_settings,
            })
        };
        let fact = |(file, fact): &(String, UnusedFact)| json!({"file": file, "line": fact.line, "fact": fact.key, "case": fact.case});
        json!({
            self.component.kind.as_str(): self.component,
            "cases": self.results.iter().map(case).collect::<Vec<_>>(),
            "outcomes": {
                "reached": strings(&self.outcomes.reached),
                "unreached": strings(&self.outcomes.unreached),
                "missing": strings(self.outcomes.missing(&self.required_outcomes)),
            },
            "unused_facts": self.unused_facts.iter().map(fact).collect::<Vec<_>>(),
            "passed": self.results.len() - self.failed(),
            "failed": self.failed(),
            "seconds": self.duration.as_secs_f64(),
        })
    }
}

fn strings<'o>(outcomes: impl IntoIterator<Item = &'o ReachableOutcome>) -> Vec<String> {
    outcomes.into_iter().map(ToString::to_string).collect()
}

fn join<'o>(outcomes: impl IntoIterator<Item = &'o ReachableOutcome>) -> String {
    strings(outcomes).join(", ")
}

/// The printable lines of an expected or actual value. A file of cases may come from a stranger's pull request.
fn lines(text: &str) -> Vec<String> {
    // `str::lines` removes a line break at the end, which may be the only difference.
    if text.is_empty() { vec!["\"\"".to_owned()] } else { text.split('\n').map(printable).collect() }
}
