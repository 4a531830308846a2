//! What starts tasks outside ECS: targets of EventBridge rules, and schedules of EventBridge Scheduler. Both name a
//! task definition. One that names a revision continues to start it after its family has a newer one, until a deployment
//! replaces it.

pub(crate) mod event_bridge;
pub(crate) mod scheduler;
pub(crate) mod triggers;

use std::collections::BTreeSet;

use aws_config::SdkConfig;

use crate::error::{AwsError, ErrorKind};
use crate::iam::table::TRIGGER_READS;
use event_bridge::EventBridge;
use model::names::short_revision;
use model::plan::trigger;
use scheduler::Scheduler;

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
            ErrorKind::Permission => error.with_hint(permission_hint()),
            _ => error,
        })
    }
}

/// What to allow if one of the reads is denied: without any one of them, the others are useless.
fn permission_hint() -> String {
    format!("allow the actions {} in the IAM policy of these credentials", code_list(TRIGGER_READS))
}

/// Actions in backticks, as in a sentence.
fn code_list(actions: &[&str]) -> String {
    let quoted: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The result of a read of something that may be deleted meanwhile: empty if it does not exist.
fn or_empty<T>(result: Result<Vec<T>, AwsError>) -> Result<Vec<T>, AwsError> {
    match result {
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(Vec::new()),
        result => result,
    }
}
