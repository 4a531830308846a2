//! `ecs-host status`: what services run, since when, and which build it came from.

use super::run_to_end;
use crate::aws::Aws;
use crate::ci::Environment;
use crate::cli::StatusArgs;
use crate::ecs::status::{Known, read};
use crate::report::{Event, Exit, Report};

/// Shows services; those that can't be read don't keep the others from it.
pub(super) fn status(args: &StatusArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    run_to_end(async {
        let aws = Aws::connect(environment, args.place.region.as_ref()).await?;
        let place = args.place.of(&aws);
        let ecs = aws.ecs(&place).await;
        let mut exit = Exit::Success;
        for known in read(&ecs, &place, &aws.region, &args.subjects).await {
            match known {
                Known::Service(status) => report.emit(&Event::Service(status)),
                Known::Empty(cluster) => {
                    let message = format!("cluster `{cluster}` in {} has no services", place.region);
                    report.emit(&Event::Warning { message });
                }
                Known::Unread(reason) => {
                    report.emit(&Event::Unread { reason });
                    exit = Exit::Preflight;
                }
            }
        }
        Ok(exit)
    })
}
