use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::builders::TaskBuilder;
use aws_sdk_ecs::types::{Container, ServiceDeploymentBrief, ServiceDeploymentStatus, ServiceRevision, Task};

use super::*;
use crate::ecs::watch::candidates::CLOSE_ATTEMPTS;
use crate::ecs::watch::end::other_digests;
use model::decision::ServiceName;
use model::names::Digest;

fn digest(digit: &str) -> Digest {
    Digest::parse(&format!("sha256:{}", digit.repeat(64))).unwrap()
}

/// A rollout of `td:2` that began at second 1000.
fn rollout() -> Rollout {
    let service = ServiceName { cluster: "c".into(), service: "s".into() };
    Rollout {
        created_at: Some(DateTime::from_secs(1000)),
        digests: vec![("web".into(), digest("a"))],
        ..Rollout::new(&service, "td:2", Some("ecs-svc/2"))
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

fn confirm(briefs: &[ServiceDeploymentBrief], rollout: &Rollout) -> Stage {
    Stage::initial().step(Observation::ServiceDeploymentBriefs(briefs), rollout).next.unwrap()
}

fn followed(stage: &Stage, revisions: &[ServiceRevision], rollout: &Rollout) -> Option<String> {
    let next = stage.step(Observation::ServiceRevisions(revisions), rollout).next?;
    next.service_deployment().map(str::to_owned)
}

#[test]
fn the_deployment_with_the_own_definition_is_followed() {
    let stage = confirm(&[brief("other", 1010), brief("own", 1001)], &rollout());
    let revisions = [revision("other", "td:3"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &rollout()).as_deref(), Some("own"));
}

#[test]
fn the_first_of_two_deployments_with_the_own_definition_is_followed() {
    // Another user forced a deployment of the same task definition later.
    let stage = confirm(&[brief("forced", 1030), brief("own", 1001)], &rollout());
    let revisions = [revision("forced", "td:2"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &rollout()).as_deref(), Some("own"));
}

#[test]
fn the_deployment_closest_to_the_update_is_followed() {
    let stage = confirm(&[brief("own", 1000), brief("forced", 999)], &rollout());
    let revisions = [revision("forced", "td:2"), revision("own", "td:2")];
    assert_eq!(followed(&stage, &revisions, &rollout()).as_deref(), Some("own"));
    // This run's own deployment may not be listed yet.
    let step =
        Stage::initial().step(Observation::ServiceDeploymentBriefs(&[brief("forced", 996)]), &rollout());
    assert_eq!(step.next, Some(Stage::Find { attempts: 1 }));
    let step = Stage::Find { attempts: CLOSE_ATTEMPTS }
        .step(Observation::ServiceDeploymentBriefs(&[brief("own", 996)]), &rollout());
    assert!(matches!(step.next, Some(Stage::Confirm { .. })), "within the tolerance of the clocks");
    // ECS lists the newest first: the last one of the same second is the oldest.
    let stage = confirm(&[brief("forced", 1000), brief("own", 1000)], &rollout());
    assert_eq!(followed(&stage, &revisions, &rollout()).as_deref(), Some("own"));
}

#[test]
fn a_deployment_from_before_the_update_is_ignored() {
    let step =
        Stage::initial().step(Observation::ServiceDeploymentBriefs(&[brief("before", 900)]), &rollout());
    assert_eq!(step.next, Some(Stage::Find { attempts: 1 }));
    assert!(!step.is_immediate && step.end.is_none());
}

#[test]
fn the_latest_deployment_of_a_resumed_rollout_is_followed() {
    let found = Rollout { created_at: None, ..rollout() };
    let stage = confirm(&[brief("first", 10), brief("again", 20)], &found);
    let revisions = [revision("first", "td:2"), revision("again", "td:2")];
    assert_eq!(followed(&stage, &revisions, &found).as_deref(), Some("again"));
}

#[test]
fn a_deployment_that_is_not_found_is_watched_by_the_service() {
    let mut stage = Stage::initial();
    for _ in 0..MAX_FIND_ATTEMPTS {
        stage = stage.step(Observation::ServiceDeploymentBriefs(&[]), &rollout()).next.unwrap();
    }
    assert_eq!(stage, Stage::FollowService);
    assert_eq!(Stage::initial().step(Observation::Unsupported, &rollout()).next, Some(Stage::FollowService));
}

fn follow(status: ServiceDeploymentStatus) -> Step {
    let deployment = ServiceDeployment::builder().service_deployment_arn("own").status(status).build();
    Stage::FollowDeployment { service_deployment: "own".into() }
        .step(Observation::ServiceDeployment(Some(&deployment)), &rollout())
}

#[test]
fn a_complete_rollout_is_verified_before_it_ends() {
    let step = follow(ServiceDeploymentStatus::Successful);
    assert!(step.end.is_none() && step.is_immediate, "{step:?}");
    assert!(matches!(step.next, Some(Stage::Verify { tasks: None, .. })));
    assert!(matches!(follow(ServiceDeploymentStatus::Stopped).end, Some(WatchEnd::Stopped { .. })));
    let lagging = Stage::FollowDeployment { service_deployment: "own".into() }
        .step(Observation::ServiceDeployment(None), &rollout());
    assert_eq!(lagging, Step::default(), "a response without the deployment is ignored");
}

fn running(definition: &str, container: Container) -> TaskBuilder {
    Task::builder()
        .task_arn("arn:aws:ecs:eu-west-1:1:task/c/1a2b")
        .task_definition_arn(definition)
        .last_status("RUNNING")
        .containers(container)
}

fn task(definition: &str, runs: &Digest) -> Task {
    running(definition, Container::builder().name("web").image_digest(runs.as_str()).build()).build()
}

fn verify(tasks: &[Task], attempts: u32) -> Step {
    let stage = Stage::Verify {
        service_deployment: Some("own".into()),
        tasks: Some(vec!["arn:aws:ecs:eu-west-1:1:task/c/1a2b".into()]),
        proof: Proof::NoTask,
        attempts,
    };
    stage.step(Observation::Tasks(tasks), &rollout())
}

#[test]
fn a_task_with_the_pushed_digest_ends_the_watch() {
    assert_eq!(verify(&[task("td:2", &digest("a"))], 1).end, Some(WatchEnd::Deployed { unproven: None }));
}

#[test]
fn a_task_with_another_digest_fails_a_complete_rollout() {
    let Some(WatchEnd::OtherDigests { digests }) = verify(&[task("td:2", &digest("b"))], 1).end else {
        panic!("no other digest")
    };
    let text = other_digests(&digests);
    assert!(text.contains("task 1a2b runs sha256:bbb"), "{text}");
}

#[test]
fn tasks_of_other_definitions_are_ignored() {
    let step = verify(&[task("td:3", &digest("b"))], 1);
    assert!(step.end.is_none() && !step.is_immediate, "{step:?}");
    assert!(matches!(step.next, Some(Stage::Verify { tasks: None, attempts: 1, .. })));
    let last = verify(&[task("td:3", &digest("b"))], MAX_VERIFY_ATTEMPTS);
    assert_eq!(unproven(last), "ECS lists no running task of td:2");
}

#[test]
fn all_of_many_tasks_are_described() {
    let arn = "arn:aws:ecs:eu-west-1:1:task/c/1a2b".to_owned();
    let tasks: Vec<String> = std::iter::repeat_n(arn, 250).collect();
    let listed = Stage::Verify { service_deployment: None, tasks: None, proof: Proof::NoTask, attempts: 0 };
    let mut stage = listed.step(Observation::TaskArns(tasks), &rollout()).next.unwrap();
    for rest in [150, 50] {
        stage = stage.step(Observation::Tasks(&[task("td:2", &digest("a"))]), &rollout()).next.unwrap();
        let Stage::Verify { tasks: Some(tasks), .. } = &stage else { panic!("{stage:?}") };
        assert_eq!(tasks.len(), rest);
    }
    let wrong = stage.step(Observation::Tasks(&[task("td:2", &digest("c"))]), &rollout());
    assert!(matches!(wrong.end, Some(WatchEnd::OtherDigests { .. })), "the last of 250 tasks is checked");
}

/// What the end of a step leaves unproven.
fn unproven(step: Step) -> String {
    match step.end {
        Some(WatchEnd::Deployed { unproven: Some(why) }) => why,
        end => panic!("{end:?}"),
    }
}

#[test]
fn a_task_without_a_digest_proves_nothing() {
    let without = running("td:2", Container::builder().name("web").build()).build();
    let last = verify(std::slice::from_ref(&without), MAX_VERIFY_ATTEMPTS);
    assert_eq!(unproven(last), "ECS reports no image digest for container `web` of its tasks");
    let proven = verify(&[without, task("td:2", &digest("a"))], MAX_VERIFY_ATTEMPTS);
    assert_eq!(proven.end, Some(WatchEnd::Deployed { unproven: None }), "another task has it");
}

#[test]
fn a_task_of_an_earlier_deployment_of_the_same_revision_is_ignored() {
    let container = || Container::builder().name("web").image_digest(digest("b").as_str()).build();
    let started = |second| running("td:2", container()).created_at(DateTime::from_secs(second)).build();
    assert_eq!(unproven(verify(&[started(999)], MAX_VERIFY_ATTEMPTS)), "ECS lists no running task of td:2");
    assert!(matches!(verify(&[started(1000)], 1).end, Some(WatchEnd::OtherDigests { .. })));
}

#[test]
fn a_rollout_of_no_pushed_image_has_nothing_to_prove() {
    let deployment = ServiceDeployment::builder()
        .service_deployment_arn("own")
        .status(ServiceDeploymentStatus::Successful)
        .build();
    let rollback = Rollout { digests: Vec::new(), ..rollout() };
    let step = Stage::FollowDeployment { service_deployment: "own".into() }
        .step(Observation::ServiceDeployment(Some(&deployment)), &rollback);
    assert_eq!(step.end, Some(WatchEnd::Deployed { unproven: None }));
}

#[test]
fn without_permission_to_read_tasks_nothing_is_proven() {
    let stage = Stage::Verify { service_deployment: None, tasks: None, proof: Proof::NoTask, attempts: 0 };
    let step = stage.step(Observation::Unsupported, &rollout());
    assert!(unproven(step).contains("ecs:ListTasks"));
}
