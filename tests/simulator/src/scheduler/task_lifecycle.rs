//! The steps of a task from PROVISIONING to RUNNING ("Amazon ECS task lifecycle" in the developer guide), and
//! its failures ("Amazon ECS stopped tasks error messages").

use std::collections::BTreeMap;

use super::circuit_breaker::TaskFailure;
use crate::json;
use crate::model::{HealthStatus, ServiceKey, TaskStatus, TaskStep, Timer};
use crate::region::Region;
use crate::scenario::{ContainerExit, TaskBehaviour};

/// The time over which a task that does not exit writes its log lines, in seconds.
const LOG_SECONDS: f64 = 10.0;

impl Region {
    /// Takes the next step of a task, unless the task has been stopped since the step was scheduled.
    pub(super) fn advance_task(&mut self, id: &str, generation: u32, step: TaskStep) {
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.generation == generation) else { return };
        task.version += 1;
        self.mark_changed();
        match step {
            TaskStep::Placed => self.start_pull(id),
            TaskStep::Pulled => self.activate(id),
            TaskStep::Started => self.run_containers(id),
            TaskStep::LogLine(container, line) => self.write_log(id, &container, &line),
            TaskStep::BecameHealthy => self.mark_healthy(id),
            TaskStep::ContainersExited => self.exit_containers(id),
            TaskStep::ContainerExited(exit) => self.exit_container(id, exit),
            TaskStep::Unhealthy => self.fail_health_check(id),
            TaskStep::Drained => self.stop_containers(id),
            TaskStep::ContainersStopped => self.deprovision(id),
            TaskStep::Deprovisioned => self.finish_stop(id),
            TaskStep::RetentionEnded => drop(self.tasks.remove(id)),
        }
    }

    pub(super) fn schedule_step(&mut self, id: &str, seconds: f64, step: TaskStep) {
        let Some(generation) = self.tasks.get(id).map(|task| task.generation) else { return };
        self.schedule(seconds, Timer::Task { id: id.to_owned(), generation, step });
    }

    fn start_pull(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.last_status = TaskStatus::Pending;
        task.times.connected = Some(now);
        match task.behaviour.clone() {
            TaskBehaviour::Hang => return,
            TaskBehaviour::CannotInitialize { reason } => {
                let reason = reason.unwrap_or_else(|| {
                    "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve \
                     secret from asm: service call has been retried 1 time(s): failed to fetch secret"
                        .to_owned()
                });
                return self.fail_start(id, &format!("ResourceInitializationError: {reason}"));
            }
            _ => task.times.pull_started = Some(now),
        }
        let seconds = self.scenario.delays.pull.sample(&mut self.rng);
        self.schedule_step(id, seconds, TaskStep::Pulled);
    }

    fn activate(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let missing = task.containers.iter().find(|container| container.image_digest.is_none());
        let reason = match &task.behaviour {
            TaskBehaviour::CannotPull { reason: Some(reason) } => Some(reason.clone()),
            TaskBehaviour::CannotPull { reason: None } => {
                let container = missing.or(task.containers.first());
                Some(not_found_reason(container.map_or("", |container| &container.image)))
            }
            _ => missing.map(|container| not_found_reason(&container.image)),
        };
        if let Some(reason) = reason {
            let reason = format!("CannotPullContainerError: {reason}");
            if let Some(container) = task.containers.first_mut() {
                container.reason = Some(reason.clone());
                container.image_digest = None;
            }
            return self.fail_start(id, &reason);
        }
        task.times.pull_stopped = Some(now);
        task.last_status = TaskStatus::Activating;
        let seconds = self.scenario.delays.container_start.sample(&mut self.rng);
        self.schedule_step(id, seconds, TaskStep::Started);
    }

    fn fail_start(&mut self, id: &str, reason: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.times.execution_stopped = Some(now);
        self.begin_stop(id, "TaskFailedToStart", reason);
        self.handle_task_failure(id, TaskFailure::Start);
    }

    fn run_containers(&mut self, id: &str) {
        let now = self.now;
        let delays = self.scenario.delays.clone();
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.last_status = TaskStatus::Running;
        task.times.started = Some(now);
        let is_checked = task.is_load_balanced || task.task_definition.has_health_check();
        let is_one_off = task.owner.is_none();
        let behaviour = task.behaviour.clone();
        self.open_log_streams(id);
        let mut exits_after = None;
        match &behaviour {
            TaskBehaviour::Exit { after, logs, .. } => {
                self.schedule_log_lines(id, logs, *after);
                exits_after = Some(*after);
            }
            TaskBehaviour::ExitInOrder { exits, .. } => {
                for exit in exits {
                    self.schedule_step(id, exit.after, TaskStep::ContainerExited(exit.clone()));
                }
            }
            TaskBehaviour::OutOfMemory { after } => exits_after = Some(*after),
            TaskBehaviour::Log { logs } => self.schedule_log_lines(id, logs, LOG_SECONDS),
            TaskBehaviour::Unhealthy { after } => {
                let seconds = if *after > 0.0 { *after } else { delays.health_check.sample(&mut self.rng) };
                self.schedule_step(id, seconds, TaskStep::Unhealthy);
            }
            _ if is_one_off => exits_after = Some(delays.one_off_run.sample(&mut self.rng)),
            _ => {}
        }
        if let Some(seconds) = exits_after {
            self.schedule_step(id, seconds, TaskStep::ContainersExited);
        }
        let delay = if is_checked { delays.health_check } else { delays.assume_healthy };
        let seconds = delay.sample(&mut self.rng);
        if !matches!(behaviour, TaskBehaviour::Unhealthy { .. }) {
            self.schedule_step(id, seconds, TaskStep::BecameHealthy);
        }
        self.reconcile_owner(id);
    }

    /// Distributes the log lines of containers over a time.
    fn schedule_log_lines(&mut self, id: &str, logs: &BTreeMap<String, Vec<String>>, seconds: f64) {
        for (container, lines) in logs {
            #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
            let interval = seconds / (lines.len() + 1) as f64;
            let mut due = 0.0;
            for line in lines {
                due += interval;
                self.schedule_step(id, due, TaskStep::LogLine(container.clone(), line.clone()));
            }
        }
    }

    fn mark_healthy(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.is_healthy = true;
        if task.task_definition.has_health_check() {
            task.health_status = HealthStatus::Healthy;
        }
        let is_load_balanced = task.is_load_balanced;
        let Some(owner) = task.owner.clone() else { return };
        if is_load_balanced {
            self.add_target_event(&owner.service, "registered 1 targets in");
        }
        self.record_task_success(&owner.service, &owner.deployment_id);
        self.reconcile(&owner.service);
    }

    fn exit_containers(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let (exit_code, container_exit_codes, reason) = match &task.behaviour {
            TaskBehaviour::Exit { exit_code, container_exit_codes, .. } => {
                (*exit_code, container_exit_codes.clone(), None)
            }
            // "OutOfMemoryError" in "Amazon ECS stopped tasks error messages".
            TaskBehaviour::OutOfMemory { .. } => {
                let reason = "OutOfMemoryError: Container killed due to memory usage";
                (137, BTreeMap::new(), Some(reason.to_owned()))
            }
            _ => (0, BTreeMap::new(), None),
        };
        let mut is_first_essential = true;
        for container in &mut task.containers {
            let exits = container.is_essential && is_first_essential;
            let own_exit_code = container_exit_codes.get(&container.name).copied();
            container.exit_code = own_exit_code.or(exits.then_some(exit_code));
            if exits {
                container.reason.clone_from(&reason);
                is_first_essential = false;
            }
        }
        task.times.execution_stopped = Some(now);
        self.begin_stop(id, "EssentialContainerExited", "Essential container in task exited");
        self.handle_task_failure(id, TaskFailure::Start);
    }

    /// Ends one container. The others of the task run on unless it is essential.
    fn exit_container(&mut self, id: &str, exit: ContainerExit) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let Some(container) = task.containers.iter_mut().find(|own| own.name == exit.container) else {
            return;
        };
        container.exit_code = Some(exit.exit_code);
        container.reason = exit.reason;
        if container.is_essential {
            self.begin_stop(id, "EssentialContainerExited", "Essential container in task exited");
            self.handle_task_failure(id, TaskFailure::Start);
        }
    }

    /// Ends a running task as if its essential containers had exited with this code.
    pub(crate) fn kill_task(&mut self, id: &str, exit_code: i32) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.behaviour = TaskBehaviour::Exit {
                exit_code,
                container_exit_codes: BTreeMap::new(),
                after: 0.0,
                logs: BTreeMap::new(),
            };
        }
        self.exit_containers(id);
    }

    fn fail_health_check(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.health_status = HealthStatus::Unhealthy;
        let is_container_check = task.task_definition.has_health_check() || !task.is_load_balanced;
        let mut reason = "Task failed container health checks".to_owned();
        if let Some(owner) = task.owner.clone() {
            let event = if is_container_check {
                "failed container health checks."
            } else {
                let group = self.target_group(&owner.service).unwrap_or_default();
                reason = format!("Task failed ELB health checks in (target-group {group})");
                "failed ELB health checks."
            };
            self.add_service_event(&owner.service, &format!("(task {id}) {event}"));
        }
        self.begin_stop(id, "ServiceSchedulerInitiated", &reason);
        self.handle_task_failure(id, TaskFailure::Health);
    }

    /// Delays the replacement of a task that failed, and records the failure.
    fn handle_task_failure(&mut self, id: &str, failure: TaskFailure) {
        let Some(owner) = self.tasks.get(id).and_then(|task| task.owner.clone()) else { return };
        let seconds = self.scenario.delays.replacement.sample(&mut self.rng);
        let service = self.services.get_mut(&owner.service);
        let deployment = service.and_then(|service| service.deployment_mut(&owner.deployment_id));
        let failed = deployment.map_or(0, |deployment| deployment.failed_tasks);
        // "Amazon ECS service throttle logic" in the developer guide: the time between the attempts
        // increases.
        self.back_off(&owner.service, seconds * f64::from(failed.min(11) + 1));
        self.record_task_failure(&owner.service, &owner.deployment_id, failure);
        self.reconcile(&owner.service);
    }

    /// Reconciles the service of a task.
    pub(crate) fn reconcile_owner(&mut self, id: &str) {
        if let Some(owner) = self.tasks.get(id).and_then(|task| task.owner.clone()) {
            self.reconcile(&owner.service);
        }
    }

    fn target_group(&self, key: &ServiceKey) -> Option<String> {
        let balancer = self.services.get(key)?.load_balancers().first()?;
        let target_group = json::string(balancer, "targetGroupArn");
        target_group.or_else(|| json::string(balancer, "loadBalancerName")).map(str::to_owned)
    }

    pub(super) fn add_target_event(&mut self, key: &ServiceKey, event: &str) {
        if let Some(group) = self.target_group(key) {
            self.add_service_event(key, &format!("{event} (target-group {group})"));
        }
    }
}

fn not_found_reason(image: &str) -> String {
    format!(
        "pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    )
}
