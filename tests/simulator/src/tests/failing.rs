use serde_json::json;

use super::*;

#[test]
fn the_circuit_breaker_rolls_back() {
    let story = Story::of(Scenario { task_rules: deployed(crash()), ..world(2, breaker(true)) });
    story.deploy("app:2");
    let mut failures = 0;
    for second in 1..200 {
        let newest = story.at(f64::from(second)).newest();
        if newest["status"] == "IN_PROGRESS" {
            failures = failures.max(newest["deploymentCircuitBreaker"]["failureCount"].as_u64().unwrap());
        }
        assert_eq!(story.counts().1, 2, "the old tasks stay");
    }
    assert_eq!(failures, 2, "the third failure trips");
    let newest = story.newest();
    assert_eq!(newest["status"], "ROLLBACK_SUCCESSFUL");
    let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    assert_eq!(newest["statusReason"], reason);
    assert_eq!(newest["rollback"]["reason"], reason);
    assert_eq!(newest["deploymentCircuitBreaker"]["status"], "TRIGGERED");
    let truth = story.0.snapshot("main", "web");
    assert_eq!(truth.task_definition, truth.deployments[0].task_definition);
    let events = story.events();
    let told = |text: &str| assert!(events.iter().any(|event| event.contains(text)), "{text} in {events:#?}");
    told("deployment failed: tasks failed to start.");
    told("rolling back to deployment ecs-svc/");
}

#[test]
fn while_it_rolls_back_the_failed_deployment_is_active_and_failed() {
    let mut scenario = Scenario { task_rules: deployed(crash()), ..world(2, breaker(true)) };
    scenario.delays.container_stop = Delay::fixed(30.0);
    scenario.task_rules[0].behaviour = TaskBehaviour::Unhealthy { after: 1.0 };
    let story = Story::of(scenario);
    story.deploy("app:2");
    while story.newest()["status"] == "IN_PROGRESS" || story.newest()["status"] == "PENDING" {
        story.0.advance(0.5);
    }
    let service = story.service();
    let deployments = service["deployments"].as_array().unwrap();
    let states: Vec<_> =
        deployments.iter().map(|own| (own["status"].clone(), own["rolloutState"].clone())).collect();
    assert_eq!(states, [(json!("PRIMARY"), json!("IN_PROGRESS")), (json!("ACTIVE"), json!("FAILED"))]);
    let reason = deployments[0]["rolloutStateReason"].as_str().unwrap();
    assert!(
        reason.starts_with("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/"),
        "{reason}"
    );
}

#[test]
fn without_rollback_the_deployment_fails_and_stops() {
    let story = Story::of(Scenario { task_rules: deployed(crash()), ..world(2, breaker(false)) });
    story.deploy("app:2");
    story.at(200.0);
    let (service, newest) = (story.service(), story.newest());
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    assert_eq!((&newest["status"], newest["stoppedAt"].is_null()), (&json!("STOPPED"), false));
    assert_eq!(story.counts().1, 2);
}

#[test]
fn a_rollback_fails_when_the_old_one_fails_too() {
    let mut scenario = Scenario { task_rules: deployed(crash()), ..world(2, breaker(true)) };
    scenario.resources.services[0].parameters.get_mut("deploymentConfiguration").unwrap()["minimumHealthyPercent"] =
        json!(0);
    scenario.resources.services[0].parameters.get_mut("deploymentConfiguration").unwrap()["maximumPercent"] =
        json!(100);
    scenario.task_rules.push(TaskRule { behaviour: crash(), ..Default::default() });
    let story = Story::of(scenario);
    story.deploy("app:2");
    assert_eq!(story.at(600.0).newest()["status"], "ROLLBACK_FAILED");
}

