//! The start of a one-off task, at most once.

use std::collections::BTreeMap;

use aws_sdk_ecs::error::BuildError;
use aws_sdk_ecs::operation::run_task::builders::RunTaskInputBuilder;
use aws_sdk_ecs::operation::run_task::{RunTaskInput, RunTaskOutput};
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, CapacityProviderStrategyItem, ContainerOverride, Failure,
    LaunchType, NetworkConfiguration, PlacementConstraint, PlacementConstraintType, PlacementStrategy,
    PlacementStrategyType, Task, TaskOverride,
};
use tokio::time::{Instant, timeout_at};

use super::{Ecs, OneOff, TaskError};
use crate::ecs::Retry;
use crate::ecs::retry::{MutationError, retry_mutation};
use crate::error::{AwsError, ErrorKind};
use model::one_off::OneOffTaskChange;
use model::plan::facts::{LaunchSettings, PlacementRule, TaskNetwork};

const OPERATION: &str = "ecs:RunTask";

/// The maximum length of `startedBy` (the ECS API reference, `RunTask`).
const MAX_STARTED_BY: usize = 128;

/// Starts the task. The client token makes a retry safe after a lost response: ECS returns the task that it started
/// before (the ECS API reference, "Ensuring idempotency").
///
/// # Errors
/// [`TaskError::NotStarted`] or [`TaskError::NotPlaced`].
pub(super) async fn start(
    ecs: &Ecs,
    task: &OneOff<'_>,
    deadline: Instant,
    report: &mut impl FnMut(OneOffTaskChange),
) -> Result<Task, TaskError> {
    let on = || format!("cluster `{}`", task.cluster);
    let token = format!("ecs-host-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let request = request(task, &token).map_err(|error| {
        let error = AwsError::unusable(OPERATION, on(), error.to_string());
        TaskError::not_started(task, error, false)
    })?;
    let call = async || match timeout_at(deadline, ecs.run_task(request.clone(), Retry::ByCaller)).await {
        Ok(response) => response.map_err(add_pass_role_hint),
        Err(_) => Err(AwsError {
            kind: ErrorKind::Network,
            ..AwsError::unusable(OPERATION, on(), "no response within the timeout of the task")
        }),
    };
    let mut warn = |message| report(OneOffTaskChange::Warning { message });
    match retry_mutation(deadline, &mut warn, call, async || Ok(None)).await {
        Ok(response) => placed_task(response, task),
        Err(MutationError { error, is_outcome_unknown, .. }) => {
            Err(TaskError::not_started(task, error, is_outcome_unknown))
        }
    }
}

fn request(task: &OneOff<'_>, token: &str) -> Result<RunTaskInputBuilder, BuildError> {
    let container =
        ContainerOverride::builder().name(task.container).set_command(Some(task.command.to_vec()));
    let LaunchSettings { launch_type, capacity_providers, platform_version, network, .. } = task.launch;
    let constraint = |rule: &PlacementRule| {
        let kind = rule.kind.as_deref().map(PlacementConstraintType::from);
        PlacementConstraint::builder().set_type(kind).set_expression(rule.by.clone()).build()
    };
    let place = |rule: &PlacementRule| {
        let kind = rule.kind.as_deref().map(PlacementStrategyType::from);
        PlacementStrategy::builder().set_type(kind).set_field(rule.by.clone()).build()
    };
    let constraints: Vec<_> = task.launch.placement_constraints.iter().map(constraint).collect();
    let places: Vec<_> = task.launch.placement_strategy.iter().map(place).collect();
    let strategy = capacity_providers.iter().map(|item| {
        let strategy = CapacityProviderStrategyItem::builder().capacity_provider(&item.provider);
        strategy.weight(item.weight).base(item.base).build()
    });
    let strategy = Some(strategy.collect::<Result<Vec<_>, _>>()?).filter(|strategy| !strategy.is_empty());
    // ECS rejects a launch type beside a capacity provider strategy.
    let launch_type = launch_type.as_deref().filter(|_| strategy.is_none()).map(LaunchType::from);
    let call = RunTaskInput::builder()
        .cluster(task.cluster)
        .task_definition(task.task_definition)
        .count(1)
        .overrides(TaskOverride::builder().container_overrides(container.build()).build())
        .set_capacity_provider_strategy(strategy)
        .set_launch_type(launch_type)
        .set_platform_version(platform_version.clone())
        // Fargate has no placement rules: an empty list is omitted.
        .set_placement_constraints(Some(constraints).filter(|rules| !rules.is_empty()))
        .set_placement_strategy(Some(places).filter(|rules| !rules.is_empty()))
        .set_network_configuration(network.as_ref().map(to_network_configuration).transpose()?)
        .started_by(started_by(task.started_by))
        .client_token(token);
    Ok(call)
}

