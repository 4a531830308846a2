//! The simulator, tested with ECS clients of other projects: fabfuel's `ecs deploy`, the AWS command line,
//! and boto3.

use std::path::PathBuf;
use std::process::{Command, Output};

use ecs_simulator::{RuleSetup, Scenario, ScheduleSetup, TaskBehaviour, TaskFilter, TaskRule, Time};
use serde_json::{Map, Value, json};

use crate::bench::emulator::cache;
use crate::world::{DIGEST, REGION, World, repository, scenario};

/// The path of another project's client. The set-up installs it.
fn client(name: &str) -> PathBuf {
    let path = cache().join("peers/bin").join(name);
    assert!(path.is_file(), "{} is not installed: `make test` installs it", path.display());
    path
}

/// Runs a client against a world's simulator, to its end.
fn run(world: &World, program: &str, arguments: &[&str]) -> Output {
    Command::new(client(program))
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", world.path("home"))
        .env("AWS_ENDPOINT_URL", world.simulator.url())
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "BENCHACCESSKEY000000")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("it starts")
}

/// The standard output of a client, which must succeed.
fn stdout_of(world: &World, program: &str, arguments: &[&str]) -> String {
    let output = run(world, program, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// A world whose time is fast, because the clients sleep between their polls.
fn fast() -> Scenario {
    Scenario { time: Time::Speed(100.0), ..scenario() }
}

#[test]
fn fabfuels_ecs_deploy_deploys() {
    let world = World::new(&fast());
    let image = format!("{}@{DIGEST}", repository());
    let text =
        stdout_of(&world, "ecs", &["deploy", "--region", REGION, "--image", "web", &image, "main", "web"]);
    assert!(text.contains("Deployment successful"), "{text}");
    let truth = world.simulator.snapshot("main", "web");
    assert_eq!(truth.newest_deployment().map(|newest| newest.status.as_str()), Some("SUCCESSFUL"));
    assert!(truth.tasks.iter().all(|task| task.image_digests["web"] == DIGEST), "{truth:?}");
    // By default it deregisters the old revision, which a rollback would need.
    let before =
        world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": "web:1"})).unwrap();
    assert_eq!(before["taskDefinition"]["status"], json!("INACTIVE"));
}

#[test]
fn fabfuel_reports_a_rollback_as_success_and_ecs_host_does_not() {
    let mut scenario = fast();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), breaker);
    let does = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: Default::default(),
        after: 1.0,
        logs: Default::default(),
    };
    let on = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    scenario.task_rules.push(TaskRule { filter: on, behaviour: does, ..TaskRule::default() });
    let world = World::new(&scenario);
    let image = format!("{}@{DIGEST}", repository());
    let arguments =
        ["deploy", "--region", REGION, "--no-deregister", "--image", "web", &image, "main", "web"];
    let text = stdout_of(&world, "ecs", &arguments);
    assert!(text.contains("Deployment successful"), "{text}");
    assert_eq!(world.runs("web"), "web:1", "the service runs its old revision");
    world.run().exits(1).prints("rolled back");
}

