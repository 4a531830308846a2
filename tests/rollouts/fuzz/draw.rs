//! A case out of a seed: what ECS has, what goes wrong in it, and how the run is called.

use ecs_simulator::{
    Act, After, Behaviour, Bucket, Change, ClusterSetup, Conduct, Delays, Fault, FaultKind, Furnishing,
    ImageSetup, Match, RepositorySetup, Scenario, ServiceSetup, Span, Stale, Throttle, Time, Visibility,
    When,
};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::world::{COMMIT, DIGEST, OLD, REGION, repository};

/// The digest of an image that nobody pushed.
pub const STRANGE: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// One case.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Case {
    pub seed: u64,
    /// The services of the cluster `main`.
    pub services: Vec<String>,
    /// The flags after `run`.
    pub flags: Vec<String>,
    /// The branch by which the fixture `misbehaving` answers; the built-in policy without it.
    pub branch: Option<&'static str>,
    pub scenario: Scenario,
}

impl Case {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }

    /// Whether a failed rollout is to be taken back.
    pub fn rolls_back(&self) -> bool {
        self.has("roll-back") || self.branch == Some("rolls-back")
    }
}

/// Whether something of this chance happens.
fn lucky(rng: &mut Rng, chance: f64) -> bool {
    rng.f64() < chance
}

fn one_of<T: Clone>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())].clone()
}

/// The case of a seed.
pub fn case(seed: u64) -> Case {
    let rng = &mut Rng::with_seed(seed);
    let branch = lucky(rng, 0.15).then(|| one_of(rng, &["tasks", "tasks", "rolls-back"]));
    let count = if branch.is_some() { 1 } else { one_of(rng, &[1, 1, 1, 2, 3]) };
    let services: Vec<String> = ["web", "api", "worker"][..count].iter().map(|s| (*s).to_owned()).collect();
    let shared = count > 1 && lucky(rng, 0.2);
    let mut world = Furnishing::default();
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
        world,
        behaviours: behaviours(rng, &services),
        delays: delays(rng),
        visibility: visibility(rng),
        throttle: throttle(rng),
        denied: denied(rng),
        without: without(rng),
        faults: faults(rng),
        then: others(rng, &services),
        ..Scenario::default()
    };
    Case { seed, services, flags: flags(rng), branch, scenario }
}

fn images(rng: &mut Rng) -> RepositorySetup {
    let image = |digest: &str, tags: &[&str]| ImageSetup {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        digest: Some(digest.to_owned()),
    };
    let commit = format!("master-{COMMIT}");
    let own: &[&str] = if lucky(rng, 0.9) { &["master", &commit] } else { &[&commit] };
    let images = vec![image(OLD, &["old"]), image(DIGEST, own)];
    RepositorySetup { name: "simple-todo".to_owned(), images, mutability: None }
}

/// A definition with fields that no type of the SDK knows, empty values, and
/// containers of other images.
pub fn definition(rng: &mut Rng, family: &str) -> Value {
    let image = if lucky(rng, 0.08) { DIGEST } else { OLD };
    let mut web = json!({
        "name": "web", "image": format!("{}@{image}", repository()), "memory": 64, "essential": true,
    });
    if lucky(rng, 0.3) {
        web["environment"] = json!([{"name": "A", "value": ""}, {"name": "B", "value": "ü"}]);
        web["mountPoints"] = json!([]);
    }
    if lucky(rng, 0.3) {
        web["dockerLabels"] = json!({"team": "todo"});
    }
    if lucky(rng, 0.2) {
        web["healthCheck"] = json!({"command": ["CMD", "true"]});
    }
    stamp(rng, &mut web);
    let mut containers = vec![web];
    if lucky(rng, 0.3) {
        containers.push(json!({"name": "proxy", "image": "registry.example/proxy:1", "memory": 32,
            "essential": rng.bool(), "dependsOn": [], "madeUpInTheFuture": {"depth": 1.50, "empty": {}}}));
    }
    if lucky(rng, 0.15) {
        containers.push(json!({"name": "cron", "image": format!("{}@{image}", repository()), "memory": 32}));
    }
    let mut definition = json!({"family": family, "containerDefinitions": containers});
    if lucky(rng, 0.3) {
        definition["trustedExecutionConfiguration"] = json!({"enabled": true, "levels": []});
        definition["volumes"] = json!([]);
    }
    if lucky(rng, 0.2) {
        definition["tags"] = json!([{"key": "team", "value": "todo"}]);
    }
    if lucky(rng, 0.1) {
        definition["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/execution");
    }
    definition
}

/// The stamp of another build: older, or newer than the run's 57.
fn stamp(rng: &mut Rng, container: &mut Value) {
    let build = match rng.u32(..100) {
        0..5 => "99",
        5..15 => "12",
        _ => return,
    };
    let labels =
        [("repository", "example/simple-todo"), ("commit", "00112233445566778899"), ("build", build)];
    for (name, value) in labels {
        container["dockerLabels"][format!("ecs-host.{name}")] = json!(value);
    }
}

