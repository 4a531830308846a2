//! The permissions that a rollout needs. Reads are made for real. Writes are
//! made so that ECS has to refuse them: each lacks, or names something that is
//! not there, what the change would be made of, so there is nothing that it
//! could change.

use aws_sdk_ecs::types::{StopServiceDeploymentStopType, Tag};
use serde_json::Value;

use super::ProbeResult;
use crate::ecs::Ecs;
use crate::ecs::rates::Kind;
use crate::ecs::watch;
use crate::{AwsError, ErrorKind};
use model::check::Check;
use model::decision::ServiceName;
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
                tell(probed.check(name));
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

async fn probe(ecs: &Ecs, family: &str, roles: &[(&str, String)], tags: &[Tag]) -> ProbeResult {
    let role = |field: &str| roles.iter().find(|(name, _)| *name == field).map(|(_, arn)| arn.clone());
    ecs.rates.permit(Kind::DefinitionModify).await;
    let call =
        ecs.client.register_task_definition().family(family).set_container_definitions(Some(Vec::new()));
    let call = call.set_task_role_arn(role(TASK_ROLE)).set_execution_role_arn(role(EXECUTION_ROLE));
    let answer = call.set_tags((!tags.is_empty()).then(|| tags.to_vec())).send().await;
    let answer = answer.map_err(|error| {
        AwsError::new("ecs:RegisterTaskDefinition", format!("the family `{family}`"), error)
    });
    ProbeResult::of(answer, &["ClientException", "InvalidParameterException"])
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

fn tags(definition: &TaskDefinition) -> Vec<Tag> {
    let tags = definition.field("tags").and_then(Value::as_array).into_iter().flatten();
    let text = |tag: &Value, name: &str| tag.get(name).and_then(Value::as_str).map(str::to_owned);
    tags.map(|tag| Tag::builder().set_key(text(tag, "key")).set_value(text(tag, "value")).build()).collect()
}

/// Whether a service may be updated: it is given a revision that is not there,
/// and nothing else.
pub async fn update(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    ecs.rates.permit(Kind::ServiceModify).await;
    let call = ecs.client.update_service().cluster(&service.cluster).service(&service.service);
    let answer = call.task_definition(format!("{family}:{NO_REVISION}")).send().await;
    let answer =
        answer.map_err(|error| AwsError::new("ecs:UpdateService", format!("service `{service}`"), error));
    let probed = ProbeResult::of(answer, &["ClientException", "InvalidParameterException"]);
    probed.check(format!("ecs:UpdateService on {service}"))
}

/// Whether a one-off task may be run: of a revision that is not there.
pub async fn run_task(ecs: &Ecs, service: &ServiceName, family: &str) -> Check {
    ecs.rates.permit(Kind::TaskModify).await;
    let call = ecs.client.run_task().cluster(&service.cluster);
    let answer = call.task_definition(format!("{family}:{NO_REVISION}")).send().await;
    let answer =
        answer.map_err(|error| AwsError::new("ecs:RunTask", format!("the family `{family}`"), error));
    let probed = ProbeResult::of(answer, &["ClientException", "InvalidParameterException"]);
    probed.check(format!("ecs:RunTask of {family}"))
}

/// Whether a one-off task may be stopped: one that is not there.
pub async fn stop_task(ecs: &Ecs, service: &ServiceName) -> Check {
    ecs.rates.permit(Kind::TaskModify).await;
    let call = ecs.client.stop_task().cluster(&service.cluster).task(NO_TASK);
    let answer = call.send().await;
    let on = format!("cluster `{}`", service.cluster);
    let answer = answer.map_err(|error| AwsError::new("ecs:StopTask", on, error));
    let probed = ProbeResult::of(answer, &["ClientException", "InvalidParameterException"]);
    let name = format!("ecs:StopTask in {}", service.cluster);
    probed.optional(name, "a one-off task that takes too long goes on")
}

/// Whether rollouts of a service may be stopped: one that is not there.
pub async fn stop(ecs: &Ecs, service: &ServiceName, task_definition: &str) -> Check {
    let name = format!("ecs:StopServiceDeployment on {service}");
    let Some((place, _)) = task_definition.split_once(":task-definition/") else {
        return Check::skipped(name, "not known: its task definition has no ARN");
    };
    let arn = format!("{place}:service-deployment/{service}/{NO_DEPLOYMENT}");
    ecs.rates.permit(Kind::ServiceModify).await;
    let call = ecs.client.stop_service_deployment().service_deployment_arn(arn);
    let answer = call.stop_type(StopServiceDeploymentStopType::Rollback).send().await;
    let answer = answer
        .map_err(|error| AwsError::new("ecs:StopServiceDeployment", format!("service `{service}`"), error));
    let probed = ProbeResult::of(answer, &["ServiceDeploymentNotFoundException"]);
    probed.optional(name, "a failed rollout is taken back by an update instead")
}

/// Whether a rollout can be watched closely: its service deployment, and the
/// images that its tasks run.
pub async fn watch(ecs: &Ecs, service: &ServiceName) -> Check {
    let name = format!("watching rollouts in {}", service.cluster);
    let mut denied: Vec<&'static str> = Vec::new();
    let mut other = Vec::new();
    let mut note = |error: AwsError| match error.trouble {
        ErrorKind::Permission => denied.push(error.operation),
        _ if watch::not_offered(&error) => denied.push(error.operation),
        _ => other.push(error.to_string()),
    };
    match deployments(ecs, service).await {
        Ok(Some((deployment, revision))) => {
            let reads = tokio::join!(
                watch::deployments(ecs, vec![deployment]),
                watch::revisions(ecs, vec![revision])
            );
            let _ = reads.0.map_err(&mut note);
            let _ = reads.1.map_err(&mut note);
        }
        Ok(None) => {}
        Err(error) => note(error),
    }
    match tasks(ecs, service).await {
        Ok(Some(task)) => {
            let _ = crate::ecs::explain::describe(ecs, &service.cluster, &[task]).await.map_err(&mut note);
        }
        Ok(None) => {}
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

/// The latest service deployment, and the revision that it rolled out.
async fn deployments(ecs: &Ecs, service: &ServiceName) -> Result<Option<(String, String)>, AwsError> {
    ecs.rates.permit(Kind::ServiceRead).await;
    let call = ecs.client.list_service_deployments().cluster(&service.cluster).service(&service.service);
    let answer = call.max_results(1).send().await.map_err(|error| {
        AwsError::new("ecs:ListServiceDeployments", format!("service `{service}`"), error)
    })?;
    let brief = answer.service_deployments.unwrap_or_default().into_iter().next();
    Ok(brief.and_then(|brief| Some((brief.service_deployment_arn?, brief.target_service_revision_arn?))))
}

async fn tasks(ecs: &Ecs, service: &ServiceName) -> Result<Option<String>, AwsError> {
    ecs.rates.permit(Kind::TaskRead).await;
    let call = ecs.client.list_tasks().cluster(&service.cluster).service_name(&service.service);
    let answer = call.max_results(1).send().await;
    let answer =
        answer.map_err(|error| AwsError::new("ecs:ListTasks", format!("service `{service}`"), error))?;
    Ok(answer.task_arns.unwrap_or_default().into_iter().next())
}
