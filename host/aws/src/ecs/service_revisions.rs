//! The revisions of a family that matter to a service, a schedule or a rule: the one that it runs, and newer ones.

use super::{Ecs, Revision};
use crate::error::AwsError;
use model::names::TaskDefinitionArn;
use model::plan::Stamp;
use model::plan::definition::LatestRevision;

/// The maximum number of revisions that are read to find one of another tool, from the latest one down.
const MAX_REVISIONS: usize = 10;

/// The revisions of a service.
pub(super) struct ServiceRevisions {
    /// The one that it is set to.
    pub(super) running: Revision,
    /// The latest active one of its family, if it is another one.
    pub(super) latest: Option<LatestRevision>,
    /// The latest active one that is newer and has no stamp: another tool registered it, such as Terraform. Those with
    /// a stamp are of builds that were not deployed, or were rolled back.
    pub(super) newer: Option<LatestRevision>,
}

/// Reads the revisions of a service by the ARN of the one that it is set to: with one call if that is the latest.
///
/// # Errors
/// [`AwsError`] if a revision cannot be read.
pub(super) async fn read_service_revisions(ecs: &Ecs, running: &str) -> Result<ServiceRevisions, AwsError> {
    let Ok(arn) = TaskDefinitionArn::parse(running) else {
        let running = ecs.describe_revision(running).await?;
        return Ok(ServiceRevisions { running, latest: None, newer: None });
    };
    let latest = match ecs.find_task_definition(arn.family()).await? {
        Some(latest) if latest.arn == arn => {
            return Ok(ServiceRevisions { running: latest, latest: None, newer: None });
        }
        latest => latest,
    };
    let running = ecs.describe_revision(running).await?;
    let newer = match &latest {
        Some(latest) => find_newer(ecs, &arn, latest).await?,
        None => None,
    };
    Ok(ServiceRevisions { running, latest: latest.map(to_latest), newer })
}

async fn find_newer(
    ecs: &Ecs,
    running: &TaskDefinitionArn,
    latest: &Revision,
) -> Result<Option<LatestRevision>, AwsError> {
    let is_foreign =
        |revision: &Revision| revision.is_active && Stamp::from_definition(&revision.definition).is_none();
    if latest.arn.number() <= running.number() {
        return Ok(None);
    }
    if is_foreign(latest) {
        return Ok(Some(to_latest(latest.clone())));
    }
    let below = (running.number() + 1..latest.arn.number()).rev();
    for number in below.take(MAX_REVISIONS) {
        let found = ecs.find_task_definition(&running.with_number(number).to_string()).await?;
        if let Some(found) = found.filter(is_foreign) {
            return Ok(Some(to_latest(found)));
        }
    }
    Ok(None)
}

fn to_latest(revision: Revision) -> LatestRevision {
    LatestRevision { task_definition: revision.arn.to_string(), definition: revision.definition }
}
