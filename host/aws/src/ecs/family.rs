//! The revisions of a task definition family.

use std::cmp::Ordering;

use super::Ecs;
use crate::AwsError;
use model::names::{TaskDefinitionArn, compare_revisions};

/// What the active revisions of a family say of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beside {
    /// This one is newer.
    Newer(String),
    /// It is the newest, and this one comes before it.
    Lower(String),
    /// It is the only one.
    Nothing,
}

/// What there is beside a task definition, by the numbers of its family.
///
/// # Errors
/// [`AwsError`] where the call fails.
pub(super) async fn beside(ecs: &Ecs, task_definition: &str) -> Result<Beside, AwsError> {
    let family = family(task_definition);
    let mut revisions = ecs.list_task_definitions(&family);
    while let Some(arns) = revisions.next().await? {
        for arn in arns.iter().map(ToString::to_string) {
            match compare_revisions(&arn, task_definition) {
                Some(Ordering::Greater) => return Ok(Beside::Newer(arn)),
                Some(Ordering::Less) => return Ok(Beside::Lower(arn)),
                Some(Ordering::Equal) | None => {}
            }
        }
    }
    Ok(Beside::Nothing)
}

/// The family of a task definition's ARN; empty for a text that is no ARN of a revision.
pub(super) fn family(arn: &str) -> String {
    TaskDefinitionArn::parse(arn).map(|arn| arn.family().to_owned()).unwrap_or_default()
}
