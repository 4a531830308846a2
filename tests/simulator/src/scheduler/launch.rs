//! Launching tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::conduct::TaskCandidate;
use super::lifecycle::TaskStep;
use super::rollback::TaskFailure;
use crate::json;
use crate::model::names::{hex_id, uuid};
use crate::model::task::{Container, TaskTimes};
use crate::model::{HealthStatus, Service, ServiceKey, Task, TaskDefinition, TaskStatus};
use crate::region::{Region, Timer};
use crate::scenario::TaskBehaviour;

/// A task to be launched.
pub(crate) struct TaskLaunch {
    pub(crate) cluster: String,
    pub(crate) task_definition: Arc<TaskDefinition>,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    pub(crate) service: Option<(ServiceKey, String)>,
    pub(crate) container_instance: Option<String>,
    pub(crate) images: Vec<(String, String, String)>,
    pub(crate) overrides: Value,
    /// What the task's answer has besides.
    pub(crate) extra_fields: Map<String, Value>,
}

impl Region {
    /// Launches a task. Where no container instance takes it, the reason comes back.
    pub(crate) fn launch_task(&mut self, launch: TaskLaunch) -> Result<String, String> {
        let commands: BTreeMap<String, Vec<String>> = json::list(&launch.overrides, "containerOverrides")
            .iter()
            .filter(|container| json::is_set(container, "command"))
            .filter_map(|container| {
                Some((json::string(container, "name")?.to_owned(), json::strings(container, "command")))
            })
            .collect();
        let key = launch.service.as_ref().map(|(key, _)| key);
        let conduct = self.select_behaviour(&TaskCandidate {
            definition: &launch.task_definition,
            service: key,
            deployment_number: launch
                .service
                .as_ref()
                .and_then(|(key, deployment)| self.deployment_number(key, deployment)),
            images: &launch.images,
            commands: &commands,
        });
        if let TaskBehaviour::Unplaceable { reason } = conduct {
            return Err(reason.unwrap_or_else(|| "RESOURCE:MEMORY".to_owned()));
        }
        let task = self.new_task(launch, conduct);
        let id = task.id.clone();
        self.tasks.insert(id.clone(), task);
        let placement = self.scenario.delays.placement.sample(&mut self.rng);
        self.schedule(placement, Timer::Task { id: id.clone(), generation: 0, step: TaskStep::Placed });
        self.mark_changed();
        Ok(id)
    }

