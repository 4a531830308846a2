//! The calls for service deployments and service revisions.

use std::collections::BTreeMap;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{
    CreatedAt, DeploymentLifecycleHookAction, ServiceDeployment, ServiceDeploymentBrief,
    ServiceDeploymentStatus, ServiceRevision, StopServiceDeploymentStopType,
};
use futures_util::future::try_join_all;

use super::{DEPLOYMENTS_PER_CALL, Ecs, RateBucket, Retry};
use crate::error::AwsError;
use crate::pages::{Paging, read_pages};
use model::decision::ServiceName;

/// Which service deployments of a service to list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DeploymentFilter<'f> {
    /// Those with one of these statuses. Empty for any.
    pub(crate) statuses: &'f [ServiceDeploymentStatus],
    /// Those that were created after this time.
    pub(crate) created_after: Option<DateTime>,
}

impl Ecs {
    /// `ListServiceDeployments`: the service deployments of a service, in the order of ECS.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn list_service_deployments(
        &self,
        service: &ServiceName,
        filter: DeploymentFilter<'_>,
        paging: Paging,
        retry: Retry,
    ) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
        let created_at = filter.created_after.map(|after| CreatedAt::builder().after(after).build());
        let statuses = (!filter.statuses.is_empty()).then(|| filter.statuses.to_vec());
        let pages =
            read_pages(paging, "ecs:ListServiceDeployments", format!("service `{service}`"), async |token| {
                let client = self.permitted(RateBucket::ServiceDeployment, retry).await;
                let request =
                    client.list_service_deployments().cluster(&service.cluster).service(&service.service);
                let request = request.set_created_at(created_at.clone()).set_status(statuses.clone());
                let request = request.set_max_results(paging.page_size()).set_next_token(token);
                let response = request.send().await.map_err(|error| {
                    AwsError::new("ecs:ListServiceDeployments", format!("service `{service}`"), error)
                })?;
                Ok((response.service_deployments, response.next_token))
            });
        Ok(pages.await?.items)
    }

    /// `DescribeServiceDeployments`: service deployments by their ARNs. The SDK does not retry.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn describe_service_deployments(
        &self,
        arns: &[String],
    ) -> Result<BTreeMap<String, ServiceDeployment>, AwsError> {
        let requests = arns.chunks(DEPLOYMENTS_PER_CALL).map(async |arns| {
            let client = self.permitted(RateBucket::ServiceDeployment, Retry::ByCaller).await;
            let request = client.describe_service_deployments();
            let response = request.set_service_deployment_arns(Some(arns.to_vec())).send().await;
            let response = response
                .map_err(|error| AwsError::new("ecs:DescribeServiceDeployments", first(arns), error))?;
            Ok::<_, AwsError>(response.service_deployments.unwrap_or_default())
        });
        let deployments = try_join_all(requests).await?.into_iter().flatten();
        Ok(deployments.filter_map(|d| Some((d.service_deployment_arn()?.to_owned(), d))).collect())
    }

    /// `DescribeServiceRevisions`: service revisions by their ARNs, in any order. The SDK does not retry.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn describe_service_revisions(
        &self,
        arns: &[String],
    ) -> Result<Vec<ServiceRevision>, AwsError> {
        let requests = arns.chunks(DEPLOYMENTS_PER_CALL).map(async |arns| {
            let client = self.permitted(RateBucket::ServiceRevision, Retry::ByCaller).await;
            let request = client.describe_service_revisions();
            let response = request.set_service_revision_arns(Some(arns.to_vec())).send().await;
            let response = response
                .map_err(|error| AwsError::new("ecs:DescribeServiceRevisions", first(arns), error))?;
            Ok::<_, AwsError>(response.service_revisions.unwrap_or_default())
        });
        Ok(try_join_all(requests).await?.into_iter().flatten().collect())
    }

    /// `StopServiceDeployment`: stops a service deployment, and rolls the service back to its previous revision.
    /// It works without a circuit breaker (the ECS API reference, `StopServiceDeployment`).
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn stop_service_deployment(&self, arn: &str) -> Result<(), AwsError> {
        let client = self.permitted(RateBucket::ServiceDeployment, Retry::BySdk).await;
        let request = client.stop_service_deployment().service_deployment_arn(arn);
        let response = request.stop_type(StopServiceDeploymentStopType::Rollback).send().await;
        response.map(drop).map_err(|error| AwsError::new("ecs:StopServiceDeployment", arn, error))
    }

    /// `ContinueServiceDeployment`: continues a paused service deployment, or rolls it back.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn continue_service_deployment(
        &self,
        arn: &str,
        hook: &str,
        action: DeploymentLifecycleHookAction,
        retry: Retry,
    ) -> Result<(), AwsError> {
        let client = self.permitted(RateBucket::ServiceDeployment, retry).await;
        let request = client.continue_service_deployment().service_deployment_arn(arn).hook_id(hook);
        let response = request.action(action).send().await;
        response.map(drop).map_err(|error| AwsError::new("ecs:ContinueServiceDeployment", arn, error))
    }
}

fn first(arns: &[String]) -> &str {
    arns.first().map_or("", String::as_str)
}
