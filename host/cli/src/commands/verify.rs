//! `ecs-host verify`: everything that a deployment of this build requires, and what of it is missing.

use model::event::EventSink as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::decide::{self, LoadedInputs};
use super::evaluation::report_evaluation;
use super::guards::Guards;
use super::lookups::Reach;
use super::review::{ReviewRequest, review_plan};
use super::{Context, Error, block_on};
use crate::cli::{PlanArgs, RunArgs};
use crate::output::number::thousands;
use crate::output::{finding_text, review_text};
use crate::preflight::{self, CheckedImages, PreflightInput};
use aws::Aws;
use model::build::Build;
use model::check::{Check, CheckState};
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::exit::Exit;
use model::plan::{Plan, Stamp};
use model::review::{Finding, PolicyIdentity};
use sandbox::{Evaluation, Policy};

/// Reports every check and changes nothing.
pub(super) fn verify(run: &RunArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let args = &run.plan;
    let LoadedInputs { build, policy } = decide::load_inputs(args, context)?;

    let exit = Cell::new(Exit::Success);
    let failures = Failures::default();
    let emit = |check: Check| {
        if check.state == CheckState::Failed && exit.get() == Exit::Success {
            exit.set(Exit::Preflight);
        }
        if failures.is_printed(&check) {
            context.report.emit(&Event::CheckFinished(check));
        }
    };
    let outcome = match policy.and_then(|policy| check_policy(args, &build, &policy, context, &emit)) {
        Ok(outcome) => outcome,
        Err(error) => {
            // A policy that rejects the build, or breaks, has an exit code of its own.
            let name = if error.exit() == Exit::Rejected { "decision" } else { "policy" };
            emit(Check::failed(name, error.to_string()));
            exit.set(error.exit());
            PolicyOutcome::Error
        }
    };
    let guards = load_guards(args, context, &emit, &exit);
    block_on(async {
        let plan = check_aws_and_docker(run, &build, &outcome, context, &emit, &exit).await;
        if let (Some(guards), PolicyOutcome::Deploy(_, policy)) = (&guards, &outcome) {
            check_reviews(guards, plan, (run, &build, policy), context, &emit, &exit).await;
        }
        for check in failures.rest() {
            context.report.emit(&Event::CheckFinished(check));
        }
        Ok(exit.get())
    })
}

/// Loads the guards, which checks that each is one, is the pinned one, and has the settings that it requires.
fn load_guards(
    args: &PlanArgs,
    context: &Context<'_>,
    emit: &impl Fn(Check),
    exit: &Cell<Exit>,
) -> Option<Guards> {
    match Guards::load(&args.sandbox.offline.compiler, context) {
        Ok(guards) => Some(guards),
        Err(error) => {
            emit(Check::failed("guards", error.to_string()));
            exit.set(error.exit());
            None
        }
    }
}

/// Has the guards review the plan, as a run does. Without a plan, there is nothing to review.
async fn check_reviews(
    guards: &Guards,
    plan: Option<Plan>,
    (run, build, policy): (&RunArgs, &Build, &PolicyIdentity),
    context: &Context<'_>,
    emit: &impl Fn(Check),
    exit: &Cell<Exit>,
) {
    let Some(mut plan) = plan else {
        let skipped =
            |name: String| emit(Check::skipped(name, "nothing to review, because no plan was made"));
        return guards.names().map(|name| format!("guard {name}")).for_each(skipped);
    };
    if let Err(error) =
        review_plan(guards, &mut plan, ReviewRequest::of_run(run, build, policy), context).await
    {
        exit.set(error.exit());
        return emit(Check::failed("guards", error.to_string()));
    }
    for review in &plan.reviews {
        let name = format!("guard {}", review.guard);
        let denials: Vec<&Finding> = review.denials().collect();
        if denials.is_empty() {
            emit(Check::ok(name.as_str(), review_text(review)));
        }
        for finding in denials {
            // A run ends with this code.
            exit.set(Exit::Rejected);
            emit(Check::failed(name.as_str(), finding_text(finding)));
        }
    }
}

/// The most failed checks of one kind that are printed. The number of all depends on the policy.
const PRINTED_FAILURES: usize = 30;

/// The number of failed checks by kind, the first word of a check's name, such as `service`.
#[derive(Default)]
struct Failures(RefCell<BTreeMap<String, usize>>);

impl Failures {
    fn is_printed(&self, check: &Check) -> bool {
        if check.state != CheckState::Failed {
            return true;
        }
        let kind = check.name.split(' ').next().unwrap_or_default().to_owned();
        let mut counts = self.0.borrow_mut();
        let count = counts.entry(kind).or_default();
        *count += 1;
        *count <= PRINTED_FAILURES
    }

    /// A check for each kind that has more failures than were printed.
    fn rest(&self) -> Vec<Check> {
        let more = |(kind, count): (&String, &usize)| {
            let more = count.checked_sub(PRINTED_FAILURES).filter(|more| *more > 0)?;
            Some(Check::failed(kind.clone(), format!("{} more checks failed", thousands(more))))
        };
        self.0.borrow().iter().filter_map(more).collect()
    }
}

