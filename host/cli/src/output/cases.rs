//! What came of a policy's cases, in the forms that people and CI systems read.

mod junit;
mod tap;
mod text;

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use model::source::PolicySource;
use model::text::printable;
use sandbox::cases::coverage::Coverage;
use sandbox::cases::{Case, Ran};

/// The form of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line a case, for people
    Text,
    /// One JSON object
    Json,
    /// JUnit's XML, which CI systems show
    Junit,
    /// The Test Anything Protocol, version 14
    Tap,
}

/// What is told of a policy's cases.
#[derive(Debug)]
pub struct Results<'r> {
    /// The policy that was asked.
    pub policy: Tested,
    /// The cases and what came of each, in the order of their files.
    pub cases: Vec<(&'r Case, &'r Ran)>,
    /// What they covered of the policy.
    pub coverage: Coverage,
    /// The share that has to be covered, in percent.
    pub threshold: Option<usize>,
    /// How long they took.
    pub took: Duration,
}

/// The lines of an expected or answered text, each of them printable. A file of cases comes from
/// whoever sends a change, and its texts are shown to all who read the log.
fn lines(text: &str) -> Vec<String> {
    // Not by `str::lines`: a line's end may be all that differs.
    if text.is_empty() { vec!["\"\"".to_owned()] } else { text.split('\n').map(printable).collect() }
}

/// The policy that was tested.
#[derive(Debug, Serialize)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from.
    pub source: PolicySource,
    /// The digest of its bytes.
    pub digest: String,
}

impl Results<'_> {
    fn failed(&self) -> usize {
        self.cases.iter().filter(|(_, ran)| !ran.differences.is_empty()).count()
    }

    /// Why too little is covered, where it is.
    fn shortfall(&self) -> Option<String> {
        let (percent, wanted) = (self.coverage.percent(), self.threshold?);
        (percent < wanted).then(|| format!("{percent} % are covered, and {wanted} % are wanted"))
    }

    /// Whether every case passed and enough is covered.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed() == 0 && self.shortfall().is_none()
    }

    /// Writes them.
    ///
    /// # Errors
    /// What writing gives.
    pub fn write(&self, out: &mut impl Write, format: Format) -> io::Result<()> {
        match format {
            Format::Text => text::write(out, self),
            Format::Json => writeln!(out, "{}", self.to_json()),
            Format::Junit => junit::write(out, self),
            Format::Tap => tap::write(out, self),
        }
    }

    fn to_json(&self) -> Value {
        let case = |(case, ran): &(&Case, &Ran)| {
            let differences = ran.differences.iter().map(|difference| {
                json!({"at": difference.at, "expected": difference.expected, "answered": difference.answered})
            });
            json!({
                "name": case.name,
                "file": *case.file,
                "line": case.line,
                "passed": ran.differences.is_empty(),
                "fuel": ran.fuel,
                "differences": differences.collect::<Vec<_>>(),
                "lookups": ran.lookups,
                "unseen": ran.unseen,
            })
        };
        json!({
            "policy": self.policy,
            "cases": self.cases.iter().map(case).collect::<Vec<_>>(),
            "coverage": {
                "all": self.coverage.all,
                "missing": self.coverage.missing,
                "percent": self.coverage.percent(),
                "threshold": self.threshold,
            },
            "passed": self.cases.len() - self.failed(),
            "failed": self.failed(),
            "seconds": self.took.as_secs_f64(),
        })
    }
}
