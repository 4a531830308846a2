//! The model's behaviour, told as stories.

mod blue_green;
mod chaos;
mod deployments;
mod failing;
mod one_off;
mod reading;
mod services;
mod wire;

use serde_json::{Value, json};

use crate::{
    Delay, Delays, Resources, Scenario, ServiceSetup, Simulator, TaskBehaviour, TaskFilter, TaskRule,
};

/// A world with the service `web` in the cluster `main`, with so many tasks.
fn world(desired: u32, more: Value) -> Scenario {
    let web = ServiceSetup {
        cluster: "main".into(),
        name: "web".into(),
        task_definition: definition("app:1"),
        desired_count: desired,
        parameters: crate::json::into_members(more),
    };
    Scenario {
        resources: Resources { services: vec![web], ..Default::default() },
        delays: delays(),
        ..Default::default()
    }
}

/// Delays that are easy to count with: a task is RUNNING 4 seconds after it was created, and
/// counts as healthy after 10; it is gone 3 seconds after it was told to stop.
fn delays() -> Delays {
    Delays {
        placement: Delay::fixed(1.0),
        pull: Delay::fixed(2.0),
        container_start: Delay::fixed(1.0),
        assume_healthy: Delay::fixed(6.0),
        health_check: Delay::fixed(6.0),
        ..Default::default()
    }
}

fn definition(image: &str) -> Value {
    json!({ "family": "web", "containerDefinitions": [{ "name": "app", "image": image, "memory": 128 }] })
}

/// Whatever is deployed next does this.
fn deployed(behaviour: TaskBehaviour) -> Vec<TaskRule> {
    let filter =
        TaskFilter { service: Some("web".into()), has_new_definition: Some(true), ..Default::default() };
    vec![TaskRule { filter, behaviour, ..Default::default() }]
}

fn crash() -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: Default::default(),
        after: 1.0,
        logs: Default::default(),
    }
}

fn breaker(rollback: bool) -> Value {
    json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": rollback } } })
}

/// What a test does with a simulator.
struct Story(Simulator);

impl Story {
    fn of(scenario: Scenario) -> Self {
        Self(Simulator::start(&scenario).unwrap())
    }

    fn call(&self, action: &str, body: Value) -> Value {
        self.0.call(action, &body).unwrap()
    }

    fn refused(&self, action: &str, body: Value) -> String {
        self.0.call(action, &body).unwrap_err().to_string()
    }

    /// Registers a definition with another image, and deploys it.
    fn deploy(&self, image: &str) -> Value {
        let arn = self.register(definition(image));
        self.update(json!({ "taskDefinition": arn }))
    }

    fn register(&self, definition: Value) -> String {
        let answer = self.call("ecs:RegisterTaskDefinition", definition);
        answer["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
    }

    fn update(&self, more: Value) -> Value {
        let mut request = crate::json::into_members(more);
        request.insert("cluster".into(), json!("main"));
        request.insert("service".into(), json!("web"));
        self.call("ecs:UpdateService", Value::Object(request))["service"].clone()
    }

    fn service(&self) -> Value {
        let answer = self.call("ecs:DescribeServices", json!({ "cluster": "main", "services": ["web"] }));
        answer["services"][0].clone()
    }

    /// The newest service deployment, as DescribeServiceDeployments shows it.
    fn newest(&self) -> Value {
        let arn = self.0.snapshot("main", "web").newest_deployment().unwrap().arn.clone();
        let answer = self.call("ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }));
        answer["serviceDeployments"][0].clone()
    }

    /// Status, old tasks and new tasks that run, at this many seconds.
    fn counts(&self) -> (String, usize, usize) {
        let truth = self.0.snapshot("main", "web");
        let running = |own: bool| {
            let first = &truth.deployments[0].task_definition;
            truth
                .tasks
                .iter()
                .filter(|t| t.status == "RUNNING" && (&t.task_definition == first) == own)
                .count()
        };
        (truth.newest_deployment().unwrap().status.clone(), running(true), running(false))
    }

    fn events(&self) -> Vec<String> {
        let service = self.service();
        service["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["message"].as_str().unwrap().to_owned())
            .collect()
    }

    fn at(&self, seconds: f64) -> &Self {
        self.0.advance(seconds - self.0.now());
        self
    }
}
