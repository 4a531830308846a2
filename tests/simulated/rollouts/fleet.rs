//! `ecs-host status --all` and `--watch`: many services at a glance, what somebody else has deployed, and what changes.

use ecs_simulator::{Change, ClusterSetup, Fault, FaultKind, Scenario, ServiceSetup, Simulator};
use rustix::process::Signal;
use serde_json::{Map, Value, json};

use super::world::{
    Job, RunResult, World, definition, failing_tasks, repository, scenario, service, serving,
};

/// `ecs-host status` outside of any CI.
fn status<'w>(world: &'w World, arguments: &[&str]) -> Job<'w> {
    let variables = ["TRAVIS", "TRAVIS_BRANCH", "TRAVIS_COMMIT", "DEPLOY_BRANCHES", "IMAGE_NAME"];
    variables.iter().fold(world.verb("status"), |job, name| job.unset(name)).args(arguments)
}

fn in_cluster(cluster: &str, name: &str) -> ServiceSetup {
    ServiceSetup { cluster: cluster.to_owned(), ..service(name) }
}

/// `web` in three clusters, and a cluster without services.
fn fleet() -> Scenario {
    let clusters = ["blue", "green", "main"];
    let mut scenario = serving(clusters.iter().map(|cluster| in_cluster(cluster, "web")).collect());
    scenario.resources.services.iter_mut().for_each(|service| {
        service.task_definition = json!(format!("web-{}", service.cluster));
    });
    scenario.resources.task_definitions =
        clusters.iter().map(|cluster| definition(&format!("web-{cluster}"))).collect();
    scenario.resources.clusters.push(ClusterSetup { name: "empty".to_owned(), ..ClusterSetup::default() });
    scenario
}

fn events(ended: &RunResult, name: &str) -> Vec<Value> {
    ended.events().into_iter().filter(|event| event["event"] == name).collect()
}

fn described(ended: &RunResult) -> Vec<String> {
    let names = events(ended, "service-described");
    names.iter().map(|event| event["service"].as_str().unwrap_or_default().to_owned()).collect()
}

fn drift(ended: &RunResult) -> Value {
    events(ended, "service-described").first().expect("a service")["drift"].clone()
}

/// Another party sets `main/web` to a task definition.
fn update(simulator: &Simulator, task_definition: Value) {
    let change = Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: Some(task_definition),
        force_new_deployment: false,
        parameters: Map::new(),
    };
    simulator.apply(&change).expect("an update");
    simulator.advance(300.0);
}

/// The task definition that a service runs, with another image.
fn copied(world: &World, labels: bool) -> Value {
    let ended = status(world, &["main/web"]).exits(0);
    let web = events(&ended, "service-described").remove(0);
    let build = &web["runs"]["build"];
    let mut copy = definition("web");
    copy["containerDefinitions"][0]["image"] = json!(format!("{}:hotfix", repository()));
    if labels {
        let mut stamp = json!({});
        for (label, field) in [("repository", "repository"), ("commit", "commit"), ("policy", "policy")] {
            stamp[format!("ecs-host.{label}")] = build[field].clone();
        }
        stamp["ecs-host.build"] = json!(build["number"].to_string());
        copy["containerDefinitions"][0]["dockerLabels"] = stamp;
    }
    copy
}

#[test]
fn all_services_of_a_region_are_a_table_with_counts() {
    let world = World::new(&fleet());
    let ended = status(&world, &["--all"]).exits(0);
    assert_eq!(described(&ended), ["blue/web", "green/web", "main/web"]);
    let counts = &events(&ended, "services-counted")[0];
    assert_eq!(
        (&counts["services"], &counts["clusters"], &counts["steady"], &counts["drifted"]),
        (&json!(3), &json!(4), &json!(3), &json!(0))
    );
    assert_eq!(events(&ended, "service-described")[0]["condition"], "steady");
    let lines: Vec<&str> = ended.text.lines().collect();
    assert!(lines[0].starts_with("SERVICE    COMMIT  BUILD  AGE"), "{}", ended.transcript());
    assert!(lines[1].starts_with("blue/web   -       -      "), "{}", ended.transcript());
    assert_eq!(lines[4], "3 services in 4 clusters: 3 steady", "{}", ended.transcript());
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", ended.transcript());
}

