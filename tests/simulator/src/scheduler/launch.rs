//! The launch of tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::behaviour::TaskCandidate;
use super::circuit_breaker::TaskFailure;
use crate::json;
use crate::model::ids::{hex_id, uuid};
use crate::model::{
    Container, ContainerImage, HealthStatus, Service, ServiceKey, Task, TaskDefinition, TaskOwner,
    TaskStatus, TaskStep, TaskTimes, Timer,
};
use crate::region::Region;
use crate::scenario::TaskBehaviour;

/// The properties of a task to launch.
pub(crate) struct TaskLaunch {
    pub(crate) cluster: String,
    pub(crate) task_definition: Arc<TaskDefinition>,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    /// `None` for a one-off task.
    pub(crate) owner: Option<TaskOwner>,
    /// The id of the container instance.
    pub(crate) container_instance: Option<String>,
    pub(crate) images: Vec<ContainerImage>,
    pub(crate) overrides: Value,
    /// Further members of the task in responses.
    pub(crate) extra_fields: Map<String, Value>,
}

impl Region {
    /// Launches a task and returns its id.
    ///
    /// # Errors
    /// If no container instance has room for it; the error is the reason.
    pub(crate) fn launch_task(&mut self, launch: TaskLaunch) -> Result<String, String> {
        let commands: BTreeMap<String, Vec<String>> = json::list(&launch.overrides, "containerOverrides")
            .iter()
            .filter(|container| json::is_set(container, "command"))
            .filter_map(|container| {
                Some((json::string(container, "name")?.to_owned(), json::strings(container, "command")))
            })
            .collect();
        let behaviour = self.select_behaviour(&TaskCandidate {
            definition: &launch.task_definition,
            service: launch.owner.as_ref().map(|owner| &owner.service),
            deployment_number: launch.owner.as_ref().and_then(|owner| self.deployment_number(owner)),
            images: &launch.images,
            commands: &commands,
        });
        if let TaskBehaviour::Unplaceable { reason } = behaviour {
            return Err(reason.unwrap_or_else(|| "RESOURCE:MEMORY".to_owned()));
        }
        let task = self.new_task(launch, behaviour);
        let id = task.id.clone();
        self.tasks.insert(id.clone(), task);
        let seconds = self.scenario.delays.placement.sample(&mut self.rng);
        self.schedule(seconds, Timer::Task { id: id.clone(), generation: 0, step: TaskStep::Placed });
        self.mark_changed();
        Ok(id)
    }

    /// A task in status PROVISIONING.
    pub(crate) fn new_task(&mut self, launch: TaskLaunch, behaviour: TaskBehaviour) -> Task {
        let id = hex_id(&mut self.rng, 32);
        let service = launch.owner.as_ref().and_then(|owner| self.services.get(&owner.service));
        let is_load_balanced = service.is_some_and(|service| !service.load_balancers().is_empty());
        let mut containers = Vec::new();
        for image in launch.images {
            let mut definitions = launch.task_definition.containers().iter();
            let definition = definitions.find(|other| json::string(other, "name") == Some(&image.container));
            let image_digest = match &behaviour {
                TaskBehaviour::WrongDigest { digest } => Some(digest.clone()),
                _ => image.digest,
            };
            containers.push(Container {
                id: uuid(&mut self.rng),
                image: image.image,
                image_digest,
                runtime_id: format!("{id}-{}", self.rng.u32(1_000_000_000..4_000_000_000)),
                exit_code: None,
                reason: None,
                is_essential: definition.is_some_and(TaskDefinition::is_essential),
                has_health_check: definition.is_some_and(|own| json::is_set(own, "healthCheck")),
                name: image.container,
            });
        }
        let mut extra_fields = launch.extra_fields;
        extra_fields.insert("overrides".to_owned(), launch.overrides);
        if launch.task_definition.is_awsvpc() {
            extra_fields.insert("attachments".to_owned(), self.network_interface());
        }
        Task {
            arn: self.id.ecs_arn("task", &format!("{}/{id}", launch.cluster)),
            id,
            cluster: launch.cluster,
            task_definition: launch.task_definition,
            group: launch.group,
            started_by: launch.started_by,
            owner: launch.owner,
            container_instance: launch.container_instance,
            extra_fields,
            last_status: TaskStatus::Provisioning,
            is_desired_running: true,
            health_status: HealthStatus::Unknown,
            is_healthy: false,
            is_load_balanced,
            containers,
            behaviour,
            generation: 0,
            version: 1,
            times: TaskTimes { created: self.now, ..TaskTimes::default() },
            stop_code: None,
            stopped_reason: None,
        }
    }

