//! Tests of the simulated services, through the interface for Rust tests and over HTTP.

mod blue_green;
mod consistency;
mod deployments;
mod failures;
mod images;
mod one_off;
mod randomized;
mod schedules;
mod server;
mod services;

use serde_json::{Value, json};

use crate::json::into_members;
use crate::{
    Delay, Delays, Resources, Scenario, ServiceSetup, ServiceSnapshot, Simulator, TaskBehaviour, TaskFilter,
    TaskRule,
};

/// A scenario with the service `web` in the cluster `main`. `parameters` are further ones of CreateService.
fn web_scenario(desired_count: u32, parameters: Value) -> Scenario {
    let web = ServiceSetup {
        cluster: "main".into(),
        name: "web".into(),
        task_definition: web_definition("app:1"),
        desired_count,
        parameters: into_members(parameters),
    };
    Scenario {
        resources: Resources { services: vec![web], ..Default::default() },
        delays: short_delays(),
        ..Default::default()
    }
}

/// Delays that are easy to add up: a task is RUNNING 4 seconds and healthy 10 seconds after its creation. It
/// is STOPPED 3 seconds after the start of its stop.
fn short_delays() -> Delays {
    Delays {
        placement: Delay::fixed(1.0),
        pull: Delay::fixed(2.0),
        container_start: Delay::fixed(1.0),
        assume_healthy: Delay::fixed(6.0),
        health_check: Delay::fixed(6.0),
        ..Default::default()
    }
}

fn web_definition(image: &str) -> Value {
    json!({ "family": "web", "containerDefinitions": [{ "name": "app", "image": image, "memory": 128 }] })
}

/// Assigns a behaviour to the tasks of `web` with a new task definition.
fn rules_for_new_tasks(behaviour: TaskBehaviour) -> Vec<TaskRule> {
    let filter =
        TaskFilter { service: Some("web".into()), has_new_definition: Some(true), ..Default::default() };
    vec![TaskRule { filter, behaviour, ..Default::default() }]
}

/// A [`web_scenario`] whose tasks with a new task definition have this behaviour.
fn new_tasks_scenario(behaviour: TaskBehaviour, desired_count: u32, parameters: Value) -> Scenario {
    Scenario { task_rules: rules_for_new_tasks(behaviour), ..web_scenario(desired_count, parameters) }
}

fn crash() -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: Default::default(),
        after: 1.0,
        logs: Default::default(),
    }
}

fn circuit_breaker(rollback: bool) -> Value {
    json!({ "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": rollback } } })
}

/// A request that names the service `web`.
fn web_request(parameters: Value) -> Value {
    let mut request = into_members(parameters);
    request.insert("cluster".into(), json!("main"));
    request.insert("service".into(), json!("web"));
    Value::Object(request)
}

fn describe_web() -> Value {
    json!({ "cluster": "main", "services": ["web"] })
}

/// A simulator of [`web_scenario`], or of a scenario derived from it.
struct WebService {
    simulator: Simulator,
}

impl WebService {
    fn start(scenario: Scenario) -> Self {
        Self { simulator: Simulator::start(&scenario).unwrap() }
    }

    fn call(&self, action: &str, body: Value) -> Value {
        self.simulator.call(action, &body).unwrap()
    }

    /// The error of a call, as text.
    fn call_error(&self, action: &str, body: Value) -> String {
        self.simulator.call(action, &body).unwrap_err().to_string()
    }

    /// Registers a task definition with this image and updates the service to it. Returns the service.
    fn deploy(&self, image: &str) -> Value {
        let arn = self.register(web_definition(image));
        self.update(json!({ "taskDefinition": arn }))
    }

    /// Registers a task definition and returns its ARN.
    fn register(&self, definition: Value) -> String {
        let response = self.call("ecs:RegisterTaskDefinition", definition);
        response["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
    }

    /// Calls UpdateService with these parameters and returns the service.
    fn update(&self, parameters: Value) -> Value {
        self.call("ecs:UpdateService", web_request(parameters))["service"].clone()
    }

    fn service(&self) -> Value {
        self.call("ecs:DescribeServices", describe_web())["services"][0].clone()
    }

    fn describe_task(&self, arn: &Value) -> Value {
        let request = json!({ "cluster": "main", "tasks": [arn] });
        self.call("ecs:DescribeTasks", request)["tasks"][0].clone()
    }

    fn snapshot(&self) -> ServiceSnapshot {
        self.simulator.snapshot("main", "web")
    }

    /// The newest service deployment, as DescribeServiceDeployments returns it.
    fn newest_deployment(&self) -> Value {
        let arn = self.snapshot().newest_deployment().unwrap().arn.clone();
        let response = self.call("ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }));
        response["serviceDeployments"][0].clone()
    }

    /// The status of the newest deployment, and the number of running tasks with the initial and with another
    /// task definition.
    fn progress(&self) -> (String, usize, usize) {
        let snapshot = self.snapshot();
        let initial = &snapshot.deployments[0].task_definition;
        let running = snapshot.tasks.iter().filter(|task| task.status == "RUNNING");
        let (old, new): (Vec<_>, Vec<_>) = running.partition(|task| task.task_definition == *initial);
        (snapshot.newest_deployment().unwrap().status.clone(), old.len(), new.len())
    }

    /// Newest first.
    fn event_messages(&self) -> Vec<String> {
        let service = self.service();
        service["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Advances to this simulated time, in seconds.
    fn advance_to(&self, seconds: f64) -> &Self {
        self.simulator.advance(seconds - self.simulator.now());
        self
    }
}
