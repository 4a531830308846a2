//! Services in answers.

use serde_json::{Map, Value, json};

use super::insert_some;
use crate::model::{Deployment, Service, TaskStatus};
use crate::region::Region;

impl Region {
    pub(crate) fn render_service(&self, service: &Service, tags: bool) -> Value {
        let mut shown = service.settings.clone();
        shown.insert(
            "deploymentConfiguration".to_owned(),
            Value::Object(service.full_deployment_configuration()),
        );
        let tasks = || self.tasks.values().filter(|task| task.belongs_to(&service.key));
        let wanted = self.desired_tasks(service);
        let parts = [
            ("serviceArn", json!(service.arn)),
            ("serviceName", json!(service.key.service)),
            ("clusterArn", json!(self.id.ecs_arn("cluster", &service.key.cluster))),
            ("status", json!(service.status.as_str())),
            ("desiredCount", json!(wanted)),
            ("runningCount", json!(tasks().filter(|task| task.is_running()).count())),
            (
                "pendingCount",
                json!(
                    tasks().filter(|task| task.is_live() && task.last_status < TaskStatus::Running).count()
                ),
            ),
            ("createdAt", self.timestamp(service.created_at)),
            ("createdBy", json!(format!("arn:aws:iam::{}:role/infrastructure", self.id.account))),
            ("resourceManagementType", json!("CUSTOMER")),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        let sets = matches!(service.controller(), "CODE_DEPLOY" | "EXTERNAL");
        let entries =
            |show: &dyn Fn(&Deployment) -> Value| -> Value { service.deployments.iter().map(show).collect() };
        if sets {
            shown.insert("deployments".to_owned(), json!([]));
            shown.insert("taskSets".to_owned(), entries(&|own| self.render_task_set(service, own)));
        } else {
            shown.insert("deployments".to_owned(), entries(&|own| self.render_deployment(service, own)));
        }
        let event = |event: &crate::model::service::ServiceEvent| json!({ "id": event.id, "createdAt": self.timestamp(event.created_at), "message": event.message });
        shown.insert("events".to_owned(), service.events.iter().map(event).collect());
        if !sets {
            insert_some(&mut shown, "currentServiceDeployment", self.current_service_deployment(service));
            shown.insert("currentServiceRevisions".to_owned(), self.render_current_revisions(service));
        }
        if tags && !service.tags.is_empty() {
            shown.insert("tags".to_owned(), json!(service.tags));
        }
        Value::Object(shown)
    }

    /// The newest service deployment, which shows only after a while.
    fn current_service_deployment(&self, service: &Service) -> Option<String> {
        let lag = self.scenario.consistency.current_deployment_lag;
        let seen = |own: &&crate::model::ServiceDeployment| own.created_at.plus(lag) <= self.now;
        service.service_deployments.iter().rev().find(seen).map(|own| own.arn.clone())
    }

    fn render_current_revisions(&self, service: &Service) -> Value {
        let shown = |(arn, [requested, running, pending]): (String, [u32; 3])| json!({ "arn": arn, "requestedTaskCount": requested, "runningTaskCount": running, "pendingTaskCount": pending });
        self.revision_task_counts(service).into_iter().map(shown).collect()
    }

    fn render_deployment(&self, service: &Service, own: &Deployment) -> Value {
        let group = self.task_counts(service, &own.id);
        let desired = if own.is_primary { self.desired_tasks(service) } else { group.live };
        let mut shown = Map::new();
        let parts = [
            ("id", json!(own.id)),
            ("status", json!(if own.is_primary { "PRIMARY" } else { "ACTIVE" })),
            ("taskDefinition", json!(own.task_definition)),
            ("desiredCount", json!(desired)),
            ("pendingCount", json!(group.live - group.running)),
            ("runningCount", json!(group.running)),
            ("failedTasks", json!(own.failed_tasks)),
            ("createdAt", self.timestamp(own.created_at)),
            ("updatedAt", self.timestamp(own.updated_at)),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        let revision = service.revision(&own.revision);
        let copied = [
            "launchType",
            "capacityProviderStrategy",
            "platformVersion",
            "platformFamily",
            "networkConfiguration",
        ];
        for name in copied {
            insert_some(&mut shown, name, revision.and_then(|revision| revision.settings.get(name).cloned()));
        }
        // "only returned for services that use the rolling update deployment type that aren't
        // behind a Classic Load Balancer" (Deployment in the API reference).
        if !service.has_classic_load_balancer() {
            shown.insert("rolloutState".to_owned(), json!(own.rollout_state.as_str()));
            shown.insert("rolloutStateReason".to_owned(), json!(own.rollout_state_reason));
        }
        Value::Object(shown)
    }

    fn render_task_set(&self, service: &Service, own: &Deployment) -> Value {
        let group = self.task_counts(service, &own.id);
        let id = own.id.replace("-svc/", "-svc-");
        json!({
            "id": own.id,
            "taskSetArn": self.id.ecs_arn("task-set", &format!("{}/{id}", service.key.path())),
            "serviceArn": service.arn,
            "clusterArn": self.id.ecs_arn("cluster", &service.key.cluster),
            "startedBy": service.controller(),
            "status": if own.is_primary { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": own.task_definition,
            "computedDesiredCount": self.desired_tasks(service),
            "pendingCount": group.live - group.running,
            "runningCount": group.running,
            "createdAt": self.timestamp(own.created_at),
            "updatedAt": self.timestamp(own.updated_at),
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if group.healthy == self.desired_tasks(service) { "STEADY_STATE" } else { "STABILIZING" },
        })
    }
}
