//! The status of services, read with few calls.

mod clusters;
mod histories;
mod revisions;
mod subject;
mod trigger;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};

use super::{Ecs, Retry, SERVICES_PER_CALL};
use crate::error::{AwsError, ErrorKind};
use crate::pages::Paging;
pub use clusters::list_clusters;
use histories::Histories;
use model::decision::{Destination, ServiceName, TriggerName};
use model::names::{Place, Region, ServiceArn};
use model::plan::TargetName;
use model::status::{ServiceStatus, TriggerStatus};
pub use revisions::Revisions;
pub use subject::{InRegion, StatusSubject};
use trigger::read_trigger_status;
use view::status;

/// The result of reading a service, a cluster, a schedule or a rule.
#[derive(Debug)]
pub enum StatusResult {
    /// A schedule or a rule.
    Trigger(Box<TriggerStatus>),
    /// A service.
    Service(Box<ServiceStatus>),
    /// A cluster without services.
    EmptyCluster(String),
    /// What was not read of the services, and why: a sentence. They are reported without it.
    Incomplete(String),
    /// What does not exist, or could not be read.
    Unavailable {
        /// The subject as the command line names it.
        subject: String,
        /// Why.
        reason: String,
    },
}

/// Reads the status of services, clusters, schedules and rules, in their order. The services of a cluster are in the order of their names.
/// `own` is the run's own region, which names do not mention. `revisions` are those that an earlier call has read.
pub async fn read(
    ecs: &Ecs,
    place: &Place,
    own: &Region,
    subjects: &[&StatusSubject],
    revisions: &mut Revisions,
) -> Vec<StatusResult> {
    let names = limited(subjects.iter().map(|subject| read_names(ecs, subject))).await;
    let mut clusters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names.iter().flatten().flatten() {
        clusters.entry(&name.cluster).or_default().insert(&name.service);
    }
    let calls = clusters.iter().flat_map(|(cluster, services)| {
        let services: Vec<&str> = services.iter().copied().collect();
        let chunks: Vec<Vec<&str>> = services.chunks(SERVICES_PER_CALL).map(<[&str]>::to_vec).collect();
        chunks.into_iter().map(|names| describe_services(ecs, cluster, names))
    });
    let mut found: BTreeMap<ServiceName, Result<Service, AwsError>> =
        limited(calls).await.into_iter().flatten().collect();
    let services: Vec<&Service> = found.values().filter_map(|service| service.as_ref().ok()).collect();
    let ((), histories, mut triggers) = tokio::join!(
        revisions.read_shown(ecs, &services),
        Histories::read(ecs, &services),
        read_triggers(ecs, place, own, subjects)
    );
    revisions.read_before(ecs, &services, &histories).await;

    let region = &place.region;
    let mut known = Vec::new();
    for (subject, names) in subjects.iter().zip(names) {
        match names {
            Err(error) => known.push(StatusResult::Unavailable {
                subject: subject.to_string(),
                reason: unlisted(subject, region, &error),
            }),
            Ok(names) if names.is_empty() => match subject {
                StatusSubject::Cluster(cluster) => known.push(StatusResult::EmptyCluster(cluster.clone())),
                StatusSubject::Trigger(name) => known.extend(triggers.remove(name)),
                StatusSubject::Service(_) => {}
            },
            // A service that is named twice is listed once.
            Ok(names) => known.extend(names.iter().filter_map(|name| {
                let result = match found.remove(name)? {
                    Ok(service) => {
                        let name = TargetName::new(&Destination::Service(name.clone()), place, own);
                        StatusResult::Service(Box::new(status(name, &service, revisions, &histories)))
                    }
                    Err(error) => StatusResult::Unavailable {
                        subject: name.to_string(),
                        reason: missing(name, region, &error),
                    },
                };
                Some(result)
            })),
        }
    }
    known.extend(revisions.unread().into_iter().chain(histories.unread).map(StatusResult::Incomplete));
    known
}

