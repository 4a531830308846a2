//! Deregistering old revisions of a family, where that is asked for: never one
//! that a service has, or that a rollback needs.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service;

use super::family::family;
use super::{Ecs, Paging, Retry, SERVICES_PER_CALL, history};
use crate::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::event::Event;
use model::event::EventSink;

/// How many revisions one run deregisters: a rate of one a second would hold
/// up a build for long where a family has thousands. The next run goes on.
const MOST: usize = 100;

/// Families, each with what the targets of a run took the place of: ECS may not
/// remember that, where it has no service deployments.
pub(super) type Families<'t> = BTreeMap<&'t str, BTreeSet<String>>;

/// Deregisters the revisions of some families beyond the newest `keep`. What
/// fails is told and changes no verdict: the targets are deployed.
pub(super) async fn deregister(ecs: &Ecs, families: &Families<'_>, keep: usize, events: &dyn EventSink) {
    match removed(ecs, families, keep, events).await {
        Ok(task_definitions) if task_definitions.is_empty() => {}
        Ok(task_definitions) => events.emit(&Event::RevisionsDeregistered { task_definitions }),
        Err(error) => {
            events.emit(&Event::Warning { message: format!("old revisions were not deregistered: {error}") });
        }
    }
}

async fn removed(
    ecs: &Ecs,
    families: &Families<'_>,
    keep: usize,
    events: &dyn EventSink,
) -> Result<Vec<String>, AwsError> {
    let mut old = Vec::new();
    for (family, replaced) in families {
        let (mut revisions, mut active) = (ecs.list_task_definitions(family), Vec::new());
        while let Some(arns) = revisions.next().await? {
            active.extend(arns.iter().map(ToString::to_string));
        }
        old.extend(beyond(active, keep).into_iter().filter(|arn| !replaced.contains(arn)));
    }
    if old.is_empty() {
        return Ok(old);
    }
    // A family may be run by services of any cluster, not only by those that
    // this build deployed.
    let needed = needed(ecs, families).await?;
    let mut removed = Vec::new();
    for arn in old.into_iter().filter(|arn| !needed.contains(arn)).take(MOST) {
        match ecs.deregister_task_definition(&arn).await {
            Ok(()) => removed.push(arn),
            Err(error) => {
                events.emit(&Event::Warning { message: error.to_string() });
                break;
            }
        }
    }
    Ok(removed)
}

/// The revisions after the newest `keep`. The one before the newest is what a
/// rollback goes to, and stays in any case.
fn beyond(newest_first: Vec<String>, keep: usize) -> Vec<String> {
    newest_first.into_iter().skip(keep.max(2)).collect()
}

/// Every task definition that a deployment of any service has, and those that
/// the services' latest successful deployments before them had: ECS rolls back
/// to those.
async fn needed(ecs: &Ecs, families: &Families<'_>) -> Result<BTreeSet<String>, AwsError> {
    let mut needed = BTreeSet::new();
    for cluster in ecs.list_clusters(Paging::All).await? {
        let services = ecs.list_services(&cluster, Paging::All).await?;
        let names: Vec<String> = services.into_iter().map(|service| service.name).collect();
        for names in names.chunks(SERVICES_PER_CALL) {
            for service in &ecs.describe_services(&cluster, names, Retry::ByCaller).await? {
                if service.task_definition().is_some_and(|arn| families.contains_key(family(arn).as_str())) {
                    needed.extend(gone_back_to(ecs, service).await?);
                }
                needed.extend(service.task_definition().map(str::to_owned));
                let deployments = service.deployments().iter();
                needed.extend(deployments.filter_map(|d| d.task_definition()).map(str::to_owned));
                // Services that CodeDeploy or others deploy have task sets instead.
                let sets = service.task_sets().iter();
                needed.extend(sets.filter_map(|set| set.task_definition()).map(str::to_owned));
            }
        }
    }
    Ok(needed)
}

/// What the two latest successful service deployments of a service rolled out. An
/// endpoint that does not offer them, does not go back to them either.
async fn gone_back_to(ecs: &Ecs, service: &Service) -> Result<Vec<String>, AwsError> {
    let name = ServiceName {
        cluster: service.cluster_arn.clone().unwrap_or_default(),
        service: service.service_name.clone().unwrap_or_default(),
    };
    let mut latest = Vec::new();
    let asked = history::find_successful(ecs, &name, |good| {
        latest.push(good.task_definition.to_owned());
        latest.len() == 2
    });
    match asked.await {
        Err(error) if error.is_unsupported() && error.kind != ErrorKind::Permission => Ok(Vec::new()),
        asked => asked.map(|_| latest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rollback_goes_to_is_never_beyond() {
        let arns = |numbers: std::ops::RangeInclusive<u32>| -> Vec<String> {
            numbers.rev().map(|number| format!("web:{number}")).collect()
        };
        assert_eq!(beyond(arns(1..=5), 3), arns(1..=2));
        assert_eq!(beyond(arns(1..=5), 0), arns(1..=3));
        assert_eq!(beyond(arns(1..=1), 1), Vec::<String>::new());
    }
}
