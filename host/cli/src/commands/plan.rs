//! `ecs-host plan`: stages 1 to 3, build, decision and plan, which change nothing.

use std::path::Path;

use model::event::EventSink as _;

use super::decide::decide;
use super::guards::Guards;
use super::review::{ReviewRequest, review_plan};
use super::{Context, Error, block_on, saved_plan};
use crate::ci::working_tree;
use crate::cli::RunArgs;
use crate::facts;
use aws::Aws;
use model::event::Event;
use model::exit::Exit;
use model::plan::{Plan, PlanInput, TaskDefinition};

/// Reports what a run would do.
pub(super) fn plan(run: &RunArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let args = &run.plan;
    let Some(decision) = decide(args, context)? else { return Ok(Exit::Success) };
    let deployment = &decision.deployment;
    let guards = Guards::load(&args.sandbox.offline.compiler, context)?;
    let stamp = decision.stamp.clone().with_guards(guards.stamps());
    let folder = args.out.as_ref().and_then(|_| working_tree::folder_in_repository(Path::new(".")));
    block_on(async {
        let aws =
            Aws::configure(context.environment, args.region.as_ref(), context.identity.as_ref()).await?;
        decision.check_region(&aws.region, context)?;
        let publisher = context.publisher(args, &aws);
        let places = facts::clients_by_place(&aws, deployment).await;
        let (images, tags, targets) =
            facts::read(&aws, &places, deployment, &decision.build.commit, args.rebuild).await?;
        let build_problems = publisher.find_build_problems(&deployment.images, &images).await;
        let facts = facts::assemble(&aws.region, images, build_problems, tags, targets);
        context.report.add_secrets(facts.definitions().flat_map(TaskDefinition::secrets));
        let mut plan =
            Plan::new(PlanInput { deployment, facts: &facts, stamp: &stamp, options: &run.plan_options() })
                .inspect_err(|error| {
                context.report.emit(&Event::PlanRejected { problems: error.problems.clone() })
            })?;
        review_plan(
            &guards,
            &mut plan,
            ReviewRequest::of_run(run, &decision.build, &decision.policy),
            context,
        )
        .await?;
        let commands = publisher.commands(&plan.images, &decision.build.commit)?;
        let saved = args
            .out
            .as_ref()
            .map(|_| saved_plan::of_run(run, &decision, &plan, folder.as_deref(), context))
            .transpose()?;
        context.report.emit(&Event::PlanCreated { plan, commands, dry_run: true });
        if let Some((path, saved)) = args.out.as_deref().zip(saved) {
            saved_plan::write(path, &saved, context.report)?;
        }
        Ok(Exit::Success)
    })
}
