//! The checks of the permissions that a rollout requires. Reads are real requests. Writes are requests that ECS must
//! reject: each lacks a required part, or names a resource that does not exist.

use aws_sdk_ecs::operation::run_task::RunTaskInput;
use aws_sdk_ecs::types::DesiredStatus;
use serde_json::{Map, Value, json};

use super::ProbeResult;
use crate::ecs::{DeploymentFilter, Ecs, Retry, TaskFilter};
use crate::error::{AwsError, ErrorKind};
use crate::iam::{advice, table};
use crate::pages::Paging;
use model::check::Check;
use model::decision::ServiceName;
use model::names::{ServiceDeploymentArn, TaskDefinitionArn};
use model::plan::TaskDefinition;
use model::text::abbreviate;

/// The revision of a task definition that does not exist. ECS increments revisions by one and accepts one registration
/// a second, so no family reaches it.
const NO_REVISION: i32 = i32::MAX;

/// The id of a task that does not exist: ECS creates ids of 32 random hexadecimal digits.
const NO_TASK: &str = "00000000000000000000000000000000";

/// The id of a service deployment that does not exist: ECS creates ids of 21 random characters.
const NO_DEPLOYMENT: &str = "ecs-host-verify-probe";

/// Checks whether revisions of a definition's family may be registered, with its roles and its tags. The request has no
/// containers, so ECS must reject it.
pub async fn check_register(ecs: &Ecs, definition: &TaskDefinition, report: &impl Fn(Check)) {
    let family = definition.family();
    let name = format!("ecs:RegisterTaskDefinition for {family}");
    let (mut roles, mut tags) = (roles(definition), tags(definition));
    loop {
        match probe_register(ecs, family, &roles, &tags).await {
            ProbeResult::Denied(error) if !roles.is_empty() && error.message.contains("iam:PassRole") => {
                let hint = format!("allow `iam:PassRole` on {}", list_roles(&roles));
                report(Check::failed(
                    format!("iam:PassRole for {family}"),
                    error.with_hint(hint).to_string(),
                ));
                roles.clear();
            }
            ProbeResult::Denied(error) if !tags.is_empty() && error.message.contains("ecs:TagResource") => {
                let hint = "its task definition has tags: allow `ecs:TagResource` to register them";
                report(Check::failed(
                    format!("ecs:TagResource for {family}"),
                    error.with_hint(hint).to_string(),
                ));
                tags.clear();
            }
            result => {
                report(result.into_check(name));
                break;
            }
        }
    }
    // The order is not documented: ECS may reject the missing containers before it authorizes roles and tags.
    let unverified = "not denied, but not verified: AWS offers no dry run";
    if !roles.is_empty() {
        let detail = format!("{unverified}; it must be allowed on {}", list_roles(&roles));
        report(Check::skipped(format!("iam:PassRole for {family}"), detail));
    }
    if !tags.is_empty() {
        report(Check::skipped(format!("ecs:TagResource for {family}"), unverified));
    }
}

async fn probe_register(ecs: &Ecs, family: &str, roles: &[(&str, String)], tags: &[Value]) -> ProbeResult {
    let mut body = Map::from_iter([
        ("family".to_owned(), json!(family)),
        ("containerDefinitions".to_owned(), json!([])),
    ]);
    body.extend(roles.iter().map(|(field, arn)| ((*field).to_owned(), json!(arn))));
    if !tags.is_empty() {
        body.insert("tags".to_owned(), json!(tags));
    }
    let body = Value::Object(body).to_string();
    let response = ecs.register_task_definition(family, body, Retry::BySdk).await;
    ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"])
}

const TASK_ROLE: &str = "taskRoleArn";
const EXECUTION_ROLE: &str = "executionRoleArn";

fn roles(definition: &TaskDefinition) -> Vec<(&'static str, String)> {
    let role = |field| Some((field, definition.field(field)?.as_str()?.to_owned()));
    [TASK_ROLE, EXECUTION_ROLE].into_iter().filter_map(role).collect()
}

fn list_roles(roles: &[(&str, String)]) -> String {
    let name = |field: &str| if field == TASK_ROLE { "task role" } else { "execution role" };
    let roles = roles.iter().map(|(field, arn)| match advice::is_pattern(arn) {
        false => format!("the {} {arn}", name(field)),
        true => format!("a single {}, which has to replace the pattern \"{}\"", name(field), abbreviate(arn)),
    });
    roles.collect::<Vec<_>>().join(" and ")
}

