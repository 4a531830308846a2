//! The world at time 0.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::error::ApiError;
use crate::model::names::{digits, made_up_digest, token};
use crate::model::{Health, Key, Phase, Repository, Rollout, Status};
use crate::region::Region;
use crate::scenario::{RepositorySetup, Resources, ServiceSetup, TaskBehaviour};

/// What is there at time 0 was made a day before.
const MADE: f64 = -86_400.0;

impl Region {
    /// Puts everything in its place, as if it had been there since yesterday.
    pub(crate) fn furnish(&mut self, world: &Resources) -> Result<(), ApiError> {
        self.now = Moment::of(MADE);
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
            self.register(definition)?;
        }
        for service in &world.services {
            self.add_service(service)?;
        }
        self.now = Moment::default();
        self.changed = Moment::of(-1e9);
        Ok(())
    }

    fn add_repository(&mut self, setup: &RepositorySetup) {
        let mut own = Repository {
            name: setup.name.clone(),
            mutability: setup.mutability.clone().unwrap_or_else(|| "MUTABLE".to_owned()),
            created: self.now,
            images: Vec::new(),
        };
        for image in &setup.images {
            let named = format!("{}:{}", setup.name, image.tags.first().map_or("", String::as_str));
            let digest = image.digest.clone().unwrap_or_else(|| made_up_digest(&named));
            own.put(&digest, None, None, self.now);
            for tag in &image.tags {
                own.put(&digest, Some(tag), None, self.now);
            }
        }
        self.repositories.insert(setup.name.clone(), own);
    }

    fn add_service(&mut self, setup: &ServiceSetup) -> Result<(), ApiError> {
        self.add_cluster(&setup.cluster, 1);
        let definition = self.named(&setup.task_definition)?;
        let mut request = setup.parameters.clone();
        request.insert("taskDefinition".to_owned(), json!(definition));
        request.insert("desiredCount".to_owned(), json!(setup.desired_count));
        // A service that needs a network has one, if the scenario has no reason to say which.
        request.entry("networkConfiguration").or_insert_with(|| self.network(&definition));
        let key = Key::new(&setup.cluster, &setup.name);
        let mut service = self.new_service(&key, &Value::Object(request))?;
        service.first = Some(service.definition().to_owned());
        service.old_deployments = 1;
        self.services.insert(key.clone(), service);
        self.roll_out_at_once(&key);
        Ok(())
    }

    fn network(&self, definition: &str) -> Value {
        if !self.families.find(definition).is_some_and(|own| own.is_awsvpc()) {
            return Value::Null;
        }
        let network = json!({ "subnets": ["subnet-0a1b2c3d"], "securityGroups": ["sg-0a1b2c3d"], "assignPublicIp": "DISABLED" });
        json!({ "awsvpcConfiguration": network })
    }

    /// The service's first deployment, completed, with its tasks running.
    fn roll_out_at_once(&mut self, key: &Key) {
        let revision = self.new_revision(key);
        let id = format!("ecs-svc/{}", digits(&mut self.rng));
        let arn = self.site.arn("service-deployment", &format!("{}/{}", key.path(), token(&mut self.rng)));
        let Some(service) = self.services.get(key) else { return };
        let wanted = self.wanted(service);
        let mut record = self.new_record(service, &arn, &id, &revision.arn, Vec::new());
        record.status = Status::Successful;
        record.started = Some(self.now);
        record.finished = Some(self.now.plus(120.0));
        record.updated = self.now.plus(120.0);
        record.final_counts = Some(vec![(revision.arn.clone(), [wanted, wanted, 0])]);
        let mut deployment = self.entry(&id, &revision, &arn, format!("ECS deployment {id} completed."));
        deployment.rollout = Rollout::Completed;
        deployment.came_up = true;
        deployment.traffic = 100.0;
        if let Some(service) = self.services.get_mut(key) {
            service.revisions.push(revision);
            service.history.push(record);
            service.deployments.push(deployment);
            service.unsteady = false;
        }
        for _ in 0..wanted {
            let Some(launch) = self.launch_of(key, &id) else { return };
            let mut task = self.task(launch, TaskBehaviour::Run);
            let up = self.now.plus(60.0);
            task.phase = Phase::Running;
            task.steady = true;
            if task.definition.has_health_check() {
                task.health = Health::Healthy;
            }
            task.times.connected = Some(up);
            task.times.pull_started = Some(up);
            task.times.pull_stopped = Some(up);
            task.times.started = Some(up);
            self.tasks.insert(task.id.clone(), task);
        }
        self.tell(key, "has reached a steady state.");
    }
}
