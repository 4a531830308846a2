//! The resources in ECS and ECR.

use ecs_simulator::{ImageSetup, RepositorySetup, ServiceSetup};
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::super::world::{COMMIT, DIGEST, OLD, repository};
use super::{lucky, one_of};

pub(super) fn images(rng: &mut Rng) -> RepositorySetup {
    let image = |digest: &str, tags: &[&str]| ImageSetup {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        digest: Some(digest.to_owned()),
        manifest: None,
    };
    let commit = format!("master-{COMMIT}");
    let own: &[&str] = if lucky(rng, 0.9) { &["master", &commit] } else { &[&commit] };
    let images = vec![image(OLD, &["old"]), image(DIGEST, own)];
    RepositorySetup { name: "simple-todo".to_owned(), images, mutability: None }
}

/// A definition with fields that no type of the SDK has, empty values, and containers of other images.
pub(super) fn definition(rng: &mut Rng, family: &str) -> Value {
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

/// Adds the stamp of another build: an older or a newer one than the run's build 57.
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

pub(super) fn service(rng: &mut Rng, name: &str, task_definition: Value) -> ServiceSetup {
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
    ServiceSetup {
        cluster: "main".to_owned(),
        name: name.to_owned(),
        task_definition,
        desired_count,
        parameters: more,
    }
}
