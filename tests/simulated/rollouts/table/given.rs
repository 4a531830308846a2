//! What a scenario is made different by.

use std::collections::BTreeMap;

use ecs_simulator::{
    Act, After, Behaviour, Change, Conduct, Delays, Fault, FaultKind, Match, Scenario, When,
};
use serde_json::{Map, Value, json};

use super::row::Given;
use crate::world::{definition, repository, service};

pub fn given(change: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Given {
    Box::new(change)
}

/// `web` is created with this.
pub fn with(name: &'static str, value: Value) -> Given {
    given(move |scenario| {
        scenario.world.services[0].more.insert(name.to_owned(), value.clone());
    })
}

/// `web` deploys with this.
pub fn deploying(configuration: Value) -> Given {
    with("deploymentConfiguration", configuration)
}

/// The circuit breaker is on, and rolls back.
pub fn breaker() -> Given {
    deploying(json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}}))
}

/// The circuit breaker is on, and leaves what failed as it is.
pub fn breaker_alone() -> Given {
    deploying(json!({"deploymentCircuitBreaker": {"enable": true, "rollback": false}}))
}

/// `web` runs so many tasks.
pub fn tasks(desired: u32) -> Given {
    given(move |scenario| scenario.world.services[0].desired_count = desired)
}

/// `web` runs this definition, on top of the usual one.
pub fn running(fields: Value) -> Given {
    given(move |scenario| {
        let definition = &mut scenario.world.services[0].task_definition;
        for (name, value) in fields.as_object().into_iter().flatten() {
            definition[name] = value.clone();
        }
    })
}

/// The container of `web` has this besides.
pub fn container(fields: Value) -> Given {
    given(move |scenario| {
        let definition = &mut scenario.world.services[0].task_definition;
        for (name, value) in fields.as_object().into_iter().flatten() {
            definition["containerDefinitions"][0][name] = value.clone();
        }
    })
}

/// The container of `web` writes its log to CloudWatch.
pub fn logging() -> Given {
    let options =
        json!({"awslogs-group": "web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"});
    container(json!({"logConfiguration": {"logDriver": "awslogs", "options": options}}))
}

/// The container of `web` has a health check of its own.
pub fn checked() -> Given {
    container(json!({"healthCheck": {"command": ["CMD", "true"]}}))
}

