//! Launching tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::conduct::Candidate;
use super::lifecycle::Step;
use super::rollback::Failing;
use crate::json;
use crate::model::names::{hex, uuid};
use crate::model::task::{Container, Times};
use crate::model::{Definition, Health, Key, Phase, Service, Task};
use crate::region::{Due, Region};
use crate::scenario::TaskBehaviour;

/// A task to be launched.
pub(crate) struct Launch {
    pub(crate) cluster: String,
    pub(crate) definition: Arc<Definition>,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    pub(crate) service: Option<(Key, String)>,
    pub(crate) instance: Option<String>,
    pub(crate) images: Vec<(String, String, String)>,
    pub(crate) overrides: Value,
    /// What the task's answer has besides.
    pub(crate) more: Map<String, Value>,
}

impl Region {
    /// Launches a task. Where no container instance takes it, the reason comes back.
    pub(crate) fn launch(&mut self, launch: Launch) -> Result<String, String> {
        let commands: BTreeMap<String, Vec<String>> = json::list(&launch.overrides, "containerOverrides")
            .iter()
            .filter(|container| json::given(container, "command"))
            .filter_map(|container| {
                Some((json::text(container, "name")?.to_owned(), json::texts(container, "command")))
            })
            .collect();
        let key = launch.service.as_ref().map(|(key, _)| key);
        let conduct = self.conduct(&Candidate {
            definition: &launch.definition,
            service: key,
            deployment: launch.service.as_ref().and_then(|(key, deployment)| self.ordinal(key, deployment)),
            images: &launch.images,
            commands: &commands,
        });
        if let TaskBehaviour::Unplaceable { reason } = conduct {
            return Err(reason.unwrap_or_else(|| "RESOURCE:MEMORY".to_owned()));
        }
        let task = self.task(launch, conduct);
        let id = task.id.clone();
        self.tasks.insert(id.clone(), task);
        let placement = self.rules.delays.placement.sample(&mut self.rng);
        self.after(placement, Due::Task { id: id.clone(), plan: 0, step: Step::Placed });
        self.touch();
        Ok(id)
    }

    /// A task that has just been created.
    pub(crate) fn task(&mut self, launch: Launch, conduct: TaskBehaviour) -> Task {
        let id = hex(&mut self.rng, 32);
        let service = launch.service.as_ref().and_then(|(key, _)| self.services.get(key));
        let balanced = service.is_some_and(|service| !service.balancers().is_empty());
        let mut containers = Vec::new();
        for (name, image, digest) in launch.images {
            let own = launch.definition.containers().iter().find(|c| json::text(c, "name") == Some(&name));
            let digest = match &conduct {
                TaskBehaviour::WrongDigest { digest } => Some(digest.clone()),
                _ => Some(digest).filter(|digest| !digest.is_empty()),
            };
            containers.push(Container {
                id: uuid(&mut self.rng),
                image,
                digest,
                runtime: format!("{id}-{}", self.rng.u32(1_000_000_000..4_000_000_000)),
                exit: None,
                reason: None,
                essential: own.is_some_and(Definition::is_essential),
                checked: own.is_some_and(|own| json::given(own, "healthCheck")),
                name,
            });
        }
        let mut more = launch.more;
        more.insert("overrides".to_owned(), launch.overrides);
        if launch.definition.is_awsvpc() {
            more.insert("attachments".to_owned(), self.interface());
        }
        Task {
            arn: self.site.arn("task", &format!("{}/{id}", launch.cluster)),
            id,
            cluster: launch.cluster,
            definition: launch.definition,
            group: launch.group,
            started_by: launch.started_by,
            service: launch.service,
            instance: launch.instance,
            more,
            phase: Phase::Provisioning,
            wanted: true,
            health: Health::Unknown,
            steady: false,
            balanced,
            containers,
            conduct,
            plan: 0,
            version: 1,
            times: Times { created: self.now, ..Times::default() },
            stop_code: None,
            stopped_reason: None,
        }
    }

