use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{Container, ServiceDeploymentStatus};

use super::*;
use crate::ecs::watch::proof::PROVED;
use model::decision::ServiceName;
use model::names::Digest;

fn digest(digit: &str) -> Digest {
    Digest::parse(&format!("sha256:{}", digit.repeat(64))).unwrap()
}

/// A rollout of `td:2` that began at second 1000.
fn started() -> Rollout {
    let service = ServiceName { cluster: "c".into(), service: "s".into() };
    Rollout {
        created_at: Some(DateTime::from_secs(1000)),
        digests: vec![("web".into(), digest("a"))],
        ..Rollout::found(&service, "td:2", Some("ecs-svc/2"))
    }
}

fn brief(name: &str, at: i64) -> ServiceDeploymentBrief {
    ServiceDeploymentBrief::builder()
        .service_deployment_arn(name)
        .target_service_revision_arn(format!("revision of {name}"))
        .created_at(DateTime::from_secs(at))
        .build()
}

fn revision(of: &str, definition: &str) -> ServiceRevision {
    ServiceRevision::builder()
        .service_revision_arn(format!("revision of {of}"))
        .task_definition(definition)
        .build()
}

fn confirm(briefs: &[ServiceDeploymentBrief], started: &Rollout) -> Stage {
    Stage::first().step(Answer::Begun(briefs), started).next.unwrap()
}

fn followed(stage: &Stage, revisions: &[ServiceRevision], started: &Rollout) -> Option<String> {
    let next = stage.step(Answer::Revisions(revisions), started).next?;
    next.deployment().map(str::to_owned)
}

#[test]
fn the_deployment_that_is_followed_is_the_one_with_the_own_definition() {
    let stage = confirm(&[brief("other", 1010), brief("own", 1001)], &started());
    let revisions = [revision("other", "td:3"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &started()).as_deref(), Some("own"));
}

#[test]
fn of_two_with_the_own_definition_the_first_one_is_its_own() {
    // Somebody forced another deployment of the same definition after it.
    let stage = confirm(&[brief("forced", 1030), brief("own", 1001)], &started());
    let revisions = [revision("forced", "td:2"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &started()).as_deref(), Some("own"));
}

#[test]
fn of_two_just_now_the_one_of_the_same_moment_is_its_own() {
    let stage = confirm(&[brief("own", 1000), brief("forced", 999)], &started());
    let revisions = [revision("forced", "td:2"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &started()).as_deref(), Some("own"));
    // The own one may not be in the list yet.
    let step = Stage::first().step(Answer::Begun(&[brief("forced", 996)]), &started());
    assert_eq!(step.next, Some(Stage::Find { looks: 1 }));
    let step = Stage::Find { looks: WAITED }.step(Answer::Begun(&[brief("own", 996)]), &started());
    assert!(matches!(step.next, Some(Stage::Confirm { .. })), "the clocks differ");
    // ECS lists the newest first: of the same moment, the last one is the one that came first.
    let stage = confirm(&[brief("forced", 1000), brief("own", 1000)], &started());
    assert_eq!(followed(&stage, &revisions, &started()).as_deref(), Some("own"));
}

#[test]
fn a_deployment_from_before_the_update_is_never_its_own() {
    let step = Stage::first().step(Answer::Begun(&[brief("before", 900)]), &started());
    assert_eq!(step.next, Some(Stage::Find { looks: 1 }));
    assert!(!step.at_once && step.ended.is_none());
}

#[test]
fn of_a_rollout_that_was_found_the_latest_is_its_own() {
    let found = Rollout { created_at: None, ..started() };
    let stage = confirm(&[brief("first", 10), brief("again", 20)], &found);
    let revisions = [revision("first", "td:2"), revision("again", "td:2")];
    assert_eq!(followed(&stage, &revisions, &found).as_deref(), Some("again"));
}

#[test]
fn what_never_shows_up_is_looked_for_in_the_services_own_list() {
    let mut stage = Stage::first();
    for _ in 0..SOUGHT {
        stage = stage.step(Answer::Begun(&[]), &started()).next.unwrap();
    }
    assert_eq!(stage, Stage::List);
    assert_eq!(Stage::first().step(Answer::NotOffered, &started()).next, Some(Stage::List));
}

