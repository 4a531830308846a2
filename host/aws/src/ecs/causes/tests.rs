use super::*;

const ID: &str = "0123456789abcdef0123456789abcdef";

fn container(name: &str, code: Option<i32>, reason: &str) -> Container {
    Container::builder().name(name).set_exit_code(code).reason(reason).build()
}

fn task(code: TaskStopCode, reason: &str, containers: Vec<Container>) -> Task {
    Task::builder().stop_code(code).stopped_reason(reason).set_containers(Some(containers)).build()
}

fn exited(containers: Vec<Container>) -> Task {
    task(TaskStopCode::EssentialContainerExited, "Essential container in task exited", containers)
}

fn describe(task: Task) -> String {
    let causes = causes(&[task]);
    assert_eq!(causes.len(), 1, "{causes:?}");
    causes[0].description.clone()
}

#[test]
fn the_container_that_ended_first_is_the_cause() {
    assert_eq!(describe(exited(vec![container("web", Some(1), "")])), "web exited 1");
    let stopped_after = vec![container("proxy", Some(143), ""), container("web", Some(1), "")];
    assert_eq!(describe(exited(stopped_after)), "web exited 1");
    let left = vec![container("proxy", Some(137), ""), container("web", Some(0), "")];
    assert_eq!(describe(exited(left)), "web exited 0");
    assert_eq!(describe(exited(vec![container("web", Some(137), "")])), "web exited 137");
}

#[test]
fn an_out_of_memory_error_of_the_container_or_of_the_task_is_included() {
    let killed = "OutOfMemoryError: Container killed due to memory usage";
    let expected = format!("web exited 137 ({killed})");
    assert_eq!(describe(exited(vec![container("web", Some(137), killed)])), expected);
    let by_task = task(TaskStopCode::EssentialContainerExited, killed, vec![container("web", Some(137), "")]);
    assert_eq!(describe(by_task), expected);
}

#[test]
fn a_failed_start_is_reported_in_the_words_of_ecs() {
    let pull = "CannotPullContainerError: Error response from daemon: manifest for web:1 not found";
    let at_start = |reason: &str, own: &str| {
        task(TaskStopCode::TaskFailedToStart, reason, vec![container("web", None, own)])
    };
    assert_eq!(describe(at_start("Task failed to start", pull)), pull);
    assert_eq!(describe(at_start(pull, "")), pull);
    let start = "CannotStartContainerError: exec: \"serve\": executable file not found in $PATH";
    assert_eq!(describe(at_start("Task failed to start", start)), format!("web: {start}"));
    let secrets = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource \
                   retrieval failed: unable to retrieve secret from asm: service call has been retried 1 \
                   time(s): AccessDeniedException: no, status code: 400, request id: 0f1d2c3b-1111-2222-3333-444455556666";
    let found = describe(at_start(secrets, ""));
    assert!(found.starts_with("ResourceInitializationError: unable to pull secrets"), "{found}");
    assert!(found.ends_with("request id: …"), "{found}");
    assert_eq!(describe(at_start("Task failed to start", "")), "Task failed to start");
}

#[test]
fn a_failed_health_check_counts_although_the_scheduler_stopped_the_task() {
    let by_scheduler =
        |reason: &str, containers| task(TaskStopCode::ServiceSchedulerInitiated, reason, containers);
    let group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-web/50dc6c495c0c9188";
    let elb = by_scheduler(
        &format!("Task failed ELB health checks in (target-group {group})"),
        vec![container("web", Some(137), "")],
    );
    assert_eq!(describe(elb), "failed the health check of target group `shop-web`");
    let classic = by_scheduler("Task failed ELB health checks in (elb shop)", vec![]);
    assert_eq!(describe(classic), "failed the health check of load balancer `shop`");
    let sick = Container::builder().name("web").exit_code(137).health_status(HealthStatus::Unhealthy).build();
    let own =
        by_scheduler("Task failed container health checks", vec![sick, container("proxy", Some(0), "")]);
    assert_eq!(describe(own), "web failed its health check");
}

#[test]
fn a_task_that_was_scaled_in_has_no_cause() {
    let scaled = "Scaling activity initiated by (deployment ecs-svc/1234567890123456789)";
    let containers = || vec![container("web", Some(143), "")];
    let with_code = task(TaskStopCode::ServiceSchedulerInitiated, scaled, containers());
    let without_code = Task::builder().stopped_reason(scaled).set_containers(Some(containers())).build();
    assert_eq!(causes(&[with_code, without_code]), []);
}

#[test]
fn an_external_cause_takes_precedence_over_exit_codes() {
    let stopped = |code, reason: &str| describe(task(code, reason, vec![container("web", Some(137), "")]));
    assert_eq!(
        stopped(TaskStopCode::SpotInterruption, "Your Spot Task was interrupted."),
        "its Spot capacity was reclaimed: Your Spot Task was interrupted"
    );
    assert_eq!(
        stopped(TaskStopCode::UserInitiated, "Task stopped by user"),
        "a user stopped it: Task stopped by user"
    );
    assert_eq!(stopped(TaskStopCode::TerminationNotice, ""), "its container instance was terminated");
}

#[test]
fn equal_causes_are_counted_and_the_most_frequent_is_first() {
    let pull = |task_id: &str| {
        let text = format!("CannotPullContainerError: pull image manifest (task {task_id}): not found");
        task(TaskStopCode::TaskFailedToStart, &text, vec![container("web", None, "")])
    };
    let crash = || exited(vec![container("web", Some(1), "")]);
    let other = ID.replace('0', "f");
    let causes = causes(&[crash(), pull(ID), pull(&other), crash(), pull(ID)]);
    let found: Vec<_> = causes.iter().map(|cause| (cause.count, cause.description.as_str())).collect();
    assert_eq!(
        found,
        [(3, "CannotPullContainerError: pull image manifest (task …): not found"), (2, "web exited 1")]
    );
}

#[test]
fn a_task_without_any_reason_is_still_counted() {
    assert_eq!(describe(Task::builder().build()), "it stopped, and ECS reports no reason");
    assert_eq!(causes(&[]), []);
}