#[test]
fn a_first_deployment_has_nothing_to_go_back_to() {
    let mut scenario = world(1, json!({}));
    scenario.task_rules = vec![TaskRule {
        filter: TaskFilter { service: Some("new".into()), ..Default::default() },
        behaviour: crash(),
        ..Default::default()
    }];
    let story = Story::of(scenario);
    let mut request = crate::json::into_members(breaker(true));
    request.extend(
        [
            ("cluster", json!("main")),
            ("serviceName", json!("new")),
            ("taskDefinition", json!("web")),
            ("desiredCount", json!(1)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    story.call("ecs:CreateService", Value::Object(request));
    story.at(300.0);
    assert_eq!(story.0.snapshot("main", "new").newest_deployment().unwrap().status, "ROLLBACK_FAILED");
}

#[test]
fn without_a_circuit_breaker_it_tries_for_ever() {
    let story = Story::of(Scenario { task_rules: deployed(crash()), ..world(1, json!({})) });
    story.deploy("app:2");
    story.at(1000.0);
    assert_eq!(story.newest()["status"], "IN_PROGRESS");
    assert!(story.service()["deployments"][0]["failedTasks"].as_u64().unwrap() > 5);
}

#[test]
fn a_flapping_service_comes_up_in_the_end() {
    let mut scenario = Scenario { task_rules: deployed(crash()), ..world(1, breaker(true)) };
    scenario.task_rules[0].limit = Some(2);
    let story = Story::of(scenario);
    story.deploy("app:2");
    assert_eq!(story.at(200.0).newest()["status"], "SUCCESSFUL");
}

#[test]
fn a_stopped_task_tells_why() {
    let cases = [
        (crash(), "EssentialContainerExited", "Essential container in task exited", json!(1), Value::Null),
        (
            TaskBehaviour::OutOfMemory { after: 1.0 },
            "EssentialContainerExited",
            "Essential container in task exited",
            json!(137),
            json!("OutOfMemoryError: Container killed due to memory usage"),
        ),
        (
            TaskBehaviour::CannotPull { reason: Some("no such tag".into()) },
            "TaskFailedToStart",
            "CannotPullContainerError: no such tag",
            Value::Null,
            json!("CannotPullContainerError: no such tag"),
        ),
        (
            TaskBehaviour::CannotInitialize { reason: Some("no secret".into()) },
            "TaskFailedToStart",
            "ResourceInitializationError: no secret",
            Value::Null,
            Value::Null,
        ),
        (
            TaskBehaviour::Unhealthy { after: 1.0 },
            "ServiceSchedulerInitiated",
            "Task failed container health checks",
            json!(0),
            Value::Null,
        ),
    ];
    for (conduct, code, reason, exit, container) in cases {
        let story = Story::of(Scenario { task_rules: deployed(conduct.clone()), ..world(1, json!({})) });
        story.deploy("app:2");
        story.at(12.0);
        let stopped = json!({ "cluster": "main", "serviceName": "web", "desiredStatus": "STOPPED" });
        let arns = story.call("ecs:ListTasks", stopped)["taskArns"].clone();
        let task =
            story.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": arns }))["tasks"][0].clone();
        assert_eq!(
            (&task["stopCode"], &task["stoppedReason"]),
            (&json!(code), &json!(reason)),
            "{conduct:?}"
        );
        let own = &task["containers"][0];
        assert_eq!((&own["exitCode"], &own["reason"]), (&exit, &container), "{conduct:?}");
        assert!(task["startedBy"].as_str().unwrap().starts_with("ecs-svc/"));
    }
}

#[test]
fn a_stopped_task_is_forgotten_after_an_hour() {
    let story = Story::of(world(1, json!({})));
    story.deploy("app:2");
    story.at(60.0);
    let stopped = json!({ "cluster": "main", "desiredStatus": "STOPPED" });
    let count = || story.call("ecs:ListTasks", stopped.clone())["taskArns"].as_array().unwrap().len();
    assert_eq!(count(), 1);
    story.at(3700.0);
    assert_eq!(count(), 0);
}

#[test]
fn a_task_that_cannot_be_placed_is_an_event() {
    let story = Story::of(Scenario {
        task_rules: deployed(TaskBehaviour::Unplaceable { reason: None }),
        ..world(1, json!({}))
    });
    story.deploy("app:2");
    story.at(60.0);
    assert!(
        story.events()[0]
            .contains("was unable to place a task because no container instance met all of its requirements")
    );
    assert_eq!(story.service()["runningCount"], 1);
}

#[test]
fn another_image_than_was_asked_for_can_be_told() {
    let digest = "sha256:bad".to_owned();
    let story = Story::of(Scenario {
        task_rules: deployed(TaskBehaviour::WrongDigest { digest: digest.clone() }),
        ..world(1, json!({}))
    });
    story.deploy("app@sha256:good");
    story.at(30.0);
    assert_eq!(story.0.snapshot("main", "web").tasks[0].image_digests["app"], digest);
    let revision = story.newest()["targetServiceRevision"]["arn"].clone();
    let answer = story.call("ecs:DescribeServiceRevisions", json!({ "serviceRevisionArns": [revision] }));
    assert_eq!(answer["serviceRevisions"][0]["containerImages"][0]["imageDigest"], "sha256:good");
}
