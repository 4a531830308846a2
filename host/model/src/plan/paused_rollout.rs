//! A paused rollout that a deployment ends.

use super::Stamp;
use super::definition::TaskDefinition;
use crate::lifecycle::Hook;
use crate::names::short_revision;

/// A warning that a deployment ends a paused rollout of `task_definition`, an ARN, with the build that it is of.
pub(super) fn describe_ended_rollout(
    task_definition: &str,
    definition: &TaskDefinition,
    pause: &Hook,
) -> String {
    let build = match Stamp::from_definition(definition) {
        Some(stamp) => {
            let number = stamp.number.map(|number| format!("build {number}, ")).unwrap_or_default();
            format!("{number}commit {}", stamp.short_commit())
        }
        None => "not deployed by ecs-host".to_owned(),
    };
    let revision = short_revision(task_definition);
    format!("this deployment ends the rollout of {revision} ({build}), which is {pause}")
}
