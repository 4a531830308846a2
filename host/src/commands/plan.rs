//! `ecs-host plan`: everything up to the plan, and nothing that changes anything.

use std::collections::BTreeSet;

use super::decide::decide;
use crate::aws::Aws;
use crate::ci::Environment;
use crate::cli::PlanArgs;
use crate::ecs;
use crate::image::Publisher;
use crate::plan::{Facts, Plan};
use crate::policy::Deployment;
use crate::policy::decision::{Destination, ServiceName};
use crate::report::{Event, Exit, Report};

/// Shows what a run would do.
pub(super) fn plan(args: &PlanArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let Some(decided) = decide(args, environment, report)? else { return Ok(Exit::Success) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let aws = Aws::connect(environment, args.region.as_ref()).await?;
        let publisher = publisher(args, &aws, environment, report);
        let (ecs, names) = (aws.ecs(&aws.place()).await, services(&decided.deployment));
        let images = publisher.facts(&decided.deployment.images, &decided.build.commit);
        let (images, services) = tokio::try_join!(images, ecs::read::services(&ecs.client, &names))?;
        let facts = Facts { region: aws.region.clone(), images, services };
        let plan = Plan::new(&decided.deployment, &facts, &decided.stamp)?;
        let commands = publisher.commands(&plan.images)?;
        report.emit(&Event::Plan { plan, commands, dry: true });
        Ok(Exit::Success)
    })
}

pub(super) fn publisher<'r>(
    args: &PlanArgs,
    aws: &'r Aws,
    environment: &'r Environment,
    report: &'r Report,
) -> Publisher<'r> {
    Publisher { aws, environment, program: args.docker.clone(), rebuild: args.rebuild, report }
}

/// The services that a deployment is for.
pub(super) fn services(deployment: &Deployment) -> BTreeSet<ServiceName> {
    let service = |destination: &Destination| match destination {
        Destination::Service(name) => Some(name.clone()),
        Destination::Family(_) => None,
    };
    deployment.targets.iter().filter_map(|target| service(&target.destination)).collect()
}
