//! The revisions of a task definition family.

use aws_sdk_ecs::types::{SortOrder, TaskDefinitionStatus};

use super::Ecs;
use super::rates::Kind;
use crate::aws::AwsError;
use crate::names::revision;

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

/// The next lower active revision of a task definition's family.
///
/// # Errors
/// [`AwsError`] where the call fails.
pub(super) async fn lower(ecs: &Ecs, task_definition: &str) -> Result<Option<String>, AwsError> {
    let Some(own) = number(task_definition) else { return Ok(None) };
    let mut revisions = Revisions::of(ecs, family(task_definition));
    while let Some(arns) = revisions.next().await? {
        if let Some(arn) = arns.into_iter().find(|arn| number(arn).is_some_and(|number| number < own)) {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

/// The family of a task definition's ARN.
pub(super) fn family(arn: &str) -> &str {
    revision(arn).rsplit_once(':').map_or("", |(family, _)| family)
}

fn number(arn: &str) -> Option<u32> {
    revision(arn).rsplit_once(':')?.1.parse().ok()
}
