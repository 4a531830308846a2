//! `ecs-host rollback`: its target, its method and its result.

mod again;

use ecs_simulator::{Call, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use rustix::process::Signal;
use serde_json::json;

use super::world::{Job, RunResult, World, enable_circuit_breaker, scenario};

fn rollback<'w>(world: &'w World, arguments: &[&str]) -> Job<'w> {
    let job = ["TRAVIS", "TRAVIS_BRANCH", "TRAVIS_COMMIT", "DEPLOY_BRANCHES", "IMAGE_NAME"]
        .iter()
        .fold(world.verb("rollback"), |job, name| job.unset(name));
    job.args(&["main/web", "--poll", "0.01"]).args(arguments)
}

/// A world in which `web:2` was deployed over `web:1`.
fn deployed(scenario: &Scenario) -> World {
    let world = World::new(scenario);
    world.run().exits(0);
    world
}

/// The successful calls that change a resource.
fn changes(ended: &RunResult) -> Vec<&str> {
    let changes =
        |call: &&Call| !["Describe", "List", "Get"].iter().any(|read| call.operation().starts_with(read));
    ended.calls.iter().filter(changes).filter(|call| call.status == 200).map(Call::operation).collect()
}

/// The behaviour of a revision's tasks in the service deployment with this number.
fn from(deployment: u32, revision: u32, behaviour: TaskBehaviour) -> TaskRule {
    let filter =
        TaskFilter { revision: Some(revision), deployment_number: Some(deployment), ..TaskFilter::default() };
    TaskRule { filter, behaviour, ..TaskRule::default() }
}

fn exits() -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: Default::default(),
        after: 1.0,
        logs: Default::default(),
    }
}

fn with_breaker(rollback: bool) -> Scenario {
    let mut scenario = scenario();
    enable_circuit_breaker(&mut scenario, rollback);
    scenario
}

fn without_service_deployments() -> Scenario {
    let without = vec!["ecs:*ServiceDeployment*".into(), "ecs:DescribeServiceRevisions".into()];
    Scenario { unsupported_actions: without, ..scenario() }
}

#[test]
fn a_rollback_to_a_named_revision_happens_once() {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1";
    for named in ["1", "web:1", arn] {
        let world = deployed(&scenario());
        rollback(&world, &["--to", named]).exits(0);
        assert_eq!(world.runs("web"), "web:1");
        let again = rollback(&world, &["--to", named]).exits(0);
        again.prints("main/web: web:1 already runs").prints("main/web unchanged");
        assert_eq!(changes(&again), Vec::<&str>::new());
    }
}

#[test]
fn a_rollback_of_an_ongoing_rollout_stops_its_deployment() {
    let world = World::new(&scenario());
    world.run().args(&["--no-wait"]).exits(0);
    let ended = rollback(&world, &[]).exits(0);
    ended.prints("main/web from web:2, which is still rolling out, to web:1").prints("ECS rolls back web:2");
    assert_eq!(changes(&ended), ["StopServiceDeployment"], "{}", ended.transcript());
    assert_eq!(ended.verdict("main/web")["verdict"], "reverted");
    assert_eq!(world.runs("web"), "web:1");
    assert_eq!(
        world.simulator.snapshot("main", "web").newest_deployment().unwrap().status,
        "ROLLBACK_SUCCESSFUL"
    );
}

