//! Task definitions by their ARNs.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::Ecs;
use crate::error::{AwsError, ErrorKind};
use model::names::Place;
use model::plan::TaskDefinition;

/// Reads task definitions, by their ARNs. One that does not exist is left out.
///
/// # Errors
/// [`AwsError`] if a call fails in another way.
pub async fn read_definitions(
    places: &BTreeMap<Place, Ecs>,
    revisions: BTreeSet<(Place, String)>,
) -> Result<BTreeMap<String, TaskDefinition>, AwsError> {
    let read = async |(place, arn): (Place, String)| {
        let Some(ecs) = places.get(&place) else { return Ok(None) };
        match ecs.describe_revision(&arn).await {
            Ok(revision) => Ok(Some((arn, revision.definition))),
            // ECS returns `ClientException` for a revision that it does not have (the API reference,
            // `DescribeTaskDefinition`).
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) if error.code.as_deref() == Some("ClientException") => Ok(None),
            Err(error) => Err(error),
        }
    };
    let found = try_join_all(revisions.into_iter().map(read)).await?;
    Ok(found.into_iter().flatten().collect())
}
