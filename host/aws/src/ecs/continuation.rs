//! The continuation of a paused rollout, as `ecs-host continue` requests it.

mod error;

use std::time::Duration;

use aws_sdk_ecs::types::{
    DeploymentLifecycleHookAction, ServiceDeployment, ServiceDeploymentBrief,
    ServiceDeploymentStatus as Status,
};
use tokio::time::Instant;

pub use error::ContinueError;

use super::bake_time::bake_time;
use super::diagnose::{FailedRollout, diagnose};
use super::engine::DEFAULT_TIMEOUT;
use super::hooks::open_hooks;
use super::retry::retry_mutation;
use super::rollout::Rollout;
use super::status::no_cluster;
use super::verdict::VerdictReader;
use super::watch::Watcher;
use super::{Ecs, Retry, history, primary_deployment};
use crate::error::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::event::{Event, EventSink};
use model::lifecycle::{Hook, HookAction, WaitUntil};
use model::names::short_revision;
use model::plan::{Stamp, TargetName};
use model::verdict::Verdict;

/// How long ECS may take to answer the request, with all retries.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

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
    /// It is complete.
    Complete {
        /// The ARN of the task definition that the service runs.
        task_definition: String,
    },
}

impl LatestRollout {
    /// Reads the latest service deployment of a service.
    ///
    /// # Errors
    /// [`ContinueError`] if the service or its deployments cannot be read, or if the latest one ended otherwise.
    pub async fn read(ecs: &Ecs, name: &ServiceName) -> Result<Self, ContinueError> {
        let missing = |why: String| ContinueError::Missing { service: name.clone(), why };
        let service = match ecs.describe_service(name, Retry::BySdk).await {
            Ok(service) => service,
            Err(error) if error.kind == ErrorKind::Missing => {
                return Err(missing(no_cluster(&name.cluster, ecs.region())));
            }
            Err(error) => return Err(error.into()),
        };
        let service = service.ok_or_else(|| {
            missing(format!(
                "its cluster in {} has no such service; check its name and the region",
                ecs.region()
            ))
        })?;
        let briefs = history::list_newest_first(ecs, name, &[]).await?;
        let latest = briefs.into_iter().next();
        let is_open = |brief: &ServiceDeploymentBrief| {
            matches!(brief.status(), Some(Status::Pending | Status::InProgress))
        };
        let Some(open) = latest.as_ref().filter(|latest| is_open(latest)) else {
            return match latest.as_ref().and_then(|latest| latest.status()) {
                Some(Status::Successful) => Ok(Self::Complete {
                    task_definition: service.task_definition().unwrap_or_default().to_owned(),
                }),
                status => Err(ContinueError::no_rollout(name, status.map(|status| status.as_str()))),
            };
        };
        let arn = open.service_deployment_arn().unwrap_or_default().to_owned();
        let revision = open.target_service_revision_arn().unwrap_or_default().to_owned();
        let deployment = describe(ecs, &arn).await?;
        let revisions = ecs.describe_service_revisions(std::slice::from_ref(&revision)).await?;
        let task_definition =
            revisions.first().and_then(|revision| revision.task_definition()).unwrap_or_default();
        let primary = primary_deployment(&service);
        Ok(Self::Open(Box::new(OpenDeployment {
            rollout: Rollout {
                created_at: primary.and_then(|primary| primary.created_at()).copied(),
                service_deployment: Some(arn.clone()),
                ..Rollout::new(name, task_definition, primary.and_then(|primary| primary.id()))
            },
            pauses: deployment.iter().flat_map(open_hooks).filter(Hook::is_pause).collect(),
            service_deployment: arn,
            bake_time: bake_time(&service),
        })))
    }
}

impl OpenDeployment {
    /// The pause to act on: the one with this id, or the only one. `None` if the rollout is to continue and is
    /// not paused.
    ///
    /// # Errors
    /// [`ContinueError`] if none or several are possible.
    pub fn select_pause(&self, id: Option<&str>, action: HookAction) -> Result<Option<&Hook>, ContinueError> {
        let service = self.rollout.service.clone();
        match (self.pauses.as_slice(), id) {
            ([], _) if action == HookAction::RollBack => {
                let revision = short_revision(&self.rollout.task_definition);
                let why = format!("the rollout of {revision} is not paused");
                Err(ContinueError::NotPaused { service, why })
            }
            ([], None) => Ok(None),
            (pauses, Some(id)) => match pauses.iter().find(|pause| pause.id == id) {
                Some(pause) => Ok(Some(pause)),
                None => {
                    let (id, pauses) = (id.to_owned(), pauses.to_vec());
                    Err(ContinueError::NoSuchPause { service, id, pauses })
                }
            },
            ([pause], None) => Ok(Some(pause)),
            (pauses, None) => Err(ContinueError::SeveralPauses { service, pauses: pauses.to_vec() }),
        }
    }

    /// Requests to continue the rollout after a pause, or to roll it back. A pause that does not wait any more was
    /// continued by a request whose response was lost.
    ///
    /// # Errors
    /// [`ContinueError`] if ECS rejects the request, or if its outcome is unknown.
    pub async fn request(
        &self,
        ecs: &Ecs,
        pause: &Hook,
        action: HookAction,
        events: &dyn EventSink,
    ) -> Result<(), ContinueError> {
        let name = match action {
            HookAction::Continue => DeploymentLifecycleHookAction::Continue,
            HookAction::RollBack => DeploymentLifecycleHookAction::Rollback,
        };
        let call = async || {
            ecs.continue_service_deployment(
                &self.service_deployment,
                &pause.id,
                name.clone(),
                Retry::ByCaller,
            )
            .await
        };
        let find_outcome = async || {
            let deployment = describe(ecs, &self.service_deployment).await?;
            let waits = deployment.iter().flat_map(open_hooks).any(|hook| hook.id == pause.id);
            Ok((deployment.is_some() && !waits).then_some(()))
        };
        let warn = |message| events.emit(&Event::Warning { message });
        Ok(retry_mutation(Instant::now() + REQUEST_TIMEOUT, warn, call, find_outcome).await?)
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
        let watch = tokio::select! {
            watch = watcher.watch_until(self.target, open.rollout.clone(), timeout, self.until) => watch,
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
        let next = format!("`ecs-host continue {}` watches it", open.rollout.service);
        let reader = VerdictReader { ecs: self.ecs, poll: self.poll, stamp: &Stamp::from_definition };
        match reader.verdict(&open.rollout, watch.end, next).await {
            Verdict::RolledBack { runs: Some(runs), .. } if self.action == HookAction::RollBack => {
                Verdict::Reverted { runs }
            }
            verdict => verdict,
        }
    }
}

async fn describe(ecs: &Ecs, arn: &str) -> Result<Option<ServiceDeployment>, AwsError> {
    let arn = arn.to_owned();
    Ok(ecs.describe_service_deployments(std::slice::from_ref(&arn)).await?.remove(&arn))
}
