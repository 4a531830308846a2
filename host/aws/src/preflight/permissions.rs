//! The permissions that a rollout needs. Reads are made for real. Writes are
//! made so that ECS has to refuse them: each lacks, or names something that is
//! not there, what the change would be made of, so there is nothing that it
//! could change.

use aws_sdk_ecs::operation::run_task::RunTaskInput;
use aws_sdk_ecs::types::DesiredStatus;
use serde_json::{Map, Value, json};

use super::ProbeResult;
use crate::ecs::{DeploymentFilter, Ecs, Paging, Retry, TaskFilter};
use crate::{AwsError, ErrorKind};
use model::check::Check;
use model::decision::ServiceName;
use model::names::{ServiceDeploymentArn, TaskDefinitionArn};
use model::plan::TaskDefinition;

/// The highest number that a revision could have. ECS counts them up by one
/// and lets an account register one a second, so that none gets there.
const NO_REVISION: i32 = i32::MAX;

/// In place of a task's id, which ECS makes of 32 random hexadecimal digits.
const NO_TASK: &str = "00000000000000000000000000000000";

/// In place of a service deployment's id, which ECS makes of 21 random
/// characters.
const NO_DEPLOYMENT: &str = "ecs-host-verify-probe";

/// Whether revisions of a definition's family may be registered, with its
/// roles and its tags. A definition without containers can't be.
pub async fn register(ecs: &Ecs, definition: &TaskDefinition, tell: &impl Fn(Check)) {
    let family = definition.family();
    let name = format!("ecs:RegisterTaskDefinition for {family}");
    let (mut roles, mut tags) = (roles(definition), tags(definition));
    loop {
        match probe(ecs, family, &roles, &tags).await {
            ProbeResult::Denied(error) if !roles.is_empty() && error.message.contains("iam:PassRole") => {
                let hint = format!("allow `iam:PassRole` on {}", listed(&roles));
                tell(Check::failed(format!("iam:PassRole for {family}"), error.with_hint(hint).to_string()));
                roles.clear();
            }
            ProbeResult::Denied(error) if !tags.is_empty() && error.message.contains("ecs:TagResource") => {
                let hint = "its definition carries tags: allow `ecs:TagResource` to keep them";
                tell(Check::failed(
                    format!("ecs:TagResource for {family}"),
                    error.with_hint(hint).to_string(),
                ));
                tags.clear();
            }
            probed => {
                tell(probed.into_check(name));
                break;
            }
        }
    }
    // Nothing says that ECS looks at these before it misses the containers.
    let unsure = "not denied, but not proven either: AWS offers no dry run";
    if !roles.is_empty() {
        let detail = format!("{unsure}; it has to be allowed on {}", listed(&roles));
        tell(Check::skipped(format!("iam:PassRole for {family}"), detail));
    }
    if !tags.is_empty() {
        tell(Check::skipped(format!("ecs:TagResource for {family}"), unsure));
    }
}

async fn probe(ecs: &Ecs, family: &str, roles: &[(&str, String)], tags: &[Value]) -> ProbeResult {
    let mut body = Map::from_iter([
        ("family".to_owned(), json!(family)),
        ("containerDefinitions".to_owned(), json!([])),
    ]);
    body.extend(roles.iter().map(|(field, arn)| ((*field).to_owned(), json!(arn))));
    if !tags.is_empty() {
        body.insert("tags".to_owned(), json!(tags));
    }
    let body = Value::Object(body).to_string();
    let answer = ecs.register_task_definition(family, body, Retry::BySdk).await;
    ProbeResult::from_response(answer, &["ClientException", "InvalidParameterException"])
}

const TASK_ROLE: &str = "taskRoleArn";
const EXECUTION_ROLE: &str = "executionRoleArn";

fn roles(definition: &TaskDefinition) -> Vec<(&'static str, String)> {
    let role = |field| Some((field, definition.field(field)?.as_str()?.to_owned()));
    [TASK_ROLE, EXECUTION_ROLE].into_iter().filter_map(role).collect()
}