#[test]
fn clusters_can_be_named_without_the_permission_to_list_them() {
    let mut scenario = fleet();
    scenario.denied_actions = vec!["ecs:ListClusters".to_owned()];
    let world = World::new(&scenario);
    let ended = status(&world, &["--all", "--cluster", "green", "--cluster", "blue"]).exits(0);
    assert_eq!(described(&ended), ["green/web", "blue/web"]);
    let ended = status(&world, &["--all"]).exits(5);
    ended.prints("allow the action `ecs:ListClusters`").prints("`--cluster NAME` needs no list of them");
    assert_eq!(events(&ended, "services-counted")[0]["unread"], json!(["--all"]));
}

#[test]
fn flags_that_contradict_each_other_are_usage_errors() {
    let world = World::new(&scenario());
    for arguments in
        [&["--all", "main"][..], &["main", "--cluster", "main"], &[], &["--all", "--cluster", "a/b"]]
    {
        let ended = status(&world, arguments).exits(2);
        assert!(ended.calls.is_empty(), "{}", ended.transcript());
    }
}

#[test]
fn a_cluster_that_cannot_be_read_does_not_hide_the_others() {
    let mut scenario = fleet();
    let denied = FaultKind::Error { code: "AccessDeniedException".into(), message: "not this one".into() };
    scenario.faults.push(Fault { skip: 1, ..Fault::once("ecs:ListServices", denied) });
    let world = World::new(&scenario);
    let ended = status(&world, &["--all"]).exits(5);
    // Which one is read second is not determined; the empty one may be it.
    assert!(described(&ended).len() >= 2, "{}", ended.transcript());
    assert_eq!(events(&ended, "status-unavailable").len(), 1);
    ended.prints("error: ecs:ListServices").prints("; 1 could not be read");
}

#[test]
fn throttled_calls_are_repeated() {
    let mut scenario = fleet();
    for action in ["ListClusters", "ListServices", "DescribeServices", "DescribeTaskDefinition"] {
        scenario.faults.push(Fault::once(&format!("ecs:{action}"), FaultKind::Throttle));
    }
    let world = World::new(&scenario);
    let ended = status(&world, &["--all"]).exits(0);
    assert_eq!(described(&ended).len(), 3, "{}", ended.transcript());
}

#[test]
fn hundreds_of_services_take_a_bounded_number_of_calls() {
    let families: Vec<Value> = (0..30).map(|number| definition(&format!("shared-{number}"))).collect();
    let services = (0..300).map(|number| ServiceSetup {
        task_definition: json!(format!("shared-{}", number / 10)),
        ..in_cluster(["a", "b", "c"][number % 3], &format!("web-{number:03}"))
    });
    let mut scenario = serving(services.collect());
    scenario.resources.task_definitions = families;
    // Two pages.
    scenario.resources.clusters = (0..120)
        .map(|number| ClusterSetup { name: format!("empty-{number}"), ..ClusterSetup::default() })
        .collect();
    let world = World::new(&scenario);
    let ended = status(&world, &["--all"]).exits(0);
    assert_eq!(described(&ended).len(), 300, "{}", ended.text);
    ended.prints("300 services in 123 clusters: 300 steady\n").does_not_print("has no services");
    let counts = ["ListClusters", "ListServices", "DescribeServices", "DescribeTaskDefinition"]
        .map(|operation| ended.count(&format!("ecs:{operation}")));
    assert_eq!(counts, [2, 123, 30, 30]);
    assert_eq!(ended.count("ecs:DescribeServiceDeployments"), 15);
}

#[test]
fn what_somebody_else_deploys_after_ecs_host_is_a_drift() {
    let world = World::new(&scenario());
    // Before the first deployment by ecs-host, nothing can be known.
    assert_eq!(drift(&status(&world, &["main/web"]).exits(0)), Value::Null);
    world.run().exits(0);
    assert_eq!(drift(&status(&world, &["main/web"]).exits(0)), Value::Null);
    update(&world.simulator, copied(&world, false));
    let ended = status(&world, &["main/web"]).exits(0);
    ended
        .prints("drift: web:3 is not from ecs-host, which registered web:2")
        .prints("arn:aws:iam::123456789012:user/other")
        .prints("containerDefinitions[web].image");
    let found = drift(&ended);
    assert_eq!((&found["kind"], &found["build"]["number"]), (&json!("unstamped"), &json!(57)));
    let ended = status(&world, &["--all"]).exits(0);
    ended.prints("no stamp, image").prints("1 service in 1 cluster: 1 steady; 1 drifted\n");
    // The next deployment ends it.
    world.run().set("TRAVIS_BUILD_NUMBER", "58").set("TRAVIS_JOB_NUMBER", "58.1").exits(0);
    assert_eq!(drift(&status(&world, &["main/web"]).exits(0)), Value::Null);
}

