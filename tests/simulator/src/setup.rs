//! The resources at time 0.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::error::ApiError;
use crate::model::registry::synthetic_digest;
use crate::model::{
    HealthStatus, Repository, RevisionTaskCounts, RolloutState, ServiceDeploymentStatus, ServiceKey,
    TaskStatus,
};
use crate::region::Region;
use crate::scenario::{RepositorySetup, Resources, ServiceSetup, TaskBehaviour};

/// When the resources were created: a day before the start.
const CREATED_AT: f64 = -86_400.0;

impl Region {
    pub(crate) fn create_resources(&mut self, resources: &Resources) -> Result<(), ApiError> {
        self.now = Moment::from_seconds(CREATED_AT);
        for setup in &resources.clusters {
            self.add_cluster(&setup.name, setup.instances);
            if let Some(cluster) = self.clusters.get_mut(&setup.name) {
                cluster.tags.clone_from(&setup.tags);
            }
        }
        for setup in &resources.repositories {
            self.add_repository(setup);
        }
        self.rules.clone_from(&resources.rules);
        self.schedules.clone_from(&resources.schedules);
        for group in &resources.log_groups {
            self.log_groups.create(group);
        }
        for definition in &resources.task_definitions {
            self.register_definition(definition, "setup")?;
        }
        for setup in &resources.services {
            self.add_service(setup)?;
        }
        self.now = Moment::default();
        self.changed_at = Moment::from_seconds(-1e9);
        Ok(())
    }

    fn add_repository(&mut self, setup: &RepositorySetup) {
        let mut repository = Repository {
            name: setup.name.clone(),
            mutability: setup.mutability.clone().unwrap_or_else(|| "MUTABLE".to_owned()),
            created_at: self.now,
            images: Vec::new(),
        };
        for image in &setup.images {
            let name = format!("{}:{}", setup.name, image.tags.first().map_or("", String::as_str));
            let digest = image.digest.clone().unwrap_or_else(|| synthetic_digest(&name));
            repository.put(&digest, None, image.manifest.clone(), self.now);
            for tag in &image.tags {
                repository.put(&digest, Some(tag), None, self.now);
            }
        }
        self.repositories.insert(setup.name.clone(), repository);
    }

    fn add_service(&mut self, setup: &ServiceSetup) -> Result<(), ApiError> {
        self.add_cluster(&setup.cluster, 1);
        let definition = self.register_if_inline(&setup.task_definition)?;
        let mut request = setup.parameters.clone();
        request.insert("taskDefinition".to_owned(), json!(definition));
        request.insert("desiredCount".to_owned(), json!(setup.desired_count));
        // Few scenarios depend on the network, so that it is optional in them.
        request.entry("networkConfiguration").or_insert_with(|| self.default_network(&definition));
        let key = ServiceKey::new(&setup.cluster, &setup.name);
        let mut service = self.new_service(&key, &Value::Object(request))?;
        service.initial_task_definition = Some(service.task_definition().to_owned());
        service.initial_service_deployments = 1;
        self.services.insert(key.clone(), service);
        self.complete_first_deployment(&key);
        Ok(())
    }

    fn default_network(&self, definition: &str) -> Value {
        if !self.task_definitions.find(definition).is_some_and(|definition| definition.is_awsvpc()) {
            return Value::Null;
        }
        json!({ "awsvpcConfiguration": {
            "subnets": ["subnet-0a1b2c3d"],
            "securityGroups": ["sg-0a1b2c3d"],
            "assignPublicIp": "DISABLED",
        } })
    }

    /// Completes the first deployment of a service, and starts its tasks.
    fn complete_first_deployment(&mut self, key: &ServiceKey) {
        let revision = self.new_service_revision(key);
        let (id, arn) = self.new_deployment_ids(key);
        let Some(service) = self.services.get(key) else { return };
        let desired = self.desired_tasks(service);
        let finished_at = self.now.plus(120.0);
        let mut service_deployment =
            self.new_service_deployment(service, &arn, &id, &revision.arn, Vec::new());
        service_deployment.status = ServiceDeploymentStatus::Successful;
        service_deployment.started_at = Some(self.now);
        service_deployment.finished_at = Some(finished_at);
        service_deployment.updated_at = finished_at;
        service_deployment.final_counts = Some(vec![RevisionTaskCounts {
            revision: revision.arn.clone(),
            requested: desired,
            running: desired,
            pending: 0,
        }]);
        let reason = format!("ECS deployment {id} completed.");
        let mut deployment = self.new_deployment(&id, &revision, &arn, reason);
        deployment.rollout_state = RolloutState::Completed;
        deployment.has_healthy_task = true;
        deployment.production_traffic = 100.0;
        if let Some(service) = self.services.get_mut(key) {
            service.revisions.push(revision);
            service.service_deployments.push(service_deployment);
            service.deployments.push(deployment);
            service.is_unsteady = false;
        }
        for _ in 0..desired {
            let Some(launch) = self.service_task_launch(key, &id) else { return };
            let mut task = self.new_task(launch, TaskBehaviour::Run);
            let started_at = self.now.plus(60.0);
            task.last_status = TaskStatus::Running;
            task.is_healthy = true;
            if task.task_definition.has_health_check() {
                task.health_status = HealthStatus::Healthy;
            }
            task.times.connected = Some(started_at);
            task.times.pull_started = Some(started_at);
            task.times.pull_stopped = Some(started_at);
            task.times.started = Some(started_at);
            self.tasks.insert(task.id.clone(), task);
        }
        self.add_service_event(key, "has reached a steady state.");
    }
}
