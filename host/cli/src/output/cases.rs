//! The results of a policy's cases, in the formats that people and CI systems read.

mod junit;
mod tap;
mod text;

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use model::source::PolicySource;
use model::text::printable;
use sandbox::cases::{Case, CaseResult, Coverage};

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

/// The results of a policy's cases.
#[derive(Debug)]
pub struct TestReport<'r> {
    /// The tested policy.
    pub policy: TestedPolicy,
    /// Each case with its result, in the order of the files.
    pub results: Vec<(&'r Case, &'r CaseResult)>,
    /// The coverage of the policy by these cases.
    pub coverage: Coverage,
    /// The required coverage, in percent.
    pub threshold: Option<usize>,
    /// The duration of the whole test.
    pub duration: Duration,
}

/// A tested policy.
#[derive(Debug, Serialize)]
pub struct TestedPolicy {
    /// The name from its manifest.
    pub name: String,
    /// The version from its manifest.
    pub version: String,
    /// Where it comes from.
    pub source: PolicySource,
    /// The digest of the component's bytes.
    pub digest: String,
}

impl TestReport<'_> {
    /// Whether every case passed and the coverage reaches the threshold.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.failed() == 0 && self.coverage_shortfall().is_none()
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

    /// A message, if the coverage is below the threshold.
    fn coverage_shortfall(&self) -> Option<String> {
        let (percent, threshold) = (self.coverage.percent(), self.threshold?);
        (percent < threshold)
            .then(|| format!("coverage of {percent} % is below the threshold of {threshold} %"))
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
        json!({
            "policy": self.policy,
            "cases": self.results.iter().map(case).collect::<Vec<_>>(),
            "coverage": {
                "total": self.coverage.total,
                "missing": self.coverage.missing,
                "percent": self.coverage.percent(),
                "threshold": self.threshold,
            },
            "passed": self.results.len() - self.failed(),
            "failed": self.failed(),
            "seconds": self.duration.as_secs_f64(),
        })
    }
}

/// The printable lines of an expected or actual value. A file of cases may come from a stranger's pull request.
fn lines(text: &str) -> Vec<String> {
    // `str::lines` removes a line break at the end, which may be the only difference.
    if text.is_empty() { vec!["\"\"".to_owned()] } else { text.split('\n').map(printable).collect() }
}
