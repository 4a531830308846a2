//! Lookups of a policy in ECS and ECR: their grants, results and limits.

use ecs_simulator::{Fault, FaultKind, Scenario};
use serde_json::{Value, json};

use super::world::{COMMIT, DIGEST, Job, OLD, RunResult, World, repository, scenario, service, serving};
use crate::fixtures::policy;

/// `ecs-host plan` with a policy that runs these lookups.
fn plan<'w>(world: &'w World, commands: &str) -> Job<'w> {
    let lookup_policy = policy("lookup-policy").display().to_string();
    world.verb("plan").args(&[&lookup_policy]).set("LOOKUPS", commands)
}

/// `ecs-host plan` with a policy that runs these lookups, and every grant.
fn granted<'w>(world: &'w World, commands: &str) -> Job<'w> {
    plan(world, commands).args(&["--allow", "ecs:read", "--allow", "ecr:read"])
}

fn lookups(ended: &RunResult) -> Vec<Value> {
    ended.events().into_iter().filter(|event| event["event"] == "policy-lookup").collect()
}

#[test]
fn without_a_grant_no_lookup_reaches_aws() {
    let world = World::new(&scenario());
    let ended = plan(&world, "list-services main").exits(5);
    ended
        .prints("ecs-host:policy/services@0.2.0: `--allow ecs:read` grants it")
        .prints("ecs-host:policy/registry@0.2.0: `--allow ecr:read` grants it");
    let ended = plan(&world, "list-services main").args(&["--allow", "ecs:read"]).exits(5);
    ended.prints("--allow ecr:read").does_not_print("--allow ecs:read");
    assert!(world.simulator.calls().is_empty(), "{}", ended.transcript());
}

#[test]
fn the_error_for_an_invalid_grant_lists_the_grants() {
    let world = World::new(&scenario());
    let ended = plan(&world, "").args(&["--allow", "ecs:write"]).exits(2);
    ended.prints("ecs:read").prints("ecr:read");
}

#[test]
fn a_service_lookup_returns_tags_images_and_builds() {
    let mut web = service("web");
    web.parameters.insert("tags".into(), json!([{"key": "team", "value": "blue"}]));
    let world = World::new(&serving(vec![web, service("api")]));
    world.run().exits(0);
    let ended =
        granted(&world, "list-services main\nget-service main api\nget-service main missing").exits(0);
    let events = lookups(&ended);
    let [list, api, missing] = events.as_slice() else { panic!("{}", ended.transcript()) };
    let names: Vec<_> = list["reply"].as_array().unwrap().iter().map(|s| s["name"].clone()).collect();
    assert_eq!(names, ["api", "web"]);
    assert_eq!(
        list["reply"][1],
        json!({
            "cluster": "main",
            "name": "web",
            "tags": {"team": "blue"},
            "containers": [{"name": "web", "image": format!("{}@{DIGEST}", repository())}],
            "deployed_by": {"repository": "example/simple-todo", "commit": COMMIT, "number": 57},
        })
    );
    let old = json!([{"name": "web", "image": format!("{}@{OLD}", repository())}]);
    assert_eq!(api["reply"], json!({"cluster": "main", "name": "api", "containers": old}));
    assert_eq!((&missing["function"], &missing["reply"]), (&json!("services.get-service"), &Value::Null));
    // The policy received the same results.
    ended
        .prints("Service { cluster: \"main\", name: \"web\", tags: [Setting { name: \"team\", value: \"blue\" }]")
        .prints(&format!("deployed-by: Some(Stamp {{ repository: Some(\"example/simple-todo\"), commit: \"{COMMIT}\", commit-time: None, number: Some(57), number-scope: None }})"))
        .prints("[lookup-policy] None");
}

#[test]
fn an_image_is_looked_up_by_tag_and_by_digest() {
    let world = World::new(&scenario());
    let repository = repository();
    let by_tag = format!("get-image {repository} old");
    let commands = format!("{by_tag}\nget-image {repository} {OLD}\nget-image {repository} none\n{by_tag}");
    let ended = granted(&world, &commands).exits(0);
    let events = lookups(&ended);
    // The fourth lookup repeats the first, and is not performed again.
    let [tag, digest, none] = events.as_slice() else { panic!("{}", ended.transcript()) };
    assert_eq!((&tag["reply"]["digest"], &tag["reply"]["tags"]), (&json!(OLD), &json!(["old"])));
    assert!(tag["reply"]["pushed_at"].as_u64().unwrap() > 1_700_000_000, "{}", ended.transcript());
    assert_eq!((&digest["reply"], &none["reply"]), (&tag["reply"], &Value::Null));
    assert_eq!(ended.count("ecr:DescribeImages"), 3);
    ended.prints(&format!("Lookup    image {repository}:old\n          {OLD}\n"));
}