fn to_network_configuration(network: &TaskNetwork) -> Result<NetworkConfiguration, BuildError> {
    let public = if network.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(network.subnets.clone()))
        .set_security_groups(Some(network.security_groups.clone()).filter(|groups| !groups.is_empty()))
        .assign_public_ip(public)
        .build()?;
    Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
}

/// A valid `startedBy`: ECS accepts ASCII letters, digits and `-`, `_`, `/`.
pub(super) fn started_by(text: &str) -> String {
    let replace_invalid = |c: char| if c.is_ascii_alphanumeric() || "-_/".contains(c) { c } else { '-' };
    text.chars().map(replace_invalid).take(MAX_STARTED_BY).collect()
}

fn add_pass_role_hint(error: AwsError) -> AwsError {
    if error.kind == ErrorKind::Permission && error.message.contains("iam:PassRole") {
        return error.with_hint(
            "ECS runs the task with its roles: allow `iam:PassRole` on its execution role and its task role",
        );
    }
    error
}

fn placed_task(response: RunTaskOutput, task: &OneOff<'_>) -> Result<Task, TaskError> {
    let started = response.tasks.unwrap_or_default().into_iter().find(|task| task.task_arn().is_some());
    started.ok_or_else(|| TaskError::NotPlaced {
        name: task.name.to_owned(),
        cluster: task.cluster.to_owned(),
        reasons: describe_failures(&response.failures.unwrap_or_default()),
    })
}

/// Why a task was not placed, with counts: ECS reports a reason for each container instance.
fn describe_failures(failures: &[Failure]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for failure in failures {
        *counts.entry(describe_failure(failure)).or_default() += 1;
    }
    if counts.is_empty() {
        return vec!["ECS reports no reason".to_owned()];
    }
    let with_count = |(reason, count)| if count == 1 { reason } else { format!("{count} × {reason}") };
    counts.into_iter().map(with_count).collect()
}

/// The description of a failure's reason (the ECS developer guide, "API failure reasons").
fn describe_failure(failure: &Failure) -> String {
    let reason = failure.reason().unwrap_or("ECS reports no reason");
    let words = match reason {
        "AGENT" => "the agent of a container instance is disconnected; run this again in a minute",
        "ATTRIBUTE" => "a container instance lacks an attribute that the task definition requires",
        "RESOURCE:MEMORY" => "a container instance has too little free memory",
        "RESOURCE:CPU" => "a container instance has too little free CPU",
        "RESOURCE:GPU" => "a container instance has too few free GPUs",
        "RESOURCE:ENI" => "a container instance has no network interface left",
        _ if reason.starts_with("RESOURCE:PORTS") => {
            "a port that the task requires is in use on a container instance"
        }
        _ if reason.starts_with("RESOURCE:") => "a container instance lacks a resource",
        _ => "",
    };
    let detail = failure.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    if words.is_empty() { format!("{reason}{detail}") } else { format!("{words} ({reason}){detail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_started_by_is_made_valid() {
        assert_eq!(started_by("ecs-host/57 (migrate)"), "ecs-host/57--migrate-");
        assert_eq!(started_by(&"ä".repeat(200)).len(), MAX_STARTED_BY);
    }

    #[test]
    fn placement_failures_are_described_and_counted() {
        let failure = |reason: &str| Failure::builder().reason(reason).build();
        let failures = [failure("RESOURCE:MEMORY"), failure("AGENT"), failure("RESOURCE:MEMORY")];
        assert_eq!(
            describe_failures(&failures),
            [
                "2 × a container instance has too little free memory (RESOURCE:MEMORY)",
                "the agent of a container instance is disconnected; run this again in a minute (AGENT)",
            ]
            .map(str::to_owned)
        );
        let fargate =
            Failure::builder().reason("Capacity is unavailable at this time").detail("us-east-1a").build();
        assert_eq!(describe_failures(&[fargate]), ["Capacity is unavailable at this time: us-east-1a"]);
        assert_eq!(describe_failures(&[]), ["ECS reports no reason"]);
    }
}