fn listed(roles: &[(&str, String)]) -> String {
    let name = |field: &str| if field == TASK_ROLE { "the task role" } else { "the execution role" };
    roles.iter().map(|(field, arn)| format!("{} {arn}", name(field))).collect::<Vec<_>>().join(" and ")
}

fn tags(definition: &TaskDefinition) -> Vec<Value> {
    definition.field("tags").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Whether a service may be updated: it is given a revision that is not there,
/// and nothing else.
pub async fn update(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    let revision = format!("{family}:{NO_REVISION}");
    let answer = ecs.update_service(service, &revision, false, Retry::BySdk).await;
    let probed = ProbeResult::from_response(answer, &["ClientException", "InvalidParameterException"]);
    probed.into_check(format!("ecs:UpdateService on {service}"))
}

/// Whether a one-off task may be run: of a revision that is not there.
pub async fn run_task(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    let request = RunTaskInput::builder().cluster(&service.cluster);
    let request = request.task_definition(format!("{family}:{NO_REVISION}"));
    let answer = ecs.run_task(request, Retry::BySdk).await;
    let probed = ProbeResult::from_response(answer, &["ClientException", "InvalidParameterException"]);
    probed.into_check(format!("ecs:RunTask of {family}"))
}

/// Whether a one-off task may be stopped: one that is not there.
pub async fn stop_task(ecs: &Ecs, service: &ServiceName) -> Check {
    let answer = ecs.stop_task(&service.cluster, NO_TASK, None).await;
    let probed = ProbeResult::from_response(answer, &["ClientException", "InvalidParameterException"]);
    let name = format!("ecs:StopTask in {}", service.cluster);
    probed.into_optional_check(name, "a one-off task that takes too long goes on")
}

/// Whether rollouts of a service may be stopped: one that is not there.
pub async fn stop(ecs: &Ecs, service: &ServiceName, task_definition: &str) -> Check {
    let name = format!("ecs:StopServiceDeployment on {service}");
    let Ok(task_definition) = TaskDefinitionArn::parse(task_definition) else {
        return Check::skipped(name, "not known: its task definition has no ARN");
    };
    let deployment = ServiceDeploymentArn {
        scope: task_definition.scope().clone(),
        cluster: service.cluster.clone(),
        service: service.service.clone(),
        id: NO_DEPLOYMENT.to_owned(),
    };
    let answer = ecs.stop_service_deployment(&deployment.to_string()).await;
    let probed = ProbeResult::from_response(answer, &["ServiceDeploymentNotFoundException"]);
    probed.into_optional_check(name, "a failed rollout is taken back by an update instead")
}

/// Whether a rollout can be watched closely: its service deployment, and the
/// images that its tasks run.
pub async fn watch(ecs: &Ecs, service: &ServiceName) -> Check {
    let name = format!("watching rollouts in {}", service.cluster);
    let mut denied: Vec<&'static str> = Vec::new();
    let mut other = Vec::new();
    let mut note = |error: AwsError| match error.kind {
        ErrorKind::Permission => denied.push(error.operation),
        _ if error.is_unsupported() => denied.push(error.operation),
        _ => other.push(error.to_string()),
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
                let _ = reads.0.map_err(&mut note);
                let _ = reads.1.map_err(&mut note);
            }
        }
        Err(error) => note(error),
    }
    let (filter, running) = (TaskFilter::Service(service), DesiredStatus::Running);
    match ecs.list_tasks(filter, &running, Paging::OneItem, Retry::BySdk).await {
        Ok(tasks) if tasks.items.is_empty() => {}
        Ok(tasks) => {
            let described = ecs.describe_tasks(&service.cluster, &tasks.items, Retry::BySdk).await;
            let _ = described.map_err(&mut note);
        }
        Err(error) => note(error),
    }
    if !other.is_empty() {
        return Check::skipped(name, format!("not known: {}", other.join("; ")));
    }
    if denied.is_empty() {
        return Check::ok(name, "service deployments and tasks can be read");
    }
    let denied = denied.join("`, `");
    let detail = format!(
        "`{denied}` is not to be had, and a rollout is judged by what is left; allow it in the IAM policy of \
         these credentials"
    );
    Check::skipped(name, detail)
}
