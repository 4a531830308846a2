use serde_json::json;

use super::*;

#[test]
fn the_circuit_breaker_rolls_back_at_its_threshold() {
    let web = WebService::start(new_tasks_scenario(crash(), 2, circuit_breaker(true)));
    web.deploy("app:2");
    let mut failures = 0;
    for second in 1..200 {
        let deployment = web.advance_to(f64::from(second)).newest_deployment();
        if deployment["status"] == "IN_PROGRESS" {
            failures = failures.max(deployment["deploymentCircuitBreaker"]["failureCount"].as_u64().unwrap());
        }
        assert_eq!(web.progress().1, 2, "the old tasks keep running");
    }
    assert_eq!(failures, 2, "the third failure reaches the threshold");
    let deployment = web.newest_deployment();
    assert_eq!(deployment["status"], "ROLLBACK_SUCCESSFUL");
    let reason = "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    assert_eq!(deployment["statusReason"], reason);
    assert_eq!(deployment["rollback"]["reason"], reason);
    assert_eq!(deployment["deploymentCircuitBreaker"]["status"], "TRIGGERED");
    let snapshot = web.snapshot();
    assert_eq!(snapshot.task_definition, snapshot.deployments[0].task_definition);
    let events = web.event_messages();
    for text in ["deployment failed: tasks failed to start.", "rolling back to deployment ecs-svc/"] {
        assert!(events.iter().any(|event| event.contains(text)), "{text} in {events:#?}");
    }
}

#[test]
fn during_a_rollback_the_failed_deployment_is_active_and_failed() {
    let mut scenario = new_tasks_scenario(crash(), 2, circuit_breaker(true));
    scenario.delays.container_stop = Delay::fixed(30.0);
    scenario.task_rules[0].behaviour = TaskBehaviour::Unhealthy { after: 1.0 };
    let web = WebService::start(scenario);
    web.deploy("app:2");
    while ["PENDING", "IN_PROGRESS"].iter().any(|status| web.newest_deployment()["status"] == *status) {
        web.simulator.advance(0.5);
    }
    let service = web.service();
    let deployments = service["deployments"].as_array().unwrap();
    let states: Vec<_> =
        deployments.iter().map(|entry| (entry["status"].clone(), entry["rolloutState"].clone())).collect();
    assert_eq!(states, [(json!("PRIMARY"), json!("IN_PROGRESS")), (json!("ACTIVE"), json!("FAILED"))]);
    let reason = deployments[0]["rolloutStateReason"].as_str().unwrap();
    assert!(
        reason.starts_with("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/"),
        "{reason}"
    );
}

#[test]
fn without_a_rollback_the_deployment_fails_and_stops() {
    let web = WebService::start(new_tasks_scenario(crash(), 2, circuit_breaker(false)));
    web.deploy("app:2");
    web.advance_to(200.0);
    let (service, deployment) = (web.service(), web.newest_deployment());
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    assert_eq!((&deployment["status"], deployment["stoppedAt"].is_null()), (&json!("STOPPED"), false));
    assert_eq!(web.progress().1, 2);
}

#[test]
fn a_rollback_fails_if_its_tasks_fail_too() {
    let mut scenario = new_tasks_scenario(crash(), 2, circuit_breaker(true));
    let configuration = &mut scenario.resources.services[0].parameters["deploymentConfiguration"];
    configuration["minimumHealthyPercent"] = json!(0);
    configuration["maximumPercent"] = json!(100);
    scenario.task_rules.push(TaskRule { behaviour: crash(), ..Default::default() });
    let web = WebService::start(scenario);
    web.deploy("app:2");
    assert_eq!(web.advance_to(600.0).newest_deployment()["status"], "ROLLBACK_FAILED");
}

