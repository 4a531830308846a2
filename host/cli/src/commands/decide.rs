//! Stages 1 and 2, build and decision, which every verb about a build shares.

use model::event::EventSink as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::lookups::{Reach, RunLookups};
use super::policy::PolicySelection;
use super::{Context, Error, compiler, record};
use crate::ci;
use crate::cli::PlanArgs;
use crate::output::Report;
use crate::output::number::thousands;
use model::Environment;
use model::build::{Build, PartialBuild};
use model::confinement::ConfinementError;
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::exit::Exit;
use model::names::Region;
use model::plan::Stamp;
use model::secret::MIN_GRANTED_LEN;
use model::text::{abbreviate, printable};
use sandbox::cases;
use sandbox::{Evaluation, LookupSource, Policy, SandboxOptions};

/// A build and the deployment that the policy returned for it.
pub(super) struct DeployDecision {
    pub(super) build: Build,
    pub(super) deployment: Deployment,
    pub(super) stamp: Stamp,
    policy_name: String,
}

impl DeployDecision {
    /// Checks that the run may deploy to its own region, if a target is in it.
    pub(super) fn check_region(
        &self,
        region: &Region,
        context: &Context<'_>,
    ) -> Result<(), ConfinementError> {
        let violations = context.confinement.check_run_region(&self.deployment, region);
        to_result(&self.policy_name, violations)
    }
}

fn to_result(policy: &str, violations: Vec<String>) -> Result<(), ConfinementError> {
    if violations.is_empty() {
        Ok(())
    } else {
        Err(ConfinementError { policy: policy.to_owned(), violations })
    }
}

/// Resolves the build and evaluates the policy. Returns `None` if the policy skips the build.
pub(super) fn decide(args: &PlanArgs, context: &Context<'_>) -> Result<Option<DeployDecision>, Error> {
    let (decision, stamp, build, policy_name) = evaluate_build(args, context, Reach::AwsAndCheckout)?;
    let Decision::Deploy(deployment) = decision else { return Ok(None) };
    Ok(Some(DeployDecision { build, deployment, stamp, policy_name }))
}

/// `ecs-host decide`: prints what the policy returns, and calls neither AWS nor docker.
pub(super) fn print_decision(args: &PlanArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let (decision, ..) = evaluate_build(args, context, Reach::Checkout)?;
    if !args.json && matches!(decision, Decision::Deploy(_)) {
        context.report.write_result(&cases::decision_text(&decision));
    }
    Ok(Exit::Success)
}

/// Resolves the build, evaluates the policy, and reports its decision. Returns the decision, the stamp, the build and
/// the policy's name.
fn evaluate_build(
    args: &PlanArgs,
    context: &Context<'_>,
    reach: Reach,
) -> Result<(Decision, Stamp, Build, String), Error> {
    let report = context.report;
    let LoadedInputs { build, policy } = load_inputs(args, context)?;
    let policy = policy?;
    let evaluation = evaluate(args, &build, &policy, context, reach)?;
    // A policy that rejects the build, or breaks, is reported too if it returned its manifest before.
    if let Some(manifest) = &evaluation.manifest {
        report.emit(&Event::PolicyLoaded {
            name: evaluation.policy_name.clone(),
            version: manifest.version.clone(),
            source: policy.source.clone(),
            digest: policy.digest.to_string(),
            settings: evaluation.settings.values.iter().map(|(name, _)| name.clone()).collect(),
            fuel: evaluation.fuel,
        });
    }
    report_evaluation(&evaluation, report);
    let decision = evaluation.decision?;
    check_decision(&evaluation.policy_name, &decision, context)?;
    report.emit(&Event::DecisionMade(decision.clone()));
    let stamp = Stamp::new(&build, &evaluation.policy_name, policy.digest.as_str());
    Ok((decision, stamp, build, evaluation.policy_name))
}

/// Checks a decision against the operator's file.
pub(super) fn check_decision(
    policy: &str,
    decision: &Decision,
    context: &Context<'_>,
) -> Result<(), ConfinementError> {
    match decision {
        Decision::Skip { .. } => Ok(()),
        Decision::Deploy(deployment) => to_result(policy, context.confinement.check_deployment(deployment)),
    }
}

/// What an evaluation requires.
pub(super) struct LoadedInputs {
    pub(super) build: Build,
    /// The policy's error is returned inside, so that `verify` can report it after the build.
    pub(super) policy: Result<Policy, Error>,
}

/// Resolves and reports the build, and loads the policy at the same time.
pub(super) fn load_inputs(args: &PlanArgs, context: &Context<'_>) -> Result<LoadedInputs, Error> {
    if let Some(path) = &args.record {
        record::check_path(path)?;
    }
    let sources =
        ci::Sources { environment: context.environment, ci: args.build.ci, folder: Some(Path::new(".")) };
    let resolved = ci::resolve(sources, PartialBuild::from(&args.build), context.started_at)?;
    let (mut build, mut difference) = (resolved.build, resolved.warning);
    let mut complete_and_report_build = || {
        let warning = ci::resolve_commit(&mut build).err();
        context.report.emit(&Event::BuildDetected { build: build.clone() });
        let warnings =
            difference.take().into_iter().chain(warning).chain(short_build_secrets(context.environment));
        for message in warnings {
            context.report.emit(&Event::Warning { message: printable(&message) });
        }
    };
    let policy = match PolicySelection::for_run(args) {
        Err(error) => {
            complete_and_report_build();
            Err(error.into())
        }
        // Fetching from a registry may emit warnings, which follow the event of the build.
        Ok(selection) if selection.is_in_registry() => {
            complete_and_report_build();
            load_policy(args, &selection, context)
        }
        Ok(selection) => thread::scope(|scope| {
            let load = || load_policy(args, &selection, context);
            let loading = thread::Builder::new().spawn_scoped(scope, load);
            complete_and_report_build();
            match loading {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(_) => load(),
            }
        }),
    };
    Ok(LoadedInputs { build, policy })
}

