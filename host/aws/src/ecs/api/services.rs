//! The calls for services.

use aws_sdk_ecs::types::{Deployment, Service, ServiceField};
use futures_util::future::try_join_all;

use super::{Ecs, RateBucket, Retry, SERVICES_PER_CALL};
use crate::error::AwsError;
use crate::pages::{Paging, read_pages};
use model::decision::ServiceName;
use model::names::ServiceArn;

/// The most services that a page of `ListServices` has. The API's default is ten.
const SERVICES_PER_PAGE: i32 = 100;

impl Ecs {
    /// `ListServices`: the services of a cluster.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn list_services(
        &self,
        cluster: &str,
        paging: Paging,
    ) -> Result<Vec<ServiceArn>, AwsError> {
        let pages = read_pages(paging, "ecs:ListServices", cluster_subject(cluster), async |token| {
            let client = self.permitted(RateBucket::ServiceRead, Retry::BySdk).await;
            let page_size = paging.page_size().unwrap_or(SERVICES_PER_PAGE);
            let request = client.list_services().cluster(cluster).max_results(page_size);
            let response = request.set_next_token(token).send().await;
            let response = response
                .map_err(|error| AwsError::new("ecs:ListServices", cluster_subject(cluster), error))?;
            Ok((response.service_arns, response.next_token))
        });
        Ok(pages.await?.items.iter().filter_map(|arn| ServiceArn::parse(arn).ok()).collect())
    }

    /// `DescribeServices`: services of a cluster by their names or ARNs. The result has no entry for a service
    /// that the cluster does not have.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn describe_services<N: AsRef<str>>(
        &self,
        cluster: &str,
        names: &[N],
        retry: Retry,
    ) -> Result<Vec<Service>, AwsError> {
        self.describe(cluster, names, None, retry).await
    }

    /// The same with the services' tags.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn describe_services_with_tags<N: AsRef<str>>(
        &self,
        cluster: &str,
        names: &[N],
        retry: Retry,
    ) -> Result<Vec<Service>, AwsError> {
        self.describe(cluster, names, Some(ServiceField::Tags), retry).await
    }

    /// `DescribeServices` of one service. `None` if the cluster does not have it.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn describe_service(
        &self,
        name: &ServiceName,
        retry: Retry,
    ) -> Result<Option<Service>, AwsError> {
        let services = self.describe_services(&name.cluster, &[&name.service], retry).await?;
        Ok(services.into_iter().find(|service| service.service_name() == Some(&name.service)))
    }

    async fn describe<N: AsRef<str>>(
        &self,
        cluster: &str,
        names: &[N],
        include: Option<ServiceField>,
        retry: Retry,
    ) -> Result<Vec<Service>, AwsError> {
        let requests = names.chunks(SERVICES_PER_CALL).map(async |names| {
            let client = self.permitted(RateBucket::ServiceRead, retry).await;
            let request = client.describe_services().cluster(cluster);
            let request = request.set_include(include.clone().map(|field| vec![field]));
            let request = names.iter().fold(request, |request, name| request.services(name.as_ref()));
            let response = request.send().await;
            let response = response
                .map_err(|error| AwsError::new("ecs:DescribeServices", cluster_subject(cluster), error))?;
            Ok::<_, AwsError>(response.services.unwrap_or_default())
        });
        Ok(try_join_all(requests).await?.into_iter().flatten().collect())
    }

    /// `UpdateService`: sets a service's task definition and its number of tasks, and nothing else. With
    /// `force_new_deployment`, ECS starts a deployment even if the service has that task definition already.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn update_service(
        &self,
        service: &ServiceName,
        task_definition: Option<&str>,
        desired_count: Option<u32>,
        force_new_deployment: bool,
        retry: Retry,
    ) -> Result<Option<Service>, AwsError> {
        let client = self.permitted(RateBucket::ServiceModify, retry).await;
        let request = client.update_service().cluster(&service.cluster).service(&service.service);
        let count = desired_count.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
        let request =
            request.set_task_definition(task_definition.map(str::to_owned)).set_desired_count(count);
        let request = request.set_force_new_deployment(force_new_deployment.then_some(true));
        let response = request.send().await;
        let response = response
            .map_err(|error| AwsError::new("ecs:UpdateService", format!("service `{service}`"), error))?;
        Ok(response.service)
    }
}

fn cluster_subject(cluster: &str) -> String {
    format!("cluster `{cluster}`")
}

/// Whether a deployment is the most recent one of its service (the ECS API reference, `Deployment`, `status`).
pub(crate) fn is_primary(deployment: &Deployment) -> bool {
    deployment.status() == Some("PRIMARY")
}

/// The most recent deployment of a service.
pub(crate) fn primary_deployment(service: &Service) -> Option<&Deployment> {
    service.deployments().iter().find(|deployment| is_primary(deployment))
}
