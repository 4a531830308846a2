//! Changes to a scenario.

use std::collections::BTreeMap;

use ecs_simulator::{
    AfterCall, Change, Delays, Fault, FaultKind, Scenario, ScheduledChange, TaskBehaviour, TaskFilter,
    TaskRule, Trigger,
};
use serde_json::{Map, Value, json};

use super::row::Setup;
use crate::world::{definition, service};

pub fn setup(change: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Setup {
    Box::new(change)
}

/// Sets a parameter of `CreateService` for `web`.
pub fn with(name: &'static str, value: Value) -> Setup {
    setup(move |scenario| {
        scenario.resources.services[0].parameters.insert(name.to_owned(), value.clone());
    })
}

/// Sets the deployment configuration of `web`.
pub fn deploying(configuration: Value) -> Setup {
    with("deploymentConfiguration", configuration)
}

/// The circuit breaker is on, and rolls back.
pub fn breaker() -> Setup {
    deploying(json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}}))
}

/// The circuit breaker is on, and does not roll back.
pub fn breaker_alone() -> Setup {
    deploying(json!({"deploymentCircuitBreaker": {"enable": true, "rollback": false}}))
}

/// Sets the desired count of `web`.
pub fn tasks(desired: u32) -> Setup {
    setup(move |scenario| scenario.resources.services[0].desired_count = desired)
}

/// Sets fields of the task definition of `web`.
pub fn running(fields: Value) -> Setup {
    setup(move |scenario| {
        let definition = &mut scenario.resources.services[0].task_definition;
        for (name, value) in fields.as_object().into_iter().flatten() {
            definition[name] = value.clone();
        }
    })
}

/// Sets fields of the container of `web`.
pub fn container(fields: Value) -> Setup {
    setup(move |scenario| {
        let definition = &mut scenario.resources.services[0].task_definition;
        for (name, value) in fields.as_object().into_iter().flatten() {
            definition["containerDefinitions"][0][name] = value.clone();
        }
    })
}

/// The container of `web` writes its log to CloudWatch.
pub fn logging() -> Setup {
    let options =
        json!({"awslogs-group": "web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"});
    container(json!({"logConfiguration": {"logDriver": "awslogs", "options": options}}))
}

/// The container of `web` has a health check of its own.
pub fn checked() -> Setup {
    container(json!({"healthCheck": {"command": ["CMD", "true"]}}))
}

/// `web` is behind an Application Load Balancer.
pub fn balanced() -> Setup {
    let group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/todo/0123456789abcdef";
    with("loadBalancers", json!([{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]))
}

/// `web` is behind a Classic Load Balancer.
pub fn classic() -> Setup {
    with("loadBalancers", json!([{"loadBalancerName": "old", "containerName": "web", "containerPort": 80}]))
}

/// `web` runs on Fargate, in a network of its own.
pub fn fargate() -> Setup {
    setup(|scenario| {
        let web = &mut scenario.resources.services[0];
        for (name, value) in [
            ("networkMode", json!("awsvpc")),
            ("requiresCompatibilities", json!(["FARGATE"])),
            ("cpu", json!("256")),
            ("memory", json!("512")),
        ] {
            web.task_definition[name] = value;
        }
        let network = json!({"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"});
        web.parameters.insert("launchType".to_owned(), json!("FARGATE"));
        web.parameters.insert("platformVersion".to_owned(), json!("1.4.0"));
        web.parameters.insert("networkConfiguration".to_owned(), json!({"awsvpcConfiguration": network}));
    })
}

/// The cluster has another service.
pub fn beside(name: &'static str) -> Setup {
    setup(move |scenario| scenario.resources.services.push(service(name)))
}

/// The tasks of a new task definition of `web` behave like this.
pub fn deployed(does: TaskBehaviour) -> Setup {
    on(
        TaskFilter {
            service: Some("web".to_owned()),
            has_new_definition: Some(true),
            ..TaskFilter::default()
        },
        does,
    )
}

/// One-off tasks behave like this.
pub fn one_off(does: TaskBehaviour) -> Setup {
    on(TaskFilter { is_one_off: Some(true), ..TaskFilter::default() }, does)
}

/// The tasks that the filter selects behave like this.
pub fn on(on: TaskFilter, does: TaskBehaviour) -> Setup {
    setup(move |scenario| {
        scenario.task_rules.push(TaskRule {
            filter: on.clone(),
            behaviour: does.clone(),
            ..TaskRule::default()
        });
    })
}

/// The task exits with this code after a second.
pub fn exit(code: i32) -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code: code,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::new(),
    }
}

