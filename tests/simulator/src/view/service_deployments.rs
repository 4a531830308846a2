//! Service deployments and service revisions as JSON.

use serde_json::{Map, Value, json};

use crate::clock::Moment;
use crate::json;
use crate::model::{
    ContainerImage, Hook, HookKind, LifecycleStage, RevisionTaskCounts, Service, ServiceDeployment,
    ServiceDeploymentStatus, ServiceRevision,
};
use crate::region::Region;

impl Region {
    fn insert_times<const N: usize>(
        &self,
        members: &mut Map<String, Value>,
        times: [(&str, Option<Moment>); N],
    ) {
        for (name, time) in times {
            json::insert_some(members, name, time.map(|time| self.timestamp(time)));
        }
    }

    /// The members that ListServiceDeployments and DescribeServiceDeployments share.
    fn render_common_fields(&self, service: &Service, deployment: &ServiceDeployment) -> Map<String, Value> {
        let mut members = Map::new();
        let cluster_arn = self.id.ecs_arn("cluster", &service.key.cluster);
        json::extend(
            &mut members,
            [
                ("serviceDeploymentArn", json!(deployment.arn)),
                ("serviceArn", json!(service.arn)),
                ("clusterArn", json!(cluster_arn)),
                ("status", json!(deployment.status.as_str())),
            ],
        );
        json::insert_some(&mut members, "statusReason", deployment.status_reason.clone());
        let times = [
            ("createdAt", Some(deployment.created_at)),
            ("startedAt", deployment.started_at),
            ("finishedAt", deployment.finished_at),
        ];
        self.insert_times(&mut members, times);
        members
    }

    /// A service deployment as ListServiceDeployments returns it.
    pub(crate) fn render_service_deployment_brief(
        &self,
        service: &Service,
        deployment: &ServiceDeployment,
    ) -> Value {
        let mut members = self.render_common_fields(service, deployment);
        members.insert("targetServiceRevisionArn".to_owned(), json!(deployment.target_revision));
        Value::Object(members)
    }

    /// A service deployment as DescribeServiceDeployments returns it.
    pub(crate) fn render_service_deployment(
        &self,
        service: &Service,
        deployment: &ServiceDeployment,
    ) -> Value {
        let mut members = self.render_common_fields(service, deployment);
        let times = [("stoppedAt", deployment.stopped_at), ("updatedAt", Some(deployment.updated_at))];
        self.insert_times(&mut members, times);
        let summary = |revision: &String| self.render_revision_summary(service, deployment, revision);
        let sources: Value = deployment.source_revisions.iter().map(summary).collect();
        members.insert("sourceServiceRevisions".to_owned(), sources);
        members.insert("targetServiceRevision".to_owned(), summary(&deployment.target_revision));
        // The bake time of a rolling deployment is not a lifecycle stage in the API.
        let has_stages = deployment.strategy() != "ROLLING" && !deployment.status.is_final();
        let stage = deployment.lifecycle_stage.filter(|_| has_stages);
        json::insert_some(&mut members, "lifecycleStage", stage.map(LifecycleStage::as_str));
        if !deployment.hooks.is_empty() {
            let hooks: Value = deployment.hooks.iter().map(|hook| self.render_hook(hook)).collect();
            members.insert("lifecycleHookDetails".to_owned(), hooks);
        }
        if deployment.configuration.is_object() {
            members.insert("deploymentConfiguration".to_owned(), deployment.configuration.clone());
        }
        members.insert("deploymentCircuitBreaker".to_owned(), render_circuit_breaker(deployment));
        members.insert("alarms".to_owned(), render_alarms(deployment));
        if let Some(rollback) = &deployment.rollback {
            let rollback = json!({
                "reason": rollback.reason,
                "startedAt": self.timestamp(rollback.started_at),
                "serviceRevisionArn": rollback.revision,
            });
            members.insert("rollback".to_owned(), rollback);
        }
        Value::Object(members)
    }

