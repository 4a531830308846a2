//! `ecs-host status`: what services run, since when, and from which build.

mod readings;

use super::{Context, Error, block_on, region, signals};
use crate::cli::StatusArgs;
use crate::output::FleetLayout;
use aws::Aws;
use aws::ecs::Ecs;
use aws::ecs::status::{Revisions, StatusResult, StatusSubject, list_clusters, read};
use model::event::{Event, EventSink as _};
use model::exit::Exit;
use model::names::{Place, Region};
use readings::Readings;

/// What a failed list of clusters is about, in place of a name of the command line.
const ALL_CLUSTERS: &str = "--all";

/// Reports services, once or until a signal. One that cannot be read does not keep the others from being reported.
pub(super) fn status(args: &StatusArgs, context: &Context<'_>) -> Result<Exit, Error> {
    block_on(async {
        let named = args.subjects.iter().chain(&args.clusters);
        let region = region::resolve(args.place.region.as_ref(), named.filter_map(|it| it.region.as_ref()))?;
        let aws = Aws::configure(context.environment, region, context.identity.as_ref()).await?;
        let place = args.place.to_place(&aws.region);
        let ecs = Ecs::client_for(&aws, &place).await;
        let reader = Reader { ecs: &ecs, place: &place, own: &aws.region, args };
        if !args.watch {
            return report_once(&reader, context).await;
        }
        let exit = tokio::select! {
            biased;
            signal = signals::first() => signal?,
            exit = watch(&reader, context) => exit,
        };
        context.report.end_fleet();
        Ok(exit)
    })
}

/// What reads the services of a command line.
struct Reader<'a> {
    ecs: &'a Ecs,
    place: &'a Place,
    /// The region that names do not mention.
    own: &'a Region,
    args: &'a StatusArgs,
}

impl Reader<'_> {
    /// Whether the command line names what is read, and not the list of clusters.
    fn names_clusters(&self) -> bool {
        !self.args.all || !self.args.clusters.is_empty()
    }

    /// Reads every service once.
    async fn read(&self, revisions: &mut Revisions) -> Vec<StatusResult> {
        let named = self.args.subjects.iter().chain(&self.args.clusters);
        let mut subjects: Vec<StatusSubject> = named.map(|it| it.subject.clone()).collect();
        if subjects.is_empty() {
            match list_clusters(self.ecs).await {
                Ok(clusters) => subjects = clusters,
                Err(error) => {
                    let reason = format!("{error}; `--cluster NAME` needs no list of them");
                    return vec![StatusResult::Unavailable { subject: ALL_CLUSTERS.to_owned(), reason }];
                }
            }
        }
        let subjects: Vec<&StatusSubject> = subjects.iter().collect();
        read(self.ecs, self.place, self.own, &subjects, revisions).await
    }
}

async fn report_once(reader: &Reader<'_>, context: &Context<'_>) -> Result<Exit, Error> {
    let report = context.report;
    if reader.args.all {
        report.show_fleet(FleetLayout::Table, false);
    }
    let mut readings = Readings::new(reader.names_clusters());
    for event in readings.update(reader.read(&mut Revisions::default()).await, reader.place) {
        // The services that were named need no count.
        if reader.args.all || !matches!(event, Event::ServicesCounted(_)) {
            report.emit(&event);
        }
    }
    report.draw_fleet();
    Ok(if readings.is_complete() { Exit::Success } else { Exit::Preflight })
}

/// Reads again and again, until nobody reads the output any more. Then the exit code is that of the last reading.
async fn watch(reader: &Reader<'_>, context: &Context<'_>) -> Exit {
    let report = context.report;
    report.show_fleet(if reader.args.all { FleetLayout::Table } else { FleetLayout::Details }, true);
    let (mut readings, mut revisions) = (Readings::new(reader.names_clusters()), Revisions::default());
    loop {
        let results = reader.read(&mut revisions).await;
        readings.update(results, reader.place).iter().for_each(|event| report.emit(event));
        report.draw_fleet();
        report.wait_for_room().await;
        if report.is_unread() {
            return if readings.is_complete() { Exit::Success } else { Exit::Preflight };
        }
        tokio::time::sleep(reader.args.poll).await;
    }
}