/// The task logs these lines, and exits with this code after a second.
pub fn logs_and_exits(lines: &[&str], code: i32) -> TaskBehaviour {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    TaskBehaviour::Exit {
        exit_code: code,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::from([("web".to_owned(), lines)]),
    }
}

/// Answers are up to 20 seconds old, for a minute after each change.
pub fn stale() -> Setup {
    setup(|scenario| {
        let stale =
            ecs_simulator::StaleReads { max_age: 20.0, window: 60.0, ..ecs_simulator::StaleReads::default() };
        scenario.consistency.stale_reads = Some(stale);
    })
}

/// IAM denies these actions.
pub fn denied(action: &'static str) -> Setup {
    setup(move |scenario| scenario.denied_actions.push(action.to_owned()))
}

/// The endpoint does not support these operations.
pub fn without(operation: &'static str) -> Setup {
    setup(move |scenario| scenario.unsupported_actions.push(operation.to_owned()))
}

/// Changes the durations in ECS.
pub fn delays(change: impl Fn(&mut Delays) + Send + Sync + 'static) -> Setup {
    setup(move |scenario| change(&mut scenario.delays))
}

/// `times` calls of an action fail, from the call with the number `from` on, counted from 0.
pub fn fault(action: &'static str, from: usize, times: usize, kind: FaultKind) -> Setup {
    setup(move |scenario| {
        scenario.faults.push(Fault {
            action: action.to_owned(),
            skip: from,
            limit: times,
            probability: None,
            kind: kind.clone(),
        });
    })
}

/// An error response of AWS.
pub fn error(code: &str, message: &str) -> FaultKind {
    FaultKind::Error { code: code.to_owned(), message: message.to_owned() }
}

/// The change happens `delay` seconds after the first update of a service.
pub fn then(delay: f64, change: Change) -> Setup {
    after("ecs:UpdateService", delay, change)
}

/// The change happens `delay` seconds after the first such call.
pub fn after(call: &'static str, delay: f64, change: Change) -> Setup {
    after_call(call, 1, delay, change)
}

/// The change happens `delay` seconds after the nth such call; `count` is n.
pub fn after_call(call: &'static str, count: usize, delay: f64, change: Change) -> Setup {
    setup(move |scenario| {
        let after = AfterCall { action: call.to_owned(), count, delay };
        let change = change.clone();
        scenario.scheduled_changes.push(ScheduledChange {
            trigger: Trigger::AfterCall(after),
            account: None,
            region: None,
            change,
        });
    })
}

/// Another user sets the task definition of `web`.
pub fn update(definition: Value) -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: Some(definition),
        force_new_deployment: false,
        parameters: Map::new(),
    }
}

/// Another user forces a new deployment of `web`.
pub fn force() -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: None,
        force_new_deployment: true,
        parameters: Map::new(),
    }
}

/// Another user stops the deployment of `web`.
pub fn stop(how: &str) -> Change {
    Change::StopServiceDeployment {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        stop_type: Some(how.to_owned()),
    }
}

/// Another user takes this action at each pause of `web`.
pub fn decide(action: &str) -> Change {
    Change::ContinueServiceDeployment {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        action: Some(action.to_owned()),
    }
}

/// A definition of `web` without a stamp of ecs-host.
pub fn unstamped() -> Value {
    let mut definition = definition("web");
    definition["containerDefinitions"][0]["environment"] = json!([{"name": "BY", "value": "hand"}]);
    definition
}

/// A definition of `web` that another build of this repository made.
pub fn stamped(build: u32, commit: &str) -> Value {
    let mut definition = definition("web");
    let labels = json!({
        "ecs-host.repository": "example/simple-todo",
        "ecs-host.commit": commit,
        "ecs-host.build": build.to_string(),
        "ecs-host.policy": "travis@sha256:0",
    });
    definition["containerDefinitions"][0]["dockerLabels"] = labels;
    definition
}

/// The commit of another build.
pub const OTHER: &str = "aaaabbbbccccddddeeeeffff0000111122223333";
