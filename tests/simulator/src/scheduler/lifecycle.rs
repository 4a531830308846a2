//! A task's way from PROVISIONING to STOPPED ("Amazon ECS task lifecycle" in the developer
//! guide), with what goes wrong on it ("Amazon ECS stopped tasks error messages").

use super::rollback::TaskFailure;
use crate::model::{HealthStatus, ServiceKey, Task, TaskStatus};
use crate::region::{Region, Timer};
use crate::scenario::TaskBehaviour;

/// A step of a task.
#[derive(Debug, Clone)]
pub(crate) enum TaskStep {
    /// It has its place, and pulls its images.
    Placed,
    /// The images are there.
    Pulled,
    /// Its containers run.
    Started,
    /// A container logs a line.
    LogLine(String, String),
    /// It passed its health checks, or ran long enough.
    BecameHealthy,
    /// Its essential containers end by themselves.
    ContainersStopped,
    /// Its health check has failed.
    Unhealthy,
    /// Its load balancer sends it nothing more.
    Drained,
    /// Its containers have ended.
    Exited,
    /// Everything of it is given back.
    Deprovisioned,
    /// It is no longer described.
    RetentionEnded,
}

impl Region {
    pub(crate) fn advance_task(&mut self, id: &str, plan: u32, step: TaskStep) {
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.generation == plan) else { return };
        task.version += 1;
        self.mark_changed();
        match step {
            TaskStep::Placed => self.start_pull(id),
            TaskStep::Pulled => self.activate(id),
            TaskStep::Started => self.run_containers(id),
            TaskStep::LogLine(container, line) => self.write_log(id, &container, &line),
            TaskStep::BecameHealthy => self.mark_healthy(id),
            TaskStep::ContainersStopped => self.exit_containers(id),
            TaskStep::Unhealthy => self.fail_health_check(id),
            TaskStep::Drained => self.stop_containers(id),
            TaskStep::Exited => self.deprovision(id),
            TaskStep::Deprovisioned => self.finish_stop(id),
            TaskStep::RetentionEnded => drop(self.tasks.remove(id)),
        }
    }

    fn schedule_step(&mut self, id: &str, seconds: f64, step: TaskStep) {
        let Some(plan) = self.tasks.get(id).map(|task| task.generation) else { return };
        self.schedule(seconds, Timer::Task { id: id.to_owned(), generation: plan, step });
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
                return self.fail_start(id, &format!("ResourceInitializationError: {reason}"), false);
            }
            _ => task.times.pull_started = Some(now),
        }
        let pull = self.scenario.delays.pull.sample(&mut self.rng);
        self.schedule_step(id, pull, TaskStep::Pulled);
    }

    fn activate(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let missing = task.containers.iter().find(|container| container.image_digest.is_none());
        let missing = missing.map(|container| container.image.clone());
        let reason = match (&task.behaviour, missing) {
            (TaskBehaviour::CannotPull { reason: Some(reason) }, _) => Some(reason.clone()),
            (TaskBehaviour::CannotPull { reason: None }, missing) => {
                let first = task.containers.first().map(|container| container.image.clone());
                Some(not_found_reason(&missing.or(first).unwrap_or_default()))
            }
            (_, missing) => missing.map(|image| not_found_reason(&image)),
        };
        if let Some(reason) = reason {
            return self.fail_start(id, &format!("CannotPullContainerError: {reason}"), true);
        }
        task.times.pull_stopped = Some(now);
        task.last_status = TaskStatus::Activating;
        let start = self.scenario.delays.container_start.sample(&mut self.rng);
        self.schedule_step(id, start, TaskStep::Started);
    }

    fn fail_start(&mut self, id: &str, reason: &str, container: bool) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        if let Some(own) = task.containers.first_mut().filter(|_| container) {
            own.reason = Some(reason.to_owned());
            own.image_digest = None;
        }
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
        let one_off = task.service.is_none();
        let conduct = task.behaviour.clone();
        self.open_log_streams(id);
        let mut ends = None;
        match conduct {
            TaskBehaviour::Exit { after, logs, .. } => {
                self.schedule_log_lines(id, &logs, after);
                ends = Some(after);
            }
            TaskBehaviour::OutOfMemory { after } => ends = Some(after),
            TaskBehaviour::Log { logs } => self.schedule_log_lines(id, &logs, 10.0),
            TaskBehaviour::Unhealthy { after } => {
                let until = if after > 0.0 { after } else { delays.health_check.sample(&mut self.rng) };
                self.schedule_step(id, until, TaskStep::Unhealthy);
            }
            _ if one_off => ends = Some(delays.one_off_run.sample(&mut self.rng)),
            _ => {}
        }
        if let Some(after) = ends {
            self.schedule_step(id, after, TaskStep::ContainersStopped);
        }
        let steady =
            if is_checked { delays.health_check } else { delays.assume_healthy }.sample(&mut self.rng);
        if !matches!(self.tasks.get(id).map(|task| &task.behaviour), Some(TaskBehaviour::Unhealthy { .. })) {
            self.schedule_step(id, steady, TaskStep::BecameHealthy);
        }
        self.reconcile_task_service(id);
    }

    fn schedule_log_lines(
        &mut self,
        id: &str,
        logs: &std::collections::BTreeMap<String, Vec<String>>,
        over: f64,
    ) {
        for (container, lines) in logs {
            #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
            let gap = over / (lines.len() + 1) as f64;
            let mut at = 0.0;
            for line in lines {
                at += gap;
                self.schedule_step(id, at, TaskStep::LogLine(container.clone(), line.clone()));
            }
        }
    }

    fn mark_healthy(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.is_healthy = true;
        if task.task_definition.has_health_check() {
            task.health_status = HealthStatus::Healthy;
        }
        let balanced = task.is_load_balanced;
        let Some((key, deployment)) = task.service.clone() else { return };
        if balanced {
            self.add_target_event(&key, "registered 1 targets in");
        }
        self.record_task_success(&key, &deployment);
        self.reconcile(&key);
    }

    fn exit_containers(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let (code, codes, reason) = match &task.behaviour {
            TaskBehaviour::Exit { exit_code: code, container_exit_codes: codes, .. } => {
                (*code, codes.clone(), None)
            }
            // The container's reason; "OutOfMemoryError" in the stopped tasks' errors.
            TaskBehaviour::OutOfMemory { .. } => (
                137,
                Default::default(),
                Some("OutOfMemoryError: Container killed due to memory usage".to_owned()),
            ),
            _ => (0, Default::default(), None),
        };
        let mut essential = true;
        for container in &mut task.containers {
            let own = codes.get(&container.name).copied();
            container.exit_code = own.or((container.is_essential && essential).then_some(code));
            if container.is_essential && essential {
                container.reason.clone_from(&reason);
                essential = false;
            }
        }
        task.times.execution_stopped = Some(now);
        self.begin_stop(id, "EssentialContainerExited", "Essential container in task exited");
        self.handle_task_failure(id, TaskFailure::Start);
    }

    fn fail_health_check(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.health_status = HealthStatus::Unhealthy;
        let checked = task.task_definition.has_health_check() || !task.is_load_balanced;
        let service = task.service.clone();
        let reason = match (&service, checked) {
            (Some((key, _)), false) => {
                let group = self.target_group(key).unwrap_or_default();
                format!("Task failed ELB health checks in (target-group {group})")
            }
            _ => "Task failed container health checks".to_owned(),
        };
        if let Some((key, _)) = &service {
            let said = if checked { "failed container health checks." } else { "failed ELB health checks." };
            self.add_service_event(key, &format!("(task {id}) {said}"));
        }
        self.begin_stop(id, "ServiceSchedulerInitiated", &reason);
        self.handle_task_failure(id, TaskFailure::Health);
    }

    /// A task of a service that ended without being asked to.
    fn handle_task_failure(&mut self, id: &str, failing: TaskFailure) {
        let Some((key, deployment)) = self.tasks.get(id).and_then(|task| task.service.clone()) else {
            return;
        };
        let again = self.scenario.delays.replacement.sample(&mut self.rng);
        let service = self.services.get_mut(&key);
        let failed =
            service.and_then(|service| service.deployment_mut(&deployment)).map_or(0, |own| own.failed_tasks);
        // "Amazon ECS service throttle logic": the time between the attempts grows.
        self.back_off(&key, again * f64::from(failed.min(11) + 1));
        self.record_task_failure(&key, &deployment, failing);
        self.reconcile(&key);
    }

    fn reconcile_task_service(&mut self, id: &str) {
        if let Some((key, _)) = self.tasks.get(id).and_then(|task| task.service.clone()) {
            self.reconcile(&key);
        }
    }

    pub(crate) fn target_group(&self, key: &ServiceKey) -> Option<String> {
        let balancer = self.services.get(key)?.load_balancers().first()?;
        let arn = crate::json::string(balancer, "targetGroupArn");
        arn.or_else(|| crate::json::string(balancer, "loadBalancerName")).map(str::to_owned)
    }

    fn add_target_event(&mut self, key: &ServiceKey, what: &str) {
        if let Some(group) = self.target_group(key) {
            self.add_service_event(key, &format!("{what} (target-group {group})"));
        }
    }
}

fn not_found_reason(image: &str) -> String {
    format!(
        "pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    )
}

impl Task {
    /// Its containers have ended, each with a code: one that was asked to end did so.
    pub(super) fn end_containers(&mut self) {
        let ran = self.times.started.is_some();
        for container in &mut self.containers {
            if ran && container.exit_code.is_none() {
                container.exit_code = Some(0);
            }
        }
    }
}

impl Region {
    /// A running task ends with this code, by nobody's wish.
    pub(crate) fn kill_task(&mut self, id: &str, code: i32) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.behaviour = TaskBehaviour::Exit {
                exit_code: code,
                container_exit_codes: Default::default(),
                after: 0.0,
                logs: Default::default(),
            };
        }
        self.exit_containers(id);
    }
}
