//! Beginning a deployment, and giving one up.

use serde_json::Map;

use crate::json;
use crate::model::names::{numeric_id, service_deployment_id};
use crate::model::service::DEPLOYMENT_SETTINGS;
use crate::model::{
    CircuitBreaker, Deployment, DeploymentAlarms, RolloutState, Service, ServiceDeployment,
    ServiceDeploymentStatus, ServiceKey, ServiceRevision, TaskStatus,
};
use crate::region::{Region, Timer};

impl Region {
    /// Starts a deployment of a service as it is set now. The one before it ends when this
    /// one begins.
    pub(crate) fn create_service_deployment(&mut self, key: &ServiceKey) {
        let revision = self.new_service_revision(key);
        let sources = self.revisions_in_use(key);
        let Some(service) = self.services.get(key) else { return };
        let id = format!("ecs-svc/{}", numeric_id(&mut self.rng));
        let arn = self.id.ecs_arn(
            "service-deployment",
            &format!("{}/{}", key.path(), service_deployment_id(&mut self.rng)),
        );
        let record = self.new_service_deployment(service, &arn, &id, &revision.arn, sources);
        let deployment =
            self.new_deployment(&id, &revision, &arn, format!("ECS deployment {id} in progress."));
        if let Some(service) = self.services.get_mut(key) {
            for older in service.service_deployments.iter_mut().filter(|older| !older.status.is_final()) {
                older.replaced_by.get_or_insert_with(|| arn.clone());
            }
            service.revisions.push(revision);
            service.service_deployments.push(record);
            service.backoff_until = None;
            Self::add_primary_deployment(service, deployment);
        }
        self.mark_changed();
        let begin = self.scenario.delays.deployment_start.sample(&mut self.rng);
        self.schedule(begin, Timer::StartDeployment { key: key.clone(), service_deployment: arn });
    }

    /// A new primary deployment; the one before is still active.
    pub(super) fn add_primary_deployment(service: &mut Service, deployment: Deployment) {
        for older in &mut service.deployments {
            older.is_primary = false;
        }
        service.deployments.insert(0, deployment);
    }

    pub(crate) fn new_deployment(
        &self,
        id: &str,
        revision: &ServiceRevision,
        record: &str,
        reason: String,
    ) -> Deployment {
        Deployment {
            id: id.to_owned(),
            revision: revision.arn.clone(),
            task_definition: revision.task_definition.clone(),
            is_primary: true,
            rollout_state: RolloutState::InProgress,
            rollout_state_reason: reason,
            failed_tasks: 0,
            has_healthy_task: false,
            created_at: self.now,
            updated_at: self.now,
            service_deployment: record.to_owned(),
            production_traffic: 0.0,
            test_traffic: 0.0,
        }
    }

    pub(crate) fn new_service_revision(&mut self, key: &ServiceKey) -> ServiceRevision {
        let arn =
            self.id.ecs_arn("service-revision", &format!("{}/{}", key.path(), numeric_id(&mut self.rng)));
        let service = self.services.get(key);
        let settings = service.map(|service| {
            let kept = DEPLOYMENT_SETTINGS.iter().chain(&[
                "launchType",
                "capacityProviderStrategy",
                "platformFamily",
            ]);
            kept.filter_map(|name| Some(((*name).to_owned(), service.settings.get(*name)?.clone()))).collect()
        });
        let settings: Map<_, _> = settings.unwrap_or_default();
        let definition = service.map(|service| service.task_definition().to_owned()).unwrap_or_default();
        let images =
            self.task_definitions.find(&definition).map(|definition| self.resolve_images(definition));
        ServiceRevision {
            arn,
            task_definition: definition,
            settings,
            images: images.unwrap_or_default(),
            created_at: self.now,
        }
    }

    fn revisions_in_use(&self, key: &ServiceKey) -> Vec<String> {
        let Some(service) = self.services.get(key) else { return Vec::new() };
        let mut revisions: Vec<String> = service.deployments.iter().map(|own| own.revision.clone()).collect();
        revisions.dedup();
        revisions
    }

