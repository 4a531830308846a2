//! The continuation of a paused rollout, as `ecs-host continue` requests it.

mod error;
mod read;
mod request;
mod selection;

use std::time::Duration;

pub use error::ContinueError;
pub use request::RequestOutcome;
pub use selection::{Selection, Wanted};

use super::Ecs;
use super::diagnose::{FailedRollout, diagnose};
use super::engine::DEFAULT_TIMEOUT;
use super::rollout::Rollout;
use super::verdict::VerdictReader;
use super::watch::Watcher;
use model::event::{Event, EventSink};
use model::lifecycle::{Hook, HookAction, WaitUntil};
use model::names::short_revision;
use model::plan::{Stamp, TargetName};
use model::verdict::Verdict;

/// The maximum number of reads before what ECS reports is believed: its responses are eventually consistent.
const MAX_READS: usize = 5;

/// The longest wait between two of these reads.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The service deployment of a service that is in progress.
#[derive(Debug, Clone)]
pub struct OpenDeployment {
    /// Its rollout.
    pub rollout: Rollout,
    /// The pauses that it waits for.
    pub pauses: Vec<Hook>,
    /// The ARN of the service deployment.
    pub service_deployment: String,
    /// How long the strategy of the service lets a rollout wait.
    pub bake_time: Duration,
}

/// The latest rollout of a service.
#[derive(Debug)]
pub enum LatestRollout {
    /// It is in progress.
    Open(Box<OpenDeployment>),
    /// ECS is rolling it back.
    RollingBack(Box<OpenDeployment>),
    /// It has ended.
    Ended(EndedDeployment),
}

/// The latest service deployment of a service, which has ended.
#[derive(Debug)]
pub struct EndedDeployment {
    /// Its status in ECS; `None` if the service has none.
    pub status: Option<String>,
    /// Its ARN.
    pub service_deployment: Option<String>,
    /// The ARN of the service revision that it rolled out.
    pub service_revision: Option<String>,
    /// The ARN of the task definition that the service is set to.
    pub runs: String,
}

impl OpenDeployment {
    /// The pause to act on: the one with this id, or the only one. `None` if the rollout is to continue and is
    /// not paused.
    ///
    /// # Errors
    /// [`ContinueError`] if none or several are possible.
    fn select_pause(
        &self,
        ecs: &Ecs,
        id: Option<&str>,
        action: HookAction,
    ) -> Result<Option<Hook>, ContinueError> {
        let service = self.rollout.service.clone();
        match (self.pauses.as_slice(), id) {
            ([], _) if action == HookAction::RollBack => {
                let revision = short_revision(&self.rollout.task_definition);
                let why = format!("the rollout of {revision} is not paused");
                let command = ecs.command("rollback", &service);
                Err(ContinueError::NotPaused { service, why, command })
            }
            ([], None) => Ok(None),
            (pauses, Some(id)) => match pauses.iter().find(|pause| pause.id == id) {
                Some(pause) => Ok(Some(pause.clone())),
                None => {
                    let (id, pauses) = (id.to_owned(), pauses.to_vec());
                    Err(ContinueError::NoSuchPause { service, id, pauses })
                }
            },
            ([pause], None) => Ok(Some(pause.clone())),
            (pauses, None) => Err(ContinueError::SeveralPauses { service, pauses: pauses.to_vec() }),
        }
    }
}

/// A rollout after a pause, which is watched.
pub struct ContinuedRollout<'r> {
    /// ECS in the place of the service.
    pub ecs: &'r Ecs,
    /// The name of the service in events.
    pub target: &'r TargetName,
    /// The time between two polls.
    pub poll: Duration,
    /// How long it may take; `None` for [`DEFAULT_TIMEOUT`] and the bake time of the service's strategy.
    pub timeout: Option<Duration>,
    /// Until when it is watched.
    pub until: WaitUntil,
    /// What was requested.
    pub action: HookAction,
    /// Receives the events.
    pub events: &'r dyn EventSink,
}

impl ContinuedRollout<'_> {
    /// Watches the rollout and returns its verdict.
    pub async fn watch(&self, open: &OpenDeployment) -> Verdict {
        let watcher = Watcher::new(self.ecs, self.poll, self.events);
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT + open.bake_time);
        let has_rollback_request = self.action == HookAction::RollBack;
        let rollout = Rollout { has_rollback_request, ..open.rollout.clone() };
        let watch = tokio::select! {
            watch = watcher.watch_until(self.target, rollout, timeout, self.until) => watch,
            never = watcher.run() => match never {},
        };
        if watch.end.needs_diagnosis() && self.action == HookAction::Continue {
            let failed = FailedRollout {
                service: &open.rollout.service,
                task_definition: &open.rollout.task_definition,
                deployment_id: open.rollout.deployment_id.as_deref(),
            };
            let diagnosis = diagnose(self.ecs, &failed).await;
            if !diagnosis.is_empty() {
                self.events.emit(&Event::FailureDiagnosed { target: self.target.clone(), diagnosis });
            }
        }
        let verb = match self.action {
            HookAction::Continue => "continue",
            HookAction::RollBack => "rollback",
        };
        let next = format!("`{}` watches it", self.ecs.command(verb, &open.rollout.service));
        let reader = VerdictReader { ecs: self.ecs, poll: self.poll, stamp: &Stamp::from_definition };
        match reader.verdict(&open.rollout, watch.end, next).await {
            Verdict::RolledBack { runs: Some(runs), .. } if self.action == HookAction::RollBack => {
                Verdict::Reverted { runs }
            }
            verdict => verdict,
        }
    }
}