/// A warning for each value that is granted to builds as a secret, and is too short to be hidden.
fn short_build_secrets(environment: &Environment) -> impl Iterator<Item = String> {
    let is_short = |(_, value): &(&str, &str)| value.len() < MIN_GRANTED_LEN;
    environment.build_secrets().filter(is_short).map(|(name, _)| {
        format!(
            "the value of {name} is granted to builds as a secret and is not hidden in the output, because it has fewer \
             than {MIN_GRANTED_LEN} bytes"
        )
    })
}

/// Fetches and compiles the policy.
fn load_policy(args: &PlanArgs, selection: &PolicySelection, context: &Context<'_>) -> Result<Policy, Error> {
    let sandbox = &args.sandbox;
    let binary = selection.fetch(&sandbox.offline, context)?;
    Ok(compiler::compile(&binary, &sandbox.offline, &sandbox.grants(), context)?)
}

/// Evaluates the policy for a build, and records the result if `--record` requests it.
pub(super) fn evaluate(
    args: &PlanArgs,
    build: &Build,
    policy: &Policy,
    context: &Context<'_>,
    reach: Reach,
) -> Result<Evaluation, Error> {
    compiler::warn_if_not_cached(policy, context.report);
    let lookup = Arc::new(RunLookups::new(context, args.region.as_ref(), build, reach));
    let options = SandboxOptions {
        limits: args.sandbox.limits(),
        allowed_secrets: args.sandbox.allowed_secrets(),
        lookup: Arc::clone(&lookup) as Arc<dyn LookupSource>,
    };
    let evaluation = policy.evaluate(build, context.environment, &options);
    // Without the fact the result is a consequence of the outage, whatever the policy made of it.
    if let Some(outage) = lookup.outage() {
        return Err(outage.into());
    }
    let evaluation = evaluation?;
    // A lookup beyond the limits of the operator ends the run, whatever the policy makes of its error.
    to_result(&evaluation.policy_name, lookup.violations())?;
    if let Some(path) = &args.record {
        record::write(path, build, &evaluation, args, context.environment)?;
    }
    Ok(evaluation)
}

/// Reports the policy's lookups, its output, the settings withheld from it, and those that are probably not meant as
/// they are.
pub(super) fn report_evaluation(evaluation: &Evaluation, report: &Report) {
    let policy = || evaluation.policy_name.clone();
    for lookup in &evaluation.lookups {
        report.emit(&Event::PolicyLookup { policy: policy(), lookup: lookup.clone() });
    }
    for line in limit_lines(&evaluation.output) {
        report.emit(&Event::PolicyOutput { policy: policy(), line });
    }
    for name in &evaluation.settings.withheld {
        report.emit(&Event::SettingWithheld { policy: policy(), name: name.clone() });
    }
    // The value is omitted: it may be a secret.
    for (name, _) in evaluation.settings.values.iter().filter(|(_, value)| is_quoted(value)) {
        let message = format!(
            "{name} begins and ends with a quotation mark, which is part of its value: no shell removed it; remove both \
             where {name} is set"
        );
        report.emit(&Event::Warning { message });
    }
    for (name, value) in evaluation.settings.values.iter().filter(|(_, value)| is_empty_list(value)) {
        let value = abbreviate(value);
        let message = format!(
            "{name} contains separators only (`{value}`), so it lists nothing; correct it where {name} is set"
        );
        report.emit(&Event::Warning { message });
    }
}

/// Whether a value is a list without an item: separators, as if the variables between them were not set.
fn is_empty_list(value: &str) -> bool {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | ':');
    value.chars().all(is_separator) && !value.trim().is_empty()
}

/// Whether a value is in quotation marks, as if a shell were to read it. CI systems and files of variables pass them on.
fn is_quoted(value: &str) -> bool {
    ['"', '\''].into_iter().any(|mark| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark))
}

/// How many lines of a policy's output are shown: some CI systems stop a job whose log grows too long.
const SHOWN_LINES: usize = 200;

/// The first lines of a policy's output, and a line with the number of the others.
fn limit_lines(output: &[String]) -> impl Iterator<Item = String> {
    let more = output.len().saturating_sub(SHOWN_LINES);
    let more = (more > 0).then(|| format!("… {} more lines", thousands(more)));
    output.iter().take(SHOWN_LINES).cloned().chain(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_separators_alone_is_an_empty_list() {
        for (value, expected) in [
            (",,,", true),
            (" , ;\n", true),
            ("|", true),
            (" ", false),
            ("a,", false),
            (".", false),
            ("/", false),
        ] {
            assert_eq!(is_empty_list(value), expected, "{value}");
        }
    }

    #[test]
    fn a_value_is_quoted_if_the_same_mark_begins_and_ends_it() {
        for (value, expected) in [
            ("\"a b\"", true),
            ("'a'", true),
            ("\"\"", true),
            ("\"", false),
            ("\"a'", false),
            ("a\"b\"", false),
        ] {
            assert_eq!(is_quoted(value), expected, "{value}");
        }
    }

    #[test]
    fn long_output_ends_with_the_number_of_lines_left_out() {
        let lines = |count: usize| -> Vec<String> { (0..count).map(|line| line.to_string()).collect() };
        assert_eq!(limit_lines(&lines(SHOWN_LINES)).count(), SHOWN_LINES);
        let shown: Vec<String> = limit_lines(&lines(4000)).collect();
        assert_eq!((shown.len(), shown.last().map(String::as_str)), (201, Some("… 3,800 more lines")));
    }
}
