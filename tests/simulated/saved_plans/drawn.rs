//! Facts change at random between a plan and its application, which does what the plan shows, or changes nothing and names
//! what has moved.
//!
//! What has moved is read from the simulator, and not from the host. `ECS_HOST_SEEDS` sets the number of seeds, a tenth of
//! it, and `ECS_HOST_SEED` selects one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use ecs_simulator::{Change, Scenario};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{FILE, apply, planned};
use crate::fixtures::policy;
use crate::guards::guarded;
use crate::rollouts::fuzz::number;
use crate::rollouts::table::decision::{target, to};
use crate::world::{COMMIT, DIGEST, Job, RunResult, World, definition, service, serving};

const SERVICES: [&str; 3] = ["web", "api", "worker"];

/// The number of parallel cases.
const AT_ONCE: u32 = 8;

/// A plan, and what happens until it is applied.
struct Case {
    rng: Rng,
    scenario: Scenario,
    /// The services of the plan, each with the fields of its target.
    targets: BTreeMap<&'static str, Value>,
    has_guard: bool,
    /// Whether the image has all of its tags when the plan is made.
    is_tagged: bool,
}

fn case(seed: u64) -> Case {
    let mut rng = Rng::with_seed(seed);
    let mut scenario = serving(SERVICES.map(service).to_vec());
    scenario.seed = seed;
    let is_tagged = rng.u8(..4) != 0;
    if !is_tagged {
        scenario.resources.repositories[0].images[1].tags.retain(|tag| tag != "master");
    }
    let mut targets = BTreeMap::new();
    for name in SERVICES {
        if targets.is_empty() || rng.bool() {
            let mut more = json!({});
            if rng.u8(..4) == 0 {
                more["desired_count"] = json!(rng.u32(1..4));
            }
            if rng.u8(..4) == 0 {
                more["base"] = json!("latest");
            }
            if rng.u8(..4) == 0 {
                more["wave"] = json!(1);
            }
            targets.insert(name, more);
        }
    }
    let has_guard = rng.u8(..3) == 0;
    Case { rng, scenario, targets, has_guard, is_tagged }
}

impl Case {
    fn answer(&self) -> Value {
        to(self.targets.iter().map(|(name, more)| target(name, more.clone())).collect())
    }

    fn guarded<'w>(has_guard: bool, job: Job<'w>) -> Job<'w> {
        if has_guard { guarded(job, "allow") } else { job }
    }

    fn save(&self, world: &World) {
        let plan = planned(world, &self.answer()).args(&["--out", FILE]);
        Self::guarded(self.has_guard, plan).exits(0);
    }
}

/// What a plan rests on, by its subject, as the simulator has it.
fn facts(world: &World, case: &Case) -> BTreeMap<String, Value> {
    let read = |action: &str, body: Value| world.simulator.call(action, &body);
    let digest = |tag: &str| {
        let image = json!({"repositoryName": "simple-todo", "imageIds": [{"imageTag": tag}]});
        let found = read("ecr:BatchGetImage", image).unwrap_or_default();
        found["images"][0]["imageId"]["imageDigest"].clone()
    };
    let image = digest(&format!("master-{COMMIT}"));
    // The plan adds a tag that the image does not have, so that it may get it before.
    let has_tag = case.is_tagged && digest("master") == image;
    let mut facts = BTreeMap::from([("image todo".to_owned(), json!({"digest": image, "has tag": has_tag}))]);
    for (name, more) in &case.targets {
        let found = read("ecs:DescribeServices", json!({"cluster": "main", "services": [name]}));
        let found = found.map(|found| found["services"][0].clone()).unwrap_or_default();
        let arn = found["taskDefinition"].clone();
        let running = read("ecs:DescribeTaskDefinition", json!({"taskDefinition": arn})).unwrap_or_default();
        let newest =
            newest_of_others(world, name, running["taskDefinition"]["revision"].as_u64().unwrap_or(0));
        let primary =
            found["deployments"].as_array().into_iter().flatten().find(|it| it["status"] == "PRIMARY");
        facts.insert(
            format!("main/{name}"),
            json!({
                "status": found["status"],
                "revision": arn,
                "deployment": primary.map(|primary| primary["id"].clone()),
                "active": running["taskDefinition"]["status"],
                "count": more.get("desired_count").map(|_| found["desiredCount"].clone()),
                "newest": more.get("base").map(|_| newest),
            }),
        );
    }
    facts
}

