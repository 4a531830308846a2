use serde_json::{Value, json};

use super::*;
use crate::ecs::canned::{Canned, CannedResponse};
use model::plan::facts::{CapacityProvider, TaskNetwork};

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:task/shop/0123456789abcdef0123456789abcdef";

fn task_description(status: &str, code: Option<i32>) -> Value {
    json!({
        "taskArn": ARN, "lastStatus": status, "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "web", "runtimeId": "1a2b", "exitCode": code}],
    })
}

fn tasks(status: &str, code: Option<i32>) -> CannedResponse {
    CannedResponse::Ok(json!({"tasks": [task_description(status, code)]}))
}

fn definition() -> CannedResponse {
    let options =
        json!({"awslogs-group": "/shop", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"});
    let container = json!({"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": options}});
    CannedResponse::Ok(json!({"taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2", "family": "web",
        "containerDefinitions": [container],
    }}))
}

fn aws() -> Canned {
    Canned::default()
        .respond("DescribeTaskDefinition", [definition()])
        .respond("ListTasks", [CannedResponse::Ok(json!({"taskArns": []}))])
        .respond("RunTask", [tasks("PROVISIONING", None)])
        .respond("DescribeTasks", [tasks("RUNNING", None), tasks("STOPPED", Some(0))])
        .respond("GetLogEvents", [CannedResponse::Ok(json!({"events": [{"message": "no such table\n"}]}))])
}

/// Runs a task with this timeout. Returns its result and the reported changes.
fn run_with_timeout(
    aws: &Canned,
    launch: &LaunchSettings,
    timeout: Duration,
) -> (Result<(), TaskError>, Vec<OneOffTaskChange>) {
    let command = ["./manage.py".to_owned(), "migrate".to_owned()];
    let task = OneOff {
        environment: &[],
        cluster: "shop",
        task_definition: "td:2",
        launch,
        name: "migrate",
        container: "web",
        command: &command,
        timeout,
        mark: "ecs-host/57",
    };
    let mut changes = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ecs = aws.ecs();
    let poller = TaskPoller::new(&ecs, Duration::from_millis(5));
    let end = runtime.block_on(async {
        tokio::select! {
            end = run(&poller, &task, |event| changes.push(event)) => end,
            never = poller.run() => match never {},
        }
    });
    (end, changes)
}

fn run_task(aws: &Canned) -> (Result<(), TaskError>, Vec<OneOffTaskChange>) {
    run_with_timeout(aws, &LaunchSettings::default(), Duration::from_secs(60))
}

#[test]
fn a_task_that_exits_0_succeeds() {
    let aws = aws();
    let (end, changes) = run_task(&aws);
    end.unwrap();
    let task = "0123456789abcdef0123456789abcdef".to_owned();
    let running = OneOffTaskChange::StateChanged { task: task.clone(), state: "RUNNING".to_owned() };
    let ended = OneOffTaskChange::Ended { task: task.clone(), succeeded: true };
    assert_eq!(changes, [OneOffTaskChange::Started { task }, running, ended]);
    let request = aws.requests("RunTask").remove(0);
    assert_eq!(
        request["overrides"]["containerOverrides"],
        json!([{"name": "web", "command": ["./manage.py", "migrate"]}])
    );
    assert_eq!((&request["count"], &request["startedBy"]), (&json!(1), &json!("ecs-host/57")));
    assert!(
        request.get("launchType").is_none() && request.get("networkConfiguration").is_none(),
        "{request}"
    );
}

#[test]
fn a_task_has_the_launch_settings_of_its_service() {
    let launch = LaunchSettings {
        launch_type: Some("FARGATE".into()),
        platform_version: Some("1.4.0".into()),
        network: Some(TaskNetwork {
            subnets: vec!["subnet-1".into()],
            security_groups: vec!["sg-1".into()],
            assign_public_ip: true,
        }),
        ..LaunchSettings::default()
    };
    let fargate = aws();
    run_with_timeout(&fargate, &launch, Duration::from_secs(60)).0.unwrap();
    let request = fargate.requests("RunTask").remove(0);
    assert_eq!((&request["launchType"], &request["platformVersion"]), (&json!("FARGATE"), &json!("1.4.0")));
    let network = json!({"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"});
    assert_eq!(request["networkConfiguration"]["awsvpcConfiguration"], network);

    let item = CapacityProvider { provider: "FARGATE_SPOT".into(), weight: 1, base: 0 };
    let launch = LaunchSettings { capacity_providers: vec![item], ..launch };
    let spot = aws();
    run_with_timeout(&spot, &launch, Duration::from_secs(60)).0.unwrap();
    let request = spot.requests("RunTask").remove(0);
    assert!(request.get("launchType").is_none());
    assert_eq!(request["capacityProviderStrategy"][0]["capacityProvider"], "FARGATE_SPOT");
}

