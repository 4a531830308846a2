//! The start of a one-off task, at most once.

use std::collections::BTreeMap;

use aws_sdk_ecs::error::BuildError;
use aws_sdk_ecs::operation::run_task::builders::RunTaskInputBuilder;
use aws_sdk_ecs::operation::run_task::{RunTaskInput, RunTaskOutput};
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, CapacityProviderStrategyItem, ContainerOverride, Failure,
    KeyValuePair, LaunchType, NetworkConfiguration, PlacementConstraint, PlacementConstraintType,
    PlacementStrategy, PlacementStrategyType, Task, TaskOverride,
};
use tokio::time::{Instant, timeout_at};

use super::earlier::{self, EarlierTasks};
use super::outcome::{Observation, failure_cause};
use super::poller::TaskPoller;
use super::{Ecs, OneOff, TaskError};
use crate::ecs::Retry;
use crate::ecs::retry::{MutationError, retry_mutation};
use crate::error::{AwsError, ErrorKind};
use model::names::{Digest, task_id};
use model::one_off::OneOffTaskChange;
use model::plan::TaskDefinition;
use model::plan::facts::{LaunchSettings, PlacementRule, TaskNetwork};

const OPERATION: &str = "ecs:RunTask";

/// How many tasks that failed ECS may return for a client token before it starts a new one: they are not listed (yet).
const MAX_UNLISTED_ATTEMPTS: usize = 20;

/// The start of a one-off task.
pub(super) enum StartResult {
    /// An earlier run started it, and it succeeded.
    Succeeded(Task),
    /// An earlier run started it, and it has not stopped yet.
    Running(Task),
    /// This run started it.
    Started(Task),
}

/// Starts the task, unless an earlier run has done so and it has not failed.
///
/// The client token of the n-th attempt is the same in every run, so that ECS returns the task of that attempt rather
/// than to start a second one, even if it does not list the first one yet or two runs do so at the same moment. A
/// token is valid for as long as its task and an hour more, for at most a day (the ECS API reference, "Ensuring
/// idempotency").
///
/// # Errors
/// [`TaskError::NotStarted`] or [`TaskError::NotPlaced`].
pub(super) async fn start_once(
    poller: &TaskPoller<'_>,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
    deadline: Instant,
    report: &mut impl FnMut(OneOffTaskChange),
) -> Result<StartResult, TaskError> {
    let ecs = poller.ecs;
    let mut earlier = earlier::find(ecs, task, definition).await.unwrap_or_else(|error| {
        let message =
            format!("{error}; only its client token prevents that `{}` runs a second time", task.name);
        report(OneOffTaskChange::Warning { message });
        EarlierTasks::default()
    });
    if let Some(stopping) = earlier.running.as_ref().filter(|running| earlier::is_stopping(running)) {
        report(OneOffTaskChange::Stopping {
            task: task_id(stopping.task_arn().unwrap_or_default()).to_owned(),
        });
        earlier = earlier::wait_for_stop(poller, task, definition, deadline, earlier).await;
    }
    if let Some(running) = earlier.running {
        return Ok(StartResult::Running(running));
    }
    if let Some(succeeded) = earlier.succeeded {
        return Ok(StartResult::Succeeded(succeeded));
    }
    let attempts = earlier.failed..earlier.failed + MAX_UNLISTED_ATTEMPTS;
    for attempt in attempts {
        let started = match start(ecs, task, attempt, deadline, report).await {
            Ok(started) => started,
            Err(error) if error.is_conflict() => {
                match earlier::find_conflicting(ecs, task, definition, attempt, error).await? {
                    Some(found) => found,
                    None => continue,
                }
            }
            Err(error) => return Err(error),
        };
        if started.last_status() != Some("STOPPED") {
            return Ok(StartResult::Started(started));
        }
        // ECS returns the task of an earlier run, which it did not list.
        if failure_cause(definition, &started, task.container, &Observation::default()).is_none() {
            return Ok(StartResult::Succeeded(started));
        }
    }
    let error = AwsError::unusable(
        OPERATION,
        format!("cluster `{}`", task.cluster),
        format!(
            "ECS returns only tasks that failed before, {MAX_UNLISTED_ATTEMPTS} times; run this again in an hour"
        ),
    );
    Err(TaskError::not_started(task, error, false))
}

/// Starts the task with the client token of this attempt.
async fn start(
    ecs: &Ecs,
    task: &OneOff<'_>,
    attempt: usize,
    deadline: Instant,
    report: &mut impl FnMut(OneOffTaskChange),
) -> Result<Task, TaskError> {
    let on = || format!("cluster `{}`", task.cluster);
    let request = request(task, &client_token(task.mark, attempt)).map_err(|error| {
        let error = AwsError::unusable(OPERATION, on(), error.to_string());
        TaskError::not_started(task, error, false)
    })?;
    let call = async || {
        if deadline <= Instant::now() {
            return Err(AwsError::unusable(
                OPERATION,
                on(),
                "the timeout of the task was over before the request",
            ));
        }
        match timeout_at(deadline, ecs.run_task(request.clone(), Retry::ByCaller)).await {
            Ok(response) => response.map_err(add_pass_role_hint),
            Err(_) => Err(AwsError {
                kind: ErrorKind::Network,
                ..AwsError::unusable(OPERATION, on(), "no response within the timeout of the task")
            }),
        }
    };
    let mut warn = |message| report(OneOffTaskChange::Warning { message });
    match retry_mutation(deadline, &mut warn, call, async || Ok(None)).await {
        Ok(response) => placed_task(response, task),
        Err(MutationError { error, is_outcome_unknown, .. }) => {
            Err(TaskError::not_started(task, *error, is_outcome_unknown))
        }
    }
}

/// The client token of an attempt: at most 64 characters (the ECS API reference, `RunTask`).
fn client_token(mark: &str, attempt: usize) -> String {
    let digest = Digest::sha256(mark.as_bytes());
    let digits: String = digest.as_str().trim_start_matches("sha256:").chars().take(32).collect();
    format!("ecs-host-{digits}-{attempt}")
}

fn request(task: &OneOff<'_>, token: &str) -> Result<RunTaskInputBuilder, BuildError> {
    let variable = |(name, value): &(String, String)| KeyValuePair::builder().name(name).value(value).build();
    let environment: Vec<KeyValuePair> = task.environment.iter().map(variable).collect();
    let container = ContainerOverride::builder()
        .name(task.container)
        .set_command(Some(task.command.to_vec()))
        .set_environment(Some(environment).filter(|variables| !variables.is_empty()));
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
        .started_by(task.mark)
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
    fn a_client_token_is_that_of_its_mark_and_attempt() {
        let token = client_token("ecs-host/57", 0);
        assert_eq!(token, client_token("ecs-host/57", 0));
        assert!(token.len() <= 64 && token.is_ascii(), "{token}");
        let others = [client_token("ecs-host/57", 1), client_token("ecs-host/58", 0)];
        assert!(others.iter().all(|other| *other != token), "{others:?}");
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
