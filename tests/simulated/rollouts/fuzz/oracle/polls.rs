//! The responses of a run's polls: a verdict must not contradict them.

use ecs_simulator::{Call, Change, Trigger};

use super::super::{Problems, is_readable};
use super::Target;

impl Target<'_> {
    /// Requires that no response reported the end of the rollout.
    pub(super) fn is_not_seen_final(&self, problems: &mut Problems) {
        let Some(own) = self.own() else { return };
        let Some(end) = own.finished_at.filter(|_| own.is_final) else { return };
        let scenario = &self.run.case.scenario;
        let max_age = scenario.consistency.stale_reads.as_ref().map_or(0.0, |stale| stale.max_age);
        let is_complete = |call: &&Call| call.status == 200 && is_readable(call);
        let names = |call: &&Call| {
            let arns = call.body["serviceDeploymentArns"].as_array().into_iter().flatten();
            arns.into_iter().any(|arn| arn.as_str() == Some(&own.arn))
        };
        // The run's own rollback replaces the rollout, which ends it.
        let updates = self.run.calls("ecs:UpdateService");
        let is_rollback = |call: &&Call| {
            let revision = call.body["taskDefinition"].as_str();
            call.body["service"] == self.service && revision.is_some_and(|arn| arn != own.task_definition)
        };
        let mut rollbacks = updates.filter(is_rollback).filter(|call| call.at > own.created_at);
        let rolled_back_at = rollbacks.next().map_or(f64::INFINITY, |call| call.at);
        let found = self
            .run
            .calls("ecs:DescribeServiceDeployments")
            .filter(is_complete)
            .filter(names)
            .find(|call| call.at - max_age > end && call.at < rolled_back_at);
        problems.require(found.is_none(), || {
            format!(
                "a response at {:.0} reported that ECS ended it at {end:.0}: {}",
                found.map_or(0.0, |c| c.at),
                own.status
            )
        });
    }

    /// Requires that no response reported the deletion of the service.
    pub(super) fn is_not_seen_deleted(&self, problems: &mut Problems) {
        let scenario = &self.run.case.scenario;
        let deleted = scenario.scheduled_changes.iter().filter_map(|act| match (&act.change, &act.trigger) {
            (Change::DeleteService { service, .. }, Trigger::At(time)) if service == self.service => {
                Some(*time)
            }
            _ => None,
        });
        let Some(time) = deleted.reduce(f64::min) else { return };
        let max_age = scenario.consistency.stale_reads.as_ref().map_or(0.0, |stale| stale.max_age);
        let names = |call: &&Call| {
            let names = call.body["services"].as_array().into_iter().flatten();
            names.into_iter().any(|name| name == self.service)
        };
        let is_complete = |call: &&Call| call.status == 200 && call.fault.is_none();
        let mut polls = self.run.calls("ecs:DescribeServices").filter(names).filter(is_complete);
        problems.require(polls.all(|call| call.at - max_age <= time), || {
            format!("a response reported that the service was deleted at {time:.0}")
        });
    }
}
