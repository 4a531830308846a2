//! What a run has seen: a verdict may be no worse informed than its looks.

use ecs_simulator::{Call, Change, FaultKind, Trigger};

use super::super::Wrong;
use super::Target;

impl Target<'_> {
    /// No answer told that the rollout was over.
    pub(super) fn is_not_seen_final(&self, wrong: &mut Wrong) {
        let Some(own) = self.own() else { return };
        let Some(end) = own.finished_at.filter(|_| own.is_final) else { return };
        let scenario = &self.run.case.scenario;
        let old = scenario.consistency.stale_reads.as_ref().map_or(0.0, |stale| stale.max_age);
        let whole = |call: &&Call| {
            call.status == 200
                && !matches!(call.fault, Some(FaultKind::TruncateResponse | FaultKind::DropResponse))
        };
        let names = |call: &&Call| {
            let arns = call.body["serviceDeploymentArns"].as_array().into_iter().flatten();
            arns.into_iter().any(|arn| arn.as_str() == Some(&own.arn))
        };
        let seen = self
            .run
            .calls("ecs:DescribeServiceDeployments")
            .filter(whole)
            .filter(names)
            .find(|call| call.at - old > end);
        wrong.unless(seen.is_none(), || {
            format!(
                "it saw at {:.0} that ECS had ended it at {end:.0}: {}",
                seen.map_or(0.0, |c| c.at),
                own.status
            )
        });
    }

    /// No answer told that the service is gone.
    pub(super) fn is_not_seen_deleted(&self, wrong: &mut Wrong) {
        let scenario = &self.run.case.scenario;
        let deleted = scenario.scheduled_changes.iter().filter_map(|act| match (&act.change, &act.trigger) {
            (Change::DeleteService { service, .. }, Trigger::At(time)) if service == self.service => {
                Some(*time)
            }
            _ => None,
        });
        let Some(time) = deleted.reduce(f64::min) else { return };
        let old = scenario.consistency.stale_reads.as_ref().map_or(0.0, |stale| stale.max_age);
        let names = |call: &&Call| {
            let names = call.body["services"].as_array().into_iter().flatten();
            names.into_iter().any(|name| name == self.service)
        };
        let whole = |call: &&Call| call.status == 200 && call.fault.is_none();
        let mut looks = self.run.calls("ecs:DescribeServices").filter(names).filter(whole);
        wrong.unless(looks.all(|call| call.at - old <= time), || {
            format!("it saw that the service was deleted at {time:.0}")
        });
    }
}