/// The most calls that are made at once.
const MAX_CONCURRENT: usize = 16;

/// The results of futures, in their order.
async fn limited<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    stream::iter(futures).buffered(MAX_CONCURRENT).collect().await
}

/// A sentence about what the status of services lacks, because a call failed. A missing permission is named by what to do
/// about it.
fn describe_unread(what: &str, error: &AwsError) -> String {
    let hint = error.hint.as_ref().filter(|_| error.kind == ErrorKind::Permission);
    format!("{what} not shown: {}", hint.cloned().unwrap_or_else(|| error.to_string()))
}

fn unlisted(subject: &StatusSubject, region: &Region, error: &AwsError) -> String {
    match (subject, error.kind) {
        (StatusSubject::Cluster(cluster), ErrorKind::Missing) => no_cluster(cluster, region),
        _ => error.to_string(),
    }
}

fn missing(name: &ServiceName, region: &Region, error: &AwsError) -> String {
    match error.code.as_deref() {
        Some("ClusterNotFoundException") => format!("{name}: {}", no_cluster(&name.cluster, region)),
        Some(MISSING) => format!(
            "{name}: cluster `{}` in {region} has no such service; check its name and the region",
            name.cluster
        ),
        _ => format!("{name}: {error}"),
    }
}

pub(super) fn no_cluster(cluster: &str, region: &Region) -> String {
    format!("there is no cluster `{cluster}` in {region}; check its name and the region")
}

/// The reason that `DescribeServices` reports for a service that does not exist (the ECS developer guide, "API failure
/// reasons").
const MISSING: &str = "MISSING";

async fn read_names(ecs: &Ecs, subject: &StatusSubject) -> Result<Vec<ServiceName>, AwsError> {
    match subject {
        StatusSubject::Service(name) => Ok(vec![name.clone()]),
        StatusSubject::Cluster(cluster) => list_services(ecs, cluster).await,
        StatusSubject::Trigger(_) => Ok(Vec::new()),
    }
}

/// Each distinct schedule and rule, once.
async fn read_triggers(
    ecs: &Ecs,
    place: &Place,
    own: &Region,
    subjects: &[&StatusSubject],
) -> BTreeMap<TriggerName, StatusResult> {
    let names: BTreeSet<&TriggerName> = subjects.iter().filter_map(|subject| subject.trigger()).collect();
    let read =
        names.into_iter().map(async |name| (name.clone(), read_trigger_status(ecs, place, own, name).await));
    join_all(read).await.into_iter().collect()
}

/// The services of a cluster, in the order of their names.
pub(super) async fn list_services(ecs: &Ecs, cluster: &str) -> Result<Vec<ServiceName>, AwsError> {
    let services = ecs.list_services(cluster, Paging::All).await?.into_iter();
    let name = |service: ServiceArn| ServiceName { cluster: cluster.to_owned(), service: service.name };
    let mut names: Vec<ServiceName> = services.map(name).collect();
    names.sort();
    Ok(names)
}

/// Describes ten services of a cluster at most.
pub(super) async fn describe_services(
    ecs: &Ecs,
    cluster: &str,
    names: Vec<&str>,
) -> Vec<(ServiceName, Result<Service, AwsError>)> {
    let operation = "ecs:DescribeServices";
    let response = ecs.describe_services(cluster, &names, Retry::BySdk).await;
    let find = |name: &str| match &response {
        Err(error) => Err(error.clone()),
        Ok(services) => {
            let found = services.iter().find(|service| service.service_name() == Some(name));
            found.cloned().ok_or_else(|| AwsError {
                code: Some(MISSING.to_owned()),
                kind: ErrorKind::Missing,
                ..AwsError::unusable(operation, format!("service `{cluster}/{name}`"), "there is none")
            })
        }
    };
    let name = |name: &str| ServiceName { cluster: cluster.to_owned(), service: name.to_owned() };
    names.iter().map(|service| (name(service), find(service))).collect()
}
