//! Plans for a review: the diff of a definition that another tool has changed, the formats, and what each of them states
//! about a build that is skipped or rejected.

use std::process::Output;

use ecs_host_schemas::{event_errors, plan_document};
use ecs_simulator::{Scenario, ServiceSetup};
use serde_json::{Value, json};

use crate::fixtures::policy;
use crate::rollouts::table::decision::{target, to};
use crate::world::{Job, World, definition, repository, scenario, service, serving};

const OTHER_REPOSITORY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/log-router";

/// What a stranger could write into the value of a variable.
const HOSTILE: &str = "```\n</details>\n| @team #1 https://x\n##[error]x\u{202e}";

/// Two services. Another tool has registered a newer revision of the first one, with changes of all kinds; the second one
/// runs the build already.
pub fn reviewed() -> Scenario {
    let mut scenario = scenario();
    let variable = |name: &str, value: &str| json!({"name": name, "value": value});
    let secret = |name: &str| json!({"name": name, "valueFrom": format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/{name}-AbCdEf:password::")});
    let mut running = definition("web");
    let web = &mut running["containerDefinitions"][0];
    web["environment"] = json!([
        variable("B", "2"),
        variable("A", "1"),
        variable("GONE", "x"),
        variable("DB_PASSWORD", "hunter2")
    ]);
    web["secrets"] = json!([secret("API_KEY")]);
    web["portMappings"] = json!([{"containerPort": 80}, {"containerPort": 9090, "protocol": "tcp"}]);
    web["mountPoints"] = json!([{"sourceVolume": "data", "containerPath": "/data", "readOnly": true}]);
    web["dockerLabels"] = json!({
        "ecs-host.repository": "example/simple-todo",
        "ecs-host.commit": "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
        "ecs-host.build": "56",
        "ecs-host.policy": "travis@sha256:0000",
    });
    let log = json!({"name": "log", "image": format!("{OTHER_REPOSITORY}:1.0"), "essential": false});
    running["containerDefinitions"].as_array_mut().unwrap().push(log);
    running["cpu"] = json!("256");
    running["volumes"] = json!([{"name": "data"}]);
    let mut newer = running.clone();
    let web = &mut newer["containerDefinitions"][0];
    web.as_object_mut().unwrap().remove("dockerLabels");
    web["environment"] = json!([
        variable("A", "10"),
        variable("B", "2"),
        variable("TEXT", HOSTILE),
        variable("DB_PASSWORD", "hunter3")
    ]);
    web["portMappings"] = json!([{"containerPort": 9090, "protocol": "tcp"}, {"containerPort": 8080}]);
    web["mountPoints"] = json!([{"sourceVolume": "data", "containerPath": "/data", "readOnly": false}]);
    let router = json!({
        "name": "router",
        "image": format!("{OTHER_REPOSITORY}@sha256:{}", "ab".repeat(32)),
        "essential": true,
        "environment": [variable("LEVEL", "info")],
        "command": ["/fluent-bit/bin/fluent-bit", "-c", "/fluent-bit/etc/a-rather-long-name-of-a-configuration.conf"],
    });
    newer["containerDefinitions"] = json!([router, newer["containerDefinitions"][0]]);
    newer["cpu"] = json!("512");
    scenario.resources.task_definitions.extend([running, newer]);
    scenario.resources.services[0].task_definition = json!("web:1");
    scenario.resources.services.push(ServiceSetup { desired_count: 1, ..service("worker") });
    scenario
}

/// The decision on [`reviewed`]: with a new number of tasks, one-off tasks and a second wave.
pub fn decision() -> Value {
    let migrate = json!({"name": "migrate", "container": "web", "command": ["bin/migrate", "--to=the latest", "--database=postgres://app:hunter2@db.example.com/app"]});
    let smoke = json!({"name": "smoke", "container": "web", "command": ["bin/smoke"]});
    let containers = json!([{
        "container": "web", "image": "todo", "secrets": {
            "API_KEY": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other/API_KEY-AbCdEf:password::"
        },
    }]);
    to(json!([
        target(
            "web",
            json!({
                "containers": containers, "base": "latest", "desired_count": 3, "tasks_before": [migrate], "tasks_after": [smoke],
                "on_failure": "roll-back", "bake": 60,
            })
        ),
        target("worker", json!({"wave": 1})),
    ]))
}

pub fn plan<'w>(world: &'w World, decision: &Value, flags: &[&str]) -> Job<'w> {
    std::fs::copy(policy("echo-policy"), world.path("project/echo.wasm")).expect("a file");
    let job = world.verb("plan").args(&["echo.wasm", "--allow-secret", "DECISION"]).args(flags);
    job.set("DECISION", &decision.to_string())
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr))
}

/// The output of a plan in a format, which ends with this exit code.
fn formatted(job: Job<'_>, code: i32) -> String {
    let output = job.output();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    assert!(stderr.contains("Build     master at"), "the text is on stderr\n{stderr}");
    for secret in ["hunter2", "hunter3"] {
        assert!(!stdout.contains(secret) && !stderr.contains(secret), "{stdout}{stderr}");
    }
    stdout
}