fn tags(definition: &TaskDefinition) -> Vec<Value> {
    definition.field("tags").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Checks whether a service may be updated, by an update to a revision that does not exist.
pub async fn check_update(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    let revision = format!("{family}:{NO_REVISION}");
    let response = ecs.update_service(service, Some(&revision), None, false, Retry::BySdk).await;
    let result = ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"]);
    result.into_check(format!("ecs:UpdateService on {service}"))
}

/// Checks whether a one-off task may be run, with a revision that does not exist.
pub async fn check_run_task(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    let request = RunTaskInput::builder().cluster(&service.cluster);
    let request = request.task_definition(format!("{family}:{NO_REVISION}"));
    let response = ecs.run_task(request, Retry::BySdk).await;
    let result = ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"]);
    result.into_check(format!("ecs:RunTask of {family}"))
}

/// Checks whether a one-off task may be stopped, with a task that does not exist.
pub async fn check_stop_task(ecs: &Ecs, service: &ServiceName) -> Check {
    let response = ecs.stop_task(&service.cluster, NO_TASK, None).await;
    let result = ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"]);
    let name = format!("ecs:StopTask in {}", service.cluster);
    result.into_optional_check(name, table::TASK_CONTINUES)
}

/// Checks whether rollouts of a service may be stopped, with a service deployment that does not exist.
pub async fn check_stop(ecs: &Ecs, service: &ServiceName, task_definition: &str) -> Check {
    let name = format!("ecs:StopServiceDeployment on {service}");
    let Ok(task_definition) = TaskDefinitionArn::parse(task_definition) else {
        return Check::skipped(name, "could not check: the task definition has no ARN");
    };
    let deployment = ServiceDeploymentArn {
        scope: task_definition.scope().clone(),
        cluster: service.cluster.clone(),
        service: service.service.clone(),
        id: NO_DEPLOYMENT.to_owned(),
    };
    let response = ecs.stop_service_deployment(&deployment.to_string()).await;
    let result = ProbeResult::from_response(response, &["ServiceDeploymentNotFoundException"]);
    result.into_optional_check(name, table::ROLLED_BACK_BY_UPDATE)
}

/// Checks whether the service deployments and the tasks of rollouts can be read. Only they show pauses and lifecycle
/// stages; `waits_for_stage` states whether the run ends at one.
pub async fn check_watch(ecs: &Ecs, service: &ServiceName, waits_for_stage: bool) -> Check {
    let name = format!("watching rollouts in {}", service.cluster);
    let mut denied: Vec<&'static str> = Vec::new();
    let mut other_errors = Vec::new();
    let mut record = |error: AwsError| match error.kind {
        ErrorKind::Permission => denied.push(error.operation),
        _ if error.is_unsupported() => denied.push(error.operation),
        _ => other_errors.push(error.to_string()),
    };
    let latest =
        ecs.list_service_deployments(service, DeploymentFilter::default(), Paging::OneItem, Retry::BySdk);
    match latest.await {
        Ok(latest) => {
            let latest = latest.into_iter().next();
            let arns = latest.and_then(|b| Some((b.service_deployment_arn?, b.target_service_revision_arn?)));
            if let Some((deployment, revision)) = arns {
                let (deployment, revision) = ([deployment], [revision]);
                let reads = tokio::join!(
                    ecs.describe_service_deployments(&deployment),
                    ecs.describe_service_revisions(&revision)
                );
                let _ = reads.0.map_err(&mut record);
                let _ = reads.1.map_err(&mut record);
            }
        }
        Err(error) => record(error),
    }
    let (filter, running) = (TaskFilter::Service(service), DesiredStatus::Running);
    match ecs.list_tasks(filter, &running, Paging::OneItem, Retry::BySdk).await {
        Ok(tasks) if tasks.items.is_empty() => {}
        Ok(tasks) => {
            let described = ecs.describe_tasks(&service.cluster, &tasks.items, Retry::BySdk).await;
            let _ = described.map_err(&mut record);
        }
        Err(error) => record(error),
    }
    if !other_errors.is_empty() {
        return Check::skipped(name, format!("could not check: {}", other_errors.join("; ")));
    }
    if denied.is_empty() {
        return Check::ok(name, "service deployments and tasks can be read");
    }
    let is_blind = denied.iter().any(|operation| operation.contains("Service"));
    let denied = denied.join("`, `");
    if waits_for_stage && is_blind {
        let detail = format!(
            "`{denied}` is not allowed, and --wait-until requires it to see pauses and lifecycle stages; allow it in the \
             IAM policy of these credentials"
        );
        return Check::failed(name, detail);
    }
    let detail = format!(
        "`{denied}` is not allowed, so rollouts are watched without it; allow it in the IAM policy of these credentials"
    );
    Check::skipped(name, detail)
}
