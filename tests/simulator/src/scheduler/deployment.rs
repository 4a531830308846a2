//! The start and the end of service deployments.

use serde_json::{Map, Value};

use super::circuit_breaker::failure_threshold;
use crate::json;
use crate::model::ids::{numeric_id, service_deployment_id};
use crate::model::service::DEPLOYMENT_SETTINGS;
use crate::model::{
    CircuitBreaker, Deployment, DeploymentAlarms, RevisionTaskCounts, RolloutState, Service,
    ServiceDeployment, ServiceDeploymentStatus, ServiceKey, ServiceRevision, TaskStatus, Timer,
};
use crate::region::Region;

impl Region {
    /// Creates a service deployment of the current settings. When it starts, it replaces the one in progress.
    pub(crate) fn create_service_deployment(&mut self, key: &ServiceKey) {
        let revision = self.new_service_revision(key);
        let sources = self.revisions_in_use(key);
        if !self.services.contains_key(key) {
            return;
        }
        let (id, arn) = self.new_deployment_ids(key);
        let Some(service) = self.services.get(key) else { return };
        let service_deployment = self.new_service_deployment(service, &arn, &id, &revision.arn, sources);
        let reason = format!("ECS deployment {id} in progress.");
        let deployment = self.new_deployment(&id, &revision, &arn, reason);
        if let Some(service) = self.services.get_mut(key) {
            for older in service.service_deployments.iter_mut().filter(|older| !older.status.is_final()) {
                older.replaced_by.get_or_insert_with(|| arn.clone());
            }
            service.revisions.push(revision);
            service.service_deployments.push(service_deployment);
            service.backoff_until = None;
            Self::add_primary_deployment(service, deployment);
        }
        self.mark_changed();
        let seconds = self.scenario.delays.deployment_start.sample(&mut self.rng);
        self.schedule(seconds, Timer::StartDeployment { key: key.clone(), service_deployment_arn: arn });
    }

    /// Adds a primary deployment. The previous one becomes ACTIVE.
    pub(super) fn add_primary_deployment(service: &mut Service, deployment: Deployment) {
        for older in &mut service.deployments {
            older.is_primary = false;
        }
        service.deployments.insert(0, deployment);
    }

    /// The id of a new deployment, and the ARN of its service deployment.
    pub(crate) fn new_deployment_ids(&mut self, key: &ServiceKey) -> (String, String) {
        let id = format!("ecs-svc/{}", numeric_id(&mut self.rng));
        let name = format!("{}/{}", key.path(), service_deployment_id(&mut self.rng));
        (id, self.id.ecs_arn("service-deployment", &name))
    }

    pub(crate) fn new_deployment(
        &self,
        id: &str,
        revision: &ServiceRevision,
        service_deployment_arn: &str,
        rollout_state_reason: String,
    ) -> Deployment {
        Deployment {
            id: id.to_owned(),
            revision: revision.arn.clone(),
            task_definition: revision.task_definition.clone(),
            is_primary: true,
            rollout_state: RolloutState::InProgress,
            rollout_state_reason,
            failed_tasks: 0,
            has_healthy_task: false,
            created_at: self.now,
            updated_at: self.now,
            service_deployment_arn: service_deployment_arn.to_owned(),
            production_traffic: 0.0,
            test_traffic: 0.0,
        }
    }

    pub(crate) fn new_service_revision(&mut self, key: &ServiceKey) -> ServiceRevision {
        let name = format!("{}/{}", key.path(), numeric_id(&mut self.rng));
        let service = self.services.get(key);
        let names =
            DEPLOYMENT_SETTINGS.iter().chain(&["launchType", "capacityProviderStrategy", "platformFamily"]);
        let setting = |name: &&str| Some(((*name).to_owned(), service?.settings.get(*name)?.clone()));
        let settings: Map<String, Value> = names.filter_map(setting).collect();
        let task_definition = service.map_or("", Service::task_definition).to_owned();
        let definition = self.task_definitions.find(&task_definition);
        ServiceRevision {
            arn: self.id.ecs_arn("service-revision", &name),
            images: definition.map(|definition| self.resolve_images(definition)).unwrap_or_default(),
            task_definition,
            settings,
            created_at: self.now,
        }
    }

    fn revisions_in_use(&self, key: &ServiceKey) -> Vec<String> {
        let Some(service) = self.services.get(key) else { return Vec::new() };
        let mut revisions: Vec<String> =
            service.deployments.iter().map(|deployment| deployment.revision.clone()).collect();
        revisions.dedup();
        revisions
    }