#[test]
fn without_permission_to_stop_a_rollback_updates_the_service() {
    let world =
        World::new(&Scenario { denied_actions: vec!["ecs:StopServiceDeployment".into()], ..scenario() });
    world.run().args(&["--no-wait"]).exits(0);
    let ended = rollback(&world, &[]).exits(0);
    ended.prints("allow the action `ecs:StopServiceDeployment`").prints("rolling back by an update instead");
    assert_eq!(changes(&ended), ["UpdateService"]);
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn a_rollback_in_progress_is_watched() {
    for arguments in [&[][..], &["--to", "1"]] {
        let mut scenario = scenario();
        // Old tasks stop before new ones start, so that the rollback is slow enough to watch.
        let one_by_one = json!({"minimumHealthyPercent": 0, "maximumPercent": 100});
        scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), one_by_one);
        let world = World::new(&scenario);
        world.run().args(&["--no-wait"]).exits(0);
        world.simulator.advance(10.0);
        let deployment = world.simulator.snapshot("main", "web").newest_deployment().unwrap().arn.clone();
        let stop = json!({"serviceDeploymentArn": deployment, "stopType": "ROLLBACK"});
        world.simulator.call("ecs:StopServiceDeployment", &stop).unwrap();
        world.simulator.advance(1.5);
        let ended = rollback(&world, arguments).exits(0);
        ended.prints("main/web: web:1 is already rolling out");
        assert_eq!(changes(&ended), Vec::<&str>::new(), "{}", ended.transcript());
        assert_eq!(world.runs("web"), "web:1");
    }
}

#[test]
fn without_service_deployments_the_previous_revision_is_read_from_the_family() {
    let world = deployed(&without_service_deployments());
    let ended = rollback(&world, &[]).exits(0);
    assert_eq!(changes(&ended), ["UpdateService"]);
    assert_eq!((ended.count("ecs:ListTaskDefinitions"), world.runs("web").as_str()), (1, "web:1"));
    let again = rollback(&world, &[]).exits(5);
    again.prints("it runs web:1, web:2 is newer").prints("allow `ecs:ListServiceDeployments`");
    assert_eq!(changes(&again), Vec::<&str>::new());
    let world = World::new(&without_service_deployments());
    rollback(&world, &[]).exits(5).prints("no lower active revision");
}