#[test]
fn a_start_is_retried_with_the_same_token() {
    let throttled = CannedResponse::Error(400, "ThrottlingException", "Rate exceeded");
    let broken = CannedResponse::Error(500, "ServerException", "Internal error");
    let aws = aws().respond("RunTask", [CannedResponse::Lost, throttled, broken, tasks("PENDING", None)]);
    let (end, changes) = run_task(&aws);
    end.unwrap();
    let tokens: Vec<_> =
        aws.requests("RunTask").iter().map(|request| request["clientToken"].to_string()).collect();
    assert_eq!(tokens.len(), 4);
    assert!(tokens.iter().all(|token| *token == tokens[0] && token.len() > 32), "{tokens:?}");
    let warnings = changes.iter().filter(|event| matches!(event, OneOffTaskChange::Warning { .. })).count();
    assert_eq!(warnings, 3);
}

#[test]
fn a_failed_task_reports_the_cause_and_the_log() {
    let aws = aws().respond("DescribeTasks", [tasks("STOPPED", Some(3))]);
    let error = run_task(&aws).0.unwrap_err();
    assert_eq!(error.to_string(), "the one-off task `migrate` (task 01234567…) failed: web exited 3");
    let diagnosis = error.diagnosis().unwrap();
    assert_eq!(diagnosis.summary(), "web exited 3");
    let logs: Vec<_> = diagnosis.logs.iter().map(|log| (log.container.as_str(), log.lines.clone())).collect();
    assert_eq!(logs, [("web", vec!["no such table".to_owned()])]);
    let request = aws.requests("GetLogEvents").remove(0);
    assert_eq!(request["logStreamName"], "ecs/web/0123456789abcdef0123456789abcdef");
}

