//! Service deployments and service revisions in answers.

use serde_json::{Map, Value, json};

use super::put;
use crate::clock::Moment;
use crate::json;
use crate::model::{Revision, Service, ServiceDeployment, Stage, Status};
use crate::region::Region;

impl Region {
    fn times(&self, shown: &mut Map<String, Value>, times: &[(&str, Option<Moment>)]) {
        for (name, time) in times {
            put(shown, name, time.map(|time| self.stamp(time)));
        }
    }

    fn arns(&self, service: &Service, own: &ServiceDeployment) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("serviceDeploymentArn".to_owned(), json!(own.arn));
        shown.insert("serviceArn".to_owned(), json!(service.arn));
        shown.insert("clusterArn".to_owned(), json!(self.site.arn("cluster", &service.key.cluster)));
        shown.insert("status".to_owned(), json!(own.status.name()));
        put(&mut shown, "statusReason", own.reason.clone());
        self.times(
            &mut shown,
            &[("createdAt", Some(own.created)), ("startedAt", own.started), ("finishedAt", own.finished)],
        );
        shown
    }

    /// As ListServiceDeployments shows it.
    pub(crate) fn show_brief(&self, service: &Service, own: &ServiceDeployment) -> Value {
        let mut shown = self.arns(service, own);
        shown.insert("targetServiceRevisionArn".to_owned(), json!(own.target));
        Value::Object(shown)
    }

    /// As DescribeServiceDeployments shows it.
    pub(crate) fn show_record(&self, service: &Service, own: &ServiceDeployment) -> Value {
        let mut shown = self.arns(service, own);
        self.times(&mut shown, &[("stoppedAt", own.stopped), ("updatedAt", Some(own.updated))]);
        let counts = own.final_counts.clone().unwrap_or_else(|| self.revision_counts(service));
        let summary = |arn: &str| {
            let [requested, running, pending] =
                counts.iter().find(|(of, _)| of == arn).map_or([0; 3], |(_, counts)| *counts);
            let mut summary = json!({
                "arn": arn, "requestedTaskCount": requested, "runningTaskCount": running, "pendingTaskCount": pending,
            });
            if let (true, Some(deployment)) =
                (own.stage.is_some(), service.deployments.iter().find(|other| other.revision == arn))
            {
                json::set(&mut summary, "requestedProductionTrafficWeight", json!(deployment.traffic));
                json::set(&mut summary, "requestedTestTrafficWeight", json!(deployment.test_traffic));
            }
            summary
        };
        shown.insert(
            "sourceServiceRevisions".to_owned(),
            own.sources.iter().map(|arn| summary(arn)).collect(),
        );
        shown.insert("targetServiceRevision".to_owned(), summary(&own.target));
        let rolling = service.strategy() == "ROLLING";
        // A rolling deployment's bake time shows in nothing but its status.
        let stage = own.stage.filter(|_| !rolling).map(Stage::name);
        put(&mut shown, "lifecycleStage", stage.filter(|_| !own.status.is_final()));
        if own.configuration.is_object() {
            shown.insert("deploymentConfiguration".to_owned(), own.configuration.clone());
        }
        shown.insert("deploymentCircuitBreaker".to_owned(), breaker(own));
        shown.insert("alarms".to_owned(), alarms(own));
        if let Some(rollback) = &own.rollback {
            let rollback = json!({
                "reason": rollback.reason,
                "startedAt": self.stamp(rollback.started),
                "serviceRevisionArn": rollback.revision,
            });
            shown.insert("rollback".to_owned(), rollback);
        }
        Value::Object(shown)
    }

    pub(crate) fn show_revision(&self, service: &Service, revision: &Revision) -> Value {
        let mut shown = revision.settings.clone();
        let image = |(container, image, digest): &(String, String, String)| {
            let mut image = json!({ "containerName": container, "image": image });
            if !digest.is_empty() {
                json::set(&mut image, "imageDigest", json!(digest));
            }
            image
        };
        let images: Value = revision.images.iter().map(image).collect();
        for (name, value) in [
            ("serviceRevisionArn", json!(revision.arn)),
            ("serviceArn", json!(service.arn)),
            ("clusterArn", json!(self.site.arn("cluster", &service.key.cluster))),
            ("taskDefinition", json!(revision.definition)),
            ("containerImages", images),
            ("guardDutyEnabled", json!(false)),
            ("createdAt", self.stamp(revision.created)),
        ] {
            shown.insert(name.to_owned(), value);
        }
        Value::Object(shown)
    }
}

fn breaker(own: &ServiceDeployment) -> Value {
    let status = match (own.breaker.enabled, own.breaker.triggered) {
        (false, _) => "DISABLED",
        (true, true) => "TRIGGERED",
        (true, false) if own.status.is_final() => "MONITORING_COMPLETE",
        (true, false) => "MONITORING",
    };
    json!({ "status": status, "failureCount": own.breaker.count, "threshold": own.breaker.threshold })
}

fn alarms(own: &ServiceDeployment) -> Value {
    let status = match (own.alarms.enabled, own.alarms.triggered.is_empty()) {
        (false, _) => "DISABLED",
        (true, false) => "TRIGGERED",
        (true, true) if own.status != Status::InProgress && own.status != Status::Pending => {
            "MONITORING_COMPLETE"
        }
        (true, true) => "MONITORING",
    };
    let mut shown = json!({ "status": status });
    if !own.alarms.names.is_empty() {
        json::set(&mut shown, "alarmNames", json!(own.alarms.names));
        json::set(&mut shown, "triggeredAlarmNames", json!(own.alarms.triggered));
    }
    shown
}