#[test]
fn without_service_deployments_an_ongoing_rollout_is_rolled_back_by_an_update() {
    let world = World::new(&without_service_deployments());
    world.run().args(&["--no-wait"]).exits(0);
    let ended = rollback(&world, &[]).exits(0);
    assert_eq!(changes(&ended), ["UpdateService"], "{}", ended.transcript());
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn a_failed_rollout_without_a_rollback_can_be_rolled_back() {
    let mut scenario = with_breaker(false);
    scenario.task_rules.push(from(1, 2, exits()));
    let world = World::new(&scenario);
    world.run().exits(1);
    assert_eq!(world.runs("web"), "web:2");
    rollback(&world, &[]).exits(0).prints("main/web from web:2 to web:1");
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn the_first_revision_can_not_be_rolled_back() {
    let world = World::new(&scenario());
    let ended = rollback(&world, &[]).exits(5);
    ended.prints("cannot roll back main/web: no other task definition").prints("name a revision with --to");
    assert_eq!(changes(&ended), Vec::<&str>::new());
}

#[test]
fn a_deregistered_revision_is_rejected() {
    let world = deployed(&scenario());
    world.simulator.call("ecs:DeregisterTaskDefinition", &json!({"taskDefinition": "web:1"})).unwrap();
    for arguments in [&[][..], &["--to", "1"]] {
        let ended = rollback(&world, arguments).exits(5);
        ended.prints("cannot roll back main/web to web:1: it is deregistered").prints("--family-prefix web");
        assert_eq!(changes(&ended), Vec::<&str>::new());
    }
}

#[test]
fn a_revision_of_another_family_is_rejected() {
    let world = deployed(&scenario());
    rollback(&world, &["--to", "9"]).exits(5).prints("there is no such revision");
    rollback(&world, &["--to", "api:1"]).exits(5).prints("name a revision of the same family");
    let elsewhere = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1";
    rollback(&world, &["--to", elsewhere]).exits(5).prints("name a revision of the same family");
    rollback(&world, &["--to", "latest"]).exits(2);
    assert_eq!(world.runs("web"), "web:2");
}

#[test]
fn missing_services_and_other_controllers_are_rejected() {
    let mut scenario = scenario();
    scenario.resources.services[0]
        .parameters
        .insert("deploymentController".into(), json!({"type": "CODE_DEPLOY"}));
    let world = World::new(&scenario);
    rollback(&world, &[]).exits(5).prints("roll it back through CodeDeploy");
    world.verb("rollback").args(&["main/api"]).exits(5).prints("has no such service");
    world.verb("rollback").args(&["other/api"]).exits(5).prints("there is no cluster `other`");
    world.verb("rollback").args(&["main"]).exits(2);
}

#[test]
fn a_dry_run_prints_the_plan() {
    let world = deployed(&scenario());
    for job in [rollback(&world, &["--dry-run"]), rollback(&world, &[]).set("DRYRUN", "1")] {
        let ended = job.exits(0);
        ended.prints("main/web from web:2 to web:1").prints("nothing was changed");
        assert_eq!(changes(&ended), Vec::<&str>::new());
        let event = ended.events().into_iter().find(|event| event["event"] == "rollback-planned").unwrap();
        assert_eq!((&event["method"], &event["dry_run"]), (&json!("update"), &json!(true)));
    }
}

#[test]
fn a_failed_rollback_is_diagnosed() {
    let mut scenario = with_breaker(true);
    scenario.task_rules.push(from(2, 1, exits()));
    let world = deployed(&scenario);
    let ended = rollback(&world, &[]).exits(1);
    ended.prints("web exited 1").prints("rolled back").prints("the service runs web:2");
    assert_eq!(ended.verdict("main/web")["verdict"], "rolled-back");
}

#[test]
fn a_rollback_that_takes_too_long_times_out() {
    let mut scenario = scenario();
    scenario.task_rules.push(from(2, 1, TaskBehaviour::Hang));
    let world = deployed(&scenario);
    let ended = rollback(&world, &["--timeout", "0.5"]).exits(8);
    ended.prints("main/web timed out after 0.5 s of watching; the rollout is still in progress in ECS");
    ended.prints("`ecs-host rollback main/web --to web:1` watches it");
    assert_eq!(world.runs("web"), "web:1");
    // A second run watches the same rollback, and does not reverse it.
    let again = rollback(&world, &["--timeout", "0.5"]).exits(8);
    again.prints("web:1 is already rolling out; it is rolling back from web:2");
    assert_eq!((world.runs("web").as_str(), changes(&again)), ("web:1", Vec::new()));
}

#[test]
fn a_signal_ends_the_watch_and_reports_what_continues() {
    let mut scenario = scenario();
    scenario.task_rules.push(from(2, 1, TaskBehaviour::Hang));
    let world = deployed(&scenario);
    let ended =
        rollback(&world, &[]).begin().wait_for_output("pending").send_signal(Signal::TERM).ends().with(143);
    ended
        .prints("the rollback to web:1 is still in progress in ECS")
        .prints("ecs-host rollback main/web --to web:1");
    let verdict = ended.verdict("main/web");
    assert_eq!(verdict["verdict"], "interrupted");
    assert!(verdict["task_definition"].as_str().unwrap().ends_with("/web:1"), "{verdict}");
}

#[test]
fn a_newer_deployment_supersedes_the_run() {
    use ecs_simulator::{AfterCall, Change, ScheduledChange, Trigger};
    let mut scenario = scenario();
    let change = Change::UpdateService {
        cluster: "main".into(),
        service: "web".into(),
        task_definition: Some(json!("web:2")),
        force_new_deployment: false,
        parameters: Default::default(),
    };
    let after = AfterCall { action: "ecs:UpdateService".into(), count: 2, delay: 20.0 };
    scenario.scheduled_changes.push(ScheduledChange {
        trigger: Trigger::AfterCall(after),
        account: None,
        region: None,
        change,
    });
    let world = deployed(&scenario);
    let ended = rollback(&world, &[]).exits(7);
    ended.prints("superseded by web:2").prints("commit 3f2a9c10d1e2");
}

#[test]
fn a_denied_update_names_the_permission() {
    let denied = World::new(&Scenario { denied_actions: vec!["ecs:UpdateService".into()], ..scenario() });
    denied.simulator.call("ecs:RegisterTaskDefinition", &super::world::definition("web")).unwrap();
    rollback(&denied, &["--to", "2"]).exits(5).prints("allow the action `ecs:UpdateService`");
}
