//! The operations, by action.

mod clusters;
mod definitions;
mod ecr;
mod logs;
mod paging;
mod run_task;
mod service_deployments;
mod services;
mod tags;
mod tasks;
mod update;

use serde_json::Value;

use crate::error::{ApiError, ApiResult};
use crate::region::Region;

impl Region {
    /// An operation that changes nothing. None where it is none of these.
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
            _ => return None,
        })
    }

    /// Any operation.
    pub(crate) fn execute(&mut self, action: &str, request: &Value) -> ApiResult {
        if let Some(answer) = self.execute_read(action, request) {
            return answer;
        }
        match action {
            "ecs:CreateCluster" => self.create_cluster(request),
            "ecs:RegisterTaskDefinition" => self.register_task_definition(request),
            "ecs:DeregisterTaskDefinition" => self.deregister_task_definition(request),
            "ecs:CreateService" => self.create_service(request),
            "ecs:UpdateService" => self.update_service(request),
            "ecs:DeleteService" => self.delete_service(request),
            "ecs:StopServiceDeployment" => self.stop_service_deployment(request),
            "ecs:RunTask" => self.run_task(request),
            "ecs:StopTask" => self.stop_task(request),
            "ecs:TagResource" => self.tag_resource(request),
            "ecs:UntagResource" => self.untag_resource(request),
            "ecr:CreateRepository" => self.create_repository(request),
            "ecr:PutImage" => self.put_image(request),
            _ => Err(ApiError::new("UnknownOperationException", "")),
        }
    }
}
