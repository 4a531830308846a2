//! `ecs-host run`: all five stages.

use model::event::EventSink as _;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::decide::{Decided, decide};
use super::plan::{lacking, places, publisher};
use super::run_to_end;
use super::signals;
use crate::cli::RunArgs;
use crate::output::Report;
use aws::Aws;
use aws::ecs;
use aws::ecs::Ecs;
use aws::ecs::engine::{Engine, TargetStates, cancel};
use model::Environment;
use model::event::Event;
use model::exit::Exit;
use model::names::Place;
use model::plan::{Facts, Plan};

/// Deploys a build.
pub(super) fn run(args: &RunArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let Some(decided) = decide(&args.plan, environment, report)? else { return Ok(Exit::Success) };
    run_to_end(async {
        let (states, reached) = (TargetStates::default(), OnceCell::new());
        let exit = tokio::select! {
            biased;
            // Dropping the work ends a docker that runs and removes the login.
            signal = signals::first() => signal?,
            exit = deploy(args, environment, report, &decided, &states, &reached) => return exit,
            never = report.break_silence() => match never {},
        };
        cancel(states.open(), reached.get(), args.rollout.on_cancel.into(), report).await;
        Ok(exit)
    })
}

async fn deploy(
    args: &RunArgs,
    environment: &Environment,
    report: &Report,
    decided: &Decided,
    states: &TargetStates,
    reached: &OnceCell<BTreeMap<Place, Ecs>>,
) -> anyhow::Result<Exit> {
    let aws = Aws::connect(environment, args.plan.region.as_ref()).await?;
    let publisher = publisher(&args.plan, &aws, environment, report);
    let places = places(&aws, &decided.deployment).await;
    let places = reached.get_or_init(|| places);

    // The registry is asked, the login made and the first build begun while ECS
    // is read; nothing is pushed before the plan is known and valid.
    let prepare =
        async { anyhow::Ok(publisher.prepare(&decided.deployment.images, &decided.build.commit).await?) };
    let read = async { anyhow::Ok(ecs::read::facts(places, &decided.deployment, &aws.region).await?) };
    let (mut prepared, found) = tokio::try_join!(prepare, read)?;
    let facts = Facts {
        region: aws.region.clone(),
        images: std::mem::take(&mut prepared.facts),
        lacking: lacking(&decided.deployment),
        services: found.services,
        families: found.families,
    };
    let plan = Plan::new(&decided.deployment, &facts, &decided.stamp, &args.plan.options())?;
    let commands = publisher.commands(&plan.images)?;
    report.emit(&Event::PlanCreated { plan: plan.clone(), commands, dry: false });
    states.plan(&plan.targets);

    let digests = publisher.publish(&plan.images, prepared).await?;
    let options = args.rollout.options();
    let engine = Engine::new(places, digests, &options, states, report);
    Ok(engine.roll_out(&plan.targets).await)
}
