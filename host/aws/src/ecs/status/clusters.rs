//! The clusters of a region.

use super::StatusSubject;
use crate::ecs::Ecs;
use crate::error::AwsError;
use crate::pages::Paging;
use model::names::EcsResource;

/// The clusters of the account in the region of `ecs`, in the order of their names.
///
/// # Errors
/// [`AwsError`] if they cannot be listed.
pub async fn list_clusters(ecs: &Ecs) -> Result<Vec<StatusSubject>, AwsError> {
    let arns = ecs.list_clusters(Paging::All).await?;
    let names = arns.iter().filter_map(|arn| EcsResource::parse("cluster", arn).ok());
    let mut names: Vec<String> = names.map(|cluster| cluster.name).collect();
    names.sort();
    Ok(names.into_iter().map(StatusSubject::Cluster).collect())
}
