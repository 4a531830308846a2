//! The state of one account in one region.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::model::ids::uuid;
use crate::model::{
    Cluster, Deployment, LogGroups, RegionId, Repository, Service, ServiceDeployment, ServiceEvent,
    ServiceKey, Task, TaskDefinitions, Timer,
};
use crate::queue::Queue;
use crate::scenario::{RuleSetup, Scenario, ScheduleSetup};

/// The state of one account in one region. Regions are independent of each other.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) id: RegionId,
    pub(crate) scenario: Arc<Scenario>,
    /// The Unix time at the start of the simulation.
    pub(crate) epoch: f64,
    pub(crate) now: Moment,
    pub(crate) timers: Queue<Timer>,
    pub(crate) rng: fastrand::Rng,
    /// By name.
    pub(crate) clusters: BTreeMap<String, Cluster>,
    pub(crate) services: BTreeMap<ServiceKey, Service>,
    pub(crate) task_definitions: TaskDefinitions,
    /// By id.
    pub(crate) tasks: BTreeMap<String, Task>,
    /// By name.
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) log_groups: LogGroups,
    /// The rules of EventBridge.
    pub(crate) rules: Vec<RuleSetup>,
    /// The schedules of EventBridge Scheduler.
    pub(crate) schedules: Vec<ScheduleSetup>,
    /// The names of the alarms in state ALARM.
    pub(crate) active_alarms: BTreeSet<String>,
    /// The calls of RunTask with a client token, by the token.
    pub(crate) client_tokens: BTreeMap<String, RunTaskCall>,
    /// The number of tasks that each task rule has matched.
    pub(crate) rule_matches: Vec<u32>,
    /// When the state last changed.
    pub(crate) changed_at: Moment,
    /// Increases with each change of the state.
    pub(crate) version: u64,
}

/// A call of RunTask.
#[derive(Debug, Clone)]
pub(crate) struct RunTaskCall {
    pub(crate) request: Value,
    pub(crate) task_ids: Vec<String>,
}

impl Region {
    pub(crate) fn new(id: RegionId, scenario: Arc<Scenario>, epoch: f64) -> Self {
        // Each region has its own seed, so that calls in one region do not affect another.
        let name = format!("{}/{}", id.account, id.region);
        let seed = name
            .bytes()
            .fold(scenario.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self {
            id,
            epoch,
            now: Moment::default(),
            timers: Queue::default(),
            rng: fastrand::Rng::with_seed(seed),
            clusters: BTreeMap::new(),
            services: BTreeMap::new(),
            task_definitions: TaskDefinitions::default(),
            tasks: BTreeMap::new(),
            repositories: BTreeMap::new(),
            log_groups: LogGroups::default(),
            rules: Vec::new(),
            schedules: Vec::new(),
            active_alarms: BTreeSet::new(),
            client_tokens: BTreeMap::new(),
            rule_matches: vec![0; scenario.task_rules.len()],
            changed_at: Moment::from_seconds(-1e9),
            version: 0,
            scenario,
        }
    }

    /// Adds a timer that is due in this many seconds.
    pub(crate) fn schedule(&mut self, seconds: f64, timer: Timer) {
        self.timers.push(self.now.plus(seconds), timer);
    }

    /// Records that responses may differ from now on.
    pub(crate) fn mark_changed(&mut self) {
        self.changed_at = self.now;
        self.version += 1;
    }

    /// A moment as JSON: seconds since 1970, rounded to milliseconds.
    pub(crate) fn timestamp(&self, moment: Moment) -> Value {
        json!(((self.epoch + moment.seconds()) * 1000.0).round() / 1000.0)
    }

    /// The moment of a Unix time.
    pub(crate) fn moment_of_timestamp(&self, seconds: f64) -> Moment {
        Moment::from_seconds(seconds - self.epoch)
    }

    /// Adds to the events of a service. ECS keeps the latest 100.
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

    pub(crate) fn service_deployment(&self, key: &ServiceKey, arn: &str) -> Option<&ServiceDeployment> {
        self.services.get(key)?.service_deployment(arn)
    }

    pub(crate) fn service_deployment_mut(
        &mut self,
        key: &ServiceKey,
        arn: &str,
    ) -> Option<&mut ServiceDeployment> {
        self.services.get_mut(key)?.service_deployment_mut(arn)
    }

    pub(crate) fn primary_deployment_mut(&mut self, key: &ServiceKey) -> Option<&mut Deployment> {
        self.services.get_mut(key)?.primary_deployment_mut()
    }

    /// The tasks of a service, oldest first.
    pub(crate) fn service_tasks<'a>(&'a self, key: &'a ServiceKey) -> impl Iterator<Item = &'a Task> {
        let mut tasks: Vec<&Task> = self.tasks.values().filter(|task| task.belongs_to(key)).collect();
        tasks.sort_by_key(|task| task.times.created);
        tasks.into_iter()
    }
}
