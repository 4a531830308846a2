//! A task's way from PROVISIONING to STOPPED ("Amazon ECS task lifecycle" in the developer
//! guide), with what goes wrong on it ("Amazon ECS stopped tasks error messages").

use super::rollback::Failing;
use crate::model::{Health, Key, Phase, Task};
use crate::region::{Due, Region};
use crate::scenario::TaskBehaviour;

/// A step of a task.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// It has its place, and pulls its images.
    Placed,
    /// The images are there.
    Pulled,
    /// Its containers run.
    Started,
    /// A container logs a line.
    Line(String, String),
    /// It passed its health checks, or ran long enough.
    Steady,
    /// Its essential containers end by themselves.
    Ends,
    /// Its health check has failed.
    Unhealthy,
    /// Its load balancer sends it nothing more.
    Drained,
    /// Its containers have ended.
    Exited,
    /// Everything of it is given back.
    Gone,
    /// It is no longer described.
    Forgotten,
}

impl Region {
    pub(crate) fn task_step(&mut self, id: &str, plan: u32, step: Step) {
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.plan == plan) else { return };
        task.version += 1;
        self.touch();
        match step {
            Step::Placed => self.placed(id),
            Step::Pulled => self.pulled(id),
            Step::Started => self.started(id),
            Step::Line(container, line) => self.log(id, &container, &line),
            Step::Steady => self.steady(id),
            Step::Ends => self.ends(id),
            Step::Unhealthy => self.unhealthy(id),
            Step::Drained => self.stopping(id),
            Step::Exited => self.exited(id),
            Step::Gone => self.gone(id),
            Step::Forgotten => drop(self.tasks.remove(id)),
        }
    }

    fn due(&mut self, id: &str, seconds: f64, step: Step) {
        let Some(plan) = self.tasks.get(id).map(|task| task.plan) else { return };
        self.after(seconds, Due::Task { id: id.to_owned(), plan, step });
    }

    fn placed(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.phase = Phase::Pending;
        task.times.connected = Some(now);
        match task.conduct.clone() {
            TaskBehaviour::Hang => return,
            TaskBehaviour::CannotInitialize { reason } => {
                let reason = reason.unwrap_or_else(|| {
                    "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve \
                     secret from asm: service call has been retried 1 time(s): failed to fetch secret"
                        .to_owned()
                });
                return self.fails_to_start(id, &format!("ResourceInitializationError: {reason}"), false);
            }
            _ => task.times.pull_started = Some(now),
        }
        let pull = self.rules.delays.pull.sample(&mut self.rng);
        self.due(id, pull, Step::Pulled);
    }

    fn pulled(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let missing = task.containers.iter().find(|container| container.digest.is_none());
        let missing = missing.map(|container| container.image.clone());
        let reason = match (&task.conduct, missing) {
            (TaskBehaviour::CannotPull { reason: Some(reason) }, _) => Some(reason.clone()),
            (TaskBehaviour::CannotPull { reason: None }, missing) => {
                let first = task.containers.first().map(|container| container.image.clone());
                Some(not_found(&missing.or(first).unwrap_or_default()))
            }
            (_, missing) => missing.map(|image| not_found(&image)),
        };
        if let Some(reason) = reason {
            return self.fails_to_start(id, &format!("CannotPullContainerError: {reason}"), true);
        }
        task.times.pull_stopped = Some(now);
        task.phase = Phase::Activating;
        let start = self.rules.delays.container_start.sample(&mut self.rng);
        self.due(id, start, Step::Started);
    }

    fn fails_to_start(&mut self, id: &str, reason: &str, container: bool) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        if let Some(own) = task.containers.first_mut().filter(|_| container) {
            own.reason = Some(reason.to_owned());
            own.digest = None;
        }
        task.times.execution_stopped = Some(now);
        self.stop(id, "TaskFailedToStart", reason);
        self.task_failed(id, Failing::Start);
    }

    fn started(&mut self, id: &str) {
        let now = self.now;
        let delays = self.rules.delays.clone();
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.phase = Phase::Running;
        task.times.started = Some(now);
        let is_checked = task.balanced || task.definition.has_health_check();
        let one_off = task.service.is_none();
        let conduct = task.conduct.clone();
        self.open_streams(id);
        let mut ends = None;
        match conduct {
            TaskBehaviour::Exit { after, logs, .. } => {
                self.log_lines(id, &logs, after);
                ends = Some(after);
            }
            TaskBehaviour::OutOfMemory { after } => ends = Some(after),
            TaskBehaviour::Log { logs } => self.log_lines(id, &logs, 10.0),
            TaskBehaviour::Unhealthy { after } => {
                let until = if after > 0.0 { after } else { delays.health_check.sample(&mut self.rng) };
                self.due(id, until, Step::Unhealthy);
            }
            _ if one_off => ends = Some(delays.one_off_run.sample(&mut self.rng)),
            _ => {}
        }
        if let Some(after) = ends {
            self.due(id, after, Step::Ends);
        }
        let steady =
            if is_checked { delays.health_check } else { delays.assume_healthy }.sample(&mut self.rng);
        if !matches!(self.tasks.get(id).map(|task| &task.conduct), Some(TaskBehaviour::Unhealthy { .. })) {
            self.due(id, steady, Step::Steady);
        }
        self.look(id);
    }

    fn log_lines(&mut self, id: &str, logs: &std::collections::BTreeMap<String, Vec<String>>, over: f64) {
        for (container, lines) in logs {
            #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
            let gap = over / (lines.len() + 1) as f64;
            let mut at = 0.0;
            for line in lines {
                at += gap;
                self.due(id, at, Step::Line(container.clone(), line.clone()));
            }
        }
    }

    fn steady(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.steady = true;
        if task.definition.has_health_check() {
            task.health = Health::Healthy;
        }
        let balanced = task.balanced;
        let Some((key, deployment)) = task.service.clone() else { return };
        if balanced {
            self.tell_of_targets(&key, "registered 1 targets in");
        }
        self.note_success(&key, &deployment);
        self.reconcile(&key);
    }

    fn ends(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let (code, codes, reason) = match &task.conduct {
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
            container.exit = own.or((container.essential && essential).then_some(code));
            if container.essential && essential {
                container.reason.clone_from(&reason);
                essential = false;
            }
        }
        task.times.execution_stopped = Some(now);
        self.stop(id, "EssentialContainerExited", "Essential container in task exited");
        self.task_failed(id, Failing::Start);
    }

    fn unhealthy(&mut self, id: &str) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.health = Health::Unhealthy;
        let checked = task.definition.has_health_check() || !task.balanced;
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
            self.tell(key, &format!("(task {id}) {said}"));
        }
        self.stop(id, "ServiceSchedulerInitiated", &reason);
        self.task_failed(id, Failing::Health);
    }

    /// A task of a service that ended without being asked to.
    fn task_failed(&mut self, id: &str, failing: Failing) {
        let Some((key, deployment)) = self.tasks.get(id).and_then(|task| task.service.clone()) else {
            return;
        };
        let again = self.rules.delays.replacement.sample(&mut self.rng);
        let service = self.services.get_mut(&key);
        let failed =
            service.and_then(|service| service.deployment_mut(&deployment)).map_or(0, |own| own.failed);
        // "Amazon ECS service throttle logic": the time between the attempts grows.
        self.hold(&key, again * f64::from(failed.min(11) + 1));
        self.note_failure(&key, &deployment, failing);
        self.reconcile(&key);
    }

    fn look(&mut self, id: &str) {
        if let Some((key, _)) = self.tasks.get(id).and_then(|task| task.service.clone()) {
            self.reconcile(&key);
        }
    }

    pub(crate) fn target_group(&self, key: &Key) -> Option<String> {
        let balancer = self.services.get(key)?.balancers().first()?;
        let arn = crate::json::text(balancer, "targetGroupArn");
        arn.or_else(|| crate::json::text(balancer, "loadBalancerName")).map(str::to_owned)
    }

    fn tell_of_targets(&mut self, key: &Key, what: &str) {
        if let Some(group) = self.target_group(key) {
            self.tell(key, &format!("{what} (target-group {group})"));
        }
    }
}

fn not_found(image: &str) -> String {
    format!(
        "pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    )
}

impl Task {
    /// Its containers have ended, each with a code: one that was asked to end did so.
    pub(super) fn end_containers(&mut self) {
        let ran = self.times.started.is_some();
        for container in &mut self.containers {
            if ran && container.exit.is_none() {
                container.exit = Some(0);
            }
        }
    }
}

impl Region {
    /// A running task ends with this code, by nobody's wish.
    pub(crate) fn kill(&mut self, id: &str, code: i32) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.conduct = TaskBehaviour::Exit {
                exit_code: code,
                container_exit_codes: Default::default(),
                after: 0.0,
                logs: Default::default(),
            };
        }
        self.ends(id);
    }
}