/// What the policy returned.
enum PolicyOutcome {
    Deploy(Deployment, PolicyIdentity),
    Skip,
    Error,
}

/// Evaluates the policy and checks its settings and decision.
fn check_policy(
    args: &PlanArgs,
    build: &Build,
    policy: &Policy,
    context: &Context<'_>,
    emit: &impl Fn(Check),
) -> Result<PolicyOutcome, Error> {
    let (evaluation, warnings) = decide::evaluate(args, build, policy, context, Reach::AwsAndCheckout)?;
    if let Some(manifest) = &evaluation.manifest {
        emit(Check::ok(
            "policy",
            format!("{} {}, {}", manifest.name, manifest.version, policy.component.source),
        ));
    }
    report_evaluation(&evaluation, build, warnings, context.report);
    check_settings(&evaluation, emit);
    let identity = decide::policy_identity(&evaluation, policy);
    let decision = evaluation.decision?;
    decide::check_decision(&identity.name, &decision, context)?;
    match decision {
        Decision::Skip { reason } => {
            emit(Check::skipped("decision", format!("the policy skips this build: {reason}")));
            Ok(PolicyOutcome::Skip)
        }
        Decision::Deploy(deployment) => {
            let (images, targets) = (deployment.images.len(), deployment.targets.len());
            emit(Check::ok("decision", format!("deploy; images: {images}, targets: {targets}")));
            Ok(PolicyOutcome::Deploy(deployment, identity))
        }
    }
}

/// Checks the settings that the policy requires.
fn check_settings(evaluation: &Evaluation, emit: &impl Fn(Check)) {
    let declared = evaluation.manifest.iter().flat_map(|manifest| &manifest.settings);
    let is_set = |name: &str| {
        let mut names = evaluation.settings.values.iter().map(|(name, _)| name);
        match name.strip_suffix('*') {
            Some(prefix) => names.any(|own| own.starts_with(prefix)),
            None => names.any(|own| own == name),
        }
    };
    let required: Vec<_> = declared.filter(|setting| setting.required).collect();
    let missing: Vec<_> = required.iter().filter(|setting| !is_set(&setting.name)).collect();
    for setting in &missing {
        let detail = format!("not set, and the policy requires it: {}", setting.description);
        emit(Check::failed(format!("setting {}", setting.name), detail));
    }
    if missing.is_empty() && !required.is_empty() {
        let detail = match required.len() {
            1 => "the one that the policy requires is set".to_owned(),
            count => format!("all {count} that the policy requires are set"),
        };
        emit(Check::ok("settings", detail));
    }
}

/// Checks everything that requires AWS or docker.
async fn check_aws_and_docker(
    run: &RunArgs,
    build: &Build,
    outcome: &PolicyOutcome,
    context: &Context<'_>,
    emit: &impl Fn(Check),
    exit: &Cell<Exit>,
) -> Option<Plan> {
    let args = &run.plan;
    // Only a skipped build certainly requires no docker.
    let check_docker = async || {
        if !matches!(outcome, PolicyOutcome::Skip) {
            emit(preflight::check_docker(&args.builder.docker, context.guard_program).await);
        }
    };
    let aws = match Aws::configure(context.environment, args.region.as_ref(), context.identity.as_ref()).await
    {
        Ok(aws) => aws,
        Err(error) => {
            emit(Check::failed(error.operation, error.to_string()));
            check_docker().await;
            emit(Check::skipped("AWS", "not checked, because the check above failed"));
            return None;
        }
    };
    let deployment = match outcome {
        PolicyOutcome::Deploy(deployment, _) => Some(deployment),
        PolicyOutcome::Skip | PolicyOutcome::Error => None,
    };
    let violations = deployment
        .map(|deployment| context.confinement.check_run_region(deployment, &aws.region))
        .unwrap_or_default();
    match violations.first() {
        Some(violation) => {
            // A run ends with this code before it reads anything.
            exit.set(Exit::Rejected);
            emit(Check::failed("region", violation.clone()));
        }
        None => emit(Check::ok("region", aws.region.as_str())),
    }
    let places = preflight::check_places(&aws, deployment, emit).await;
    let PolicyOutcome::Deploy(deployment, policy) = outcome else {
        check_docker().await;
        emit(Check::skipped("images and targets", "there are none without a decision to deploy"));
        return None;
    };
    let stamp = &Stamp::new(build, &policy.name, policy.digest.as_str());
    let publisher = context.publisher(args, &aws);
    let images =
        CheckedImages::check(&publisher, &deployment.images, (&build.commit, args.rebuild), &places, emit)
            .await;
    let input = PreflightInput {
        deployment,
        stamp,
        options: &run.plan_options(),
        rollout: &run.rollout.flags(),
        region: &aws.region,
    };
    preflight::check_targets(input, &images, &places, emit).await
}
