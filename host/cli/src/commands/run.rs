//! `ecs-host run`: all five stages.

use model::event::EventSink as _;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::decide::{DeployDecision, decide};
use super::guards::Guards;
use super::review::{ReviewRequest, check_denials, review_plan};
use super::{Context, Error, block_on, signals};
use crate::cli::{Action, RunArgs};
use crate::facts;
use aws::Aws;
use aws::ecs;
use aws::ecs::Ecs;
use aws::ecs::engine::{Engine, TargetStates, cancel};
use aws::ecs::pauses::PauseRecorder;
use model::event::Event;
use model::exit::Exit;
use model::names::Place;
use model::plan::{Plan, PlanInput, TaskDefinition};

/// Deploys a build.
pub(super) fn run(args: &RunArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let Some(decision) = decide(&args.plan, context)? else { return Ok(Exit::Success) };
    let guards = Guards::load(&args.plan.sandbox.offline.compiler, context)?;
    until_signal(args.rollout.on_cancel, context, async |progress| {
        deploy(args, context, (&decision, &guards), progress).await
    })
}

/// How far a deployment is, for the end by a signal.
pub(super) struct Progress<'r> {
    pub(super) states: TargetStates,
    pub(super) places: OnceCell<BTreeMap<Place, Ecs>>,
    pub(super) pauses: PauseRecorder<'r>,
}

/// Deploys until the end or a signal. After a signal the rollouts that are in progress are left, or rolled back.
pub(super) fn until_signal(
    on_cancel: Action,
    context: &Context<'_>,
    deploy: impl AsyncFnOnce(&Progress<'_>) -> Result<Exit, Error>,
) -> Result<Exit, Error> {
    block_on(async {
        let progress = Progress {
            states: TargetStates::default(),
            places: OnceCell::new(),
            pauses: PauseRecorder::new(context.report),
        };
        let exit = tokio::select! {
            biased;
            // Dropping the work stops a docker that runs and removes the login.
            signal = signals::first() => signal?,
            exit = deploy(&progress) => return exit,
        };
        let second = signals::second(exit);
        let Progress { states, places, pauses } = &progress;
        cancel(states.without_verdict(), places.get(), on_cancel.into(), pauses, second).await;
        Ok(exit)
    })
}

async fn deploy(
    args: &RunArgs,
    context: &Context<'_>,
    (decision, guards): (&DeployDecision, &Guards),
    Progress { states, places, pauses }: &Progress<'_>,
) -> Result<Exit, Error> {
    let deployment = &decision.deployment;
    let stamp = decision.stamp.clone().with_guards(guards.stamps());
    let aws =
        Aws::configure(context.environment, args.plan.region.as_ref(), context.identity.as_ref()).await?;
    decision.check_region(&aws.region, context)?;
    let publisher = context.publisher(&args.plan, &aws);
    let clients = facts::clients_by_place(&aws, deployment).await;
    let places = places.get_or_init(|| clients);

    // The registry is read, the login made and the first build started while ECS is read; nothing is pushed before
    // the plan is valid.
    let prepare = async {
        let images = &deployment.images;
        let states = facts::read_images(&aws, images, &decision.build.commit, args.plan.rebuild).await?;
        let tags = facts::find_tag_conflicts(&aws, images, &states).await;
        // The plan reports the conflicts, and nothing is built for it.
        let to_prepare = if tags.conflicts.is_empty() { images.as_slice() } else { &[] };
        let preparation = publisher.prepare(to_prepare, &states).await?;
        Ok::<_, Error>((states, tags, preparation))
    };
    let targets = async { Ok::<_, Error>(ecs::read::read_targets(places, deployment, &aws.region).await?) };
    let ((images, tags, preparation), targets) = tokio::try_join!(prepare, targets)?;
    let build_problems = publisher.find_build_problems(&deployment.images, &images).await;
    let facts = facts::assemble(&aws.region, images, build_problems, tags, targets);
    context.report.add_secrets(facts.definitions().flat_map(TaskDefinition::secrets));
    let mut plan =
        Plan::new(PlanInput { deployment, facts: &facts, stamp: &stamp, options: &args.plan_options() })
            .inspect_err(|error| {
                context.report.emit(&Event::PlanRejected { problems: error.problems.clone() })
            })?;
    review_plan(guards, &mut plan, ReviewRequest::of_run(args, &decision.build, &decision.policy), context)
        .await?;
    let commands = publisher.commands(&plan.images, &decision.build.commit)?;
    context.report.emit(&Event::PlanCreated { plan: plan.clone(), commands, dry_run: false });
    check_denials(&plan.reviews)?;
    states.set_planned(&plan.targets);

    let digests = publisher.publish(&plan.images, &decision.build.commit, preparation).await?;
    let options = args.rollout.options(!guards.is_empty());
    let engine = Engine::new(&aws, places, digests, &options, states, pauses);
    Ok(engine.roll_out(&plan.targets).await)
}
