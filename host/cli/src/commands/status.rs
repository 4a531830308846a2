//! `ecs-host status`: what services run, since when, and from which build.

use super::{Context, Error, block_on, region};
use crate::cli::StatusArgs;
use aws::Aws;
use aws::ecs::Ecs;
use aws::ecs::status::{StatusResult, StatusSubject, read};
use model::event::Event;
use model::event::EventSink as _;
use model::exit::Exit;

/// Reports services. One that cannot be read does not keep the others from being reported.
pub(super) fn status(args: &StatusArgs, context: &Context<'_>) -> Result<Exit, Error> {
    block_on(async {
        let arns = args.subjects.iter().filter_map(|subject| subject.region.as_ref());
        let region = region::resolve(args.place.region.as_ref(), arns)?;
        let aws = Aws::configure(context.environment, region).await?;
        let place = args.place.to_place(&aws.region);
        let ecs = Ecs::client_for(&aws, &place).await;
        let mut exit = Exit::Success;
        let subjects: Vec<&StatusSubject> = args.subjects.iter().map(|subject| &subject.subject).collect();
        for result in read(&ecs, &place, &aws.region, &subjects).await {
            match result {
                StatusResult::Service(status) => context.report.emit(&Event::ServiceDescribed(status)),
                StatusResult::Trigger(status) => context.report.emit(&Event::TriggerDescribed(status)),
                StatusResult::EmptyCluster(cluster) => {
                    let message = format!("cluster `{cluster}` in {} has no services", place.region);
                    context.report.emit(&Event::Warning { message });
                }
                StatusResult::Unavailable { subject, reason } => {
                    context.report.emit(&Event::StatusUnavailable { subject, reason });
                    exit = Exit::Preflight;
                }
            }
        }
        Ok(exit)
    })
}
