//! The verdict on a target: its exit code, and the facts that are read for it after a rollout ended.

use std::time::Duration;

use aws_sdk_ecs::types::{Deployment, Service};

use super::rollout::Rollout;
use super::watch::{VerdictFacts, WatchEnd};
use super::{Ecs, Retry, primary_deployment};
use crate::error::{AwsError, ErrorKind};
use crate::sentences;
use model::exit::Exit;
use model::plan::{Stamp, TargetPlan, TaskDefinition};
use model::verdict::{NewerDeployment, Verdict};

/// The maximum number of reads of a service. A read may fail, or show the service as it was before: responses of ECS are
/// eventually consistent.
const MAX_READS: usize = 4;

/// The longest wait between two of these reads.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The verdict on one target, and what it is about.
pub struct TargetOutcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The ARN of the task definition that the verdict is about.
    pub task_definition: String,
    /// The exit code of this target.
    pub exit: Exit,
    /// The ARNs of the task definitions that the rollout replaced.
    pub(super) replaced_definitions: Vec<String>,
}

impl TargetOutcome {
    /// What the next wave waits for, as a clause, if this target of the wave before it has not ended.
    pub(super) fn wait(&self, target: &TargetPlan) -> Option<String> {
        let name = &target.name;
        match &self.verdict {
            Verdict::Paused { advice, .. } => Some(format!(
                "{name}, of the wave before it, is paused: {}; wait until it is deployed",
                advice.first().map(String::as_str).unwrap_or_default()
            )),
            Verdict::Reached { stage } => Some(format!(
                "{name}, of the wave before it, is at {}; wait until it is deployed",
                stage.as_str()
            )),
            _ => None,
        }
    }

    /// An outcome with the verdict's own exit code, which replaced nothing.
    pub(super) fn new(verdict: Verdict, task_definition: impl Into<String>) -> Self {
        Self {
            exit: verdict.exit(),
            verdict,
            task_definition: task_definition.into(),
            replaced_definitions: Vec::new(),
        }
    }
}

/// The exit code of a target whose call to AWS failed before its rollout started: a missing permission, credentials that
/// AWS rejects, or an AWS that did not answer. Anything else is a failure in ECS.
pub(super) fn failure_exit(error: &AwsError) -> Exit {
    match error.kind {
        ErrorKind::Permission
        | ErrorKind::Credentials
        | ErrorKind::Throttled
        | ErrorKind::Network
        | ErrorKind::Server
        | ErrorKind::UnexpectedResponse => Exit::Preflight,
        _ => Exit::Failed,
    }
}

/// Makes the verdict on a rollout, and reads the facts in it: what the service runs after the rollout.
pub(super) struct VerdictReader<'r> {
    pub(super) ecs: &'r Ecs,
    /// The time between two polls of the watch.
    pub(super) poll: Duration,
    /// The build that a task definition came from.
    pub(super) stamp: &'r dyn Fn(&TaskDefinition) -> Option<Stamp>,
}

impl VerdictReader<'_> {
    /// The verdict on a rollout that nothing else follows; `next` states how to go on after a
    /// timeout. Only the facts that the verdict needs are read.
    pub(super) async fn verdict(&self, rollout: &Rollout, end: WatchEnd, next: String) -> Verdict {
        let facts = match &end {
            WatchEnd::RolledBack { .. } => {
                VerdictFacts { runs: self.read_current_definition(rollout).await, ..Default::default() }
            }
            WatchEnd::Superseded => {
                VerdictFacts { newer: self.read_newer_deployment(rollout).await, ..Default::default() }
            }
            _ => VerdictFacts { next, ..Default::default() },
        };
        end.into_verdict(facts)
    }

    /// The ARN of the task definition that the service is set to after a rollout was rolled back.
    pub(super) async fn read_current_definition(&self, rollout: &Rollout) -> Option<String> {
        let own = Some(rollout.task_definition.as_str());
        // A rollout of the same task definition once more goes back to that one.
        let is_current = |service: &Service| {
            rollout.previous_definition.as_deref() == own || service.task_definition() != own
        };
        let service = self.read_service(rollout, is_current).await?;
        service.task_definition().map(str::to_owned)
    }

    /// The service whose primary deployment replaced a rollout, if it can be read.
    pub(super) async fn read_newer_service(&self, rollout: &Rollout) -> Option<Service> {
        let is_newer = |primary: &Deployment| {
            // In an outdated response, ECS's own rollback may be primary.
            rollout.is_before(primary)
                && !sentences::is_rollback(primary.rollout_state_reason().unwrap_or_default())
        };
        self.read_service(rollout, |service| primary_deployment(service).is_some_and(is_newer)).await
    }

    /// The deployment that replaced a rollout, as far as it can be read.
    pub(super) async fn read_newer_deployment(&self, rollout: &Rollout) -> NewerDeployment {
        let service = self.read_newer_service(rollout).await;
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
    async fn read_service(
        &self,
        rollout: &Rollout,
        is_current: impl Fn(&Service) -> bool,
    ) -> Option<Service> {
        let name = &rollout.service;
        for read in 0..MAX_READS {
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