/// The newest active revision of a family that is newer than this one and has no stamp.
fn newest_of_others(world: &World, family: &str, than: u64) -> Option<u64> {
    (than + 1..than + 20).rev().find(|revision| {
        let body = json!({"taskDefinition": format!("{family}:{revision}")});
        let found = world.simulator.call("ecs:DescribeTaskDefinition", &body);
        found.is_ok_and(|found| {
            let definition = &found["taskDefinition"];
            let labels = &definition["containerDefinitions"][0]["dockerLabels"];
            definition["status"] == "ACTIVE" && labels["ecs-host.commit"].is_null()
        })
    })
}

/// What a service runs: everything of its task definition that a plan determines.
fn runs(world: &World, name: &str) -> Value {
    let body = json!({"taskDefinition": world.runs(name)});
    let found = world.simulator.call("ecs:DescribeTaskDefinition", &body).unwrap_or_default();
    found["taskDefinition"]["containerDefinitions"].clone()
}

/// Something that happens. Returns the subjects beside those of [`facts`] that it moves.
fn happen(world: &World, rng: &mut Rng, job: &mut Application) {
    let name = SERVICES[rng.usize(..SERVICES.len())];
    let update = |task_definition: Option<Value>, force_new_deployment: bool| Change::UpdateService {
        cluster: "main".to_owned(),
        service: name.to_owned(),
        task_definition,
        force_new_deployment,
        parameters: Map::new(),
    };
    let by_hand = |value: u32| {
        let mut definition = definition(name);
        definition["containerDefinitions"][0]["environment"] =
            json!([{"name": "BY", "value": value.to_string()}]);
        definition
    };
    let image =
        |tag: String, digest: String| Change::PutImage { repository: "simple-todo".to_owned(), tag, digest };
    let change = match rng.u8(..16) {
        0 => update(Some(by_hand(rng.u32(..))), false),
        1 => update(None, true),
        2 | 3 => Change::Scale {
            cluster: "main".to_owned(),
            service: name.to_owned(),
            desired_count: rng.u32(1..4),
        },
        4 => Change::Call { action: "ecs:RegisterTaskDefinition".to_owned(), body: by_hand(rng.u32(..)) },
        5 => Change::Call {
            action: "ecs:DeregisterTaskDefinition".to_owned(),
            body: json!({"taskDefinition": world.runs(name)}),
        },
        6 => Change::DeleteService { cluster: "main".to_owned(), service: name.to_owned() },
        7 => image(format!("master-{COMMIT}"), format!("sha256:{}", "5".repeat(64))),
        8 => image("other".to_owned(), DIGEST.to_owned()),
        9 => image("master".to_owned(), format!("sha256:{}", "6".repeat(64))),
        10 => return job.has_guard = !job.has_guard,
        11 => {
            fs::copy(policy("lookup-policy"), world.path("project/echo.wasm")).unwrap();
            return job.has_policy = false;
        }
        12 => return drop(fs::remove_file(world.path("project/echo.wasm"))),
        13 => return drop(Case::guarded(job.case_has_guard, apply(world)).ends()),
        14 => {
            let actions = ["ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:DescribeServices"];
            let (action, count) = (actions[rng.usize(..3)], rng.usize(1..4));
            let begun = Case::guarded(job.case_has_guard, apply(world)).begin();
            drop(begun.until(|run| run.world.count(action) >= count).kill());
            return;
        }
        _ => return world.simulator.advance(f64::from(rng.u32(..600))),
    };
    // Some are not possible any more.
    let _ = world.simulator.apply(&change);
}

/// The job that applies the plan.
struct Application {
    case_has_guard: bool,
    has_guard: bool,
    /// Whether the policy's file is absent or that of the plan.
    has_policy: bool,
}