    fn network_interface(&mut self) -> Value {
        let address = format!("10.0.{}.{}", self.rng.u8(0..16), self.rng.u8(4..250));
        json!([{
            "id": uuid(&mut self.rng),
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [
                { "name": "networkInterfaceId", "value": format!("eni-{}", hex_id(&mut self.rng, 17)) },
                { "name": "privateIPv4Address", "value": address },
            ],
        }])
    }

    /// The number of a service deployment, counted from 1 for the first one after time 0.
    fn deployment_number(&self, owner: &TaskOwner) -> Option<u32> {
        let service = self.services.get(&owner.service)?;
        let mut deployments = service.service_deployments.iter();
        let index = deployments.position(|deployment| deployment.deployment_id == owner.deployment_id)?;
        let number = (index + 1).checked_sub(service.initial_service_deployments)?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    }

    /// The further members of a service's tasks in responses.
    fn service_task_fields(service: &Service) -> Map<String, Value> {
        let mut fields = Map::new();
        let strategy = service.setting("capacityProviderStrategy").get(0);
        if let Some(provider) = strategy.and_then(|first| json::string(first, "capacityProvider")) {
            let launch_type = if provider.starts_with("FARGATE") { "FARGATE" } else { "EC2" };
            fields.insert("capacityProviderName".to_owned(), json!(provider));
            fields.insert("launchType".to_owned(), json!(launch_type));
        } else {
            let launch_type = service.setting("launchType").as_str().unwrap_or("EC2");
            fields.insert("launchType".to_owned(), json!(launch_type));
        }
        let platform_version = service.setting("platformVersion").as_str();
        json::insert_some(&mut fields, "platformVersion", platform_version);
        let executes_commands = service.setting("enableExecuteCommand") == true;
        fields.insert("enableExecuteCommand".to_owned(), json!(executes_commands));
        fields
    }

    /// Launches tasks of a deployment, until one cannot be placed.
    pub(super) fn start_tasks(&mut self, key: &ServiceKey, deployment_id: &str, count: u32) {
        let mut started = Vec::new();
        for _ in 0..count {
            let Some(launch) = self.service_task_launch(key, deployment_id) else { break };
            match self.launch_task(launch) {
                Ok(id) => started.push(format!("(task {id})")),
                Err(_) => {
                    // "Viewing Amazon ECS service event messages" in the developer guide.
                    self.add_service_event_once(
                        key,
                        "was unable to place a task because no container instance met all of its requirements. \
                         For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
                    );
                    let seconds = self.scenario.delays.placement_retry.sample(&mut self.rng);
                    self.back_off(key, seconds);
                    self.record_task_failure(key, deployment_id, TaskFailure::Start);
                    break;
                }
            }
        }
        if !started.is_empty() {
            let message = format!("has started {} tasks: {}.", started.len(), started.join(" "));
            self.add_service_event(key, &message);
            if let Some(service) = self.services.get_mut(key) {
                service.is_unsteady = true;
            }
        }
    }

    /// The launch of a task for a deployment, on the container instance with the fewest tasks of the service.
    pub(crate) fn service_task_launch(&self, key: &ServiceKey, deployment_id: &str) -> Option<TaskLaunch> {
        let service = self.services.get(key)?;
        let deployment = service.deployments.iter().find(|deployment| deployment.id == deployment_id)?;
        let revision = service.revision(&deployment.revision)?;
        let task_definition = Arc::clone(self.task_definitions.find(&deployment.task_definition)?);
        let mut extra_fields = Self::service_task_fields(service);
        let is_fargate = extra_fields.get("launchType").and_then(Value::as_str) == Some("FARGATE");
        let occupied: Vec<&str> = self
            .service_tasks(key)
            .filter(|task| task.is_live())
            .filter_map(|task| task.container_instance.as_deref())
            .collect();
        let cluster = self.clusters.get(&key.cluster).filter(|_| !is_fargate);
        let instances = cluster.into_iter().flat_map(|cluster| &cluster.container_instances);
        let load = |instance: &&String| occupied.iter().filter(|other| *other == instance).count();
        let container_instance = instances.min_by_key(load).cloned();
        match service.setting("propagateTags").as_str() {
            Some("SERVICE") => extra_fields.insert("tags".to_owned(), json!(service.tags)),
            Some("TASK_DEFINITION") => extra_fields.insert("tags".to_owned(), json!(task_definition.tags)),
            _ => None,
        };
        Some(TaskLaunch {
            cluster: key.cluster.clone(),
            task_definition,
            group: format!("service:{}", key.service),
            started_by: Some(deployment_id.to_owned()),
            owner: Some(TaskOwner { service: key.clone(), deployment_id: deployment_id.to_owned() }),
            container_instance,
            images: revision.images.clone(),
            overrides: json!({ "containerOverrides": [] }),
            extra_fields,
        })
    }
}
