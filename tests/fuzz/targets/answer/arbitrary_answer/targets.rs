//! Arbitrary targets.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use sandbox::fuzzing::types;

use super::{MAX_ITEMS, NAMES, Text, Variable, texts, variables};

#[derive(Arbitrary, Debug)]
enum Destination {
    Service { cluster: Text, service: Text },
    Family(Text),
    Schedule(Text),
    EventRule(Text),
}

#[derive(Arbitrary, Debug)]
struct ContainerChange {
    container: Text,
    image: Option<Text>,
    environment: Vec<Variable>,
    secrets: Vec<(Text, Text)>,
    unset: Vec<Text>,
    command: Option<Vec<Text>>,
}

#[derive(Arbitrary, Debug)]
struct Task {
    name: Text,
    container: Text,
    command: Vec<Text>,
    environment: Vec<Variable>,
    timeout_seconds: Option<u32>,
}

#[derive(Arbitrary, Debug)]
pub(super) struct Target {
    destination: Destination,
    region: Option<Text>,
    role: Option<Text>,
    containers: Option<Vec<ContainerChange>>,
    is_latest: Option<bool>,
    size: Option<(Option<u32>, Option<u32>)>,
    before: Vec<Task>,
    after: Vec<Task>,
    wave: u32,
    rollout: Option<Rollout>,
}

#[derive(Arbitrary, Debug)]
struct Rollout {
    desired_count: Option<u32>,
    timeout_seconds: Option<u32>,
    bake_seconds: Option<u32>,
    rolls_back: Option<bool>,
}

impl ContainerChange {
    fn to_contract(&self, secret: &str) -> types::ContainerChange {
        let reference = |(name, value_from): &(Text, Text)| types::SecretReference {
            name: name.of(&["DATABASE_URL", "TOKEN"]),
            value_from: value_from.of(&["arn:aws:ssm:eu-central-1:123456789012:parameter/db"]),
        };
        let command =
            |command: &Vec<Text>| command.iter().take(MAX_ITEMS).map(|part| part.value(secret)).collect();
        types::ContainerChange {
            container: self.container.of(&NAMES),
            image: self.image.as_ref().map(|image| image.of(&NAMES)),
            environment: variables(&self.environment, secret),
            secrets: self.secrets.iter().take(MAX_ITEMS).map(reference).collect(),
            unset: texts(&self.unset, &["OLD", "OLDER"]),
            command: self.command.as_ref().map(command),
        }
    }
}

impl Rollout {
    fn to_contract(&self) -> types::RolloutOptions {
        types::RolloutOptions {
            desired_count: self.desired_count,
            timeout_seconds: self.timeout_seconds,
            bake_seconds: self.bake_seconds,
            on_failure: self.rolls_back.map(|rolls_back| {
                if rolls_back { types::FailureAction::RollBack } else { types::FailureAction::Leave }
            }),
        }
    }
}

impl Target {
    pub(super) fn to_contract(&self, number: usize, secret: &str) -> types::Target {
        let name = NAMES[number % NAMES.len()];
        let arn = format!("arn:aws:ecs:eu-central-1:123456789012:service/production/{name}");
        let destination = match &self.destination {
            Destination::Service { cluster, service } => types::Destination::Service(types::ServiceName {
                cluster: cluster
                    .of(&["production", "arn:aws:ecs:eu-central-1:123456789012:cluster/production"]),
                service: service.of(&[name, &arn]),
            }),
            Destination::Family(family) => types::Destination::Family(family.of(&[name])),
            Destination::Schedule(schedule) => {
                types::Destination::Schedule(schedule.of(&[name, "jobs/report"]))
            }
            Destination::EventRule(rule) => types::Destination::EventRule(rule.of(&[name, "orders/order"])),
        };
        let containers = |changes: &Vec<ContainerChange>| {
            changes.iter().take(MAX_ITEMS).map(|change| change.to_contract(secret)).collect()
        };
        let task_definition = (self.is_latest.is_some() || self.size.is_some()).then(|| {
            let (cpu_units, memory_mib) = self.size.unwrap_or_default();
            let base = self.is_latest.map(|is_latest| match is_latest {
                true => types::BaseRevision::Latest,
                false => types::BaseRevision::Running,
            });
            types::TaskDefinitionOptions { base, cpu_units, memory_mib }
        });
        let tasks =
            |tasks: &[Task]| tasks.iter().take(MAX_ITEMS).map(|task| task.to_contract(secret)).collect();
        types::Target {
            destination,
            region: self.region.as_ref().map(|region| region.of(&["eu-central-1", "us-east-1"])),
            role: self.role.as_ref().map(|role| role.of(&["arn:aws:iam::123456789012:role/deploy"])),
            containers: self.containers.as_ref().map(containers),
            task_definition,
            rollout: self.rollout.as_ref().map(Rollout::to_contract),
            tasks_before: tasks(&self.before),
            tasks_after: tasks(&self.after),
            wave: self.wave,
        }
    }
}

impl Task {
    fn to_contract(&self, secret: &str) -> types::OneOffTask {
        types::OneOffTask {
            name: self.name.of(&["migrate", "warm up"]),
            container: self.container.of(&NAMES),
            command: self.command.iter().take(MAX_ITEMS).map(|part| part.value(secret)).collect(),
            environment: variables(&self.environment, secret),
            timeout_seconds: self.timeout_seconds,
        }
    }
}
