//! One account's resources in one region, and the passing of time in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::{Moment, Queue};
use crate::logs::LogGroups;
use crate::model::names::{ImageReference, RegionId, synthetic_digest, uuid};
use crate::model::service::ServiceEvent;
use crate::model::{Cluster, Repository, Service, ServiceKey, Task, TaskDefinition, TaskDefinitions};
use crate::scenario::{Change, Scenario};
use crate::scheduler::TaskStep;

/// One account's resources in one region. Regions know nothing of each other.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) id: RegionId,
    pub(crate) scenario: Arc<Scenario>,
    /// The Unix time of the simulation's beginning.
    pub(crate) epoch: f64,
    pub(crate) now: Moment,
    pub(crate) timers: Queue<Timer>,
    pub(crate) rng: fastrand::Rng,
    pub(crate) clusters: BTreeMap<String, Cluster>,
    pub(crate) services: BTreeMap<ServiceKey, Service>,
    pub(crate) task_definitions: TaskDefinitions,
    pub(crate) tasks: BTreeMap<String, Task>,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) logs: LogGroups,
    /// The alarms that are in ALARM.
    pub(crate) active_alarms: BTreeSet<String>,
    /// RunTask's client tokens: the request, and the tasks that it started.
    pub(crate) client_tokens: BTreeMap<String, (Value, Vec<String>)>,
    /// How many tasks each behaviour has matched.
    pub(crate) rule_matches: Vec<u32>,
    /// When the state last changed, and how often it has.
    pub(crate) changed_at: Moment,
    pub(crate) version: u64,
}

/// What is due at a moment.
#[derive(Debug, Clone)]
pub(crate) enum Timer {
    /// A task's next step, if it still has the plan that the step is of.
    Task { id: String, generation: u32, step: TaskStep },
    /// A service deployment leaves PENDING.
    StartDeployment { key: ServiceKey, service_deployment: String },
    /// A requested rollback begins.
    StartRollback { key: ServiceKey, service_deployment: String },
    /// A requested stop is done.
    StopDeployment { key: ServiceKey, service_deployment: String },
    /// A stage of a blue/green deployment is over.
    EndStage { key: ServiceKey, service_deployment: String, generation: u32 },
    /// A rolling deployment's alarms were watched long enough.
    EndBakeTime { key: ServiceKey, service_deployment: String, generation: u32 },
    /// A service is looked at again.
    Reconcile { key: ServiceKey },
    /// Somebody else does something.
    ApplyChange(Box<Change>),
}

impl Region {
    pub(crate) fn new(site: RegionId, rules: Arc<Scenario>, epoch: f64) -> Self {
        // Each region draws its own numbers, so that calls in one don't disturb another.
        let name = format!("{}/{}", site.account, site.region);
        let mixed =
            name.bytes().fold(rules.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self {
            id: site,
            epoch,
            now: Moment::default(),
            timers: Queue::default(),
            rng: fastrand::Rng::with_seed(mixed),
            clusters: BTreeMap::new(),
            services: BTreeMap::new(),
            task_definitions: TaskDefinitions::default(),
            tasks: BTreeMap::new(),
            repositories: BTreeMap::new(),
            logs: LogGroups::default(),
            active_alarms: BTreeSet::new(),
            client_tokens: BTreeMap::new(),
            rule_matches: vec![0; rules.task_rules.len()],
            changed_at: Moment::from_seconds(-1e9),
            version: 0,
            scenario: rules,
        }
    }

    /// Lets time pass until then. `seen` sees the state after each thing that happened.
    pub(crate) fn run_until(&mut self, until: Moment, seen: &mut dyn FnMut(&Self)) {
        while let Some((at, due)) = self.timers.pop_due(until) {
            self.now = self.now.max(at);
            self.fire(due);
            seen(self);
        }
        self.now = self.now.max(until);
    }

    fn fire(&mut self, due: Timer) {
        match due {
            Timer::Task { id, generation: plan, step } => self.advance_task(&id, plan, step),
            Timer::StartDeployment { key, service_deployment: record } => {
                self.start_service_deployment(&key, &record)
            }
            Timer::StartRollback { key, service_deployment: record } => {
                self.start_requested_rollback(&key, &record)
            }
            Timer::StopDeployment { key, service_deployment: record } => {
                self.finish_requested_stop(&key, &record)
            }
            Timer::EndStage { key, service_deployment: record, generation: turn } => {
                self.end_stage(&key, &record, turn)
            }
            Timer::EndBakeTime { key, service_deployment: record, generation: turn } => {
                self.end_bake_time(&key, &record, turn)
            }
            Timer::Reconcile { key } => self.reconcile(&key),
            // Nobody is there to be told that somebody else's call was refused.
            Timer::ApplyChange(change) => drop(self.apply_change(&change)),
        }
    }

    pub(crate) fn schedule(&mut self, seconds: f64, due: Timer) {
        self.timers.push(self.now.plus(seconds), due);
    }

    /// Something changed that can be seen.
    pub(crate) fn mark_changed(&mut self) {
        self.changed_at = self.now;
        self.version += 1;
    }

    /// A moment as AWS's JSON has it: seconds since 1970, to the millisecond.
    pub(crate) fn timestamp(&self, moment: Moment) -> Value {
        json!(((self.epoch + moment.seconds()) * 1000.0).round() / 1000.0)
    }

    /// The moment of a timestamp.
    pub(crate) fn moment_of_timestamp(&self, stamp: f64) -> Moment {
        Moment::from_seconds(stamp - self.epoch)
    }

    /// Adds to a service's events, of which ECS shows the latest hundred.
    pub(crate) fn add_service_event(&mut self, key: &ServiceKey, message: &str) {
        let event = ServiceEvent {
            id: uuid(&mut self.rng),
            created_at: self.now,
            message: format!("(service {}) {message}", key.service),
        };
        if let Some(service) = self.services.get_mut(key) {
            service.events.push_front(event);
            service.events.truncate(100);
        }
    }

    /// A service's tasks, oldest first.
    pub(crate) fn service_tasks<'a>(&'a self, key: &'a ServiceKey) -> impl Iterator<Item = &'a Task> {
        let mut tasks: Vec<&Task> = self.tasks.values().filter(|task| task.belongs_to(key)).collect();
        tasks.sort_by_key(|task| task.times.created);
        tasks.into_iter()
    }

    /// The digest that an image reference stands for now. None where the repository is
    /// known not to have it.
    pub(crate) fn resolve_digest(&self, image: &str) -> Option<String> {
        let reference = ImageReference::parse(image);
        let tag = reference.tag.unwrap_or("latest");
        let repository = self.repositories.get(reference.repository);
        let own = reference.host == Some(self.id.registry_host().as_str());
        let found = match reference.digest {
            Some(digest) => repository.and_then(|repository| repository.find(None, Some(digest))),
            None => repository.and_then(|repository| repository.find(Some(tag), None)),
        };
        match found {
            Some(image) => Some(image.digest.clone()),
            None if own && self.scenario.strict_images => None,
            None => Some(reference.digest.map_or_else(|| synthetic_digest(image), str::to_owned)),
        }
    }

    /// Container, image and digest for each container of a definition.
    pub(crate) fn resolve_images(&self, definition: &TaskDefinition) -> Vec<(String, String, String)> {
        let image = |container: &Value| {
            let name = crate::json::string(container, "name").unwrap_or_default().to_owned();
            let image = crate::json::string(container, "image").unwrap_or_default().to_owned();
            let digest = self.resolve_digest(&image).unwrap_or_default();
            (name, image, digest)
        };
        definition.containers().iter().map(image).collect()
    }
}
