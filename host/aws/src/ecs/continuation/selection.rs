//! What `ecs-host continue` does with the latest rollout of a service.

use super::read::{describe, read_task_definition};
use super::{ContinueError, EndedDeployment, LatestRollout, OpenDeployment};
use crate::ecs::Ecs;
use model::decision::ServiceName;
use model::lifecycle::{Hook, HookAction};
use model::names::short_revision;
use model::plan::Stamp;

/// What the command line requests.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The service.
    pub service: &'a ServiceName,
    /// What to do.
    pub action: HookAction,
    /// The id of the pause.
    pub hook: Option<&'a str>,
    /// The beginning of the hash of the commit that the rollout must be of, in lower case.
    pub commit: Option<&'a str>,
}

/// What is to be done.
#[derive(Debug)]
pub enum Selection {
    /// The pause ends by a request, and the rollout is watched.
    Request(Box<OpenDeployment>, Hook),
    /// The rollout is watched, for this reason.
    Watch(Box<OpenDeployment>, String),
    /// Nothing: an earlier run, or another person, has done it.
    Done {
        /// Why.
        message: String,
        /// The ARN of the task definition that the service runs.
        task_definition: String,
    },
}

impl LatestRollout {
    /// Selects what to do.
    ///
    /// # Errors
    /// [`ContinueError`] if there is nothing to do that was requested.
    pub async fn select(self, ecs: &Ecs, wanted: Wanted<'_>) -> Result<Selection, ContinueError> {
        let service = wanted.service;
        match self {
            Self::Open(open) => {
                check_commit(ecs, wanted, &open.rollout.task_definition).await?;
                Ok(match open.select_pause(ecs, wanted.hook, wanted.action)? {
                    Some(pause) => Selection::Request(open, pause),
                    None => {
                        let message = format!("the rollout of {service} is not paused; watching it");
                        Selection::Watch(open, message)
                    }
                })
            }
            Self::RollingBack(open) => {
                check_commit(ecs, wanted, &open.rollout.task_definition).await?;
                if wanted.action == HookAction::Continue {
                    return Err(ContinueError::rolling_back(ecs, service));
                }
                let message = format!("ECS is rolling back the rollout of {service}; watching it");
                Ok(Selection::Watch(open, message))
            }
            Self::Ended(ended) => ended.select(ecs, wanted).await,
        }
    }
}

impl EndedDeployment {
    async fn select(self, ecs: &Ecs, wanted: Wanted<'_>) -> Result<Selection, ContinueError> {
        let service = wanted.service;
        let outcome = match (wanted.action, self.status.as_deref()) {
            (HookAction::Continue, Some("SUCCESSFUL")) if self.had_pause(ecs, wanted.hook).await? => {
                "complete"
            }
            (HookAction::RollBack, Some("ROLLBACK_SUCCESSFUL"))
                if self.had_pause(ecs, wanted.hook).await? =>
            {
                "rolled back"
            }
            (_, status) => return Err(ContinueError::no_rollout(ecs, service, status)),
        };
        if wanted.commit.is_some() {
            let revision = self.service_revision.as_deref().unwrap_or_default();
            let task_definition = read_task_definition(ecs, revision).await?.unwrap_or_default();
            check_commit(ecs, wanted, &task_definition).await?;
        }
        let message = format!("no rollout of {service} is in progress, and the latest one is {outcome}");
        Ok(Selection::Done { message, task_definition: self.runs })
    }

    /// Whether the deployment had this pause, if the command line names one.
    async fn had_pause(&self, ecs: &Ecs, id: Option<&str>) -> Result<bool, ContinueError> {
        let (Some(id), Some(arn)) = (id, &self.service_deployment) else { return Ok(id.is_none()) };
        let deployment = describe(ecs, arn).await?;
        let mut hooks = deployment.iter().flat_map(|deployment| deployment.lifecycle_hook_details());
        Ok(hooks.any(|hook| hook.hook_id() == Some(id)))
    }
}

/// Checks that a task definition is of the commit that the command line names.
async fn check_commit(ecs: &Ecs, wanted: Wanted<'_>, task_definition: &str) -> Result<(), ContinueError> {
    let Some(commit) = wanted.commit else { return Ok(()) };
    let definition = ecs.describe_task_definition(task_definition).await?;
    let stamp = Stamp::from_definition(&definition);
    if stamp.as_ref().is_some_and(|stamp| stamp.commit.to_ascii_lowercase().starts_with(commit)) {
        return Ok(());
    }
    let build = match stamp {
        Some(stamp) => format!("is of commit {}", stamp.short_commit()),
        None => "was not deployed by ecs-host".to_owned(),
    };
    Err(ContinueError::OtherBuild {
        service: wanted.service.clone(),
        found: format!("of {}, {build}", short_revision(task_definition)),
        commit: commit.get(..12).unwrap_or(commit).to_owned(),
    })
}