    fn render_hook(&self, hook: &Hook) -> Value {
        let mut members = Map::new();
        let (kind, target) = match &hook.kind {
            HookKind::Pause => ("PAUSE", None),
            HookKind::Lambda(arn) => ("AWS_LAMBDA", Some(arn.clone())),
        };
        json::extend(
            &mut members,
            [
                ("hookId", json!(hook.id)),
                ("targetType", json!(kind)),
                ("status", json!(hook.status.as_str())),
                ("expiresAt", self.timestamp(hook.expires_at)),
                ("timeoutAction", json!(hook.timeout_action.as_str())),
            ],
        );
        json::insert_some(&mut members, "targetArn", target);
        Value::Object(members)
    }

    /// The task counts and the share of the traffic of a revision in a service deployment.
    fn render_revision_summary(
        &self,
        service: &Service,
        deployment: &ServiceDeployment,
        revision: &str,
    ) -> Value {
        let counts = deployment.final_counts.clone().unwrap_or_else(|| self.revision_task_counts(service));
        let counts = counts.into_iter().find(|counts| counts.revision == revision).unwrap_or_default();
        let mut summary = render_task_counts(revision, &counts);
        let active = service.deployments.iter().find(|active| active.revision == revision);
        if let Some(active) = active.filter(|_| deployment.lifecycle_stage.is_some()) {
            let weight = json!(active.production_traffic);
            json::insert(&mut summary, "requestedProductionTrafficWeight", weight);
            json::insert(&mut summary, "requestedTestTrafficWeight", json!(active.test_traffic));
        }
        summary
    }

    pub(crate) fn render_service_revision(&self, service: &Service, revision: &ServiceRevision) -> Value {
        let image = |image: &ContainerImage| {
            let mut members = Map::new();
            members.insert("containerName".to_owned(), json!(image.container));
            members.insert("image".to_owned(), json!(image.image));
            json::insert_some(&mut members, "imageDigest", image.digest.clone());
            Value::Object(members)
        };
        let images: Value = revision.images.iter().map(image).collect();
        let mut members = revision.settings.clone();
        json::extend(
            &mut members,
            [
                ("serviceRevisionArn", json!(revision.arn)),
                ("serviceArn", json!(service.arn)),
                ("clusterArn", json!(self.id.ecs_arn("cluster", &service.key.cluster))),
                ("taskDefinition", json!(revision.task_definition)),
                ("containerImages", images),
                ("guardDutyEnabled", json!(false)),
                ("createdAt", self.timestamp(revision.created_at)),
            ],
        );
        Value::Object(members)
    }
}

pub(super) fn render_task_counts(revision: &str, counts: &RevisionTaskCounts) -> Value {
    json!({
        "arn": revision,
        "requestedTaskCount": counts.requested,
        "runningTaskCount": counts.running,
        "pendingTaskCount": counts.pending,
    })
}

fn render_circuit_breaker(deployment: &ServiceDeployment) -> Value {
    let breaker = &deployment.circuit_breaker;
    let status = match (breaker.is_enabled, breaker.is_triggered) {
        (false, _) => "DISABLED",
        (true, true) => "TRIGGERED",
        (true, false) if deployment.status.is_final() => "MONITORING_COMPLETE",
        (true, false) => "MONITORING",
    };
    json!({ "status": status, "failureCount": breaker.failure_count, "threshold": breaker.threshold })
}

fn render_alarms(deployment: &ServiceDeployment) -> Value {
    let alarms = &deployment.alarms;
    let is_monitoring =
        matches!(deployment.status, ServiceDeploymentStatus::Pending | ServiceDeploymentStatus::InProgress);
    let status = match (alarms.is_enabled, alarms.triggered_names.is_empty()) {
        (false, _) => "DISABLED",
        (true, false) => "TRIGGERED",
        (true, true) if is_monitoring => "MONITORING",
        (true, true) => "MONITORING_COMPLETE",
    };
    let mut rendered = json!({ "status": status });
    if !alarms.names.is_empty() {
        json::insert(&mut rendered, "alarmNames", json!(alarms.names));
        json::insert(&mut rendered, "triggeredAlarmNames", json!(alarms.triggered_names));
    }
    rendered
}
