//! One account's resources in one region, and the passing of time in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::clock::{Moment, Queue};
use crate::logs::Logs;
use crate::model::names::{Reference, Site, made_up_digest, uuid};
use crate::model::service::Event;
use crate::model::{Cluster, Definition, Families, Key, Repository, Service, Task};
use crate::scenario::{Change, Scenario};
use crate::scheduler::Step;

/// One account's resources in one region. Regions know nothing of each other.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) site: Site,
    pub(crate) rules: Arc<Scenario>,
    /// The Unix time of the simulation's beginning.
    pub(crate) epoch: f64,
    pub(crate) now: Moment,
    pub(crate) queue: Queue<Due>,
    pub(crate) rng: fastrand::Rng,
    pub(crate) clusters: BTreeMap<String, Cluster>,
    pub(crate) services: BTreeMap<Key, Service>,
    pub(crate) families: Families,
    pub(crate) tasks: BTreeMap<String, Task>,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) logs: Logs,
    /// The alarms that are in ALARM.
    pub(crate) alarms: BTreeSet<String>,
    /// RunTask's client tokens: the request, and the tasks that it started.
    pub(crate) tokens: BTreeMap<String, (Value, Vec<String>)>,
    /// How many tasks each behaviour has matched.
    pub(crate) matched: Vec<u32>,
    /// When the state last changed, and how often it has.
    pub(crate) changed: Moment,
    pub(crate) version: u64,
}

/// What is due at a moment.
#[derive(Debug, Clone)]
pub(crate) enum Due {
    /// A task's next step, if it still has the plan that the step is of.
    Task { id: String, plan: u32, step: Step },
    /// A service deployment leaves PENDING.
    Begin { key: Key, record: String },
    /// A requested rollback begins.
    RollBack { key: Key, record: String },
    /// A requested stop is done.
    Abort { key: Key, record: String },
    /// A stage of a blue/green deployment is over.
    Stage { key: Key, record: String, turn: u32 },
    /// A rolling deployment's alarms were watched long enough.
    Baked { key: Key, record: String, turn: u32 },
    /// A service is looked at again.
    Look { key: Key },
    /// Somebody else does something.
    Change(Box<Change>),
}

impl Region {
    pub(crate) fn new(site: Site, rules: Arc<Scenario>, epoch: f64) -> Self {
        // Each region draws its own numbers, so that calls in one don't disturb another.
        let name = format!("{}/{}", site.account, site.region);
        let mixed =
            name.bytes().fold(rules.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self {
            site,
            epoch,
            now: Moment::default(),
            queue: Queue::default(),
            rng: fastrand::Rng::with_seed(mixed),
            clusters: BTreeMap::new(),
            services: BTreeMap::new(),
            families: Families::default(),
            tasks: BTreeMap::new(),
            repositories: BTreeMap::new(),
            logs: Logs::default(),
            alarms: BTreeSet::new(),
            tokens: BTreeMap::new(),
            matched: vec![0; rules.task_rules.len()],
            changed: Moment::of(-1e9),
            version: 0,
            rules,
        }
    }

    /// Lets time pass until then. `seen` sees the state after each thing that happened.
    pub(crate) fn run(&mut self, until: Moment, seen: &mut dyn FnMut(&Self)) {
        while let Some((at, due)) = self.queue.take(until) {
            self.now = self.now.max(at);
            self.happen(due);
            seen(self);
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Task { id, plan, step } => self.task_step(&id, plan, step),
            Due::Begin { key, record } => self.begin(&key, &record),
            Due::RollBack { key, record } => self.begin_requested_rollback(&key, &record),
            Due::Abort { key, record } => self.abort(&key, &record),
            Due::Stage { key, record, turn } => self.stage_over(&key, &record, turn),
            Due::Baked { key, record, turn } => self.baked(&key, &record, turn),
            Due::Look { key } => self.reconcile(&key),
            // Nobody is there to be told that somebody else's call was refused.
            Due::Change(change) => drop(self.apply(&change)),
        }
    }

    pub(crate) fn after(&mut self, seconds: f64, due: Due) {
        self.queue.put(self.now.plus(seconds), due);
    }

    /// Something changed that can be seen.
    pub(crate) fn touch(&mut self) {
        self.changed = self.now;
        self.version += 1;
    }

    /// A moment as AWS's JSON has it: seconds since 1970, to the millisecond.
    pub(crate) fn stamp(&self, moment: Moment) -> Value {
        json!(((self.epoch + moment.seconds()) * 1000.0).round() / 1000.0)
    }

    /// The moment of a timestamp.
    pub(crate) fn moment(&self, stamp: f64) -> Moment {
        Moment::of(stamp - self.epoch)
    }

    /// Adds to a service's events, of which ECS shows the latest hundred.
    pub(crate) fn tell(&mut self, key: &Key, message: &str) {
        let event = Event {
            id: uuid(&mut self.rng),
            at: self.now,
            message: format!("(service {}) {message}", key.service),
        };
        if let Some(service) = self.services.get_mut(key) {
            service.events.push_front(event);
            service.events.truncate(100);
        }
    }

    /// A service's tasks, oldest first.
    pub(crate) fn tasks_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Task> {
        let mut tasks: Vec<&Task> = self.tasks.values().filter(|task| task.is_of(key)).collect();
        tasks.sort_by_key(|task| task.times.created);
        tasks.into_iter()
    }

    /// The digest that an image reference stands for now. None where the repository is
    /// known not to have it.
    pub(crate) fn resolve(&self, image: &str) -> Option<String> {
        let reference = Reference::read(image);
        let tag = reference.tag.unwrap_or("latest");
        let repository = self.repositories.get(reference.repository);
        let own = reference.host == Some(self.site.registry().as_str());
        let found = match reference.digest {
            Some(digest) => repository.and_then(|repository| repository.find(None, Some(digest))),
            None => repository.and_then(|repository| repository.find(Some(tag), None)),
        };
        match found {
            Some(image) => Some(image.digest.clone()),
            None if own && self.rules.strict_images => None,
            None => Some(reference.digest.map_or_else(|| made_up_digest(image), str::to_owned)),
        }
    }

    /// Container, image and digest for each container of a definition.
    pub(crate) fn images(&self, definition: &Definition) -> Vec<(String, String, String)> {
        let image = |container: &Value| {
            let name = crate::json::text(container, "name").unwrap_or_default().to_owned();
            let image = crate::json::text(container, "image").unwrap_or_default().to_owned();
            let digest = self.resolve(&image).unwrap_or_default();
            (name, image, digest)
        };
        definition.containers().iter().map(image).collect()
    }
}