/// `web` is behind an Application Load Balancer.
pub fn balanced() -> Given {
    let group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/todo/0123456789abcdef";
    with("loadBalancers", json!([{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]))
}

/// `web` is behind a Classic Load Balancer.
pub fn classic() -> Given {
    with("loadBalancers", json!([{"loadBalancerName": "old", "containerName": "web", "containerPort": 80}]))
}

/// `web` runs on Fargate, in a network of its own.
pub fn fargate() -> Given {
    given(|scenario| {
        let web = &mut scenario.world.services[0];
        for (name, value) in [
            ("networkMode", json!("awsvpc")),
            ("requiresCompatibilities", json!(["FARGATE"])),
            ("cpu", json!("256")),
            ("memory", json!("512")),
        ] {
            web.task_definition[name] = value;
        }
        let network = json!({"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"});
        web.more.insert("launchType".to_owned(), json!("FARGATE"));
        web.more.insert("platformVersion".to_owned(), json!("1.4.0"));
        web.more.insert("networkConfiguration".to_owned(), json!({"awsvpcConfiguration": network}));
    })
}

/// The cluster has another service.
pub fn beside(name: &'static str) -> Given {
    given(move |scenario| scenario.world.services.push(service(name)))
}

/// Whatever `web` is given next does this.
pub fn deployed(does: Conduct) -> Given {
    on(Match { service: Some("web".to_owned()), deployed: Some(true), ..Match::default() }, does)
}

/// One-off tasks do this.
pub fn one_off(does: Conduct) -> Given {
    on(Match { one_off: Some(true), ..Match::default() }, does)
}

/// The tasks that this means do that.
pub fn on(on: Match, does: Conduct) -> Given {
    given(move |scenario| {
        scenario.behaviours.push(Behaviour { on: on.clone(), does: does.clone(), ..Behaviour::default() });
    })
}

/// It exits with this code after a second.
pub fn exit(code: i32) -> Conduct {
    Conduct::Exit { code, codes: BTreeMap::new(), after: 1.0, logs: BTreeMap::new() }
}

/// The same, after it has logged this.
pub fn logs_and_exits(lines: &[&str], code: i32) -> Conduct {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Conduct::Exit {
        code,
        codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::from([("web".to_owned(), lines)]),
    }
}

/// Answers are up to 20 seconds old, for a minute after each change.
pub fn stale() -> Given {
    given(|scenario| {
        let stale = ecs_simulator::Stale { age: 20.0, window: 60.0, ..ecs_simulator::Stale::default() };
        scenario.visibility.stale = Some(stale);
    })
}

/// IAM denies these actions.
pub fn denied(action: &'static str) -> Given {
    given(move |scenario| scenario.denied.push(action.to_owned()))
}

/// The endpoint does not know these operations.
pub fn without(operation: &'static str) -> Given {
    given(move |scenario| scenario.without.push(operation.to_owned()))
}

/// Things take other times.
pub fn delays(change: impl Fn(&mut Delays) + Send + Sync + 'static) -> Given {
    given(move |scenario| change(&mut scenario.delays))
}

/// So many calls of an action fail, from this one on, counted from 0.
pub fn fault(action: &'static str, from: usize, times: usize, kind: FaultKind) -> Given {
    given(move |scenario| {
        scenario.faults.push(Fault {
            action: action.to_owned(),
            from,
            times,
            chance: None,
            kind: kind.clone(),
        });
    })
}

/// An error of AWS's.
pub fn error(code: &str, message: &str) -> FaultKind {
    FaultKind::Error { code: code.to_owned(), message: message.to_owned() }
}

/// So many seconds after the service was updated, somebody does this.
pub fn then(delay: f64, change: Change) -> Given {
    after("ecs:UpdateService", delay, change)
}

/// So many seconds after the first such call, somebody does this.
pub fn after(call: &'static str, delay: f64, change: Change) -> Given {
    after_call(call, 1, delay, change)
}

/// So many seconds after the so manieth such call, somebody does this.
pub fn after_call(call: &'static str, count: usize, delay: f64, change: Change) -> Given {
    given(move |scenario| {
        let after = After { call: call.to_owned(), count, delay };
        let change = change.clone();
        scenario.then.push(Act { when: When::After(after), account: None, region: None, change });
    })
}

/// Somebody gives `web` another definition.
pub fn update(definition: Value) -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: Some(definition),
        force: false,
        more: Map::new(),
    }
}

/// Somebody deploys `web` again as it is.
pub fn force() -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: None,
        force: true,
        more: Map::new(),
    }
}

/// Somebody stops the deployment of `web`.
pub fn stop(how: &str) -> Change {
    Change::StopDeployment {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        stop_type: Some(how.to_owned()),
    }
}

/// A definition of `web` by nobody who leaves a stamp.
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

/// What the policy `told` answers: the usual image, and these targets.
pub fn to(targets: Value) -> Value {
    let image = json!({
        "name": "todo",
        "repository": repository(),
        "tags": ["master", format!("master-{}", crate::world::COMMIT)],
    });
    json!({"images": [image], "targets": targets})
}

/// The same, to `main/web` alone, with more said about that.
pub fn to_web(more: Value) -> Value {
    to(json!([target("web", more)]))
}

/// A target: a service of the cluster `main`, and more about it.
pub fn target(service: &str, more: Value) -> Value {
    let mut target = json!({"cluster": "main", "service": service});
    for (name, value) in more.as_object().into_iter().flatten() {
        target[name] = value.clone();
    }
    target
}