#[test]
fn a_failed_lookup_is_returned_to_the_policy() {
    let world = World::new(&scenario());
    let failing = [
        ("list-services nowhere", "there is no cluster `nowhere` in eu-west-1"),
        ("get-service nowhere web", "there is no cluster `nowhere` in eu-west-1"),
        ("list-services a/b", "invalid cluster \"a/b\""),
        ("get-service main --x=y/", "invalid service \""),
        ("get-image todo:1 old", "invalid image repository \"todo:1\""),
        ("get-image docker.io/library/busybox old", "is not in Amazon ECR"),
        (
            "list-services arn:aws:ecs:us-east-1:123456789012:cluster/main",
            "conflicts with the run's region eu-west-1",
        ),
    ];
    for (command, message) in failing {
        granted(&world, command)
            .exits(3)
            .prints("policy `lookup-policy` rejected the build: ")
            .prints(message);
    }
    let repository = repository().replace("simple-todo", "nothing");
    granted(&world, &format!("get-image {repository} old")).exits(3).prints("there is no repository");
}

#[test]
fn a_denied_lookup_names_the_permission() {
    let mut scenario = scenario();
    scenario.denied_actions = vec!["ecs:ListServices".into(), "ecr:DescribeImages".into()];
    let world = World::new(&scenario);
    granted(&world, "list-services main").exits(3).prints("allow the action `ecs:ListServices`");
    let command = format!("get-image {} old", repository());
    granted(&world, &command).exits(3).prints("allow the action `ecr:DescribeImages`");
}

#[test]
fn too_many_lookups_end_the_policy() {
    let world = World::new(&scenario());
    let ended = granted(&world, "get-services-without-end main").args(&["--policy-lookups", "7"]).exits(4);
    ended.prints(
        "policy `lookup-policy` reached its limit of 7 lookups in `select`; `--policy-lookups COUNT` raises it",
    );
    assert_eq!(ended.count("ecs:DescribeServices"), 7, "{}", ended.transcript());
}

#[test]
fn a_lookup_without_a_response_in_the_policys_time_is_an_outage() {
    let mut scenario = scenario();
    scenario.faults.push(Fault::once("ecs:DescribeServices", FaultKind::Slow(5.0)));
    let world = World::new(&scenario);
    let start = std::time::Instant::now();
    let ended = granted(&world, "get-service main web").args(&["--policy-time", "1"]).exits(5);
    ended
        .prints("AWS did not answer the policy's lookup of service `web` of cluster `main`")
        .prints("--policy-time");
    assert!(start.elapsed().as_secs() < 30, "{}", ended.transcript());
}

#[test]
fn an_outage_during_a_lookup_is_not_the_policys_decision() {
    for kind in [
        FaultKind::Internal,
        FaultKind::Html,
        FaultKind::DropResponse,
        FaultKind::Error { code: "ThrottlingException".to_owned(), message: "Rate exceeded".to_owned() },
        FaultKind::Error {
            code: "ExpiredTokenException".to_owned(),
            message: "The token has expired".to_owned(),
        },
    ] {
        let fault = Fault { limit: 100, ..Fault::once("ecs:DescribeServices", kind) };
        let world = World::new(&Scenario { faults: vec![fault], ..scenario() });
        // One policy rejects the build without the fact, and another one skips it.
        for command in ["get-service main web", "try-get-service main web"] {
            let ended = granted(&world, command).exits(5);
            ended.prints(
                "the policy's lookup of service `web` of cluster `main` failed: ecs:DescribeServices for",
            );
        }
    }
    let world = World::new(&scenario());
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let job = granted(&world, "try-get-service main web").set("AWS_EC2_METADATA_DISABLED", "true");
    keys.iter().fold(job, |job, name| job.unset(name)).exits(5).prints("there are no AWS credentials");
}

#[test]
fn verify_performs_the_same_lookups() {
    let world = World::new(&scenario());
    let lookup_policy = policy("lookup-policy").display().to_string();
    let job = world.verb("verify").args(&[&lookup_policy, "--allow", "ecs:read", "--allow", "ecr:read"]);
    let ended = job.set("LOOKUPS", "get-service main web").ends();
    assert_eq!(lookups(&ended).len(), 1, "{}", ended.transcript());
}
