//! The world at time 0.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::error::ApiError;
use crate::model::names::{numeric_id, service_deployment_id, synthetic_digest};
use crate::model::{HealthStatus, Repository, RolloutState, ServiceDeploymentStatus, ServiceKey, TaskStatus};
use crate::region::Region;
use crate::scenario::{RepositorySetup, Resources, ServiceSetup, TaskBehaviour};

/// What is there at time 0 was made a day before.
const CREATED_AT: f64 = -86_400.0;

impl Region {
    /// Puts everything in its place, as if it had been there since yesterday.
    pub(crate) fn create_resources(&mut self, world: &Resources) -> Result<(), ApiError> {
        self.now = Moment::from_seconds(CREATED_AT);
        for cluster in &world.clusters {
            self.add_cluster(&cluster.name, cluster.instances);
            if let Some(own) = self.clusters.get_mut(&cluster.name) {
                own.tags.clone_from(&cluster.tags);
            }
        }
        for repository in &world.repositories {
            self.add_repository(repository);
        }
        for group in &world.log_groups {
            self.logs.groups.entry(group.clone()).or_default();
        }
        for definition in &world.task_definitions {
            self.register_definition(definition)?;
        }
        for service in &world.services {
            self.add_service(service)?;
        }
        self.now = Moment::default();
        self.changed_at = Moment::from_seconds(-1e9);
        Ok(())
    }

    fn add_repository(&mut self, setup: &RepositorySetup) {
        let mut own = Repository {
            name: setup.name.clone(),
            mutability: setup.mutability.clone().unwrap_or_else(|| "MUTABLE".to_owned()),
            created_at: self.now,
            images: Vec::new(),
        };
        for image in &setup.images {
            let named = format!("{}:{}", setup.name, image.tags.first().map_or("", String::as_str));
            let digest = image.digest.clone().unwrap_or_else(|| synthetic_digest(&named));
            own.put(&digest, None, None, self.now);
            for tag in &image.tags {
                own.put(&digest, Some(tag), None, self.now);
            }
        }
        self.repositories.insert(setup.name.clone(), own);
    }

    fn add_service(&mut self, setup: &ServiceSetup) -> Result<(), ApiError> {
        self.add_cluster(&setup.cluster, 1);
        let definition = self.resolve_task_definition(&setup.task_definition)?;
        let mut request = setup.parameters.clone();
        request.insert("taskDefinition".to_owned(), json!(definition));
        request.insert("desiredCount".to_owned(), json!(setup.desired_count));
        // A service that needs a network has one, if the scenario has no reason to say which.
        request.entry("networkConfiguration").or_insert_with(|| self.default_network(&definition));
        let key = ServiceKey::new(&setup.cluster, &setup.name);
        let mut service = self.new_service(&key, &Value::Object(request))?;
        service.initial_task_definition = Some(service.task_definition().to_owned());
        service.initial_deployments = 1;
        self.services.insert(key.clone(), service);
        self.complete_first_deployment(&key);
        Ok(())
    }

    fn default_network(&self, definition: &str) -> Value {
        if !self.task_definitions.find(definition).is_some_and(|own| own.is_awsvpc()) {
            return Value::Null;
        }
        let network = json!({ "subnets": ["subnet-0a1b2c3d"], "securityGroups": ["sg-0a1b2c3d"], "assignPublicIp": "DISABLED" });
        json!({ "awsvpcConfiguration": network })
    }

    /// The service's first deployment, completed, with its tasks running.
    fn complete_first_deployment(&mut self, key: &ServiceKey) {
        let revision = self.new_service_revision(key);
        let id = format!("ecs-svc/{}", numeric_id(&mut self.rng));
        let arn = self.id.ecs_arn(
            "service-deployment",
            &format!("{}/{}", key.path(), service_deployment_id(&mut self.rng)),
        );
        let Some(service) = self.services.get(key) else { return };
        let wanted = self.desired_tasks(service);
        let mut record = self.new_service_deployment(service, &arn, &id, &revision.arn, Vec::new());
        record.status = ServiceDeploymentStatus::Successful;
        record.started_at = Some(self.now);
        record.finished_at = Some(self.now.plus(120.0));
        record.updated_at = self.now.plus(120.0);
        record.final_counts = Some(vec![(revision.arn.clone(), [wanted, wanted, 0])]);
        let mut deployment =
            self.new_deployment(&id, &revision, &arn, format!("ECS deployment {id} completed."));
        deployment.rollout_state = RolloutState::Completed;
        deployment.has_healthy_task = true;
        deployment.production_traffic = 100.0;
        if let Some(service) = self.services.get_mut(key) {
            service.revisions.push(revision);
            service.service_deployments.push(record);
            service.deployments.push(deployment);
            service.is_unsteady = false;
        }
        for _ in 0..wanted {
            let Some(launch) = self.service_task_launch(key, &id) else { return };
            let mut task = self.new_task(launch, TaskBehaviour::Run);
            let up = self.now.plus(60.0);
            task.last_status = TaskStatus::Running;
            task.is_healthy = true;
            if task.task_definition.has_health_check() {
                task.health_status = HealthStatus::Healthy;
            }
            task.times.connected = Some(up);
            task.times.pull_started = Some(up);
            task.times.pull_stopped = Some(up);
            task.times.started = Some(up);
            self.tasks.insert(task.id.clone(), task);
        }
        self.add_service_event(key, "has reached a steady state.");
    }
}
