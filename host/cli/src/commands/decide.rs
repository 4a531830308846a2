//! Stages 1 and 2, build and decision, which every verb about a build shares.

use model::event::EventSink as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::evaluation::report_evaluation;
use super::lookups::{Reach, RunLookups};
use super::policy::PolicySelection;
use super::{Context, Error, compiler, record};
use crate::ci;
use crate::cli::PlanArgs;
use model::Environment;
use model::build::{Build, PartialBuild};
use model::confinement::ConfinementError;
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::exit::Exit;
use model::names::Region;
use model::plan::Stamp;
use model::review::PolicyIdentity;
use model::secret::MIN_GRANTED_LEN;
use model::text::printable;
use sandbox::cases;
use sandbox::{ComponentKind, Evaluation, LookupSource, Policy, SandboxOptions};

/// A build and the deployment that the policy returned for it.
pub(super) struct DeployDecision {
    pub(super) build: Build,
    pub(super) deployment: Deployment,
    pub(super) stamp: Stamp,
    pub(super) policy: PolicyIdentity,
}

impl DeployDecision {
    /// Checks that the run may deploy to its own region, if a target is in it.
    pub(super) fn check_region(
        &self,
        region: &Region,
        context: &Context<'_>,
    ) -> Result<(), ConfinementError> {
        let violations = context.confinement.check_run_region(&self.deployment, region);
        to_result(&self.policy.name, violations)
    }
}

fn to_result(policy: &str, violations: Vec<String>) -> Result<(), ConfinementError> {
    let component = format!("policy `{policy}`");
    if violations.is_empty() { Ok(()) } else { Err(ConfinementError { component, violations }) }
}

/// Resolves the build and evaluates the policy. Returns `None` if the policy skips the build.
pub(super) fn decide(args: &PlanArgs, context: &Context<'_>) -> Result<Option<DeployDecision>, Error> {
    let (decision, build, policy) = evaluate_build(args, context, Reach::AwsAndCheckout)?;
    let Decision::Deploy(deployment) = decision else { return Ok(None) };
    let stamp = Stamp::new(&build, &policy.name, policy.digest.as_str());
    Ok(Some(DeployDecision { build, deployment, stamp, policy }))
}

/// `ecs-host decide`: prints what the policy returns, and calls neither AWS nor docker.
pub(super) fn print_decision(args: &PlanArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let (decision, ..) = evaluate_build(args, context, Reach::Checkout)?;
    if !args.json && matches!(decision, Decision::Deploy(_)) {
        context.report.write_result(&cases::decision_text(&decision));
    }
    Ok(Exit::Success)
}

/// Resolves the build, evaluates the policy, and reports its decision. Returns the decision, the build and the policy.
fn evaluate_build(
    args: &PlanArgs,
    context: &Context<'_>,
    reach: Reach,
) -> Result<(Decision, Build, PolicyIdentity), Error> {
    let report = context.report;
    let LoadedInputs { build, policy } = load_inputs(args, context)?;
    let policy = policy?;
    let (evaluation, warnings) = evaluate(args, &build, &policy, context, reach)?;
    // A policy that rejects the build, or breaks, is reported too if it returned its manifest before.
    if let Some(manifest) = &evaluation.manifest {
        report.emit(&Event::PolicyLoaded {
            name: evaluation.policy_name.clone(),
            version: manifest.version.clone(),
            source: policy.component.source.clone(),
            digest: policy.component.digest.to_string(),
            settings: evaluation.settings.values.iter().map(|(name, _)| name.clone()).collect(),
            fuel: evaluation.fuel,
        });
    }
    report_evaluation(&evaluation, &build, warnings, report);
    let identity = policy_identity(&evaluation, &policy);
    let decision = evaluation.decision?;
    check_decision(&identity.name, &decision, context)?;
    report.emit(&Event::DecisionMade(decision.clone()));
    Ok((decision, build, identity))
}

/// The policy of an evaluation.
pub(super) fn policy_identity(evaluation: &Evaluation, policy: &Policy) -> PolicyIdentity {
    PolicyIdentity {
        name: evaluation.policy_name.clone(),
        version: evaluation.manifest.as_ref().map(|manifest| manifest.version.clone()).unwrap_or_default(),
        digest: policy.component.digest.clone(),
        source: policy.component.source.to_text(),
        settings: evaluation.settings.values.clone(),
    }
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
    record::check_paths(args)?;
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
    let binary = selection.fetch(&sandbox.offline.compiler, context)?;
    let compiler = compiler::with_cache(&sandbox.offline.compiler, context);
    Ok(Policy::compile(&binary, &compiler, &sandbox.grants(), &sandbox.offline.compiler.limits())?)
}

/// Evaluates the policy for a build, and records the result if `--record` requests it. Returns the evaluation, and the
/// warnings about what the policy looked up.
pub(super) fn evaluate(
    args: &PlanArgs,
    build: &Build,
    policy: &Policy,
    context: &Context<'_>,
    reach: Reach,
) -> Result<(Evaluation, Vec<String>), Error> {
    compiler::warn_if_not_cached(&policy.component, context.report);
    let lookup = Arc::new(RunLookups::new(
        context,
        args.region.as_ref(),
        Some(&build.commit),
        reach,
        ComponentKind::Policy,
    ));
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
    Ok((evaluation, lookup.differing_files()))
}