    fn interface(&mut self) -> Value {
        let address = format!("10.0.{}.{}", self.rng.u8(0..16), self.rng.u8(4..250));
        json!([{
            "id": uuid(&mut self.rng),
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [
                { "name": "networkInterfaceId", "value": format!("eni-{}", hex(&mut self.rng, 17)) },
                { "name": "privateIPv4Address", "value": address },
            ],
        }])
    }

    /// Which of the deployments since time 0 this is; none for an older one.
    fn ordinal(&self, key: &Key, deployment: &str) -> Option<u32> {
        let service = self.services.get(key)?;
        let place = service.history.iter().position(|record| record.deployment == deployment)?;
        u32::try_from((place + 1).checked_sub(service.old_deployments)?).ok().filter(|ordinal| *ordinal > 0)
    }

    /// What a service's tasks have in their answers besides.
    pub(crate) fn task_settings(service: &Service) -> Map<String, Value> {
        let mut more = Map::new();
        let strategy =
            service.setting("capacityProviderStrategy").as_array().and_then(|strategy| strategy.first());
        if let Some(provider) = strategy.and_then(|first| json::text(first, "capacityProvider")) {
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
    pub(crate) fn start_tasks(&mut self, key: &Key, deployment: &str, count: u32) {
        let mut started = Vec::new();
        for _ in 0..count {
            let Some(launch) = self.launch_of(key, deployment) else { break };
            match self.launch(launch) {
                Ok(id) => started.push(id),
                Err(_) => {
                    // "Viewing Amazon ECS service event messages" in the developer guide.
                    self.tell_once(
                        key,
                        "was unable to place a task because no container instance met all of its requirements. \
                         For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
                    );
                    let again = self.rules.delays.placement_retry.sample(&mut self.rng);
                    self.hold(key, again);
                    self.note_failure(key, deployment, Failing::Start);
                    break;
                }
            }
        }
        if !started.is_empty() {
            let tasks: Vec<String> = started.iter().map(|id| format!("(task {id})")).collect();
            self.tell(key, &format!("has started {} tasks: {}.", tasks.len(), tasks.join(" ")));
            if let Some(service) = self.services.get_mut(key) {
                service.unsteady = true;
            }
        }
    }

    pub(crate) fn launch_of(&self, key: &Key, deployment: &str) -> Option<Launch> {
        let service = self.services.get(key)?;
        let own = service.deployments.iter().find(|own| own.id == deployment)?;
        let revision = service.revision(&own.revision)?;
        let busy: Vec<&str> = self
            .tasks_of(key)
            .filter(|task| task.is_live())
            .filter_map(|task| task.instance.as_deref())
            .collect();
        let instances =
            self.clusters.get(&key.cluster).map(|cluster| cluster.instances.as_slice()).unwrap_or_default();
        let mut more = Self::task_settings(service);
        let fargate = more.get("launchType").and_then(Value::as_str) == Some("FARGATE");
        let load = |instance: &&String| busy.iter().filter(|busy| *busy == instance).count();
        let instance = instances.iter().min_by_key(load).filter(|_| !fargate).cloned();
        let definition = Arc::clone(self.families.find(&own.definition)?);
        match service.setting("propagateTags").as_str() {
            Some("SERVICE") => more.insert("tags".to_owned(), json!(service.tags)),
            Some("TASK_DEFINITION") => more.insert("tags".to_owned(), json!(definition.tags)),
            _ => None,
        };
        Some(Launch {
            cluster: key.cluster.clone(),
            definition,
            group: format!("service:{}", key.service),
            started_by: Some(deployment.to_owned()),
            service: Some((key.clone(), deployment.to_owned())),
            instance,
            images: revision.images.clone(),
            overrides: json!({ "containerOverrides": [] }),
            more,
        })
    }
}
