//! The revisions of a task definition family.

use std::cmp::Ordering;

use super::Ecs;
use crate::error::AwsError;
use model::names::{TaskDefinitionArn, compare_revisions};

/// The active revision of a family that is next to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AdjacentRevision {
    /// The ARN of a newer revision.
    Newer(String),
    /// The ARN of the newest revision below it. There is no newer one.
    Older(String),
    /// The family has no other active revision.
    None,
}

/// Finds the active revision next to a task definition, by the revisions' numbers.
///
/// # Errors
/// [`AwsError`] if a request fails.
pub(super) async fn find_adjacent_revision(
    ecs: &Ecs,
    task_definition: &str,
) -> Result<AdjacentRevision, AwsError> {
    let family = family(task_definition);
    let mut revisions = ecs.list_task_definitions(&family);
    while let Some(arns) = revisions.next().await? {
        for arn in arns.iter().map(ToString::to_string) {
            match compare_revisions(&arn, task_definition) {
                Some(Ordering::Greater) => return Ok(AdjacentRevision::Newer(arn)),
                Some(Ordering::Less) => return Ok(AdjacentRevision::Older(arn)),
                Some(Ordering::Equal) | None => {}
            }
        }
    }
    Ok(AdjacentRevision::None)
}

/// The family of a task definition's ARN. Empty for a string that is not the ARN of a revision.
pub(super) fn family(arn: &str) -> String {
    TaskDefinitionArn::parse(arn).map(|arn| arn.family().to_owned()).unwrap_or_default()
}
