//! The reads behind a plan. They change nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::Client;
use futures_util::future::try_join_all;

use super::{judge, raw};
use crate::aws::{AwsError, Trouble};
use crate::plan::TaskDefinition;
use crate::plan::facts::{Rollout, Running, Service};
use crate::policy::decision::ServiceName;

/// `DescribeServices` takes ten services a call.
const SERVICES_A_CALL: usize = 10;

/// Reads services and the task definitions that they run: one call for ten
/// services of a cluster, then one for each distinct definition, side by side.
///
/// # Errors
/// [`AwsError`] where a call fails; a cluster or a service that is missing is
/// a fact, not an error.
pub async fn services(
    client: &Client,
    names: &BTreeSet<ServiceName>,
) -> Result<BTreeMap<ServiceName, Service>, AwsError> {
    let mut clusters: BTreeMap<&str, Vec<&ServiceName>> = BTreeMap::new();
    for name in names {
        clusters.entry(&name.cluster).or_default().push(name);
    }
    let calls = clusters.iter().flat_map(|(cluster, names)| {
        names.chunks(SERVICES_A_CALL).map(|names| describe(client, cluster, names.to_vec()))
    });
    let mut services: BTreeMap<ServiceName, Service> =
        try_join_all(calls).await?.into_iter().flatten().collect();

    let wanted: BTreeSet<String> = services.values().filter_map(definition_of).collect();
    let definitions = try_join_all(wanted.iter().map(|arn| raw::describe(client, arn))).await?;
    let definitions: BTreeMap<String, TaskDefinition> = wanted.into_iter().zip(definitions).collect();
    for service in services.values_mut() {
        if let Service::Found(running) = service {
            running.definition = definitions.get(&running.task_definition).cloned();
        }
    }
    Ok(services)
}

/// The definition worth reading: one of a service that can be deployed to.
fn definition_of(service: &Service) -> Option<String> {
    match service {
        Service::Found(running) if running.status == "ACTIVE" && !running.task_definition.is_empty() => {
            Some(running.task_definition.clone())
        }
        _ => None,
    }
}

async fn describe(
    client: &Client,
    cluster: &str,
    names: Vec<&ServiceName>,
) -> Result<Vec<(ServiceName, Service)>, AwsError> {
    let call = client.describe_services().cluster(cluster);
    let call = names.iter().fold(call, |call, name| call.services(&name.service));
    let answer = match call
        .send()
        .await
        .map_err(|e| AwsError::new("ecs:DescribeServices", format!("cluster `{cluster}`"), e))
    {
        Ok(answer) => answer,
        Err(error) if error.trouble == Trouble::Missing => {
            return Ok(names.into_iter().map(|name| (name.clone(), Service::NoCluster)).collect());
        }
        Err(error) => return Err(error),
    };
    let found = |name: &ServiceName| {
        let service = answer.services().iter().find(|s| s.service_name() == Some(&name.service));
        service.map_or(Service::NoService, |service| Service::Found(Box::new(running(service))))
    };
    Ok(names.into_iter().map(|name| (name.clone(), found(name))).collect())
}

fn running(service: &aws_sdk_ecs::types::Service) -> Running {
    let task_definition = service.task_definition().unwrap_or_default();
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    // An ARN is `arn:PARTITION:ecs:REGION:ACCOUNT:service/…`.
    let account = service.service_arn().and_then(|arn| arn.split(':').nth(4));
    let definitions = service.deployments().iter().filter_map(|deployment| deployment.task_definition());
    // No controller in the answer means the default one.
    let controller = service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str());
    Running {
        status: service.status().unwrap_or("unknown").to_owned(),
        controller: controller.to_owned(),
        task_definition: task_definition.to_owned(),
        definition: None,
        rollout: primary.map_or(Rollout::Complete, |own| judge::rollout(own, service.deployments())),
        deployments: definitions.map(str::to_owned).collect(),
        account: account.unwrap_or_default().to_owned(),
    }
}
