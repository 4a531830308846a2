use serde_json::json;

use super::*;

/// `web` and `proxy` are essential, `init` is not.
fn definition() -> TaskDefinition {
    let containers = json!([
        {"name": "web", "image": "web"},
        {"name": "proxy", "image": "proxy", "essential": true},
        {"name": "init", "image": "init", "essential": false},
    ]);
    let described = json!({"taskDefinition": {"family": "web", "containerDefinitions": containers}});
    TaskDefinition::from_response(described).unwrap()
}

type Codes<'a> = &'a [(&'a str, Option<i32>)];

fn task(codes: Codes<'_>, code: TaskStopCode, reason: &str) -> Task {
    let containers =
        codes.iter().map(|(name, code)| Container::builder().name(*name).set_exit_code(*code).build());
    Task::builder().set_containers(Some(containers.collect())).stop_code(code).stopped_reason(reason).build()
}

fn exited_task(codes: Codes<'_>) -> Task {
    task(codes, TaskStopCode::EssentialContainerExited, "Essential container in task exited")
}

fn cause(task: &Task, container: &str, observed: &Observation) -> Option<String> {
    failure_cause(&definition(), task, container, observed).map(|cause| cause.description)
}

/// The cause of a task of `web` whose order of ends no poll saw.
fn exited(codes: Codes<'_>) -> Option<String> {
    cause(&exited_task(codes), "web", &Observation::None)
}

/// A poll of a task that runs, with the containers that have ended.
fn poll(codes: Codes<'_>) -> Task {
    let mut task = exited_task(codes);
    task.desired_status = Some("RUNNING".to_owned());
    task
}

fn observe(polls: &[Task], container: &str) -> Observation {
    let mut observed = Observation::default();
    for poll in polls {
        observed.add(&definition(), poll, container);
    }
    observed
}

#[test]
fn the_own_container_alone_decides() {
    for code in [Some(0), Some(137), Some(143), Some(1), None] {
        assert_eq!(exited(&[("web", Some(0)), ("proxy", code), ("init", Some(1))]), None, "{code:?}");
    }
    assert_eq!(exited(&[("web", Some(1)), ("proxy", Some(143))]).as_deref(), Some("web exited 1"));
    assert_eq!(exited(&[("web", Some(143)), ("proxy", Some(1))]).as_deref(), Some("proxy exited 1"));
    let no_code = exited(&[("web", None), ("proxy", None)]);
    assert_eq!(no_code.as_deref(), Some("web, proxy ended without an exit code"));
    assert_eq!(exited(&[]).as_deref(), Some("web, proxy ended without an exit code"));
}

#[test]
fn an_essential_container_that_was_seen_to_end_first_fails_the_task() {
    let end = exited_task(&[("web", Some(0)), ("proxy", Some(1))]);
    let first = poll(&[("web", None), ("proxy", Some(1))]);
    let observed = observe(&[poll(&[("web", None), ("proxy", None)]), first, end.clone()], "web");
    let failure = cause(&end, "web", &observed).unwrap();
    let expected = "proxy exited 1 before `web` had ended, so ECS stopped `web`, which exited 0";
    assert_eq!(failure, expected);
    let ended = exited_task(&[("web", Some(0)), ("proxy", Some(0))]);
    let observed = observe(&[poll(&[("web", None), ("proxy", Some(0))])], "web");
    assert!(cause(&ended, "web", &observed).unwrap().starts_with("proxy exited 0 before"));
}

#[test]
fn a_container_that_is_not_essential_fails_nothing_even_if_it_ends_first() {
    let observed = observe(&[poll(&[("web", None), ("proxy", None), ("init", Some(1))])], "web");
    assert_eq!(observed, Observation::None);
    let end = exited_task(&[("web", Some(0)), ("proxy", Some(143)), ("init", Some(1))]);
    assert_eq!(cause(&end, "web", &observed), None);
}

#[test]
fn a_container_that_was_seen_to_end_first_with_0_succeeded_whatever_follows() {
    let observed = observe(&[poll(&[("init", Some(0)), ("web", None), ("proxy", None)])], "init");
    assert_eq!(observed, Observation::OwnEndedFirst);
    for code in [TaskStopCode::EssentialContainerExited, TaskStopCode::SpotInterruption] {
        let end = task(&[("web", Some(1)), ("proxy", Some(143)), ("init", Some(0))], code, "");
        assert_eq!(cause(&end, "init", &observed), None);
    }
    let stopping =
        task(&[("web", None), ("proxy", None), ("init", Some(0))], TaskStopCode::UserInitiated, "");
    assert_eq!(observe(&[stopping], "init"), Observation::None);
}

#[test]
fn a_container_that_is_not_essential_is_stopped_by_one_that_failed() {
    let codes = [("web", Some(1)), ("proxy", Some(143)), ("init", Some(0))];
    let failure = cause(&exited_task(&codes), "init", &Observation::None).unwrap();
    assert!(failure.starts_with("web exited 1 before `init`"), "{failure}");
    let codes = [("web", Some(0)), ("proxy", Some(143)), ("init", Some(0))];
    assert_eq!(cause(&exited_task(&codes), "init", &Observation::None), None);
    let codes = [("web", Some(0)), ("proxy", Some(0)), ("init", Some(3))];
    assert_eq!(cause(&exited_task(&codes), "init", &Observation::None).as_deref(), Some("init exited 3"));
}

#[test]
fn an_essential_container_that_ran_out_of_memory_failed_by_itself() {
    let mut end = exited_task(&[("web", Some(0)), ("proxy", Some(137))]);
    let reason = "OutOfMemoryError: Container killed due to memory usage";
    for container in end.containers.iter_mut().flatten().filter(|c| c.name() == Some("proxy")) {
        container.reason = Some(reason.to_owned());
    }
    let failure = cause(&end, "web", &Observation::None).unwrap();
    assert!(failure.starts_with(&format!("proxy exited 137 ({reason}) before `web`")), "{failure}");
}

#[test]
fn a_task_that_a_user_stopped_failed_whatever_its_exit_codes() {
    let codes = [("web", Some(0)), ("proxy", Some(0))];
    let task = task(&codes, TaskStopCode::UserInitiated, "Task stopped by user");
    let failure = cause(&task, "web", &Observation::None);
    assert_eq!(failure.as_deref(), Some("a user stopped it: Task stopped by user"));
}

#[test]
fn a_task_that_did_not_start_reports_the_reason() {
    let reason = "CannotPullContainerError: pull image manifest: not found";
    let task = task(&[("web", None), ("proxy", None)], TaskStopCode::TaskFailedToStart, reason);
    assert_eq!(cause(&task, "web", &Observation::None).as_deref(), Some(reason));
}
