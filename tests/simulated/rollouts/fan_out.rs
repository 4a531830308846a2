//! One build for many services, at the rates that the ECS API documents: none of its calls is
//! throttled, and calls are batched.

use std::time::{Duration, Instant};

use ecs_simulator::{Consistency, Delay, Delays, Resources, Scenario, ServiceSetup, Throttle, Time};
use serde_json::json;

use super::world::{RunResult, World, definition, serving};
use crate::fixtures::policy;

/// Services whose rollouts last some seconds of real time.
fn quick(services: Vec<ServiceSetup>) -> Scenario {
    Scenario {
        time: Time::Speed(1.0),
        throttle: Throttle::Documented,
        consistency: Consistency { list_lag: 0.5, ..Consistency::default() },
        delays: Delays {
            placement: Delay(0.1, 0.3),
            pull: Delay(0.5, 1.0),
            container_start: Delay::fixed(0.2),
            assume_healthy: Delay::fixed(1.0),
            drain: Delay::fixed(0.1),
            container_stop: Delay::fixed(0.2),
            deprovision: Delay::fixed(0.1),
            ..Delays::default()
        },
        ..serving(services)
    }
}

/// The calls that watch rollouts, by the groups that ECS counts together, with a quarter of the burst that it accepts.
const WATCHING: [(&[&str], usize); 4] = [
    (&["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"], 12),
    (&["ecs:DescribeServiceRevisions"], 12),
    (&["ecs:DescribeServices"], 25),
    (&["ecs:ListTasks", "ecs:DescribeTasks"], 25),
];

/// Checks that no call was throttled, and that the watch leaves three quarters of the documented rates to others: it
/// makes five calls of each group a second, after a burst.
fn stays_within_rates(world: &World, ended: &RunResult) {
    assert_eq!(world.simulator.throttled_calls(), 0, "{}", ended.transcript());
    assert!(!ended.text.contains("warning"), "{}", ended.transcript());
    let first_update = ended.calls.iter().find(|call| call.action == "ecs:UpdateService").expect("an update");
    let watching: Vec<_> = ended.calls.iter().filter(|call| call.instant > first_update.instant).collect();
    let window = Duration::from_secs(5);
    for (actions, burst) in WATCHING {
        let own = watching.iter().filter(|call| actions.contains(&call.action.as_str()));
        let times: Vec<Instant> = own.map(|call| call.instant).collect();
        // A call may take a while to arrive.
        let limit = burst + (5 + 1) * 5;
        for (place, begin) in times.iter().enumerate() {
            let within = times[place..].iter().take_while(|time| **time - *begin < window).count();
            assert!(within <= limit, "{within} calls of {actions:?} in 5 s: {}", ended.transcript());
        }
    }
}

#[test]
fn services_with_own_task_definitions_stay_within_the_rates() {
    let names: Vec<String> = (0..24).map(|number| format!("web-{number}")).collect();
    let service = |name: &String| ServiceSetup {
        cluster: "main".to_owned(),
        name: name.clone(),
        task_definition: definition(name),
        ..ServiceSetup::default()
    };
    let world = World::new(&quick(names.iter().map(service).collect()));
    let ended = world.verb("run").set("ECS_SERVICE_MASTER", &names.join(" ")).exits(0);
    stays_within_rates(&world, &ended);
    for name in &names {
        assert_eq!(ended.verdict(&format!("main/{name}"))["verdict"], "deployed");
        assert_eq!(world.runs(name), format!("{name}:2"));
    }
    assert_eq!(ended.count("ecs:RegisterTaskDefinition"), names.len());
    assert_eq!(ended.count("ecs:UpdateService"), names.len());
}

#[test]
fn services_in_ten_clusters_share_calls_and_revisions() {
    let cluster = |number: usize| (0..3).map(move |service| (format!("cluster-{number}"), service));
    let all: Vec<(String, usize)> = (0..10).flat_map(cluster).collect();
    let service = |(cluster, number): &(String, usize)| ServiceSetup {
        cluster: cluster.clone(),
        name: format!("web-{number}"),
        task_definition: json!(format!("web-{number}")),
        ..ServiceSetup::default()
    };
    let scenario = quick(all.iter().map(service).collect());
    let task_definitions = (0..3).map(|number| definition(&format!("web-{number}"))).collect();
    let world = Resources { task_definitions, ..scenario.resources.clone() };
    let world = World::new(&Scenario { resources: world, ..scenario });
    let paths: Vec<String> = all.iter().map(|(cluster, number)| format!("{cluster}/web-{number}")).collect();
    let ended = world
        .verb("run")
        .args(&[&policy("misbehaving-policy").display().to_string()])
        .set("TRAVIS_BRANCH", "clusters")
        .set("DEPLOY_BRANCHES", "clusters")
        .set("ECS_SERVICE_MASTER", &paths.join(" "))
        .exits(0);
    stays_within_rates(&world, &ended);
    for path in &paths {
        assert_eq!(ended.verdict(path)["verdict"], "deployed", "{}", ended.transcript());
    }
    assert_eq!(ended.count("ecs:RegisterTaskDefinition"), 3);
    assert_eq!(ended.count("ecs:DescribeTaskDefinition"), 3);
    assert_eq!(ended.count("ecs:UpdateService"), 30);
}

#[test]
fn one_off_tasks_share_calls() {
    let names: Vec<String> = (0..24).map(|number| format!("web-{number}")).collect();
    let service = |name: &String| ServiceSetup {
        cluster: "main".to_owned(),
        name: name.clone(),
        task_definition: json!("web"),
        ..ServiceSetup::default()
    };
    let scenario = quick(names.iter().map(service).collect());
    let world = Resources { task_definitions: vec![definition("web")], ..scenario.resources.clone() };
    let world = World::new(&Scenario { resources: world, ..scenario });
    let migrate = json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]});
    let target = |name: &String| json!({"cluster": "main", "service": name, "tasks_before": [migrate]});
    let answer = super::table::decision::to(names.iter().map(target).collect());
    let ended = world
        .verb("run")
        .args(&[&policy("echo-policy").display().to_string(), "--poll", "1"])
        .set("DECISION", &answer.to_string())
        .exits(0);
    assert_eq!(world.simulator.throttled_calls(), 0, "{}", ended.transcript());
    assert_eq!(ended.count("ecs:RunTask"), names.len());
    let first = ended.calls.iter().position(|call| call.action == "ecs:UpdateService").expect("an update");
    let polls = ended.calls[..first].iter().filter(|call| call.action == "ecs:DescribeTasks");
    let batches: Vec<usize> = polls.map(|call| call.body["tasks"].as_array().map_or(0, Vec::len)).collect();
    assert!(
        batches.len() < names.len() / 2 && batches.contains(&names.len()),
        "{batches:?} {}",
        ended.transcript()
    );
}