#[test]
fn the_first_deployment_of_a_service_cannot_be_rolled_back() {
    let mut scenario = web_scenario(1, json!({}));
    scenario.task_rules = vec![TaskRule {
        filter: TaskFilter { service: Some("new".into()), ..Default::default() },
        behaviour: crash(),
        ..Default::default()
    }];
    let web = WebService::start(scenario);
    let mut request = circuit_breaker(true);
    request["cluster"] = json!("main");
    request["serviceName"] = json!("new");
    request["taskDefinition"] = json!("web");
    request["desiredCount"] = json!(1);
    web.call("ecs:CreateService", request);
    web.advance_to(300.0);
    assert_eq!(web.simulator.snapshot("main", "new").newest_deployment().unwrap().status, "ROLLBACK_FAILED");
}

#[test]
fn without_a_circuit_breaker_tasks_are_replaced_without_end() {
    let web = WebService::start(new_tasks_scenario(crash(), 1, json!({})));
    web.deploy("app:2");
    web.advance_to(1000.0);
    assert_eq!(web.newest_deployment()["status"], "IN_PROGRESS");
    assert!(web.service()["deployments"][0]["failedTasks"].as_u64().unwrap() > 5);
}

#[test]
fn a_deployment_succeeds_after_fewer_failures_than_the_threshold() {
    let mut scenario = new_tasks_scenario(crash(), 1, circuit_breaker(true));
    scenario.task_rules[0].limit = Some(2);
    let web = WebService::start(scenario);
    web.deploy("app:2");
    assert_eq!(web.advance_to(200.0).newest_deployment()["status"], "SUCCESSFUL");
}

#[test]
fn a_stopped_task_has_the_reason_of_its_failure() {
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
    for (behaviour, stop_code, stopped_reason, exit_code, container_reason) in cases {
        let web = WebService::start(new_tasks_scenario(behaviour.clone(), 1, json!({})));
        web.deploy("app:2");
        web.advance_to(12.0);
        let stopped = json!({ "cluster": "main", "serviceName": "web", "desiredStatus": "STOPPED" });
        let arns = web.call("ecs:ListTasks", stopped)["taskArns"].clone();
        let task = web.describe_task(&arns[0]);
        assert_eq!(
            (&task["stopCode"], &task["stoppedReason"]),
            (&json!(stop_code), &json!(stopped_reason)),
            "{behaviour:?}"
        );
        let container = &task["containers"][0];
        assert_eq!(
            (&container["exitCode"], &container["reason"]),
            (&exit_code, &container_reason),
            "{behaviour:?}"
        );
        assert!(task["startedBy"].as_str().unwrap().starts_with("ecs-svc/"));
    }
}

#[test]
fn a_stopped_task_can_be_listed_for_an_hour() {
    let web = WebService::start(web_scenario(1, json!({})));
    web.deploy("app:2");
    web.advance_to(60.0);
    let stopped = json!({ "cluster": "main", "desiredStatus": "STOPPED" });
    let count = || web.call("ecs:ListTasks", stopped.clone())["taskArns"].as_array().unwrap().len();
    assert_eq!(count(), 1);
    web.advance_to(3700.0);
    assert_eq!(count(), 0);
}

#[test]
fn a_failed_placement_is_a_service_event() {
    let web =
        WebService::start(new_tasks_scenario(TaskBehaviour::Unplaceable { reason: None }, 1, json!({})));
    web.deploy("app:2");
    web.advance_to(60.0);
    assert!(
        web.event_messages()[0]
            .contains("was unable to place a task because no container instance met all of its requirements")
    );
    assert_eq!(web.service()["runningCount"], 1);
}

#[test]
fn a_task_can_run_another_digest_than_its_service_revision() {
    let digest = "sha256:other".to_owned();
    let web = WebService::start(new_tasks_scenario(
        TaskBehaviour::WrongDigest { digest: digest.clone() },
        1,
        json!({}),
    ));
    web.deploy("app@sha256:requested");
    web.advance_to(30.0);
    assert_eq!(web.snapshot().tasks[0].image_digests["app"], digest);
    let revision = web.newest_deployment()["targetServiceRevision"]["arn"].clone();
    let response = web.call("ecs:DescribeServiceRevisions", json!({ "serviceRevisionArns": [revision] }));
    assert_eq!(response["serviceRevisions"][0]["containerImages"][0]["imageDigest"], "sha256:requested");
}