#[test]
fn a_task_that_is_not_placed_reports_the_reasons_of_ecs() {
    let failures = json!({"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]});
    let error = run_task(&aws().respond("RunTask", [CannedResponse::Ok(failures)])).0.unwrap_err();
    assert!(error.to_string().contains("too little free memory (RESOURCE:MEMORY)"), "{error}");
}

#[test]
fn a_missing_permission_is_named() {
    let denied = |action: &'static str| [CannedResponse::Error(400, "AccessDeniedException", action)];
    for (action, message) in
        [("ecs:RunTask", "no"), ("iam:PassRole", "not authorized to perform: iam:PassRole")]
    {
        let aws = aws().respond("RunTask", denied(message));
        let error = run_task(&aws).0.unwrap_err().to_string();
        assert!(error.contains("allow ") && error.contains(&format!("`{action}`")), "{error}");
        assert_eq!(aws.requests("RunTask").len(), 1);
    }
    let unlogged =
        aws().respond("DescribeTasks", [tasks("STOPPED", Some(3))]).respond("GetLogEvents", denied("no"));
    let error = run_task(&unlogged).0.unwrap_err();
    let unread = &error.diagnosis().unwrap().unread;
    assert!(unread[0].contains("allow the action `logs:GetLogEvents`"), "{unread:?}");
    let unwatched = aws().respond("DescribeTasks", denied("no"));
    let error = run_task(&unwatched).0.unwrap_err().to_string();
    assert!(error.contains("its outcome is unknown") && error.contains("`ecs:DescribeTasks`"), "{error}");
}

#[test]
fn a_poll_with_a_transient_error_is_reported_and_retried() {
    let missing = CannedResponse::Ok(json!({"tasks": [], "failures": [{"arn": ARN, "reason": "MISSING"}]}));
    let responses = [
        missing,
        CannedResponse::Lost,
        CannedResponse::Error(500, "ServerException", "no"),
        tasks("STOPPED", Some(0)),
    ];
    let (end, changes) = run_task(&aws().respond("DescribeTasks", responses));
    end.unwrap();
    assert_eq!(changes.iter().filter(|event| matches!(event, OneOffTaskChange::Warning { .. })).count(), 2);
}

#[test]
fn a_task_that_exceeds_its_timeout_is_stopped() {
    let aws = aws()
        .respond("DescribeTasks", [tasks("RUNNING", None)])
        .respond("StopTask", [CannedResponse::Ok(json!({"task": task_description("RUNNING", None)}))]);
    let error = run_with_timeout(&aws, &LaunchSettings::default(), Duration::from_millis(100)).0.unwrap_err();
    assert!(error.to_string().ends_with("ecs-host stopped it"), "{error}");
    assert_eq!(error.diagnosis().unwrap().logs.len(), 1);
    assert_eq!(aws.requests("StopTask")[0]["task"], ARN);

    let denied = aws.respond("StopTask", [CannedResponse::Error(400, "AccessDeniedException", "no")]);
    let error = run_with_timeout(&denied, &LaunchSettings::default(), Duration::from_millis(100))
        .0
        .unwrap_err()
        .to_string();
    assert!(error.contains("it continues in ECS") && error.contains("`ecs:StopTask`"), "{error}");
}

#[test]
fn a_start_without_a_response_reports_that_the_task_may_run() {
    let aws = aws().respond("RunTask", [CannedResponse::Never]);
    let error = run_with_timeout(&aws, &LaunchSettings::default(), Duration::from_millis(50)).0.unwrap_err();
    assert!(matches!(error, TaskError::NotStarted { is_outcome_unknown: true, .. }), "{error}");
    assert!(error.to_string().contains("check whether the task runs"), "{error}");
}

#[test]
fn a_token_of_a_task_that_failed_in_an_earlier_run_is_followed_by_another() {
    let aws = aws().respond("RunTask", [tasks("STOPPED", Some(3)), tasks("PENDING", None)]);
    let (end, changes) = run_task(&aws);
    end.unwrap();
    assert!(matches!(changes[0], OneOffTaskChange::Started { .. }), "{changes:?}");
    let tokens: Vec<_> =
        aws.requests("RunTask").iter().map(|request| request["clientToken"].to_string()).collect();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn a_task_that_is_listed_as_running_and_as_stopped_is_read_once() {
    let aws = aws().respond("ListTasks", [CannedResponse::Ok(json!({"taskArns": [ARN]}))]);
    run_task(&aws).0.unwrap();
    assert_eq!(aws.requests("ListTasks").len(), 2);
    assert_eq!(aws.requests("DescribeTasks")[0]["tasks"], json!([ARN]));
}

#[test]
fn a_task_that_succeeded_in_an_earlier_run_and_is_not_listed_is_not_started() {
    let aws = aws().respond("RunTask", [tasks("STOPPED", Some(0))]);
    let (end, changes) = run_task(&aws);
    end.unwrap();
    assert!(matches!(changes[..], [OneOffTaskChange::AlreadySucceeded { .. }]), "{changes:?}");
}

#[test]
fn a_task_that_another_run_has_started_with_other_parameters_is_followed() {
    let conflict = "The provided clientToken is already in use with a different RunTask request.";
    let listed = |arns: &[&str]| CannedResponse::Ok(json!({"taskArns": arns}));
    let mut other = task_description("RUNNING", None);
    other["startedBy"] = json!("ecs-host/57");
    let aws = aws()
        .respond("RunTask", [CannedResponse::Error(400, "ConflictException", conflict)])
        // Each look is two lists.
        .respond("ListTasks", [listed(&[]), listed(&[]), listed(&[ARN]), listed(&[])])
        .respond("DescribeTasks", [CannedResponse::Ok(json!({"tasks": [other]})), tasks("STOPPED", Some(0))]);
    let (end, _) = run_task(&aws);
    end.unwrap();
    assert_eq!(aws.requests("RunTask").len(), 1);
}
