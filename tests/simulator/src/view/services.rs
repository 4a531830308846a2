//! Services in answers.

use serde_json::{Map, Value, json};

use super::put;
use crate::model::{Deployment, Phase, Service};
use crate::region::Region;

impl Region {
    pub(crate) fn show_service(&self, service: &Service, tags: bool) -> Value {
        let mut shown = service.settings.clone();
        shown.insert("deploymentConfiguration".to_owned(), Value::Object(service.full_configuration()));
        let tasks = || self.tasks.values().filter(|task| task.is_of(&service.key));
        let wanted = self.wanted(service);
        let parts = [
            ("serviceArn", json!(service.arn)),
            ("serviceName", json!(service.key.service)),
            ("clusterArn", json!(self.site.arn("cluster", &service.key.cluster))),
            ("status", json!(service.state.name())),
            ("desiredCount", json!(wanted)),
            ("runningCount", json!(tasks().filter(|task| task.is_running()).count())),
            (
                "pendingCount",
                json!(tasks().filter(|task| task.is_live() && task.phase < Phase::Running).count()),
            ),
            ("createdAt", self.stamp(service.created)),
            ("createdBy", json!(format!("arn:aws:iam::{}:role/infrastructure", self.site.account))),
            ("resourceManagementType", json!("CUSTOMER")),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        let sets = matches!(service.controller(), "CODE_DEPLOY" | "EXTERNAL");
        let entries =
            |show: &dyn Fn(&Deployment) -> Value| -> Value { service.deployments.iter().map(show).collect() };
        if sets {
            shown.insert("deployments".to_owned(), json!([]));
            shown.insert("taskSets".to_owned(), entries(&|own| self.show_task_set(service, own)));
        } else {
            shown.insert("deployments".to_owned(), entries(&|own| self.show_deployment(service, own)));
        }
        let event = |event: &crate::model::service::Event| json!({ "id": event.id, "createdAt": self.stamp(event.at), "message": event.message });
        shown.insert("events".to_owned(), service.events.iter().map(event).collect());
        if !sets {
            put(&mut shown, "currentServiceDeployment", self.current_deployment(service));
            shown.insert("currentServiceRevisions".to_owned(), self.current_revisions(service));
        }
        if tags && !service.tags.is_empty() {
            shown.insert("tags".to_owned(), json!(service.tags));
        }
        Value::Object(shown)
    }

    /// The newest service deployment, which shows only after a while.
    fn current_deployment(&self, service: &Service) -> Option<String> {
        let lag = self.rules.consistency.current_deployment_lag;
        let seen = |own: &&crate::model::ServiceDeployment| own.created.plus(lag) <= self.now;
        service.history.iter().rev().find(seen).map(|own| own.arn.clone())
    }

    fn current_revisions(&self, service: &Service) -> Value {
        let shown = |(arn, [requested, running, pending]): (String, [u32; 3])| json!({ "arn": arn, "requestedTaskCount": requested, "runningTaskCount": running, "pendingTaskCount": pending });
        self.revision_counts(service).into_iter().map(shown).collect()
    }

    fn show_deployment(&self, service: &Service, own: &Deployment) -> Value {
        let group = self.group(service, &own.id);
        let desired = if own.primary { self.wanted(service) } else { group.live };
        let mut shown = Map::new();
        let parts = [
            ("id", json!(own.id)),
            ("status", json!(if own.primary { "PRIMARY" } else { "ACTIVE" })),
            ("taskDefinition", json!(own.definition)),
            ("desiredCount", json!(desired)),
            ("pendingCount", json!(group.live - group.running)),
            ("runningCount", json!(group.running)),
            ("failedTasks", json!(own.failed)),
            ("createdAt", self.stamp(own.created)),
            ("updatedAt", self.stamp(own.updated)),
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
            put(&mut shown, name, revision.and_then(|revision| revision.settings.get(name).cloned()));
        }
        // "only returned for services that use the rolling update deployment type that aren't
        // behind a Classic Load Balancer" (Deployment in the API reference).
        if !service.is_behind_classic() {
            shown.insert("rolloutState".to_owned(), json!(own.rollout.name()));
            shown.insert("rolloutStateReason".to_owned(), json!(own.reason));
        }
        Value::Object(shown)
    }

    fn show_task_set(&self, service: &Service, own: &Deployment) -> Value {
        let group = self.group(service, &own.id);
        let id = own.id.replace("-svc/", "-svc-");
        json!({
            "id": own.id,
            "taskSetArn": self.site.arn("task-set", &format!("{}/{id}", service.key.path())),
            "serviceArn": service.arn,
            "clusterArn": self.site.arn("cluster", &service.key.cluster),
            "startedBy": service.controller(),
            "status": if own.primary { "PRIMARY" } else { "ACTIVE" },
            "taskDefinition": own.definition,
            "computedDesiredCount": self.wanted(service),
            "pendingCount": group.live - group.running,
            "runningCount": group.running,
            "createdAt": self.stamp(own.created),
            "updatedAt": self.stamp(own.updated),
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if group.healthy == self.wanted(service) { "STEADY_STATE" } else { "STABILIZING" },
        })
    }
}
