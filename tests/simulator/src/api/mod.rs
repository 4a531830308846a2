//! The actions of ECS, ECR, CloudWatch Logs, EventBridge and EventBridge Scheduler.

mod clusters;
mod ecr;
mod event_bridge;
mod logs;
mod paging;
mod run_task;
mod scheduler;
mod service_deployments;
mod services;
mod tags;
mod task_definitions;
mod tasks;
mod update_service;

use serde_json::Value;

use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::TaskDefinition;
use crate::region::Region;

impl Region {
    /// Executes an action that reads; `None` if the action is not one of these.
    pub(crate) fn execute_read(&self, action: &str, request: &Value) -> Option<ApiResult> {
        Some(match action {
            "ecs:DescribeClusters" => self.describe_clusters(request),
            "ecs:ListClusters" => self.list_clusters(request),
            "ecs:DescribeTaskDefinition" => self.describe_task_definition(request),
            "ecs:ListTaskDefinitions" => self.list_task_definitions(request),
            "ecs:ListTaskDefinitionFamilies" => self.list_task_definition_families(request),
            "ecs:DescribeServices" => self.describe_services(request),
            "ecs:ListServices" => self.list_services(request),
            "ecs:ListServiceDeployments" => self.list_service_deployments(request),
            "ecs:DescribeServiceDeployments" => self.describe_service_deployments(request),
            "ecs:DescribeServiceRevisions" => self.describe_service_revisions(request),
            "ecs:ListTasks" => self.list_tasks(request),
            "ecs:DescribeTasks" => self.describe_tasks(request),
            "ecs:ListContainerInstances" => self.list_container_instances(request),
            "ecs:ListTagsForResource" => self.list_tags_for_resource(request),
            "ecr:DescribeRepositories" => self.describe_repositories(request),
            "ecr:DescribeImages" => self.describe_images(request),
            "ecr:ListImages" => self.list_images(request),
            "ecr:BatchCheckLayerAvailability" => self.batch_check_layer_availability(request),
            "ecr:BatchGetImage" => self.batch_get_image(request),
            "ecr:GetAuthorizationToken" => Ok(self.get_authorization_token()),
            "logs:DescribeLogGroups" => Ok(self.describe_log_groups(request)),
            "logs:DescribeLogStreams" => self.describe_log_streams(request),
            "logs:GetLogEvents" => self.get_log_events(request),
            "events:DescribeRule" => self.describe_rule(request),
            "events:ListEventBuses" => self.list_event_buses(request),
            "events:ListRuleNamesByTarget" => self.list_rule_names_by_target(request),
            "events:ListTargetsByRule" => self.list_targets_by_rule(request),
            "scheduler:ListSchedules" => self.list_schedules(request),
            "scheduler:GetSchedule" => self.get_schedule(request),
            _ => return None,
        })
    }

    /// Executes an action.
    pub(crate) fn execute(&mut self, action: &str, request: &Value) -> ApiResult {
        if let Some(result) = self.execute_read(action, request) {
            return result;
        }
        match action {
            "ecs:CreateCluster" => self.create_cluster(request),
            "ecs:RegisterTaskDefinition" => self.register_task_definition(request),
            "ecs:DeregisterTaskDefinition" => self.deregister_task_definition(request),
            "ecs:CreateService" => self.create_service(request),
            "ecs:UpdateService" => self.update_service(request),
            "ecs:DeleteService" => self.delete_service(request),
            "ecs:StopServiceDeployment" => self.stop_service_deployment(request),
            "ecs:ContinueServiceDeployment" => self.continue_service_deployment(request),
            "ecs:RunTask" => self.run_task(request),
            "ecs:StopTask" => self.stop_task(request),
            "ecs:TagResource" => self.tag_resource(request),
            "ecs:UntagResource" => self.untag_resource(request),
            "events:PutTargets" => self.put_targets(request),
            "scheduler:UpdateSchedule" => self.update_schedule(request),
            "ecr:CreateRepository" => self.create_repository(request),
            "ecr:PutImage" => self.put_image(request),
            _ => Err(ApiError::new("UnknownOperationException", "")),
        }
    }
}

/// Whether a request includes `TAGS` in the response.
fn includes_tags(request: &Value) -> bool {
    json::strings(request, "include").iter().any(|part| part == "TAGS")
}

/// An element of `failures` ("API failure reasons" in the developer guide).
fn missing_failure(arn: &str) -> Value {
    serde_json::json!({ "arn": arn, "reason": "MISSING" })
}

/// The strings of a member that must contain from 1 to `max` of them. `label` is its name in the error
/// message.
fn required_strings(request: &Value, name: &str, label: &str, max: usize) -> Result<Vec<String>, ApiError> {
    let strings = json::strings(request, name);
    if strings.is_empty() {
        return Err(ApiError::invalid_parameter(format!("{label} cannot be empty.")));
    }
    if strings.len() > max {
        return Err(ApiError::invalid_parameter(format!("{label} cannot be longer than {max}.")));
    }
    Ok(strings)
}

/// Checks that a task definition with network mode awsvpc is used with a network.
fn check_network(definition: &TaskDefinition, request: &Value) -> Result<(), ApiError> {
    if definition.is_awsvpc() && !json::is_set(request, "networkConfiguration") {
        return Err(ApiError::invalid_parameter(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ));
    }
    Ok(())
}