#[test]
fn the_aws_command_line_deploys_and_waits() {
    let world = World::new(&fast());
    let aws = |arguments: &[&str]| stdout_of(&world, "aws", arguments);
    let text = aws(&["ecs", "describe-task-definition", "--task-definition", "web"]);
    let described: Value = serde_json::from_str(&text).unwrap();
    let mut containers = described["taskDefinition"]["containerDefinitions"].clone();
    containers[0]["image"] = json!(format!("{}@{DIGEST}", repository()));
    let containers = containers.to_string();
    let register =
        ["ecs", "register-task-definition", "--family", "web", "--container-definitions", &containers];
    let registered: Value = serde_json::from_str(&aws(&register)).unwrap();
    let arn = registered["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned();
    aws(&["ecs", "update-service", "--cluster", "main", "--service", "web", "--task-definition", &arn]);
    aws(&["ecs", "wait", "services-stable", "--cluster", "main", "--services", "web"]);
    let truth = world.simulator.snapshot("main", "web");
    assert_eq!(
        (truth.task_definition.as_str(), truth.newest_deployment().unwrap().is_final),
        (arn.as_str(), true)
    );
    let list = aws(&["ecs", "list-service-deployments", "--cluster", "main", "--service", "web"]);
    assert!(list.contains("SUCCESSFUL"), "{list}");
}

#[test]
fn boto3_reads_a_rollout_to_its_end() {
    const SCRIPT: &str = r#"
import boto3, time
ecs = boto3.client("ecs")
service = ecs.update_service(cluster="main", service="web", forceNewDeployment=True)["service"]
assert [d["status"] for d in service["deployments"]] == ["PRIMARY", "ACTIVE"], service["deployments"]
seen, found = [], []
for _ in range(200):
    found = found or ecs.list_service_deployments(cluster="main", service="web", status=["PENDING", "IN_PROGRESS"])["serviceDeployments"]
    if found:
        [deployment] = ecs.describe_service_deployments(serviceDeploymentArns=[found[0]["serviceDeploymentArn"]])["serviceDeployments"]
        if deployment["status"] not in seen:
            seen.append(deployment["status"])
        if deployment["status"] == "SUCCESSFUL":
            break
    time.sleep(0.02)
[revision] = ecs.describe_service_revisions(serviceRevisionArns=[deployment["targetServiceRevision"]["arn"]])["serviceRevisions"]
tasks = [arn for page in ecs.get_paginator("list_tasks").paginate(cluster="main", serviceName="web") for arn in page["taskArns"]]
digests = {c["imageDigest"] for t in ecs.describe_tasks(cluster="main", tasks=tasks)["tasks"] for c in t["containers"]}
try:
    ecs.update_service(cluster="main", service="nobody")
except ecs.exceptions.ServiceNotFoundException:
    print("refused")
print(seen, revision["taskDefinition"].rsplit("/")[-1], len(tasks), digests)
"#;
    let world = World::new(&fast());
    let text = stdout_of(&world, "python", &["-c", SCRIPT]);
    assert!(text.starts_with("refused\n['IN_PROGRESS', 'SUCCESSFUL'] web:1 2 {'sha256:0000"), "{text}");
}

#[test]
fn boto3_replaces_the_task_definitions_of_a_schedule_and_a_rule() {
    const SCRIPT: &str = r#"
import boto3
scheduler, events = boto3.client("scheduler"), boto3.client("events")
schedule = scheduler.get_schedule(GroupName="jobs", Name="report")
read_only = ["Arn", "CreationDate", "LastModificationDate", "ResponseMetadata"]
schedule = {name: value for name, value in schedule.items() if name not in read_only}
schedule["Target"]["EcsParameters"]["TaskDefinitionArn"] += "1"
scheduler.update_schedule(**schedule)
again = scheduler.get_schedule(GroupName="jobs", Name="report")
assert {name: again[name] for name in schedule} == schedule, again
print(again["Target"]["EcsParameters"]["TaskDefinitionArn"], again["StartDate"].year, again["Description"])
rule = events.describe_rule(Name="nightly")
[target] = events.list_targets_by_rule(Rule="nightly")["Targets"]
target["EcsParameters"]["TaskDefinitionArn"] += "2"
assert events.put_targets(Rule="nightly", Targets=[target])["FailedEntryCount"] == 0
assert events.list_targets_by_rule(Rule="nightly")["Targets"] == [target]
print(rule["State"], rule["ScheduleExpression"], target["EcsParameters"]["TaskDefinitionArn"])
for call, error in [
    (lambda: scheduler.get_schedule(Name="report"), scheduler.exceptions.ResourceNotFoundException),
    (lambda: scheduler.update_schedule(**dict(schedule, ScheduleExpression="x")), scheduler.exceptions.ValidationException),
    (lambda: events.put_targets(Rule="daily", Targets=[target]), events.exceptions.ResourceNotFoundException),
]:
    try:
        call()
    except error:
        print("refused")
"#;
    let mut scenario = fast();
    let target = json!({
        "Id": "1", "Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main", "RoleArn": "arn:aws:iam::1:role/starts",
        "EcsParameters": {"TaskDefinitionArn": "web:"},
    });
    let mut of_schedule = target.clone();
    of_schedule.as_object_mut().unwrap().remove("Id");
    scenario.resources.rules.push(RuleSetup {
        name: "nightly".into(),
        targets: vec![target],
        parameters: parameters(json!({"ScheduleExpression": "rate(1 day)"})),
        ..RuleSetup::default()
    });
    scenario.resources.schedules.push(ScheduleSetup {
        group: "jobs".into(),
        name: "report".into(),
        target: of_schedule,
        parameters: parameters(json!({"StartDate": 1_893_456_000.5, "Description": "monthly"})),
    });
    let text = stdout_of(&World::new(&scenario), "python", &["-c", SCRIPT]);
    assert_eq!(text, "web:1 2030 monthly\nENABLED rate(1 day) web:2\nrefused\nrefused\nrefused\n");
}

fn parameters(members: Value) -> Map<String, Value> {
    members.as_object().cloned().unwrap_or_default()
}
