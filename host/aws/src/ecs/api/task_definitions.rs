//! The calls for task definitions.
//!
//! Task definitions are read and registered as the JSON that ECS sent: the SDK's types would drop every field
//! that they do not define, and reject a response that lacks one that they require. The SDK signs the requests, retries
//! them and parses the errors.

use aws_sdk_ecs::types::{SortOrder, TaskDefinitionField, TaskDefinitionStatus};
use serde_json::Value;

use super::{Ecs, RateBucket, Retry};
use crate::error::{AwsError, ErrorKind};
use crate::pages::PageCount;
use crate::response_body::{ResponseBody, replace_body};
use crate::sentences;
use model::names::TaskDefinitionArn;
use model::plan::TaskDefinition;

const DESCRIBE: &str = "ecs:DescribeTaskDefinition";
const REGISTER: &str = "ecs:RegisterTaskDefinition";

/// A revision that ECS has.
#[derive(Clone)]
pub(crate) struct Revision {
    /// Its ARN.
    pub(crate) arn: TaskDefinitionArn,
    /// The task definition, with its tags.
    pub(crate) definition: TaskDefinition,
    /// Whether ECS starts tasks of it: it is not deregistered.
    pub(crate) is_active: bool,
    /// The ARN of the principal that registered it; `None` if ECS does not report it.
    pub(crate) registered_by: Option<String>,
}

impl Revision {
    /// Reads the response of a call whose subject is `subject`.
    fn from_response(operation: &'static str, subject: &str, body: Value) -> Result<Self, AwsError> {
        let unusable = |message: String| AwsError::unusable(operation, subject, message);
        let field = |name: &str| body.get("taskDefinition")?.get(name)?.as_str().map(str::to_owned);
        let (arn, status, registered_by) =
            (field("taskDefinitionArn"), field("status"), field("registeredBy"));
        let arn = arn.ok_or_else(|| unusable("the response has no ARN".to_owned()))?;
        let arn = TaskDefinitionArn::parse(&arn).map_err(|error| unusable(error.to_string()))?;
        let definition = TaskDefinition::from_response(body).map_err(|error| unusable(error.to_string()))?;
        let is_active = status.is_none_or(|status| status == "ACTIVE");
        Ok(Self { arn, definition, is_active, registered_by })
    }
}

impl Ecs {
    /// `DescribeTaskDefinition` by the ARN of a revision.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, or the response is not a task definition.
    pub(crate) async fn describe_task_definition(&self, arn: &str) -> Result<TaskDefinition, AwsError> {
        Ok(self.describe_revision(arn).await?.definition)
    }

    /// `DescribeTaskDefinition` by the ARN of a revision, or by a family for its latest active revision. `None`
    /// if ECS has no such revision.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, or the response is not a task definition.
    pub(crate) async fn find_task_definition(&self, name: &str) -> Result<Option<Revision>, AwsError> {
        match self.describe_revision(name).await {
            Ok(revision) => Ok(Some(revision)),
            // "An identifier that's not valid" (the ECS API reference, `DescribeTaskDefinition`): the name has
            // passed its grammar, so there is nothing of that name.
            Err(error) if error.is(&["ClientException"]) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `DescribeTaskDefinition` by the ARN of a revision, or by a family for its latest active revision.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, or the response is not a task definition.
    pub(crate) async fn describe_revision(&self, name: &str) -> Result<Revision, AwsError> {
        let client = self.permitted(RateBucket::DefinitionRead, Retry::BySdk).await;
        let body = ResponseBody::default();
        let request = client.describe_task_definition().task_definition(name);
        let request = request.include(TaskDefinitionField::Tags).customize().interceptor(body.clone());
        let body = body.of_response(DESCRIBE, name, request.send().await)?;
        Revision::from_response(DESCRIBE, name, body)
    }

    /// `RegisterTaskDefinition` with a request body as JSON: registers a revision, and returns its ARN.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails. Its kind is [`ErrorKind::Throttled`] if ECS registers another revision
    /// of the family at the same moment.
    pub(crate) async fn register_task_definition(
        &self,
        family: &str,
        body: String,
        retry: Retry,
    ) -> Result<TaskDefinitionArn, AwsError> {
        let client = self.permitted(RateBucket::DefinitionModify, retry).await;
        let response_body = ResponseBody::default();
        let request = client.register_task_definition().family(family).customize();
        let request = request.interceptor(response_body.clone());
        let request = request.mutate_request(move |request| replace_body(request, &body));
        let subject = family_subject(family);
        let body =
            response_body.of_response(REGISTER, &subject, request.send().await).map_err(|mut error| {
                if error.is(&["ClientException"]) && sentences::is_concurrent_registration(&error.message) {
                    error.kind = ErrorKind::Throttled;
                }
                error
            })?;
        Ok(Revision::from_response(REGISTER, &subject, body)?.arn)
    }

    /// `DeregisterTaskDefinition` of a revision, by its ARN or its name.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn deregister_task_definition(&self, revision: &str) -> Result<(), AwsError> {
        let client = self.permitted(RateBucket::DefinitionModify, Retry::BySdk).await;
        let response = client.deregister_task_definition().task_definition(revision).send().await;
        response.map(drop).map_err(|error| AwsError::new("ecs:DeregisterTaskDefinition", revision, error))
    }

    /// The active revisions of a family. No request is sent before the first page is read.
    pub(crate) fn list_task_definitions<'e>(&'e self, family: &'e str) -> RevisionPages<'e> {
        RevisionPages {
            ecs: self,
            family,
            page_size: None,
            token: None,
            pages: PageCount::default(),
            at_end: false,
        }
    }
}

fn family_subject(family: &str) -> String {
    format!("the family `{family}`")
}

/// The active revisions of a family, the newest first, page by page.
pub(crate) struct RevisionPages<'e> {
    ecs: &'e Ecs,
    family: &'e str,
    page_size: Option<i32>,
    token: Option<String>,
    pages: PageCount,
    at_end: bool,
}

impl RevisionPages<'_> {
    /// Pages of this number of revisions.
    pub(crate) fn of_size(self, page_size: i32) -> Self {
        Self { page_size: Some(page_size), ..self }
    }

    /// `ListTaskDefinitions`: the revisions of the next page; `None` after the last one.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<TaskDefinitionArn>>, AwsError> {
        if self.at_end {
            return Ok(None);
        }
        let client = self.ecs.permitted(RateBucket::DefinitionRead, Retry::BySdk).await;
        let request = client.list_task_definitions().family_prefix(self.family).sort(SortOrder::Desc);
        let request = request.status(TaskDefinitionStatus::Active).set_max_results(self.page_size);
        let response =
            request.set_next_token(self.token.clone()).send().await.map_err(|error| {
                AwsError::new("ecs:ListTaskDefinitions", family_subject(self.family), error)
            })?;
        let (token, next) = (self.token.as_deref(), response.next_token.as_deref());
        self.pages.add(token, next, "ecs:ListTaskDefinitions", family_subject(self.family))?;
        self.token = response.next_token;
        self.at_end = self.token.is_none();
        let arns = response.task_definition_arns.unwrap_or_default();
        let arns = arns.iter().filter_map(|arn| TaskDefinitionArn::parse(arn).ok());
        // The parameter is named a prefix: revisions of another family are left out.
        Ok(Some(arns.filter(|arn| arn.family() == self.family).collect()))
    }
}