fn problems(ended: &RunResult) -> Vec<String> {
    let events = ended.events();
    let rejected = events.iter().find(|event| event["event"] == "plan-rejected");
    let problems = rejected.and_then(|event| event["problems"].as_array());
    problems.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Why a seed fails; `None` if it does not.
fn failure(seed: u64) -> Option<String> {
    let mut case = case(seed);
    let control = World::new(&case.scenario);
    case.save(&control);
    Case::guarded(case.has_guard, apply(&control)).exits(0);

    let world = World::new(&case.scenario);
    case.save(&world);
    let before = facts(&world, &case);
    let mut job = Application { case_has_guard: case.has_guard, has_guard: case.has_guard, has_policy: true };
    for _ in 0..case.rng.u8(..4) {
        happen(&world, &mut case.rng, &mut job);
    }
    let now = facts(&world, &case);
    let is_applied = |name: &str| runs(&world, name) == runs(&control, name);
    let applied: BTreeSet<String> =
        case.targets.keys().filter(|name| is_applied(name)).map(|name| format!("main/{name}")).collect();
    let mut moved: BTreeSet<String> = before
        .iter()
        .filter(|(subject, fact)| now[*subject] != **fact)
        .map(|(subject, _)| subject.clone())
        .collect();
    if job.has_guard != case.has_guard {
        moved.insert("guard scripted".to_owned());
    }
    if !job.has_policy && world.path("project/echo.wasm").exists() {
        moved.insert("policy echo-policy".to_owned());
    }
    let ended = Case::guarded(job.has_guard, apply(&world)).ends();
    let complain = |text: String| {
        Some(format!(
            "{text}\nmoved: {moved:?}\napplied: {applied:?}\n{before:#?}\n{now:#?}\n{}",
            ended.transcript()
        ))
    };
    let must_refuse: Vec<&String> = moved.iter().filter(|subject| !applied.contains(*subject)).collect();
    match ended.code {
        Some(7) => {
            if !ended.mutations().is_empty() {
                return complain(format!(
                    "a plan that is refused changed something: {:?}",
                    ended.mutations()
                ));
            }
            let (problems, is_named) =
                (problems(&ended), |line: &String| moved.iter().any(|it| line.contains(it.as_str())));
            if problems.is_empty() || !problems.iter().all(is_named) {
                return complain(format!("it was refused for what has not moved: {problems:?}"));
            }
            None
        }
        Some(0) if !must_refuse.is_empty() => complain(format!("it was not refused: {must_refuse:?}")),
        Some(0) => {
            let other = case.targets.keys().find(|name| runs(&world, name) != runs(&control, name));
            if let Some(other) = other {
                return complain(format!("{other} does not run what the plan shows"));
            }
            let is_other_count = |name: &str, more: &Value| {
                let count = world.simulator.snapshot("main", name).desired_count;
                more.get("desired_count").is_some_and(|planned| *planned != json!(count))
            };
            if let Some((name, _)) = case.targets.iter().find(|(name, more)| is_other_count(name, more)) {
                return complain(format!("{name} has another number of tasks than the plan shows"));
            }
            let strange = ended
                .done("ecs:UpdateService")
                .into_iter()
                .find(|call| !case.targets.keys().any(|name| call.body["service"].as_str() == Some(*name)));
            strange.and_then(|call| complain(format!("it changed another service: {}", call.body)))
        }
        code => complain(format!("it ended with {code:?}")),
    }
}

#[test]
fn a_plan_is_applied_as_it_is_or_what_has_moved_is_named() {
    let seeds: Vec<u64> = match number("ECS_HOST_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("ECS_HOST_SEEDS").unwrap_or(400) / 10).collect(),
    };
    // Built first, so that no run waits for it.
    policy("echo-policy");
    let next = AtomicU64::new(0);
    let failures: Vec<(u64, String)> = std::thread::scope(|scope| {
        let work = || {
            let next = || seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap());
            std::iter::from_fn(next).filter_map(|seed| Some((*seed, failure(*seed)?))).collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let text: Vec<String> =
        failures.iter().take(3).map(|(seed, text)| format!("seed {seed}: {text}")).collect();
    assert!(failures.is_empty(), "{} of {} seeds failed\n{}", failures.len(), seeds.len(), text.join("\n\n"));
}