fn follow(status: ServiceDeploymentStatus) -> Step {
    let deployment = ServiceDeployment::builder().service_deployment_arn("own").status(status).build();
    Stage::Follow { deployment: "own".into() }.step(Answer::Deployment(Some(&deployment)), &started())
}

#[test]
fn success_is_proven_before_it_is_told() {
    let step = follow(ServiceDeploymentStatus::Successful);
    assert!(step.ended.is_none() && step.at_once, "{step:?}");
    assert!(matches!(step.next, Some(Stage::Prove { tasks: None, .. })));
    assert!(matches!(follow(ServiceDeploymentStatus::Stopped).ended, Some(WatchEnd::Stopped { .. })));
    let lagging = Stage::Follow { deployment: "own".into() }.step(Answer::Deployment(None), &started());
    assert_eq!(lagging, Step::default(), "an answer without it decides nothing");
}

fn task(definition: &str, runs: &Digest) -> Task {
    let container = Container::builder().name("web").image_digest(runs.as_str()).build();
    Task::builder()
        .task_arn("arn:aws:ecs:eu-west-1:1:task/c/1a2b")
        .task_definition_arn(definition)
        .last_status("RUNNING")
        .containers(container)
        .build()
}

fn proving(tasks: &[Task], looks: u32) -> Step {
    let stage = Stage::Prove {
        deployment: Some("own".into()),
        tasks: Some(vec!["arn:aws:ecs:eu-west-1:1:task/c/1a2b".into()]),
        proven: 0,
        looks,
    };
    stage.step(Answer::Described(tasks), &started())
}

#[test]
fn a_task_with_the_pushed_digest_is_proof() {
    assert_eq!(proving(&[task("td:2", &digest("a"))], 1).ended, Some(WatchEnd::Deployed));
}

#[test]
fn a_task_with_another_digest_is_a_failure_whatever_ecs_says() {
    let Some(WatchEnd::Failed { reason }) = proving(&[task("td:2", &digest("b"))], 1).ended else {
        panic!("not failed")
    };
    assert!(reason.contains("task 1a2b runs sha256:bbb"), "{reason}");
}

#[test]
fn the_tasks_of_others_prove_nothing() {
    let step = proving(&[task("td:3", &digest("b"))], 1);
    assert!(step.ended.is_none() && !step.at_once, "{step:?}");
    assert!(matches!(step.next, Some(Stage::Prove { tasks: None, looks: 1, .. })));
    let last = proving(&[task("td:3", &digest("b"))], PROVED);
    assert_eq!(last.ended, Some(WatchEnd::Deployed), "ECS has said so, and no task says otherwise");
}

#[test]
fn all_tasks_are_described_however_many() {
    let arn = "arn:aws:ecs:eu-west-1:1:task/c/1a2b".to_owned();
    let tasks: Vec<String> = std::iter::repeat_n(arn, 250).collect();
    let listed = Stage::Prove { deployment: None, tasks: None, proven: 0, looks: 0 };
    let mut stage = listed.step(Answer::Listed(tasks), &started()).next.unwrap();
    for rest in [150, 50] {
        stage = stage.step(Answer::Described(&[task("td:2", &digest("a"))]), &started()).next.unwrap();
        let Stage::Prove { tasks: Some(tasks), .. } = &stage else { panic!("{stage:?}") };
        assert_eq!(tasks.len(), rest);
    }
    let wrong = stage.step(Answer::Described(&[task("td:2", &digest("c"))]), &started());
    assert!(matches!(wrong.ended, Some(WatchEnd::Failed { .. })), "the last of 250 counts too");
}

#[test]
fn where_tasks_may_not_be_read_ecs_is_believed_and_that_is_said() {
    let stage = Stage::Prove { deployment: None, tasks: None, proven: 0, looks: 0 };
    let step = stage.step(Answer::NotOffered, &started());
    assert_eq!(step.ended, Some(WatchEnd::Deployed));
    assert!(step.warning.unwrap().contains("ecs:ListTasks"));
}
