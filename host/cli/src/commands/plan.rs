//! `ecs-host plan`: everything up to the plan, and nothing that changes anything.

use model::event::EventSink as _;
use std::collections::{BTreeMap, BTreeSet};

use super::decide::decide;
use super::run_to_end;
use crate::cli::PlanArgs;
use crate::docker::{Publisher, context};
use crate::output::Report;
use aws::Aws;
use aws::ecs;
use aws::ecs::Ecs;
use model::Environment;
use model::decision::Deployment;
use model::decision::Image;
use model::event::Event;
use model::exit::Exit;
use model::names::Place;
use model::plan::{Facts, Plan};

/// Shows what a run would do.
pub(super) fn plan(args: &PlanArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let Some(decided) = decide(args, environment, report)? else { return Ok(Exit::Success) };
    run_to_end(async {
        let aws = Aws::connect(environment, args.region.as_ref()).await?;
        let publisher = publisher(args, &aws, environment, report);
        let places = places(&aws, &decided.deployment).await;
        let images = publisher.facts(&decided.deployment.images, &decided.build.commit);
        let read = ecs::read::facts(&places, &decided.deployment, &aws.region);
        let (images, found) = tokio::try_join!(images, read)?;
        let (services, families) = (found.services, found.families);
        let lacking = lacking(&decided.deployment);
        let facts = Facts { region: aws.region.clone(), images, lacking, services, families };
        let plan = Plan::new(&decided.deployment, &facts, &decided.stamp, &args.options())?;
        let commands = publisher.commands(&plan.images)?;
        report.emit(&Event::PlanCreated { plan, commands, dry: true });
        Ok(Exit::Success)
    })
}

/// What building each image lacks here.
pub(super) fn lacking(deployment: &Deployment) -> BTreeMap<String, String> {
    let lacks = |image: &Image| Some((image.name.clone(), context::lacks(image)?));
    deployment.images.iter().filter_map(lacks).collect()
}

pub(super) fn publisher<'r>(
    args: &PlanArgs,
    aws: &'r Aws,
    environment: &'r Environment,
    report: &'r Report,
) -> Publisher<'r> {
    Publisher { aws, environment, program: args.docker.clone(), rebuild: args.rebuild, report }
}

/// ECS in every place that a deployment has a target in.
pub(super) async fn places(aws: &Aws, deployment: &Deployment) -> BTreeMap<Place, Ecs> {
    let places: BTreeSet<Place> = deployment.targets.iter().map(|target| target.place(&aws.region)).collect();
    let mut ecs = BTreeMap::new();
    for place in places {
        ecs.insert(place.clone(), aws::ecs::Ecs::connect(&aws, &place).await);
    }
    ecs
}
