//! `ecs-host plan`: stages 1 to 3, which change nothing.

use model::event::EventSink as _;

use super::decide::decide;
use super::{Context, Error, block_on};
use crate::cli::PlanArgs;
use crate::facts;
use aws::Aws;
use aws::ecs;
use model::event::Event;
use model::exit::Exit;
use model::plan::{Plan, PlanInput};

/// Reports what a run would do.
pub(super) fn plan(args: &PlanArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let Some(decision) = decide(args, context)? else { return Ok(Exit::Success) };
    let deployment = &decision.deployment;
    block_on(async {
        let aws = Aws::configure(context.environment, args.region.as_ref()).await?;
        let publisher = context.publisher(args, &aws);
        let places = facts::connect_places(&aws, deployment).await;
        let images = publisher.facts(&deployment.images, &decision.build.commit);
        let targets = ecs::read::read_targets(&places, deployment, &aws.region);
        let (images, targets) = tokio::try_join!(images, targets)?;
        let facts = facts::assemble(&aws.region, deployment, images, targets);
        let plan = Plan::new(PlanInput {
            deployment,
            facts: &facts,
            stamp: &decision.stamp,
            options: &args.options(),
        })?;
        let commands = publisher.commands(&plan.images)?;
        context.report.emit(&Event::PlanCreated { plan, commands, dry_run: true });
        Ok(Exit::Success)
    })
}