fn document(job: Job<'_>, code: i32) -> Value {
    plan_document(&formatted(job.args(&["--format", "json"]), code))
}

#[test]
fn every_line_of_a_plan_fits_80_columns() {
    let world = World::new(&reviewed());
    let (stdout, stderr) = texts(&plan(&world, &decision(), &[]).output());
    assert_eq!(stderr, "");
    let long: Vec<&str> = stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert_eq!(long, Vec::<&str>::new());
}

#[test]
fn the_document_has_the_plan_of_the_event_and_every_value_whole() {
    let world = World::new(&reviewed());
    let plan_of = |format: &[&str]| plan(&world, &decision(), format);
    let document = document(plan_of(&[]), 0);
    assert_eq!((&document["result"], &document["exit_code"]), (&json!("planned"), &json!(0)));
    assert_eq!(document["policy"]["name"], "echo-policy");
    let events = plan_of(&[]).exits(0).events();
    let created = events.iter().find(|event| event["event"] == "plan-created").unwrap();
    assert_eq!((&document["plan"], &document["commands"]), (&created["plan"], &created["commands"]));
    let target = &document["plan"]["targets"][0];
    assert_eq!(target["base_build"]["number"], 56);
    let paths: Vec<&str> =
        target["changes"].as_array().unwrap().iter().map(|change| change["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"containerDefinitions[web].environment[A].value"), "{paths:?}");
    assert!(paths.contains(&"containerDefinitions[web].portMappings[80/tcp]"), "{paths:?}");
    let text = document.to_string();
    assert!(text.contains(&format!("sha256:{}", "ab".repeat(32))), "{text}");
}

#[test]
fn a_secret_of_the_job_is_in_no_part_of_a_line() {
    let secret = "zq_#".repeat(12);
    let mut scenario = reviewed();
    let newer = &mut scenario.resources.task_definitions[1]["containerDefinitions"][1];
    // No name shows that this is one, and it is split if it is not masked before.
    let value = format!("{}{secret}", "note-".repeat(9));
    newer["environment"].as_array_mut().unwrap().push(json!({"name": "NOTE", "value": value}));
    let world = World::new(&scenario);
    for format in ["text", "markdown", "json"] {
        let job = plan(&world, &decision(), &["--format", format]).set("DEPLOY_TOKEN", &secret);
        let (stdout, stderr) = texts(&job.output());
        assert!(stdout.contains("note-note-") && stdout.contains("***"), "{format}: {stdout}{stderr}");
        for text in [&stdout, &stderr] {
            assert!(!text.contains("zq"), "{format}: {text}");
        }
    }
}

#[test]
fn a_dry_run_has_the_formats_of_a_plan() {
    let world = World::new(&scenario());
    let run = || world.verb("run");
    assert_eq!(document(run().args(&["--dry-run"]), 0)["result"], "planned");
    assert_eq!(document(run().set("DRYRUN", "1"), 0)["result"], "planned");
    let markdown = formatted(run().args(&["--dry-run", "--format", "markdown"]), 0);
    assert!(markdown.starts_with("### ecs-host plan: 1 target to change\n\nBuild of master"), "{markdown}");
    // Text is what is printed anyway.
    let (stdout, _) = texts(&run().args(&["--dry-run", "--format", "text"]).output());
    assert!(stdout.starts_with("Build     master"), "{stdout}");
    for (flags, expected) in [
        (&["--format", "json"][..], "--format is the format of a plan: add --dry-run"),
        (&["--dry-run", "--format", "json", "--json"], "cannot be used with"),
        (&["--dry-run", "--format", "yaml"], "possible values: text, markdown, json"),
    ] {
        let output = run().args(flags).output();
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
    assert_eq!(world.count("ecs:RegisterTaskDefinition"), 0);
}

#[test]
fn each_format_states_why_a_build_is_skipped_or_rejected() {
    let world = World::new(&scenario());
    let skip = || {
        world
            .verb("plan")
            .set("TRAVIS_BRANCH", "feature/x")
            .args(&["--branch", "master"])
            .set("DEPLOY_BRANCHES", "other")
    };
    let skipped = document(skip(), 0);
    assert_eq!((&skipped["result"], &skipped["outcome"]), (&json!("skipped"), &json!("success")));
    let reason = skipped["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("DEPLOY_BRANCHES"), "{reason}");
    let markdown = formatted(skip().args(&["--format", "markdown"]), 0);
    assert!(
        markdown.contains("### ecs-host plan: skipped\n") && markdown.contains("DEPLOY&#95;BRANCHES"),
        "{markdown}"
    );

    let missing = |answer: &Value| plan(&world, answer, &[]);
    let decision = to(json!([target("web", json!({})), target("wbe", json!({})), target("x", json!({}))]));
    let rejected = document(missing(&decision), 5);
    assert_eq!((&rejected["result"], &rejected["outcome"]), (&json!("rejected"), &json!("preflight")));
    assert_eq!(rejected["problems"].as_array().map(Vec::len), Some(2), "{rejected}");
    let markdown = formatted(missing(&decision).args(&["--format", "markdown"]), 5);
    assert!(markdown.contains("**Problems**\n\n- service &#96;main/wbe&#96;&#58; cluster"), "{markdown}");

    let by_policy = || world.verb("plan").unset("ECS_CLUSTER_MASTER");
    let rejected = document(by_policy(), 3);
    assert_eq!((&rejected["result"], &rejected["problems"]), (&json!("rejected"), &json!([])));
    assert!(rejected["message"].as_str().unwrap().contains("ECS_CLUSTER_MASTER"), "{rejected}");
    let markdown = formatted(by_policy().args(&["--format", "markdown"]), 3);
    assert!(markdown.starts_with("### ecs-host plan: exit code 3 ("), "{markdown}");

    let denied =
        World::new(&Scenario { denied_actions: vec!["ecs:DescribeServices".to_owned()], ..scenario() });
    let rejected = document(denied.verb("plan"), 5);
    assert!(
        rejected["message"].as_str().unwrap().contains("allow the action `ecs:DescribeServices`"),
        "{rejected}"
    );
}

#[test]
fn what_was_denied_and_is_not_required_is_stated() {
    let mut scenario = scenario();
    scenario.denied_actions.push("ecr:DescribeRepositories".to_owned());
    scenario.resources.repositories[0].images[1].tags.retain(|tag| tag != "master");
    let world = World::new(&scenario);
    let (stdout, _) = texts(&world.verb("plan").output());
    assert!(
        stdout.contains("  whether the repository of image `simple-todo` accepts its tags was not\n    checked: allow the action"),
        "{stdout}"
    );
    let unread = document(world.verb("plan"), 0)["plan"]["unread"].to_string();
    assert!(unread.contains("allow the action `ecr:DescribeRepositories`"), "{unread}");
    let markdown = formatted(world.verb("plan").args(&["--format", "markdown"]), 0);
    assert!(markdown.contains("**Not checked**\n\n- whether the repository"), "{markdown}");
}

#[test]
fn markdown_of_many_targets_fits_a_comment_and_states_what_is_cut() {
    let names: Vec<String> = (0..400).map(|number| format!("service-with-a-long-name-{number}")).collect();
    let mut scenario = scenario();
    scenario.resources.services = names.iter().map(|name| service(name)).collect();
    let world = World::new(&scenario);
    let targets: Vec<Value> = names.iter().map(|name| target(name, json!({}))).collect();
    let markdown = formatted(plan(&world, &to(json!(targets)), &["--format", "markdown"]), 0);
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!(markdown.contains("400 targets to change"), "{markdown}");
    assert!(markdown.contains("**This text is cut**") && markdown.contains("| … and "), "{markdown}");
    assert_eq!(markdown.matches("<details").count(), markdown.matches("</details>").count());
}

#[test]
fn an_event_with_another_shape_breaks_the_schema() {
    let good = json!({"event": "heartbeat", "activity": "waiting", "elapsed": 1.5});
    assert_eq!(event_errors(&good.to_string()), Vec::<String>::new());
    for (field, value) in
        [("more", json!(1)), ("activity", json!(7)), ("event", json!("unheard-of")), ("elapsed", json!("1"))]
    {
        let mut bad = good.clone();
        bad[field] = value;
        assert_eq!(event_errors(&bad.to_string()).len(), 1, "{field}");
    }
    let mut verdict = json!({"event": "verdict-reached", "target": "main/web", "verdict": "rolled-back", "reason": "it failed",
        "runs": null, "task_definition": "arn", "elapsed": 1});
    assert_eq!(event_errors(&verdict.to_string()), Vec::<String>::new());
    verdict["stage"] = json!("BAKE_TIME");
    assert!(!event_errors(&verdict.to_string()).is_empty());
    let progress = json!({"id": "1", "type": "lambda", "function": "f", "stage": null, "since": null, "expires_at": null,
        "timeout_action": "roll-back"});
    let mut event = json!({"event": "rollout-progressed", "target": "main/web", "desired": 1, "running": 1, "pending": 0,
        "failed": 0, "state": "IN_PROGRESS", "hooks": [progress], "elapsed": 1});
    assert_eq!(event_errors(&event.to_string()), Vec::<String>::new());
    event["hooks"][0]["more"] = json!(1);
    assert_eq!(event_errors(&event.to_string()).len(), 1);
}

#[test]
fn targets_that_change_in_the_same_way_share_the_change() {
    let mut other = service("other");
    other.task_definition["containerDefinitions"][0]["image"] = json!(format!("{}:before", repository()));
    let world = World::new(&serving(vec![service("web"), service("api"), other, service("worker")]));
    let plan = world.verb("plan").set("ECS_SERVICE_MASTER", "web api other worker").output();
    let text = String::from_utf8(plan.stdout).unwrap();
    let titles = "  service main/web: new revision after web:1\n  service main/api: new revision after api:1\n  \
                  service main/worker: new revision after worker:1\n    the same for each of these 3:\n";
    assert!(text.contains(titles), "{text}");
    assert!(text.contains("  service main/other: new revision after other:1\n    + build"), "{text}");
    assert_eq!(text.matches("    container web\n").count(), 2, "{text}");
}
