//! Services, their deployments and task sets as JSON.

use serde_json::{Map, Value, json};

use super::service_deployments::render_task_counts;
use crate::json;
use crate::model::{Deployment, Service, ServiceEvent, TaskStatus};
use crate::region::Region;

impl Region {
    pub(crate) fn render_service(&self, service: &Service, includes_tags: bool) -> Value {
        let count = |counts: &dyn Fn(TaskStatus) -> bool| {
            let tasks = self.tasks.values().filter(|task| task.belongs_to(&service.key) && task.is_live());
            tasks.filter(|task| counts(task.last_status)).count()
        };
        let mut members = service.settings.clone();
        let configuration = service.full_deployment_configuration();
        json::extend(
            &mut members,
            [
                ("deploymentConfiguration", Value::Object(configuration)),
                ("serviceArn", json!(service.arn)),
                ("serviceName", json!(service.key.service)),
                ("clusterArn", json!(self.id.ecs_arn("cluster", &service.key.cluster))),
                ("status", json!(service.status.as_str())),
                ("desiredCount", json!(self.desired_tasks(service))),
                ("runningCount", json!(count(&|status| status == TaskStatus::Running))),
                ("pendingCount", json!(count(&|status| status < TaskStatus::Running))),
                ("createdAt", self.timestamp(service.created_at)),
                ("createdBy", json!(format!("arn:aws:iam::{}:role/infrastructure", self.id.account))),
            ],
        );
        members.entry("resourceManagementType").or_insert(json!("CUSTOMER"));
        let has_task_sets = matches!(service.controller(), "CODE_DEPLOY" | "EXTERNAL");
        let deployments = service.deployments.iter();
        if has_task_sets {
            let task_sets = deployments.map(|deployment| self.render_task_set(service, deployment)).collect();
            members.insert("deployments".to_owned(), json!([]));
            members.insert("taskSets".to_owned(), task_sets);
        } else {
            let deployments = deployments.map(|deployment| self.render_deployment(service, deployment));
            members.insert("deployments".to_owned(), deployments.collect());
        }
        let event = |event: &ServiceEvent| {
            let created_at = self.timestamp(event.created_at);
            json!({ "id": event.id, "createdAt": created_at, "message": event.message })
        };
        members.insert("events".to_owned(), service.events.iter().map(event).collect());
        if !has_task_sets {
            let current = self.current_service_deployment(service);
            json::insert_some(&mut members, "currentServiceDeployment", current);
            let counts = self.revision_task_counts(service);
            let revisions = counts.iter().map(|counts| render_task_counts(&counts.revision, counts));
            members.insert("currentServiceRevisions".to_owned(), revisions.collect());
        }
        if includes_tags && !service.tags.is_empty() {
            members.insert("tags".to_owned(), json!(service.tags));
        }
        Value::Object(members)
    }

    /// The ARN of the newest service deployment that the scenario's lag permits to return.
    fn current_service_deployment(&self, service: &Service) -> Option<String> {
        let lag = self.scenario.consistency.current_deployment_lag;
        let mut newest_first = service.service_deployments.iter().rev();
        let current = newest_first.find(|deployment| deployment.created_at.plus(lag) <= self.now);
        current.map(|deployment| deployment.arn.clone())
    }

    fn render_deployment(&self, service: &Service, deployment: &Deployment) -> Value {
        let tasks = self.task_counts(service, &deployment.id);
        let desired = if deployment.is_primary { self.desired_tasks(service) } else { tasks.live };
        let mut members = Map::new();
        json::extend(
            &mut members,
            [
                ("id", json!(deployment.id)),
                ("status", json!(if deployment.is_primary { "PRIMARY" } else { "ACTIVE" })),
                ("taskDefinition", json!(deployment.task_definition)),
                ("desiredCount", json!(desired)),
                ("pendingCount", json!(tasks.live - tasks.running)),
                ("runningCount", json!(tasks.running)),
                ("failedTasks", json!(deployment.failed_tasks)),
                ("createdAt", self.timestamp(deployment.created_at)),
                ("updatedAt", self.timestamp(deployment.updated_at)),
            ],
        );
        let revision = service.revision(&deployment.revision);
        for name in [
            "launchType",
            "capacityProviderStrategy",
            "platformVersion",
            "platformFamily",
            "networkConfiguration",
        ] {
            let setting = revision.and_then(|revision| revision.settings.get(name).cloned());
            json::insert_some(&mut members, name, setting);
        }
        // "only returned for services that use the rolling update deployment type that aren't
        // behind a Classic Load Balancer" (Deployment in the API reference).
        if !service.has_classic_load_balancer() {
            members.insert("rolloutState".to_owned(), json!(deployment.rollout_state.as_str()));
            members.insert("rolloutStateReason".to_owned(), json!(deployment.rollout_state_reason));
        }
        Value::Object(members)
    }

    fn render_task_set(&self, service: &Service, deployment: &Deployment) -> Value {
        let tasks = self.task_counts(service, &deployment.id);
        let desired = self.desired_tasks(service);
        let name = format!("{}/{}", service.key.path(), deployment.id.replace("-svc/", "-svc-"));
        json!({
            "id": deployment.id,
            "taskSetArn": self.id.ecs_arn("task-set", &name),
            "serviceArn": service.arn,
            "clusterArn": self.id.ecs_arn("cluster", &service.key.cluster),
            "startedBy": service.controller(),
            "status": if deployment.is_primary { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": deployment.task_definition,
            "computedDesiredCount": desired,
            "pendingCount": tasks.live - tasks.running,
            "runningCount": tasks.running,
            "createdAt": self.timestamp(deployment.created_at),
            "updatedAt": self.timestamp(deployment.updated_at),
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if tasks.healthy == desired { "STEADY_STATE" } else { "STABILIZING" },
        })
    }
}
