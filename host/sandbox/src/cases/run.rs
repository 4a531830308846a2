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
use crate::any::AnyComponent;
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::evaluate::evaluate;
use crate::guard::Guard;
use crate::lookup::LookupSource;
use crate::policy::Policy;
use crate::thread::{ComponentThread, on_threads};
use model::lookup::PolicyLookup;
use model::review::ReviewedPlan;

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

/// Runs cases of a policy or a guard, and returns their results in the same order. The facts of a case replace
/// `options.lookup`.
///
/// # Errors
/// [`ComponentError::Sandbox`] if the sandbox cannot be set up, and [`ComponentError::HostPanicked`].
pub fn run(
    component: &AnyComponent,
    cases: &[&Case],
    options: &SandboxOptions,
) -> Result<Vec<CaseResult>, ComponentError> {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(cases.len());
    // Starting a thread takes longer than most cases, so the threads share the cases.
    let results = on_threads(component, threads, |thread| {
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

/// What a component made of a case.
struct Run {
    answer: Answer,
    fuel: u64,
    settings: Vec<String>,
    lookups: Vec<PolicyLookup>,
}

fn run_case(
    thread: &ComponentThread<'_, AnyComponent>,
    case: &Case,
    options: &SandboxOptions,
) -> Result<CaseResult, ComponentError> {
    let start = Instant::now();
    let lookup: Arc<dyn LookupSource> = Arc::<Facts>::clone(&case.facts);
    let options = SandboxOptions { lookup, ..options.clone() };
    let Run { answer, fuel, settings, lookups } = match (thread.component, &case.plan) {
        (AnyComponent::Policy(policy), None) => decide(&thread.of(policy), case, &options)?,
        (AnyComponent::Guard(guard), Some(plan)) => review(&thread.of(guard), case, plan, &options)?,
        (AnyComponent::Policy(_), Some(_)) => {
            refuse("this is a policy, which decides on a build: remove `plan`, or test a guard")
        }
        (AnyComponent::Guard(_), None) => refuse(
            "this is a guard, which reviews a plan: set `plan` to a file that `ecs-host plan --record-plan` wrote",
        ),
    };
    let mut differences = match &answer.outcome {
        Outcome::Failed(error) => vec![Difference::new("answer", "an answer", error)],
        _ if case.expect.is_empty() => {
            let expected = "the case has no expectation: write one, or run with `--update`";
            vec![Difference::new("expect", expected, &answer.to_string())]
        }
        _ => case.expect.differences(&answer),
    };
    // The component may have swallowed the error: then its answer depends on the case and not on the build.
    for missing in lookups.iter().filter_map(|lookup| case.facts.missing_fact(&lookup.query)) {
        differences.push(Difference::new("facts", &missing.remedy(), &missing.subject()));
    }
    let set = case.settings.iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name);
    let unused_settings = set.filter(|name| !settings.contains(name)).cloned().collect();
    let duration = start.elapsed();
    Ok(CaseResult { answer, differences, fuel, duration, settings, unused_settings, lookups })
}

fn decide(
    thread: &ComponentThread<'_, Policy>,
    case: &Case,
    options: &SandboxOptions,
) -> Result<Run, ComponentError> {
    let evaluation = evaluate(thread, &case.build, &case.environment(), options)?;
    Ok(Run {
        answer: Answer { outcome: Outcome::from(evaluation.decision), log: evaluation.output },
        fuel: evaluation.fuel,
        settings: evaluation.settings.values.into_iter().map(|(name, _)| name).collect(),
        lookups: evaluation.lookups,
    })
}

fn review(
    thread: &ComponentThread<'_, Guard>,
    case: &Case,
    plan: &ReviewedPlan,
    options: &SandboxOptions,
) -> Result<Run, ComponentError> {
    let review = crate::review::review(thread, plan, &case.settings, options)?;
    Ok(Run {
        answer: Answer { outcome: Outcome::from(review.findings), log: review.output },
        fuel: review.fuel,
        settings: case.settings.keys().cloned().collect(),
        lookups: review.lookups,
    })
}

/// A case of the other kind of component.
fn refuse(reason: &str) -> Run {
    let answer = Answer { outcome: Outcome::Failed(reason.to_owned()), log: Vec::new() };
    Run { answer, fuel: 0, settings: Vec::new(), lookups: Vec::new() }
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