#[test]
fn a_changed_copy_with_the_stamp_is_a_drift_if_somebody_else_registered_it() {
    let world = World::new(&scenario());
    world.run().exits(0);
    update(&world.simulator, copied(&world, true));
    let ended = status(&world, &["main/web"]).exits(0);
    ended.prints("drift: web:3 is a copy of web:2, with its stamp, registered by");
    assert_eq!(drift(&ended)["kind"], "copied", "{}", ended.transcript());
    status(&world, &["--all"]).exits(0).prints("  image\n");
}

#[test]
fn a_rollback_is_no_drift() {
    let world = World::new(&scenario());
    world.run().exits(0);
    world.verb("rollback").args(&["main/web", "--poll", "0.01"]).exits(0);
    world.simulator.advance(60.0);
    assert_eq!(drift(&status(&world, &["main/web"]).exits(0)), Value::Null);
    let mut failing = scenario();
    super::world::enable_circuit_breaker(&mut failing, true);
    failing.task_rules.push(failing_tasks());
    let world = World::new(&failing);
    world.run().exits(1);
    let ended = status(&world, &["--all"]).exits(0);
    assert_eq!(drift(&ended), Value::Null);
    ended.prints("steady 2/2, rolled back");
}

#[test]
fn a_watch_reports_what_changes_until_a_signal_ends_it() {
    let world = World::new(&fleet());
    let watch = status(&world, &["--all", "--watch", "--poll", "0.05"]).begin();
    let watch = watch.wait_for_output("3 services in 4 clusters: 3 steady (");
    let scale = Change::Scale { cluster: "main".into(), service: "web".into(), desired_count: 5 };
    world.simulator.apply(&scale).expect("a change");
    let watch = watch.wait_for_output("steady 5/5");
    let delete = Change::DeleteService { cluster: "blue".into(), service: "web".into() };
    world.simulator.apply(&delete).expect("a change");
    let watch =
        watch.wait_for_output("blue/web was deleted").wait_for_output("2 services in 4 clusters: 2 steady (");
    let ended = watch.send_signal(Signal::INT).ends().with(130);
    // The lines of `green/web` and the head were printed once, and a revision was read once.
    let count = |start: &str| ended.text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("SERVICE "), count("green/web ")), (1, 1), "{}", ended.text);
    assert!(count("main/web ") >= 2, "{}", ended.text);
    assert_eq!(described(&ended).iter().filter(|name| *name == "green/web").count(), 1);
    assert_eq!(events(&ended, "service-removed")[0]["service"], "blue/web");
    assert_eq!(ended.count("ecs:DescribeTaskDefinition"), 3, "{}", ended.transcript());
    assert!(ended.count("ecs:ListClusters") > 2, "{}", ended.transcript());
    ended.prints("exit code 130 (interrupted) after");
    assert!(ended.text.lines().all(|line| line.chars().count() <= 80), "{}", ended.text);
}

#[test]
fn a_watch_outlives_a_cluster_that_cannot_be_read_for_a_while() {
    let mut scenario = scenario();
    let denied = FaultKind::Error { code: "AccessDeniedException".into(), message: "no".into() };
    scenario.faults.push(Fault { skip: 2, limit: 2, ..Fault::once("ecs:ListServices", denied) });
    let world = World::new(&scenario);
    let watch = status(&world, &["main", "--watch", "--poll", "0.05"]).begin();
    let ended = watch.calls("ecs:ListServices", 7).send_signal(Signal::TERM).ends().with(143);
    assert_eq!(events(&ended, "status-unavailable").len(), 1, "{}", ended.text);
    assert!(events(&ended, "service-removed").is_empty());
    let unread: Vec<Value> =
        events(&ended, "services-counted").iter().map(|it| it["unread"].clone()).collect();
    assert_eq!(unread, [json!([]), json!(["main"]), json!([])], "{}", ended.text);
    // A service that the command line names is shown with its details.
    ended.prints("Service   main/web runs web:1, 2 of 2 tasks").prints("1 service in 1 cluster: 1 steady (");
}
