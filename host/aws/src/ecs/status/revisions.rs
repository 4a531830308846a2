//! The revisions that services run, read once each.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{Deployment, Service};

use super::view::{before, running};
use super::{Histories, describe_unread, limited};
use crate::ecs::{Ecs, Revision, primary_deployment};
use crate::error::{AwsError, ErrorKind};
use model::plan::Stamp;
use model::status::RegisteredRevision;

/// The revisions that were read, by their ARNs. A revision does not change, so a reader that reads again keeps them.
#[derive(Default)]
pub struct Revisions(BTreeMap<String, Result<Revision, AwsError>>);

impl Revisions {
    /// Reads the revisions that the status of services shows.
    pub(super) async fn read_shown(&mut self, ecs: &Ecs, services: &[&Service]) {
        let mut wanted = BTreeSet::new();
        for service in active(services) {
            let shown = [primary_deployment(service), running(service)].into_iter().flatten();
            wanted.extend(shown.filter_map(Deployment::task_definition).map(str::to_owned));
            let own = service.task_definition().filter(|_| service.deployments().is_empty());
            wanted.extend(own.map(str::to_owned));
        }
        // One that could not be read before is tried again.
        self.0.retain(|_, revision| revision.is_ok());
        self.read(ecs, wanted).await;
    }

    /// Reads the revisions with which those are compared: at most one for each service.
    pub(super) async fn read_before(&mut self, ecs: &Ecs, services: &[&Service], histories: &Histories) {
        let wanted = active(services).filter_map(|service| before(service, self, histories)).collect();
        self.read(ecs, wanted).await;
    }

    async fn read(&mut self, ecs: &Ecs, wanted: BTreeSet<String>) {
        let unread = wanted.into_iter().filter(|arn| !self.0.contains_key(arn));
        let unread: Vec<String> = unread.collect();
        let read = limited(unread.iter().map(|arn| ecs.describe_revision(arn))).await;
        self.0.extend(unread.into_iter().zip(read));
    }

    /// What the status lacks because a permission is missing: a sentence.
    pub(super) fn unread(&self) -> Option<String> {
        let mut errors = self.0.values().filter_map(|revision| revision.as_ref().err());
        let denied = errors.find(|error| error.kind == ErrorKind::Permission)?;
        Some(describe_unread("builds, images and drift are", denied))
    }

    pub(super) fn get(&self, arn: &str) -> Option<&Result<Revision, AwsError>> {
        self.0.get(arn)
    }

    /// Whether a revision was read and has no stamp.
    pub(super) fn is_unstamped(&self, arn: &str) -> bool {
        let read = self.registered(arn);
        read.is_some_and(|revision| Stamp::from_definition(revision.definition).is_none())
    }

    /// A revision that was read.
    pub(super) fn registered<'r>(&'r self, arn: &'r str) -> Option<RegisteredRevision<'r>> {
        let Revision { definition, registered_by, .. } = self.0.get(arn)?.as_ref().ok()?;
        let registered_by = registered_by.as_deref();
        Some(RegisteredRevision { task_definition: arn, definition, registered_by })
    }
}

/// The services that are not deleted.
fn active<'s>(services: &[&'s Service]) -> impl Iterator<Item = &'s Service> {
    services.iter().copied().filter(|service| service.status() != Some("INACTIVE"))
}
