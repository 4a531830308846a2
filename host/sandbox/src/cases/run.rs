//! Running cases: each in a fresh instance, all side by side.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Case, Difference};
use crate::{Policy, PolicyError, PolicyThread, Terms};
use model::decision::Decision;
use model::lookup::PolicyLookup;

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What the policy answered.
    pub seen: Seen,
    /// How that differs from what is expected.
    pub differences: Vec<Difference>,
    /// The fuel that it used.
    pub fuel: u64,
    /// How long it took.
    pub took: Duration,
    /// The names of the settings that it was given.
    pub given: Vec<String>,
    /// What it looked up.
    pub lookups: Vec<PolicyLookup>,
    /// Variables of the case that no setting of the policy's covers, or that
    /// look like secrets: the policy never sees them.
    pub unseen: Vec<String>,
}

/// A policy's answer as a case sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it decided, or said instead.
    pub answer: Answer,
    /// The lines that it printed.
    pub log: Vec<String>,
}

/// What a policy decided, or said instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A decision.
    Decided(Decision),
    /// Its own error.
    Rejected(String),
    /// It broke, as by a trap or a limit. No case can expect that.
    Trapped(String),
}

impl Seen {
    /// Whether the policy broke instead of answering.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.answer, Answer::Trapped(_))
    }

    /// The answer with the names that a case calls its parts by: as everything
    /// in a case, with hyphens.
    pub(super) fn to_value(&self) -> Value {
        let mut value = match &self.answer {
            Answer::Decided(Decision::Skip { reason }) => json!({"skip": reason}),
            Answer::Decided(Decision::Deploy(deployment)) => {
                let mut parts = json!({"images": deployment.images, "targets": deployment.targets});
                hyphenate(&mut parts);
                parts
            }
            Answer::Rejected(sentence) => json!({"error": sentence}),
            Answer::Trapped(_) => json!({}),
        };
        if let Some(fields) = value.as_object_mut() {
            fields.insert("log".to_owned(), json!(self.log));
        }
        value
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Answer::Decided(Decision::Skip { reason }) => write!(f, "skip: {reason}"),
            Answer::Decided(Decision::Deploy(deployment)) => {
                let (images, targets) = (deployment.images.len(), deployment.targets.len());
                let many = |count: usize| if count == 1 { "" } else { "s" };
                let (i, t) = (many(images), many(targets));
                write!(f, "a deployment of {images} image{i} to {targets} target{t}")
            }
            Answer::Rejected(sentence) => write!(f, "error: {sentence}"),
            Answer::Trapped(why) => f.write_str(why),
        }
    }
}

/// Writes the names of an answer's parts as a case does.
fn hyphenate(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hyphenate),
        Value::Object(fields) => {
            for (name, mut value) in std::mem::take(fields) {
                hyphenate(&mut value);
                fields.insert(name.replace('_', "-"), value);
            }
        }
        _ => {}
    }
}

/// Runs all cases on the terms given, the facts being each case's own, and
/// gives what came of them in the same order.
///
/// # Errors
/// [`PolicyError`] where the sandbox itself can't be set up.
pub fn run(policy: &Policy, cases: &[&Case], terms: &Terms) -> Result<Vec<Ran>, PolicyError> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(cases.len());
    // A thread of its own for each case would cost more than the case.
    let parts = policy.ask_in(threads, |asker| {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return Ok(done) };
            done.push((index, one(asker, case, terms)?));
        }
    })?;
    let mut all: Vec<(usize, Ran)> = parts.into_iter().flatten().collect();
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, ran)| ran).collect())
}

fn one(asker: &PolicyThread<'_>, case: &Case, terms: &Terms) -> Result<Ran, PolicyError> {
    let started = Instant::now();
    let terms = Terms { lookup: Arc::clone(&case.facts) as Arc<dyn crate::Lookup>, ..terms.clone() };
    let asked = asker.decide(&case.build, &case.environment(), &terms)?;
    let answer = match asked.decision {
        Ok(decision) => Answer::Decided(decision),
        Err(PolicyError::Rejected { sentence, .. }) => Answer::Rejected(sentence),
        Err(broke) => Answer::Trapped(broke.to_string()),
    };
    let seen = Seen { answer, log: asked.output };
    let differences = match &seen.answer {
        Answer::Trapped(why) => {
            vec![Difference { at: "answer".into(), expected: "an answer".into(), answered: why.clone() }]
        }
        _ if case.expect.is_empty() => {
            let expected = "nothing is expected: name something, or let `--update` write it".to_owned();
            vec![Difference { at: "expect".into(), expected, answered: seen.to_string() }]
        }
        _ => case.expect.differences(&seen),
    };
    let given: Vec<String> = asked.settings.given.into_iter().map(|(name, _)| name).collect();
    let set = case.settings.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
    let unseen = set.filter(|name| !given.contains(name)).cloned().collect();
    let took = started.elapsed();
    Ok(Ran { seen, differences, fuel: asked.fuel, took, given, lookups: asked.lookups, unseen })
}
