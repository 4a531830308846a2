//! What the live view shows: the state of docker and of the targets of a run, from its events.

use std::collections::VecDeque;
use std::time::Duration;

use model::event::{DockerStep, Event};
use model::lifecycle::Hook;
use model::plan::TargetName;
use model::progress::Progress;
use model::time::Time;

use crate::output::phrases::task_text;

/// The number of docker's last lines that are shown.
const MAX_DOCKER_LINES: usize = 8;

/// What is in progress.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The docker command that runs.
    pub(super) docker: Option<Docker>,
    /// The targets of the run, in the order of the plan.
    pub(super) targets: Vec<Target>,
    /// The start of the first rollout, since that of the run.
    pub(super) rollout_since: Option<Duration>,
    /// Whether the run is over.
    pub(super) is_over: bool,
}

/// A docker command that runs.
#[derive(Debug)]
pub(super) struct Docker {
    pub(super) step: DockerStep,
    pub(super) since: Duration,
    /// The last lines that it printed.
    pub(super) lines: VecDeque<String>,
}

/// A target of the run.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) name: TargetName,
    pub(super) stage: Stage,
    /// When the first step of the target happened.
    pub(super) since: Option<Duration>,
    pub(super) progress: Option<Progress>,
}

/// The stage of a target.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// It has not begun.
    Waiting,
    /// A step before the rollout, or after it.
    Task(String),
    /// It rolls out.
    RollingOut,
    /// It waits for a person.
    Paused(Hook),
    /// It must stay healthy until then.
    Baking(Time),
    /// It is rolled back.
    RollingBack,
    /// It has its verdict.
    Done,
}

impl View {
    /// Records an event, `elapsed` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, elapsed: Duration) {
        match event {
            Event::PlanCreated { plan, dry_run: false, .. } => {
                self.targets =
                    plan.targets.iter().map(|target| Target::waiting(target.name.clone())).collect();
            }
            Event::RollbackPlanned(plan) if !plan.dry_run => {
                self.targets = vec![Target::waiting(plan.target.clone())];
                self.set(&plan.target, Stage::RollingBack, elapsed);
            }
            Event::ContinuePlanned(plan) if !plan.dry_run => {
                self.targets = vec![Target::waiting(plan.target.clone())];
                self.set(&plan.target, Stage::RollingOut, elapsed);
            }
            Event::DockerStarted { step, .. } => {
                self.docker = Some(Docker { step: *step, since: elapsed, lines: VecDeque::new() });
            }
            Event::DockerOutput { line } => {
                if let Some(docker) = self.docker.as_mut().filter(|_| !line.trim().is_empty()) {
                    docker.lines.push_back(line.clone());
                    let excess = docker.lines.len().saturating_sub(MAX_DOCKER_LINES);
                    docker.lines.drain(..excess);
                }
            }
            Event::ImagePushed { .. } | Event::Error { .. } => self.docker = None,
            Event::OneOffTaskChanged { target, name, change } => {
                self.set(target, Stage::Task(format!("`{name}` {}", task_text(change))), elapsed);
            }
            Event::ServiceUpdated { target, .. } => {
                self.docker = None;
                self.set(target, Stage::RollingOut, elapsed);
            }
            Event::RolloutProgressed { target, progress } => {
                let stage = match progress.pause() {
                    Some(hook) => Stage::Paused(hook.clone()),
                    None if progress.is_rollback() => Stage::RollingBack,
                    None => match self.target(target).map(|target| &target.stage) {
                        Some(stage @ (Stage::RollingBack | Stage::Baking(_))) => stage.clone(),
                        _ => Stage::RollingOut,
                    },
                };
                self.set(target, stage, elapsed);
                if let Some(target) = self.target(target) {
                    target.progress = Some(progress.clone());
                }
            }
            Event::RolloutPaused { target, hook, .. } => {
                self.set(target, Stage::Paused(hook.clone()), elapsed)
            }
            Event::BakeStarted { target, until, .. } => self.set(target, Stage::Baking(*until), elapsed),
            Event::RollbackStarted { target, .. } => self.set(target, Stage::RollingBack, elapsed),
            Event::VerdictReached { target, .. } => self.set(target, Stage::Done, elapsed),
            Event::RunFinished { .. } => self.is_over = true,
            _ => {}
        }
    }

    fn target(&mut self, name: &TargetName) -> Option<&mut Target> {
        self.targets.iter_mut().find(|target| target.name.as_str() == name.as_str())
    }

    fn set(&mut self, name: &TargetName, stage: Stage, elapsed: Duration) {
        if stage != Stage::Done {
            self.rollout_since.get_or_insert(elapsed);
        }
        if let Some(target) = self.target(name) {
            target.since.get_or_insert(elapsed);
            target.stage = stage;
        }
    }
}

impl Target {
    fn waiting(name: TargetName) -> Self {
        Self { name, stage: Stage::Waiting, since: None, progress: None }
    }

    /// Whether something happens to the target now.
    pub(super) fn is_moving(&self) -> bool {
        !matches!(self.stage, Stage::Waiting | Stage::Done)
    }

    /// Whether a person should see the target before others.
    pub(super) fn needs_attention(&self) -> bool {
        let has_failed_tasks = self.progress.as_ref().is_some_and(|progress| progress.failed > 0);
        has_failed_tasks || matches!(self.stage, Stage::Paused(_) | Stage::RollingBack)
    }
}
