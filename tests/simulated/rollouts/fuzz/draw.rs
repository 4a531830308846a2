//! A random case from a seed: the resources in ECS, the failures, and the flags of the run.

mod furnished;
mod trouble;

use ecs_simulator::{AfterCall, Change, ClusterSetup, Resources, Scenario, ScheduledChange, Time, Trigger};
use fastrand::Rng;
use serde_json::{Map, json};

use super::super::world::REGION;
use furnished::{definition, images, service};
use trouble::{behaviours, delays, denied, faults, throttle, unsupported, visibility};

/// The digest of an image that no case pushes.
pub const STRANGE: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// One case.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Case {
    pub seed: u64,
    /// The services of the cluster `main`.
    pub services: Vec<String>,
    /// The flags after `run`.
    pub flags: Vec<String>,
    /// The branch that selects an answer of the fixture `misbehaving-policy`. `None`: the built-in policy.
    pub branch: Option<&'static str>,
    pub scenario: Scenario,
}

impl Case {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }

    /// Whether the run rolls a failed rollout back.
    pub fn rolls_back(&self) -> bool {
        self.has("roll-back") || self.branch == Some("rolls-back")
    }
}

/// Returns true with this probability.
fn lucky(rng: &mut Rng, chance: f64) -> bool {
    rng.f64() < chance
}

fn one_of<T: Clone>(rng: &mut Rng, values: &[T]) -> T {
    values[rng.usize(..values.len())].clone()
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let rng = &mut Rng::with_seed(seed);
    let branch = lucky(rng, 0.15).then(|| one_of(rng, &["tasks", "tasks", "rolls-back"]));
    let count = if branch.is_some() { 1 } else { one_of(rng, &[1, 1, 1, 2, 3]) };
    let services: Vec<String> = ["web", "api", "worker"][..count].iter().map(|s| (*s).to_owned()).collect();
    let shared = count > 1 && lucky(rng, 0.2);
    let mut world = Resources::default();
    if shared {
        world.task_definitions.push(definition(rng, "shared"));
    }
    for name in &services {
        let own = if shared { json!("shared") } else { definition(rng, name) };
        let service = service(rng, name, own);
        world.services.push(service);
    }
    world.clusters.push(ClusterSetup { name: "main".to_owned(), instances: rng.u32(1..4), tags: vec![] });
    world.repositories.push(images(rng));
    let scenario = Scenario {
        seed,
        time: Time::Step(one_of(rng, &[1.0, 2.0, 5.0, 5.0, 10.0])),
        region: REGION.to_owned(),
        resources: world,
        task_rules: behaviours(rng, &services),
        delays: delays(rng),
        consistency: visibility(rng),
        throttle: throttle(rng),
        denied_actions: denied(rng),
        unsupported_actions: unsupported(rng),
        faults: faults(rng),
        scheduled_changes: others(rng, &services),
        ..Scenario::default()
    };
    Case { seed, services, flags: flags(rng), branch, scenario }
}

fn others(rng: &mut Rng, services: &[String]) -> Vec<ScheduledChange> {
    let count = one_of(rng, &[0, 0, 0, 1, 1, 2, 3]);
    (0..count)
        .map(|_| {
            let when = if rng.bool() {
                Trigger::At(rng.f64() * 150.0)
            } else {
                let calls = ["ecs:UpdateService", "ecs:UpdateService", "ecs:Register*", "ecs:Describe*", "*"];
                Trigger::AfterCall(AfterCall {
                    action: one_of(rng, &calls).to_owned(),
                    count: rng.usize(1..4),
                    delay: if rng.bool() { 0.0 } else { rng.f64() * 60.0 },
                })
            };
            ScheduledChange { trigger: when, account: None, region: None, change: change(rng, services) }
        })
        .collect()
}

fn change(rng: &mut Rng, services: &[String]) -> Change {
    let (cluster, service) = ("main".to_owned(), one_of(rng, services));
    match rng.u32(..10) {
        0..3 => {
            let mut definition = definition(rng, &service);
            definition["containerDefinitions"][0]["cpu"] = json!(rng.u32(1..1000));
            let task_definition = Some(definition);
            Change::UpdateService {
                cluster,
                service,
                task_definition,
                force_new_deployment: rng.bool(),
                parameters: Map::new(),
            }
        }
        3 => Change::UpdateService {
            cluster,
            service,
            task_definition: None,
            force_new_deployment: true,
            parameters: Map::new(),
        },
        4 | 5 => {
            let stop_type = Some(one_of(rng, &["ROLLBACK", "ABORT"]).to_owned());
            Change::StopServiceDeployment { cluster, service, stop_type }
        }
        6 => Change::SetAlarmState { name: "errors".to_owned(), in_alarm: lucky(rng, 0.8) },
        7 => Change::Scale { cluster, service, desired_count: rng.u32(..6) },
        8 if rng.bool() => Change::DeleteService { cluster, service },
        _ => Change::KillTasks { cluster, service, count: rng.usize(1..4), exit_code: 1 },
    }
}

fn flags(rng: &mut Rng) -> Vec<String> {
    // Either long enough for a rollout with polls every few milliseconds, or so short that most rollouts are
    // not complete.
    let timeout = if lucky(rng, 0.15) { 0.05 + rng.f64() * 0.4 } else { 4.0 };
    let mut flags =
        vec!["--poll".to_owned(), "0.005".to_owned(), "--timeout".to_owned(), format!("{timeout:.2}")];
    let mut maybe = |rng: &mut Rng, chance: f64, more: &[&str]| {
        if lucky(rng, chance) {
            flags.extend(more.iter().map(|flag| (*flag).to_owned()));
        }
    };
    maybe(rng, 0.35, &["--on-failure", "roll-back"]);
    maybe(rng, 0.15, &["--max-parallel", "1"]);
    maybe(rng, 0.1, &["--fail-fast"]);
    maybe(rng, 0.1, &["--force"]);
    maybe(rng, 0.1, &["--allow-older"]);
    maybe(rng, 0.05, &["--keep", "1"]);
    maybe(rng, 0.04, &["--no-wait"]);
    flags
}
