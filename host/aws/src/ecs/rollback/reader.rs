//! What a service runs after a rollout ended, as far as ECS reports it.

use std::time::Duration;

use aws_sdk_ecs::types::{Deployment, Service};

use crate::ecs::watch::{VerdictFacts, WatchEnd};
use crate::ecs::{Ecs, Retry, Rollout, primary_deployment};
use crate::sentences;
use model::plan::{Stamp, TaskDefinition};
use model::verdict::{NewerDeployment, Verdict};

/// Reads of a service that failed, or that show it as it was before: ECS's reads lag behind its
/// writes.
const READS: usize = 4;

/// The longest wait between two of these reads.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Reads what a service runs after a rollout.
pub(in crate::ecs) struct RolloutReader<'r> {
    pub(in crate::ecs) ecs: &'r Ecs,
    /// The time between two polls of the watch.
    pub(in crate::ecs) poll: Duration,
    /// The build that a task definition came from.
    pub(in crate::ecs) stamp: &'r dyn Fn(&TaskDefinition) -> Option<Stamp>,
}

impl RolloutReader<'_> {
    /// The verdict on a rollout that nothing else follows; `next` states how to go on after a
    /// timeout. Only the facts that the verdict needs are read.
    pub(in crate::ecs) async fn verdict(&self, rollout: &Rollout, end: WatchEnd, next: String) -> Verdict {
        let facts = match &end {
            WatchEnd::RolledBack { .. } => {
                VerdictFacts { runs: self.runs(rollout).await, ..Default::default() }
            }
            WatchEnd::Superseded => VerdictFacts { newer: self.newer(rollout).await, ..Default::default() },
            _ => VerdictFacts { next, ..Default::default() },
        };
        end.into_verdict(facts)
    }

    /// The ARN of the task definition that the service is set to after a rollout was rolled back.
    pub(in crate::ecs) async fn runs(&self, rollout: &Rollout) -> Option<String> {
        let own = Some(rollout.task_definition.as_str());
        // A rollout of the same task definition once more goes back to that one.
        let is_current =
            |service: &Service| rollout.before.as_deref() == own || service.task_definition() != own;
        let service = self.read(rollout, is_current).await?;
        service.task_definition().map(str::to_owned)
    }

    /// The deployment that replaced a rollout, as far as it can be read.
    pub(in crate::ecs) async fn newer(&self, rollout: &Rollout) -> NewerDeployment {
        let is_newer = |primary: &Deployment| {
            // In an answer that lags behind, ECS's own rollback may be primary.
            rollout.is_before(primary)
                && !sentences::is_rollback(primary.rollout_state_reason().unwrap_or_default())
        };
        let service = self.read(rollout, |service| primary_deployment(service).is_some_and(is_newer)).await;
        let Some(primary) = service.as_ref().and_then(primary_deployment) else {
            return NewerDeployment::default();
        };
        let task_definition = primary.task_definition().map(str::to_owned);
        let definition = match &task_definition {
            Some(arn) => self.ecs.describe_task_definition(arn).await.ok(),
            None => None,
        };
        NewerDeployment {
            deployment: primary.id().map(str::to_owned),
            build: definition.and_then(|definition| (self.stamp)(&definition)),
            task_definition,
        }
    }

    /// The service of a rollout once it is current, after a few reads at most.
    async fn read(&self, rollout: &Rollout, is_current: impl Fn(&Service) -> bool) -> Option<Service> {
        let name = &rollout.service;
        for read in 0..READS {
            if read > 0 {
                tokio::time::sleep(self.poll.min(LONGEST_PAUSE)).await;
            }
            let service = self.ecs.describe_service(name, Retry::ByCaller).await;
            if let Some(service) = service.ok().flatten().filter(&is_current) {
                return Some(service);
            }
        }
        None
    }
}
