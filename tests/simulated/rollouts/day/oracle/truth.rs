//! What the simulator knows: the deployments of the service, the revisions of its family, and the one-off tasks.

use std::collections::{BTreeMap, BTreeSet};

use ecs_simulator::{DeploymentSnapshot, ServiceSnapshot};
use serde_json::{Value, json};

use super::super::super::world::World;

/// The Unix time at the start of a simulation.
const EPOCH: f64 = 1_767_225_600.0;

/// The most tasks of one call of DescribeTasks.
const TASKS_PER_CALL: usize = 100;

/// The state of the simulator, and everything that it had before.
#[derive(Default)]
pub struct Truth {
    pub state: ServiceSnapshot,
    /// By ARN.
    pub definitions: BTreeMap<String, Definition>,
    /// The one-off tasks by ARN.
    pub tasks: BTreeMap<String, OneOff>,
    /// The tasks of the service, which are not read again.
    others: BTreeSet<String>,
}

/// A revision of the family `web`.
pub struct Definition {
    pub revision: u64,
    pub registered_at: f64,
    /// The members that were registered.
    pub content: Value,
    /// The number of the build that registered it; `None` for one by hand.
    pub build: Option<u64>,
    /// The digest of its image.
    pub digest: String,
}

/// A one-off task. Times are in simulated seconds.
#[derive(Debug)]
pub struct OneOff {
    /// The first word of its command.
    pub program: String,
    pub build: u64,
    /// Its `startedBy`.
    pub mark: String,
    pub definition: String,
    pub created_at: f64,
    /// Infinite while it runs.
    pub stopped_at: f64,
    pub exit_code: Option<i64>,
    /// Why it stopped.
    pub stop_code: String,
}

impl OneOff {
    pub fn has_succeeded(&self) -> bool {
        // One that was stopped from outside may exit with 0, too.
        self.has_stopped() && self.exit_code == Some(0) && self.stop_code == "EssentialContainerExited"
    }

    pub fn has_stopped(&self) -> bool {
        self.stopped_at.is_finite()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn seconds(value: &Value) -> Option<f64> {
    Some(value.as_f64()? - EPOCH)
}

impl Truth {
    pub fn refresh(&mut self, world: &World) {
        self.state = world.simulator.snapshot("main", "web");
        for arn in
            list(world, "ecs:ListTaskDefinitions", "taskDefinitionArns", &json!({"familyPrefix": "web"}))
        {
            self.definitions.entry(arn.clone()).or_insert_with(|| read_definition(world, &arn));
        }
        let of_status = |status: &str| {
            let query = json!({"cluster": "main", "family": "web", "desiredStatus": status});
            list(world, "ecs:ListTasks", "taskArns", &query)
        };
        let is_known =
            |arn: &String| self.others.contains(arn) || self.tasks.get(arn).is_some_and(OneOff::has_stopped);
        let arns = [of_status("RUNNING"), of_status("STOPPED")].concat();
        let unknown: Vec<String> = arns.into_iter().filter(|arn| !is_known(arn)).collect();
        for chunk in unknown.chunks(TASKS_PER_CALL) {
            let described =
                world.simulator.call("ecs:DescribeTasks", &json!({"cluster": "main", "tasks": chunk}));
            for task in described.expect("the tasks")["tasks"].as_array().into_iter().flatten() {
                let arn = text(&task["taskArn"]);
                match read_task(task) {
                    Some(task) => drop(self.tasks.insert(arn, task)),
                    None => drop(self.others.insert(arn)),
                }
            }
        }
    }

    pub fn build_of(&self, definition: &str) -> Option<u64> {
        self.definitions.get(definition)?.build
    }

    pub fn deployment(&self, id: &str) -> Option<(usize, &DeploymentSnapshot)> {
        self.state.deployments.iter().enumerate().find(|(_, own)| own.id == id)
    }

    /// The latest deployment of a revision.
    pub fn deployment_of(&self, definition: &str) -> Option<(usize, &DeploymentSnapshot)> {
        self.state.deployments.iter().enumerate().rev().find(|(_, own)| own.task_definition == definition)
    }

    /// The revisions that the service was set to at any moment between two times.
    pub fn targets_between(&self, start: f64, end: f64) -> BTreeSet<&str> {
        let all = &self.state.deployments;
        let before = all.iter().rposition(|own| own.created_at <= start).unwrap_or(0);
        let during = all.iter().skip(before).take_while(|own| own.created_at <= end);
        // A rollback sets the service to a revision that one before was of.
        during
            .flat_map(|own| [Some(own.task_definition.as_str()), own.rolled_back_to.as_deref()])
            .flatten()
            .collect()
    }
}

fn list(world: &World, action: &str, member: &str, query: &Value) -> Vec<String> {
    let (mut arns, mut query) = (Vec::new(), query.clone());
    loop {
        let page = world.simulator.call(action, &query).expect("a page");
        arns.extend(page[member].as_array().into_iter().flatten().map(text));
        match page["nextToken"].as_str() {
            Some(token) => query["nextToken"] = json!(token),
            None => return arns,
        }
    }
}

fn read_definition(world: &World, arn: &str) -> Definition {
    let described = world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": arn}));
    let mut content = described.expect("the revision")["taskDefinition"].take();
    let container = &content["containerDefinitions"][0];
    let build = container["dockerLabels"]["ecs-host.build"].as_str().and_then(|number| number.parse().ok());
    let digest = text(&container["image"]).rsplit('@').next().unwrap_or_default().to_owned();
    let revision = content["revision"].as_u64().unwrap_or_default();
    let registered_at = seconds(&content["registeredAt"]).unwrap_or_default();
    for name in ["taskDefinitionArn", "revision", "registeredAt"] {
        content.as_object_mut().expect("an object").remove(name);
    }
    Definition { revision, registered_at, content, build, digest }
}

/// A one-off task; `None` for a task of the service.
fn read_task(task: &Value) -> Option<OneOff> {
    let command = &task["overrides"]["containerOverrides"][0]["command"];
    Some(OneOff {
        program: command[0].as_str()?.to_owned(),
        build: command[1].as_str()?.parse().ok()?,
        mark: text(&task["startedBy"]),
        definition: text(&task["taskDefinitionArn"]),
        created_at: seconds(&task["createdAt"]).unwrap_or_default(),
        stopped_at: seconds(&task["stoppedAt"]).unwrap_or(f64::INFINITY),
        exit_code: task["containers"][0]["exitCode"].as_i64(),
        stop_code: text(&task["stopCode"]),
    })
}