    /// A task that has just been created.
    pub(crate) fn new_task(&mut self, launch: TaskLaunch, conduct: TaskBehaviour) -> Task {
        let id = hex_id(&mut self.rng, 32);
        let service = launch.service.as_ref().and_then(|(key, _)| self.services.get(key));
        let balanced = service.is_some_and(|service| !service.load_balancers().is_empty());
        let mut containers = Vec::new();
        for (name, image, digest) in launch.images {
            let own =
                launch.task_definition.containers().iter().find(|c| json::string(c, "name") == Some(&name));
            let digest = match &conduct {
                TaskBehaviour::WrongDigest { digest } => Some(digest.clone()),
                _ => Some(digest).filter(|digest| !digest.is_empty()),
            };
            containers.push(Container {
                id: uuid(&mut self.rng),
                image,
                image_digest: digest,
                runtime_id: format!("{id}-{}", self.rng.u32(1_000_000_000..4_000_000_000)),
                exit_code: None,
                reason: None,
                is_essential: own.is_some_and(TaskDefinition::is_essential),
                has_health_check: own.is_some_and(|own| json::is_set(own, "healthCheck")),
                name,
            });
        }
        let mut more = launch.extra_fields;
        more.insert("overrides".to_owned(), launch.overrides);
        if launch.task_definition.is_awsvpc() {
            more.insert("attachments".to_owned(), self.network_interface());
        }
        Task {
            arn: self.id.ecs_arn("task", &format!("{}/{id}", launch.cluster)),
            id,
            cluster: launch.cluster,
            task_definition: launch.task_definition,
            group: launch.group,
            started_by: launch.started_by,
            service: launch.service,
            container_instance: launch.container_instance,
            extra_fields: more,
            last_status: TaskStatus::Provisioning,
            is_desired_running: true,
            health_status: HealthStatus::Unknown,
            is_healthy: false,
            is_load_balanced: balanced,
            containers,
            behaviour: conduct,
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

    /// Which of the deployments since time 0 this is; none for an older one.
    fn deployment_number(&self, key: &ServiceKey, deployment: &str) -> Option<u32> {
        let service = self.services.get(key)?;
        let place =
            service.service_deployments.iter().position(|record| record.deployment_id == deployment)?;
        u32::try_from((place + 1).checked_sub(service.initial_deployments)?)
            .ok()
            .filter(|ordinal| *ordinal > 0)
    }

    /// What a service's tasks have in their answers besides.
    pub(crate) fn service_task_fields(service: &Service) -> Map<String, Value> {
        let mut more = Map::new();
        let strategy =
            service.setting("capacityProviderStrategy").as_array().and_then(|strategy| strategy.first());
        if let Some(provider) = strategy.and_then(|first| json::string(first, "capacityProvider")) {
            more.insert("capacityProviderName".to_owned(), json!(provider));
            let fargate = provider.starts_with("FARGATE");
            more.insert("launchType".to_owned(), json!(if fargate { "FARGATE" } else { "EC2" }));
        } else {
            more.insert(
                "launchType".to_owned(),
                json!(service.setting("launchType").as_str().unwrap_or("EC2")),
            );
        }
        if let Some(version) = service.setting("platformVersion").as_str() {
            more.insert("platformVersion".to_owned(), json!(version));
        }
        more.insert(
            "enableExecuteCommand".to_owned(),
            json!(service.setting("enableExecuteCommand") == true),
        );
        more
    }

    /// Launches tasks of a deployment, until all are or one can't be placed.
    pub(crate) fn start_tasks(&mut self, key: &ServiceKey, deployment: &str, count: u32) {
        let mut started = Vec::new();
        for _ in 0..count {
            let Some(launch) = self.service_task_launch(key, deployment) else { break };
            match self.launch_task(launch) {
                Ok(id) => started.push(id),
                Err(_) => {
                    // "Viewing Amazon ECS service event messages" in the developer guide.
                    self.add_service_event_once(
                        key,
                        "was unable to place a task because no container instance met all of its requirements. \
                         For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
                    );
                    let again = self.scenario.delays.placement_retry.sample(&mut self.rng);
                    self.back_off(key, again);
                    self.record_task_failure(key, deployment, TaskFailure::Start);
                    break;
                }
            }
        }
        if !started.is_empty() {
            let tasks: Vec<String> = started.iter().map(|id| format!("(task {id})")).collect();
            self.add_service_event(key, &format!("has started {} tasks: {}.", tasks.len(), tasks.join(" ")));
            if let Some(service) = self.services.get_mut(key) {
                service.is_unsteady = true;
            }
        }
    }

    pub(crate) fn service_task_launch(&self, key: &ServiceKey, deployment: &str) -> Option<TaskLaunch> {
        let service = self.services.get(key)?;
        let own = service.deployments.iter().find(|own| own.id == deployment)?;
        let revision = service.revision(&own.revision)?;
        let busy: Vec<&str> = self
            .service_tasks(key)
            .filter(|task| task.is_live())
            .filter_map(|task| task.container_instance.as_deref())
            .collect();
        let instances =
            self.clusters.get(&key.cluster).map(|cluster| cluster.instances.as_slice()).unwrap_or_default();
        let mut more = Self::service_task_fields(service);
        let fargate = more.get("launchType").and_then(Value::as_str) == Some("FARGATE");
        let load = |instance: &&String| busy.iter().filter(|busy| *busy == instance).count();
        let instance = instances.iter().min_by_key(load).filter(|_| !fargate).cloned();
        let definition = Arc::clone(self.task_definitions.find(&own.task_definition)?);
        match service.setting("propagateTags").as_str() {
            Some("SERVICE") => more.insert("tags".to_owned(), json!(service.tags)),
            Some("TASK_DEFINITION") => more.insert("tags".to_owned(), json!(definition.tags)),
            _ => None,
        };
        Some(TaskLaunch {
            cluster: key.cluster.clone(),
            task_definition: definition,
            group: format!("service:{}", key.service),
            started_by: Some(deployment.to_owned()),
            service: Some((key.clone(), deployment.to_owned())),
            container_instance: instance,
            images: revision.images.clone(),
            overrides: json!({ "containerOverrides": [] }),
            extra_fields: more,
        })
    }
}
