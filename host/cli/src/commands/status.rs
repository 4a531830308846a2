//! `ecs-host status`: what services run, since when, and which build it came from.

use super::run_to_end;
use crate::cli::StatusArgs;
use crate::output::Report;
use aws::Aws;
use aws::ecs::status::{Known, Subject, read};
use model::Environment;
use model::event::Event;
use model::event::EventSink as _;
use model::exit::Exit;

/// Shows services; those that can't be read don't keep the others from it.
pub(super) fn status(args: &StatusArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    run_to_end(async {
        let named = args.subjects.iter().filter_map(|asked| asked.region.as_ref());
        let region = super::region(args.place.region.as_ref(), named)?;
        let aws = Aws::connect(environment, region).await?;
        let place = args.place.of(&aws);
        let ecs = aws::ecs::Ecs::connect(&aws, &place).await;
        let mut exit = Exit::Success;
        let subjects: Vec<&Subject> = args.subjects.iter().map(|asked| &asked.subject).collect();
        for known in read(&ecs, &place, &aws.region, &subjects).await {
            match known {
                Known::Service(status) => report.emit(&Event::ServiceDescribed(status)),
                Known::Empty(cluster) => {
                    let message = format!("cluster `{cluster}` in {} has no services", place.region);
                    report.emit(&Event::Warning { message });
                }
                Known::Unread { subject, reason } => {
                    report.emit(&Event::StatusUnavailable { subject, reason });
                    exit = Exit::Preflight;
                }
            }
        }
        Ok(exit)
    })
}
