//! Deregistration of a family's old revisions, which `--keep` enables. A revision that a service uses, that a
//! rollback needs, or that a rule or a schedule starts is never deregistered: ECS starts no task of an INACTIVE
//! revision.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service;

use super::family::family;
use super::{Ecs, Retry, SERVICES_PER_CALL, history};
use crate::error::{AwsError, ErrorKind};
use crate::pages::Paging;
use model::decision::ServiceName;
use model::event::{Event, EventSink};
use model::names::short_revision;

/// The maximum number of revisions that one run deregisters. ECS accepts one a second, so a family of thousands
/// would delay the build for long; the next run continues.
const MAX_DEREGISTRATIONS: usize = 100;

/// Families with the task definitions that the targets of this run replaced. ECS does not report those if it
/// does not offer service deployments.
pub(super) type Families<'t> = BTreeMap<&'t str, BTreeSet<String>>;

/// Deregisters the unused revisions of some families, except the newest `keep`. An error is a warning and does
/// not change a verdict: the targets are deployed.
pub(super) async fn deregister_old_revisions(
    ecs: &Ecs,
    families: &Families<'_>,
    keep: usize,
    events: &dyn EventSink,
) {
    match deregister(ecs, families, keep, events).await {
        Ok(task_definitions) if task_definitions.is_empty() => {}
        Ok(task_definitions) => events.emit(&Event::RevisionsDeregistered { task_definitions }),
        Err(error) => {
            events.emit(&Event::Warning { message: format!("old revisions were not deregistered: {error}") });
        }
    }
}

async fn deregister(
    ecs: &Ecs,
    families: &Families<'_>,
    keep: usize,
    events: &dyn EventSink,
) -> Result<Vec<String>, AwsError> {
    let mut candidates = Vec::new();
    for (family, replaced) in families {
        let (mut revisions, mut active) = (ecs.list_task_definitions(family), Vec::new());
        while let Some(arns) = revisions.next().await? {
            active.extend(arns.iter().map(ToString::to_string));
        }
        candidates.extend(skip_newest(active, keep).into_iter().filter(|arn| !replaced.contains(arn)));
    }
    if candidates.is_empty() {
        return Ok(candidates);
    }
    // A service of any cluster may use the family, not only those that this build deployed.
    let clusters = ecs.list_clusters(Paging::All).await?;
    let used = find_used_revisions(ecs, &clusters, families).await?;
    candidates.retain(|arn| !used.contains(arn));
    if candidates.is_empty() {
        return Ok(candidates);
    }
    match ecs.schedules().read_task_definitions(&clusters).await {
        Ok(started) => candidates.retain(|arn| !started.contains(short_revision(arn))),
        Err(error) => {
            let message = format!(
                "old revisions were not deregistered, because a rule or a schedule may start tasks of them: {error}"
            );
            events.emit(&Event::Warning { message });
            return Ok(Vec::new());
        }
    }
    let mut deregistered = Vec::new();
    for arn in candidates.into_iter().take(MAX_DEREGISTRATIONS) {
        match ecs.deregister_task_definition(&arn).await {
            Ok(()) => deregistered.push(arn),
            Err(error) => {
                events.emit(&Event::Warning { message: error.to_string() });
                break;
            }
        }
    }
    Ok(deregistered)
}

/// The revisions after the newest `keep`, but never the two newest: a rollback needs the previous one.
fn skip_newest(newest_first: Vec<String>, keep: usize) -> Vec<String> {
    newest_first.into_iter().skip(keep.max(2)).collect()
}

/// The task definitions of all deployments of all services, and those of the services' latest successful
/// deployments, to which ECS rolls back.
async fn find_used_revisions(
    ecs: &Ecs,
    clusters: &[String],
    families: &Families<'_>,
) -> Result<BTreeSet<String>, AwsError> {
    let mut used = BTreeSet::new();
    for cluster in clusters {
        let services = ecs.list_services(cluster, Paging::All).await?;
        let names: Vec<String> = services.into_iter().map(|service| service.name).collect();
        for names in names.chunks(SERVICES_PER_CALL) {
            for service in &ecs.describe_services(cluster, names, Retry::ByCaller).await? {
                if service.task_definition().is_some_and(|arn| families.contains_key(family(arn).as_str())) {
                    used.extend(find_rollback_revisions(ecs, service).await?);
                }
                used.extend(service.task_definition().map(str::to_owned));
                let deployments = service.deployments().iter();
                used.extend(deployments.filter_map(|d| d.task_definition()).map(str::to_owned));
                // A service with the deployment controller CODE_DEPLOY or EXTERNAL has task sets instead.
                let task_sets = service.task_sets().iter();
                used.extend(task_sets.filter_map(|set| set.task_definition()).map(str::to_owned));
            }
        }
    }
    Ok(used)
}

/// The task definitions of a service's two latest successful service deployments. An endpoint that does not offer
/// service deployments does not roll back to them either.
async fn find_rollback_revisions(ecs: &Ecs, service: &Service) -> Result<Vec<String>, AwsError> {
    let name = ServiceName {
        cluster: service.cluster_arn.clone().unwrap_or_default(),
        service: service.service_name.clone().unwrap_or_default(),
    };
    let mut latest = Vec::new();
    let search = history::find_successful(ecs, &name, |deployment| {
        latest.push(deployment.task_definition.to_owned());
        latest.len() == 2
    });
    match search.await {
        Err(error) if error.is_unsupported() && error.kind != ErrorKind::Permission => Ok(Vec::new()),
        result => result.map(|_| latest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_newest_revisions_are_never_deregistered() {
        let arns = |numbers: std::ops::RangeInclusive<u32>| -> Vec<String> {
            numbers.rev().map(|number| format!("web:{number}")).collect()
        };
        assert_eq!(skip_newest(arns(1..=5), 3), arns(1..=2));
        assert_eq!(skip_newest(arns(1..=5), 0), arns(1..=3));
        assert_eq!(skip_newest(arns(1..=1), 1), Vec::<String>::new());
    }
}