fn service(rng: &mut Rng, name: &str, task_definition: Value) -> ServiceSetup {
    let mut more = Map::new();
    let mut configuration = Map::new();
    if lucky(rng, 0.6) {
        configuration.insert(
            "deploymentCircuitBreaker".to_owned(),
            json!({"enable": lucky(rng, 0.9), "rollback": rng.bool()}),
        );
    }
    if lucky(rng, 0.25) {
        let alarms = json!({"enable": true, "rollback": rng.bool(), "alarmNames": ["errors"]});
        configuration.insert("alarms".to_owned(), alarms);
        if rng.bool() {
            configuration.insert("bakeTimeInMinutes".to_owned(), json!(rng.u32(1..4)));
        }
    }
    match rng.u32(..20) {
        0..3 => {
            configuration.insert("minimumHealthyPercent".to_owned(), json!(one_of(rng, &[0, 50, 100])));
            configuration.insert("maximumPercent".to_owned(), json!(one_of(rng, &[100, 150, 200])));
        }
        3..5 => {
            configuration
                .insert("strategy".to_owned(), json!(one_of(rng, &["BLUE_GREEN", "LINEAR", "CANARY"])));
        }
        5 => {
            more.insert("schedulingStrategy".to_owned(), json!("DAEMON"));
        }
        6 if lucky(rng, 0.4) => {
            let controller = json!({"type": one_of(rng, &["CODE_DEPLOY", "EXTERNAL"])});
            more.insert("deploymentController".to_owned(), controller);
        }
        _ => {}
    }
    if !configuration.is_empty() {
        more.insert("deploymentConfiguration".to_owned(), Value::Object(configuration));
    }
    if lucky(rng, 0.1) {
        let balancer = json!([{"loadBalancerName": "classic", "containerName": "web", "containerPort": 80}]);
        more.insert("loadBalancers".to_owned(), balancer);
    }
    let desired_count = one_of(rng, &[0, 1, 1, 2, 2, 3, 5]);
    ServiceSetup { cluster: "main".to_owned(), name: name.to_owned(), task_definition, desired_count, more }
}

fn conduct(rng: &mut Rng) -> Conduct {
    let after = one_of(rng, &[0.0, 1.0, 5.0, 30.0]);
    match rng.u32(..10) {
        0..3 => Conduct::Exit { code: 1, codes: Default::default(), after, logs: Default::default() },
        3 => Conduct::CannotPull { reason: None },
        4 => Conduct::Unhealthy { after },
        5 => Conduct::OutOfMemory { after },
        6 => Conduct::ResourceInitialization { reason: None },
        7 => Conduct::Unplaceable { reason: None },
        8 => Conduct::Digest { digest: STRANGE.to_owned() },
        _ => Conduct::Hang,
    }
}

fn behaviours(rng: &mut Rng, services: &[String]) -> Vec<Behaviour> {
    let count = one_of(rng, &[0, 0, 1, 1, 2]);
    let behaviour = |rng: &mut Rng| Behaviour {
        on: Match {
            service: lucky(rng, 0.3).then(|| one_of(rng, services)),
            deployed: lucky(rng, 0.8).then_some(true),
            deployment: lucky(rng, 0.1).then(|| rng.u32(1..3)),
            one_off: lucky(rng, 0.1).then_some(true),
            ..Match::default()
        },
        skip: if lucky(rng, 0.3) { rng.u32(..4) } else { 0 },
        first: lucky(rng, 0.5).then(|| rng.u32(1..6)),
        does: conduct(rng),
    };
    (0..count).map(|_| behaviour(rng)).collect()
}

fn delays(rng: &mut Rng) -> Delays {
    let usual = Delays::default();
    if lucky(rng, 0.5) {
        return usual;
    }
    let by = one_of(rng, &[0.0, 0.1, 0.5, 2.0]);
    let slower = |span: Span| Span(span.0 * by, span.1 * by * 2.0);
    Delays {
        begin: if rng.bool() { Span(0.0, 8.0) } else { usual.begin },
        placement: slower(usual.placement),
        pull: slower(usual.pull),
        start: slower(usual.start),
        health: slower(usual.health),
        settle: slower(usual.settle),
        drain: slower(usual.drain),
        stop: slower(usual.stop),
        request: Span(0.0, 10.0),
        ..usual
    }
}

fn visibility(rng: &mut Rng) -> Visibility {
    let lag = |rng: &mut Rng| if rng.bool() { 0.0 } else { rng.f64() * 20.0 };
    let stale = lucky(rng, 0.25).then(|| Stale {
        age: rng.f64() * 12.0,
        window: rng.f64() * 30.0,
        chance: one_of(rng, &[0.1, 0.5, 0.9]),
        ..Stale::default()
    });
    Visibility { listing: lag(rng), current: lag(rng), stale }
}

