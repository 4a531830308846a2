//! Service deployments and service revisions in answers.

use serde_json::{Map, Value, json};

use super::insert_some;
use crate::clock::Moment;
use crate::json;
use crate::model::{LifecycleStage, Service, ServiceDeployment, ServiceDeploymentStatus, ServiceRevision};
use crate::region::Region;

impl Region {
    fn insert_times(&self, shown: &mut Map<String, Value>, times: &[(&str, Option<Moment>)]) {
        for (name, time) in times {
            insert_some(shown, name, time.map(|time| self.timestamp(time)));
        }
    }

    fn render_common_fields(&self, service: &Service, own: &ServiceDeployment) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("serviceDeploymentArn".to_owned(), json!(own.arn));
        shown.insert("serviceArn".to_owned(), json!(service.arn));
        shown.insert("clusterArn".to_owned(), json!(self.id.ecs_arn("cluster", &service.key.cluster)));
        shown.insert("status".to_owned(), json!(own.status.as_str()));
        insert_some(&mut shown, "statusReason", own.status_reason.clone());
        self.insert_times(
            &mut shown,
            &[
                ("createdAt", Some(own.created_at)),
                ("startedAt", own.started_at),
                ("finishedAt", own.finished_at),
            ],
        );
        shown
    }

    /// As ListServiceDeployments shows it.
    pub(crate) fn render_service_deployment_brief(
        &self,
        service: &Service,
        own: &ServiceDeployment,
    ) -> Value {
        let mut shown = self.render_common_fields(service, own);
        shown.insert("targetServiceRevisionArn".to_owned(), json!(own.target_revision));
        Value::Object(shown)
    }

    /// As DescribeServiceDeployments shows it.
    pub(crate) fn render_service_deployment(&self, service: &Service, own: &ServiceDeployment) -> Value {
        let mut shown = self.render_common_fields(service, own);
        self.insert_times(&mut shown, &[("stoppedAt", own.stopped_at), ("updatedAt", Some(own.updated_at))]);
        let counts = own.final_counts.clone().unwrap_or_else(|| self.revision_task_counts(service));
        let summary = |arn: &str| {
            let [requested, running, pending] =
                counts.iter().find(|(of, _)| of == arn).map_or([0; 3], |(_, counts)| *counts);
            let mut summary = json!({
                "arn": arn, "requestedTaskCount": requested, "runningTaskCount": running, "pendingTaskCount": pending,
            });
            if let (true, Some(deployment)) = (
                own.lifecycle_stage.is_some(),
                service.deployments.iter().find(|other| other.revision == arn),
            ) {
                json::insert(
                    &mut summary,
                    "requestedProductionTrafficWeight",
                    json!(deployment.production_traffic),
                );
                json::insert(&mut summary, "requestedTestTrafficWeight", json!(deployment.test_traffic));
            }
            summary
        };
        shown.insert(
            "sourceServiceRevisions".to_owned(),
            own.source_revisions.iter().map(|arn| summary(arn)).collect(),
        );
        shown.insert("targetServiceRevision".to_owned(), summary(&own.target_revision));
        let rolling = service.strategy() == "ROLLING";
        // A rolling deployment's bake time shows in nothing but its status.
        let stage = own.lifecycle_stage.filter(|_| !rolling).map(LifecycleStage::as_str);
        insert_some(&mut shown, "lifecycleStage", stage.filter(|_| !own.status.is_final()));
        if own.configuration.is_object() {
            shown.insert("deploymentConfiguration".to_owned(), own.configuration.clone());
        }
        shown.insert("deploymentCircuitBreaker".to_owned(), render_circuit_breaker(own));
        shown.insert("alarms".to_owned(), render_alarms(own));
        if let Some(rollback) = &own.rollback {
            let rollback = json!({
                "reason": rollback.reason,
                "startedAt": self.timestamp(rollback.started_at),
                "serviceRevisionArn": rollback.revision,
            });
            shown.insert("rollback".to_owned(), rollback);
        }
        Value::Object(shown)
    }

    pub(crate) fn render_service_revision(&self, service: &Service, revision: &ServiceRevision) -> Value {
        let mut shown = revision.settings.clone();
        let image = |(container, image, digest): &(String, String, String)| {
            let mut image = json!({ "containerName": container, "image": image });
            if !digest.is_empty() {
                json::insert(&mut image, "imageDigest", json!(digest));
            }
            image
        };
        let images: Value = revision.images.iter().map(image).collect();
        for (name, value) in [
            ("serviceRevisionArn", json!(revision.arn)),
            ("serviceArn", json!(service.arn)),
            ("clusterArn", json!(self.id.ecs_arn("cluster", &service.key.cluster))),
            ("taskDefinition", json!(revision.task_definition)),
            ("containerImages", images),
            ("guardDutyEnabled", json!(false)),
            ("createdAt", self.timestamp(revision.created_at)),
        ] {
            shown.insert(name.to_owned(), value);
        }
        Value::Object(shown)
    }
}

fn render_circuit_breaker(own: &ServiceDeployment) -> Value {
    let status = match (own.circuit_breaker.is_enabled, own.circuit_breaker.is_triggered) {
        (false, _) => "DISABLED",
        (true, true) => "TRIGGERED",
        (true, false) if own.status.is_final() => "MONITORING_COMPLETE",
        (true, false) => "MONITORING",
    };
    json!({ "status": status, "failureCount": own.circuit_breaker.failure_count, "threshold": own.circuit_breaker.threshold })
}

fn render_alarms(own: &ServiceDeployment) -> Value {
    let status = match (own.alarms.is_enabled, own.alarms.triggered_names.is_empty()) {
        (false, _) => "DISABLED",
        (true, false) => "TRIGGERED",
        (true, true)
            if own.status != ServiceDeploymentStatus::InProgress
                && own.status != ServiceDeploymentStatus::Pending =>
        {
            "MONITORING_COMPLETE"
        }
        (true, true) => "MONITORING",
    };
    let mut shown = json!({ "status": status });
    if !own.alarms.names.is_empty() {
        json::insert(&mut shown, "alarmNames", json!(own.alarms.names));
        json::insert(&mut shown, "triggeredAlarmNames", json!(own.alarms.triggered_names));
    }
    shown
}