    pub(crate) fn new_service_deployment(
        &self,
        service: &Service,
        arn: &str,
        deployment: &str,
        target: &str,
        sources: Vec<String>,
    ) -> ServiceDeployment {
        let configuration = service.deployment_configuration();
        let (breaker, alarms) = (configuration.get("deploymentCircuitBreaker"), configuration.get("alarms"));
        let names = alarms.map(|alarms| json::strings(alarms, "alarmNames")).unwrap_or_default();
        // "How CloudWatch alarms detect Amazon ECS deployment failures": a deployment that
        // begins while one of its alarms is in ALARM goes without them.
        let silent = !names.iter().any(|name| self.active_alarms.contains(name));
        ServiceDeployment {
            arn: arn.to_owned(),
            deployment_id: deployment.to_owned(),
            target_revision: target.to_owned(),
            source_revisions: sources,
            status: ServiceDeploymentStatus::Pending,
            status_reason: None,
            created_at: self.now,
            started_at: None,
            finished_at: None,
            stopped_at: None,
            updated_at: self.now,
            configuration: service.full_deployment_configuration().into(),
            circuit_breaker: CircuitBreaker {
                is_enabled: breaker.is_some_and(|breaker| json::boolean(breaker, "enable")),
                rolls_back: breaker.is_some_and(|breaker| json::boolean(breaker, "rollback")),
                is_triggered: false,
                failure_count: 0,
                threshold: super::breaker::failure_threshold(self.desired_tasks(service)),
            },
            alarms: DeploymentAlarms {
                is_enabled: silent && alarms.is_some_and(|alarms| json::boolean(alarms, "enable")),
                rolls_back: alarms.is_some_and(|alarms| json::boolean(alarms, "rollback")),
                names,
                triggered_names: Vec::new(),
            },
            rollback: None,
            lifecycle_stage: None,
            generation: 0,
            replaced_by: None,
            final_counts: None,
        }
    }

    /// A service deployment leaves PENDING, and ends those that it replaces.
    pub(crate) fn start_service_deployment(&mut self, key: &ServiceKey, record: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let replaced: Vec<String> = service
            .service_deployments
            .iter()
            .filter(|older| !older.status.is_final() && older.replaced_by.as_deref() == Some(record))
            .map(|older| older.arn.clone())
            .collect();
        for older in replaced {
            self.finish_service_deployment(
                key,
                &older,
                ServiceDeploymentStatus::Stopped,
                Some("Replaced by a new service deployment.".to_owned()),
            );
        }
        let Some(own) = self.services.get_mut(key).and_then(|service| service.service_deployment_mut(record))
        else {
            return;
        };
        if own.status != ServiceDeploymentStatus::Pending || own.replaced_by.is_some() {
            return;
        }
        own.status = ServiceDeploymentStatus::InProgress;
        own.started_at = Some(now);
        own.updated_at = now;
        self.mark_changed();
        let blue = self.service_tasks(key).any(|task| task.last_status < TaskStatus::Stopping);
        if blue && self.services.get(key).is_some_and(|service| service.strategy() != "ROLLING") {
            self.start_lifecycle_stages(key);
        }
        self.reconcile(key);
    }

    /// A service deployment comes to its end.
    pub(crate) fn finish_service_deployment(
        &mut self,
        key: &ServiceKey,
        record: &str,
        status: ServiceDeploymentStatus,
        reason: Option<String>,
    ) {
        let now = self.now;
        let counts = self.services.get(key).map(|service| self.revision_task_counts(service));
        let Some(own) = self.services.get_mut(key).and_then(|service| service.service_deployment_mut(record))
        else {
            return;
        };
        own.status = status;
        own.finished_at = Some(now);
        own.updated_at = now;
        own.stopped_at = (status == ServiceDeploymentStatus::Stopped).then_some(now);
        own.final_counts = counts;
        if reason.is_some() {
            own.status_reason = reason;
        }
        self.mark_changed();
    }

    /// Requested, running and pending tasks of each revision.
    pub(crate) fn revision_task_counts(&self, service: &Service) -> Vec<(String, [u32; 3])> {
        let mut counts: Vec<(String, [u32; 3])> = Vec::new();
        let stage = service.ongoing_service_deployment().and_then(|record| record.lifecycle_stage);
        for deployment in &service.deployments {
            let group = self.task_counts(service, &deployment.id);
            let requested = if deployment.is_primary || stage.is_some() {
                self.desired_tasks(service)
            } else {
                group.live
            };
            let add = [requested, group.running, group.live - group.running];
            match counts.iter_mut().find(|(revision, _)| *revision == deployment.revision) {
                Some((_, sum)) => sum.iter_mut().zip(add).for_each(|(sum, add)| *sum += add),
                None => counts.push((deployment.revision.clone(), add)),
            }
        }
        counts
    }
}