    pub(crate) fn new_service_deployment(
        &self,
        service: &Service,
        arn: &str,
        deployment_id: &str,
        target_revision: &str,
        source_revisions: Vec<String>,
    ) -> ServiceDeployment {
        let configuration = service.deployment_configuration();
        let member = |name: &str| configuration.get(name).unwrap_or(&Value::Null);
        let (breaker, alarms) = (member("deploymentCircuitBreaker"), member("alarms"));
        let alarm_names = json::strings(alarms, "alarmNames");
        // A deployment that is created while one of its alarms is in state ALARM ignores them ("How
        // CloudWatch alarms detect Amazon ECS deployment failures" in the developer guide).
        let in_alarm = alarm_names.iter().any(|name| self.active_alarms.contains(name));
        ServiceDeployment {
            arn: arn.to_owned(),
            deployment_id: deployment_id.to_owned(),
            target_revision: target_revision.to_owned(),
            source_revisions,
            status: ServiceDeploymentStatus::Pending,
            status_reason: None,
            created_at: self.now,
            started_at: None,
            finished_at: None,
            stopped_at: None,
            updated_at: self.now,
            configuration: service.full_deployment_configuration().into(),
            circuit_breaker: CircuitBreaker {
                is_enabled: json::boolean(breaker, "enable"),
                rolls_back: json::boolean(breaker, "rollback"),
                is_triggered: false,
                failure_count: 0,
                threshold: failure_threshold(self.desired_tasks(service)),
            },
            alarms: DeploymentAlarms {
                is_enabled: !in_alarm && json::boolean(alarms, "enable"),
                rolls_back: json::boolean(alarms, "rollback"),
                names: alarm_names,
                triggered_names: Vec::new(),
            },
            rollback: None,
            lifecycle_stage: None,
            hooks: Vec::new(),
            generation: 0,
            replaced_by: None,
            final_counts: None,
        }
    }

    /// Starts a pending service deployment, and stops those that it replaces.
    pub(super) fn start_service_deployment(&mut self, key: &ServiceKey, arn: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let replaced: Vec<String> = service
            .service_deployments
            .iter()
            .filter(|older| !older.status.is_final() && older.replaced_by.as_deref() == Some(arn))
            .map(|older| older.arn.clone())
            .collect();
        for older in replaced {
            let reason = "Replaced by a new service deployment.".to_owned();
            self.finish_service_deployment(key, &older, ServiceDeploymentStatus::Stopped, Some(reason));
        }
        let Some(deployment) = self.service_deployment_mut(key, arn) else { return };
        if deployment.status != ServiceDeploymentStatus::Pending || deployment.replaced_by.is_some() {
            return;
        }
        deployment.status = ServiceDeploymentStatus::InProgress;
        deployment.started_at = Some(now);
        deployment.updated_at = now;
        let has_stages = deployment.strategy() != "ROLLING";
        self.mark_changed();
        // Without earlier tasks, blue/green deployments have nothing to shift the traffic from.
        let has_blue = self.service_tasks(key).any(|task| task.last_status < TaskStatus::Stopping);
        if has_blue && has_stages {
            self.start_lifecycle_stages(key);
        }
        self.reconcile(key);
    }

    /// Sets the final status of a service deployment.
    pub(super) fn finish_service_deployment(
        &mut self,
        key: &ServiceKey,
        arn: &str,
        status: ServiceDeploymentStatus,
        reason: Option<String>,
    ) {
        let now = self.now;
        let counts = self.services.get(key).map(|service| self.revision_task_counts(service));
        let Some(deployment) = self.service_deployment_mut(key, arn) else { return };
        deployment.status = status;
        deployment.finished_at = Some(now);
        deployment.updated_at = now;
        deployment.stopped_at = (status == ServiceDeploymentStatus::Stopped).then_some(now);
        deployment.final_counts = counts;
        if reason.is_some() {
            deployment.status_reason = reason;
        }
        self.mark_changed();
    }

    /// The tasks of each revision that has a deployment.
    pub(crate) fn revision_task_counts(&self, service: &Service) -> Vec<RevisionTaskCounts> {
        let mut counts: Vec<RevisionTaskCounts> = Vec::new();
        let stage = service.ongoing_service_deployment().and_then(|deployment| deployment.lifecycle_stage);
        for deployment in &service.deployments {
            let tasks = self.task_counts(service, &deployment.id);
            let is_full_size = deployment.is_primary || stage.is_some();
            let requested = if is_full_size { self.desired_tasks(service) } else { tasks.live };
            let index = counts.iter().position(|counts| counts.revision == deployment.revision);
            let index = index.unwrap_or_else(|| {
                let revision = deployment.revision.clone();
                counts.push(RevisionTaskCounts { revision, ..Default::default() });
                counts.len() - 1
            });
            if let Some(counts) = counts.get_mut(index) {
                counts.requested += requested;
                counts.running += tasks.running;
                counts.pending += tasks.live - tasks.running;
            }
        }
        counts
    }
}
