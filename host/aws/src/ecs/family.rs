//! The revisions of a task definition family.

use std::cmp::Ordering;

use aws_sdk_ecs::types::{SortOrder, TaskDefinitionStatus};

use super::Ecs;
use super::rates::Kind;
use crate::AwsError;
use model::names::{compare_revisions, short_revision};

/// The active revisions of a family, the newest first, page by page.
pub(super) struct Revisions<'a> {
    ecs: &'a Ecs,
    family: &'a str,
    page: Option<String>,
    at_end: bool,
}

impl<'a> Revisions<'a> {
    pub(super) fn of(ecs: &'a Ecs, family: &'a str) -> Self {
        Self { ecs, family, page: None, at_end: false }
    }

    /// The ARNs of the next page; none at the end.
    ///
    /// # Errors
    /// [`AwsError`] where the call fails.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<String>>, AwsError> {
        if self.at_end {
            return Ok(None);
        }
        self.ecs.rates.permit(Kind::DefinitionRead).await;
        let call = self.ecs.client.list_task_definitions().family_prefix(self.family).sort(SortOrder::Desc);
        let answer = call.status(TaskDefinitionStatus::Active).set_next_token(self.page.take()).send().await;
        let answer = answer.map_err(|error| {
            AwsError::new("ecs:ListTaskDefinitions", format!("the family `{}`", self.family), error)
        })?;
        self.page = answer.next_token;
        self.at_end = self.page.is_none();
        let mut arns = answer.task_definition_arns.unwrap_or_default();
        arns.retain(|arn| family(arn) == self.family);
        Ok(Some(arns))
    }
}

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
    let mut revisions = Revisions::of(ecs, family(task_definition));
    while let Some(arns) = revisions.next().await? {
        for arn in arns {
            match compare_revisions(&arn, task_definition) {
                Some(Ordering::Greater) => return Ok(Beside::Newer(arn)),
                Some(Ordering::Less) => return Ok(Beside::Lower(arn)),
                Some(Ordering::Equal) | None => {}
            }
        }
    }
    Ok(Beside::Nothing)
}

/// The family of a task definition's ARN.
pub(super) fn family(arn: &str) -> &str {
    short_revision(arn).rsplit_once(':').map_or("", |(family, _)| family)
}
