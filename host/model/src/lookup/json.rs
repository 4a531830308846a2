//! Services and files as events contain them.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{DeployedBy, RunningContainer, Service};

/// A [`Service`] with the names of JSON, which have `_` in every event.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ServiceFields<'s> {
    cluster: &'s str,
    name: &'s str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: &'s BTreeMap<String, String>,
    containers: &'s [RunningContainer],
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed_by: Option<DeployedByFields<'s>>,
}

/// A [`DeployedBy`] with the names of JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeployedByFields<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'s str>,
    commit: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_scope: Option<&'s str>,
}

impl<'s> From<&'s DeployedBy> for DeployedByFields<'s> {
    fn from(build: &'s DeployedBy) -> Self {
        let DeployedBy { repository, commit, commit_time, number, number_scope } = build;
        Self {
            repository: repository.as_deref(),
            commit,
            commit_time: *commit_time,
            number: *number,
            number_scope: number_scope.as_deref(),
        }
    }
}

impl<'s> From<&'s Service> for ServiceFields<'s> {
    fn from(service: &'s Service) -> Self {
        let Service { cluster, name, tags, containers, deployed_by } = service;
        let deployed_by = deployed_by.as_ref().map(DeployedByFields::from);
        Self { cluster, name, tags, containers, deployed_by }
    }
}

/// A file that was read, without its text.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FileFields {
    /// The length of its text, in bytes.
    bytes: usize,
}

pub(super) fn serialize_file<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_ref().map(|text| FileFields { bytes: text.len() }).serialize(serializer)
}

pub(super) fn serialize_services<S: Serializer>(
    services: &[Service],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(services.iter().map(ServiceFields::from))
}

pub(super) fn serialize_service<S: Serializer>(
    service: &Option<Service>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    service.as_ref().map(ServiceFields::from).serialize(serializer)
}