fn throttle(rng: &mut Rng) -> Throttle {
    match rng.u32(..10) {
        0 => Throttle::Documented,
        1 => {
            let bucket = Bucket { burst: rng.f64() * 4.0 + 1.0, refill: rng.f64() * 0.5 + 0.1 };
            let of = one_of(rng, &["ecs:*", "ecs:Describe*", "ecs:UpdateService", "ecs:Register*", "ecr:*"]);
            Throttle::Own([(of.to_owned(), bucket)].into())
        }
        _ => Throttle::Off,
    }
}

/// Actions that a run calls.
const ACTIONS: [&str; 15] = [
    "ecs:UpdateService",
    "ecs:UpdateService",
    "ecs:RegisterTaskDefinition",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "ecs:StopServiceDeployment",
    "ecs:RunTask",
    "ecr:DescribeImages",
    "ecs:*",
    "*",
];

fn denied(rng: &mut Rng) -> Vec<String> {
    if !lucky(rng, 0.12) {
        return Vec::new();
    }
    let more = ["iam:PassRole", "ecs:TagResource", "logs:*", "ecs:DeregisterTaskDefinition", "ecs:StopTask"];
    let all: Vec<&str> = ACTIONS[1..13].iter().chain(&more).copied().collect();
    vec![one_of(rng, &all).to_owned()]
}

fn without(rng: &mut Rng) -> Vec<String> {
    let all = ["ecs:*ServiceDeployment*", "ecs:DescribeServiceRevisions", "ecs:StopServiceDeployment"];
    if lucky(rng, 0.12) { vec![one_of(rng, &all).to_owned()] } else { Vec::new() }
}

fn faults(rng: &mut Rng) -> Vec<Fault> {
    let mut faults = Vec::new();
    for _ in 0..one_of(rng, &[0, 0, 0, 1, 1, 2]) {
        let kind = match rng.u32(..9) {
            0 => FaultKind::Internal,
            1 => FaultKind::Unavailable,
            2 => FaultKind::Close,
            3 | 4 => FaultKind::CloseAfter,
            5 => FaultKind::Slow(0.05),
            6 => FaultKind::Malformed,
            7 => FaultKind::Html,
            _ => FaultKind::Throttle,
        };
        let often = lucky(rng, 0.3);
        faults.push(Fault {
            action: one_of(rng, &ACTIONS).to_owned(),
            from: if often { 0 } else { rng.usize(..4) },
            times: if often { 1000 } else { rng.usize(1..4) },
            chance: often.then(|| one_of(rng, &[0.05, 0.2, 0.5])),
            kind,
        });
    }
    if lucky(rng, 0.05) {
        let message = "The security token included in the request is expired".to_owned();
        faults.insert(
            0,
            Fault {
                action: one_of(rng, &["*", "ecs:*"]).to_owned(),
                from: rng.usize(..12),
                times: 1_000_000,
                chance: None,
                kind: FaultKind::Error { code: "ExpiredTokenException".to_owned(), message },
            },
        );
    }
    faults
}

fn others(rng: &mut Rng, services: &[String]) -> Vec<Act> {
    let count = one_of(rng, &[0, 0, 0, 1, 1, 2, 3]);
    (0..count)
        .map(|_| {
            let when = if rng.bool() {
                When::At(rng.f64() * 150.0)
            } else {
                let calls = ["ecs:UpdateService", "ecs:UpdateService", "ecs:Register*", "ecs:Describe*", "*"];
                When::After(After {
                    call: one_of(rng, &calls).to_owned(),
                    count: rng.usize(1..4),
                    delay: if rng.bool() { 0.0 } else { rng.f64() * 60.0 },
                })
            };
            Act { when, account: None, region: None, change: change(rng, services) }
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
            Change::UpdateService { cluster, service, task_definition, force: rng.bool(), more: Map::new() }
        }
        3 => Change::UpdateService { cluster, service, task_definition: None, force: true, more: Map::new() },
        4 | 5 => {
            let stop_type = Some(one_of(rng, &["ROLLBACK", "ABORT"]).to_owned());
            Change::StopDeployment { cluster, service, stop_type }
        }
        6 => Change::Alarm { name: "errors".to_owned(), on: lucky(rng, 0.8) },
        7 => Change::Scale { cluster, service, desired_count: rng.u32(..6) },
        8 if rng.bool() => Change::DeleteService { cluster, service },
        _ => Change::KillTasks { cluster, service, count: rng.usize(1..4), code: 1 },
    }
}

fn flags(rng: &mut Rng) -> Vec<String> {
    // Long enough for a rollout whose looks are milliseconds apart, or so short that most are
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
