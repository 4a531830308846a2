//! Running cases in parallel, each in a fresh instance of the policy.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::{Answer, Outcome};
use super::expect::Difference;
use super::facts::Facts;
use super::file::Case;
use crate::error::PolicyError;
use crate::evaluate::SandboxOptions;
use crate::evaluate::evaluate;
use crate::lookup::LookupSource;
use crate::policy::Policy;
use crate::thread::PolicyThread;
use model::lookup::PolicyLookup;

/// The result of a case.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The policy's answer.
    pub answer: Answer,
    /// How the answer differs from the expected one.
    pub differences: Vec<Difference>,
    /// The fuel that the policy consumed.
    pub fuel: u64,
    /// The duration of the evaluation.
    pub duration: Duration,
    /// The names of the settings that the policy received.
    pub settings: Vec<String>,
    /// The settings of the case that the policy did not receive: the manifest does not declare them, or they look
    /// like secrets.
    pub unused_settings: Vec<String>,
    /// The lookups of the policy.
    pub lookups: Vec<PolicyLookup>,
}

impl CaseResult {
    /// Whether the answer is the expected one.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs cases, and returns their results in the same order. The facts of a case replace `options.lookup`.
///
/// # Errors
/// [`PolicyError::Sandbox`] if the sandbox cannot be set up, and [`PolicyError::HostPanicked`].
pub fn run(
    policy: &Policy,
    cases: &[&Case],
    options: &SandboxOptions,
) -> Result<Vec<CaseResult>, PolicyError> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(cases.len());
    // Starting a thread takes longer than most cases, so the threads share the cases.
    let results = policy.with_threads(threads, |thread| {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(index) else { return Ok(results) };
            results.push((index, run_case(thread, case, options)?));
        }
    })?;
    let mut results: Vec<(usize, CaseResult)> = results.into_iter().flatten().collect();
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn run_case(
    thread: &PolicyThread<'_>,
    case: &Case,
    options: &SandboxOptions,
) -> Result<CaseResult, PolicyError> {
    let start = Instant::now();
    let lookup: Arc<dyn LookupSource> = Arc::<Facts>::clone(&case.facts);
    let options = SandboxOptions { lookup, ..options.clone() };
    let evaluation = evaluate(thread, &case.build, &case.environment(), &options)?;
    let answer = Answer { outcome: Outcome::from(evaluation.decision), log: evaluation.output };
    let mut differences = match &answer.outcome {
        Outcome::Failed(error) => vec![Difference::new("answer", "an answer", error)],
        _ if case.expect.is_empty() => {
            let expected = "the case has no expectation: write one, or run with `--update`";
            vec![Difference::new("expect", expected, &answer.to_string())]
        }
        _ => case.expect.differences(&answer),
    };
    // The policy may have swallowed the error: then its answer depends on the case and not on the build.
    for missing in evaluation.lookups.iter().filter_map(|lookup| case.facts.missing_fact(&lookup.query)) {
        differences.push(Difference::new("facts", &missing.remedy(), &missing.subject()));
    }
    let settings: Vec<String> = evaluation.settings.values.into_iter().map(|(name, _)| name).collect();
    let set = case.settings.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
    let unused_settings = set.filter(|name| !settings.contains(name)).cloned().collect();
    Ok(CaseResult {
        answer,
        differences,
        fuel: evaluation.fuel,
        duration: start.elapsed(),
        settings,
        unused_settings,
        lookups: evaluation.lookups,
    })
}

#[cfg(test)]
impl CaseResult {
    /// The result of a case with an answer and lookups.
    pub(super) fn new(outcome: Outcome, differences: Vec<Difference>, lookups: Vec<PolicyLookup>) -> Self {
        Self {
            answer: Answer { outcome, log: Vec::new() },
            differences,
            fuel: 0,
            duration: Duration::ZERO,
            settings: Vec::new(),
            unused_settings: Vec::new(),
            lookups,
        }
    }
}
