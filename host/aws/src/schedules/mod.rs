//! What starts tasks outside ECS: targets of EventBridge rules, and schedules of EventBridge Scheduler. Both name a
//! task definition. One that names a revision continues to start it after its family has a newer one, until a deployment
//! replaces it.

pub(crate) mod event_bridge;
pub(crate) mod scheduler;
pub(crate) mod triggers;

use std::collections::BTreeSet;

use aws_config::SdkConfig;

use crate::error::{AwsError, ErrorKind};
use event_bridge::EventBridge;
use model::names::short_revision;
use model::plan::trigger;
use scheduler::Scheduler;

/// What to allow if one of the reads is denied: without any one of them, the others are useless.
const PERMISSION_HINT: &str = "allow the actions `events:ListEventBuses`, `events:ListRuleNamesByTarget`, \
     `events:ListTargetsByRule`, `scheduler:ListSchedules` and `scheduler:GetSchedule` in the IAM policy of these \
     credentials";

/// EventBridge and EventBridge Scheduler in one account and region.
pub(crate) struct Schedules {
    pub(crate) event_bridge: EventBridge,
    pub(crate) scheduler: Scheduler,
}

impl Schedules {
    /// Clients with these credentials. They make no call.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { event_bridge: EventBridge::new(config), scheduler: Scheduler::new(config) }
    }

    /// The task definitions that rules and schedules start, in the short form: `family:number` for a revision, and
    /// `family` for the newest one at each start. `clusters` are the ARNs of the account's clusters.
    ///
    /// # Errors
    /// [`AwsError`] of the first request that fails.
    pub(crate) async fn read_task_definitions(
        &self,
        clusters: &[String],
    ) -> Result<BTreeSet<String>, AwsError> {
        let read = async {
            let targets = self.event_bridge.read_ecs_targets(clusters).await?;
            let mut names: Vec<String> =
                targets.iter().filter_map(trigger::task_definition).map(str::to_owned).collect();
            let targets = self.scheduler.read_ecs_targets().await?;
            names.extend(targets.iter().filter_map(scheduler::task_definition));
            Ok(names.iter().map(|name| short_revision(name).to_owned()).collect())
        };
        read.await.map_err(|error: AwsError| match error.kind {
            ErrorKind::Permission => error.with_hint(PERMISSION_HINT),
            _ => error,
        })
    }
}

/// The result of a read of something that may be deleted meanwhile: empty if it does not exist.
fn or_empty<T>(result: Result<Vec<T>, AwsError>) -> Result<Vec<T>, AwsError> {
    match result {
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(Vec::new()),
        result => result,
    }
}
