//! The request to continue a rollout after a pause, or to roll it back.

use std::time::Duration;

use aws_sdk_ecs::types::{
    DeploymentLifecycleHookAction, ServiceDeployment, ServiceDeploymentStatus as Status,
};
use tokio::time::Instant;

use super::read::describe;
use super::{ContinueError, LONGEST_WAIT, MAX_READS, OpenDeployment};
use crate::ecs::hooks::open_hooks;
use crate::ecs::retry::retry_mutation;
use crate::ecs::{Ecs, Retry};
use model::event::{Event, EventSink};
use model::lifecycle::{Hook, HookAction};

/// How long ECS may take to answer the request, with all retries.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How a pause ended as requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOutcome {
    /// By this request.
    Accepted,
    /// By another one, which was faster.
    ByAnother,
}

impl OpenDeployment {
    /// Requests to continue the rollout after a pause, or to roll it back. A pause may have ended since it was read: by
    /// the request of somebody else, or by one of this run whose response was lost.
    ///
    /// # Errors
    /// [`ContinueError`] if ECS rejects the request, if the pause ended in the other way, or if the outcome is unknown.
    pub async fn request(
        &self,
        ecs: &Ecs,
        pause: &Hook,
        action: HookAction,
        events: &dyn EventSink,
    ) -> Result<RequestOutcome, ContinueError> {
        let name = match action {
            HookAction::Continue => DeploymentLifecycleHookAction::Continue,
            HookAction::RollBack => DeploymentLifecycleHookAction::Rollback,
        };
        let call = async || {
            let arn = &self.service_deployment;
            ecs.continue_service_deployment(arn, &pause.id, name.clone(), Retry::ByCaller).await?;
            Ok((RequestOutcome::Accepted, action))
        };
        let find_outcome = async || {
            let deployment = describe(ecs, &self.service_deployment).await?;
            let taken = deployment.and_then(|deployment| taken_action(&deployment, pause));
            Ok(taken.map(|taken| (RequestOutcome::Accepted, taken)))
        };
        let warn = |message| events.emit(&Event::Warning { message });
        let until = Instant::now() + REQUEST_TIMEOUT;
        let (outcome, taken) = match retry_mutation(until, warn, call, find_outcome).await {
            Ok(response) => response,
            // "The lifecycle hook is not awaiting an action."
            Err(error) if error.error.is(&["InvalidParameterException"]) => {
                match self.read_taken_action(ecs, pause).await {
                    Some(taken) => (RequestOutcome::ByAnother, taken),
                    None => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        if taken != action {
            return Err(ContinueError::overruled(ecs, &self.rollout.service, taken));
        }
        Ok(outcome)
    }

    /// How a pause ended. `None` if it still waits, or if that cannot be read.
    async fn read_taken_action(&self, ecs: &Ecs, pause: &Hook) -> Option<HookAction> {
        for read in 0..MAX_READS {
            if read > 0 {
                tokio::time::sleep(LONGEST_WAIT).await;
            }
            let deployment = describe(ecs, &self.service_deployment).await.ok().flatten();
            if let Some(taken) = deployment.and_then(|deployment| taken_action(&deployment, pause)) {
                return Some(taken);
            }
        }
        None
    }
}

/// How a pause of a service deployment ended. `None` if it still waits, or if the deployment was stopped.
fn taken_action(deployment: &ServiceDeployment, pause: &Hook) -> Option<HookAction> {
    match deployment.status()? {
        Status::RollbackRequested
        | Status::RollbackInProgress
        | Status::RollbackSuccessful
        | Status::RollbackFailed => Some(HookAction::RollBack),
        Status::Pending | Status::InProgress | Status::Successful => {
            let waits = open_hooks(deployment).iter().any(|hook| hook.id == pause.id);
            (!waits).then_some(HookAction::Continue)
        }
        _ => None,
    }
}
