//! The permissions that a deployment to a schedule or a rule requires, beyond those to read it.

use super::ProbeResult;
use crate::ecs::Ecs;
use crate::iam::advice;
use crate::schedules::triggers::roles;
use model::check::Check;
use model::decision::TriggerName;
use model::plan::TargetName;
use model::plan::trigger::TriggerPlan;

/// Checks whether the task definition that a schedule or a rule starts may be replaced, by an update that AWS must
/// reject.
pub async fn check_replacement(
    ecs: &Ecs,
    name: &TargetName,
    (started_by, trigger): (&TriggerName, &TriggerPlan),
    report: &impl Fn(Check),
) {
    let action = match started_by {
        TriggerName::Schedule(_) => "scheduler:UpdateSchedule",
        TriggerName::EventRule(_) => "events:PutTargets",
    };
    let roles = advice::list_roles(roles(&trigger.document));
    let pass_role = format!("iam:PassRole for {name}");
    let response = ecs.schedules().probe_replacement(started_by, &trigger.document).await;
    match ProbeResult::from_response(response, &["ValidationException"]) {
        ProbeResult::Denied(error) if error.message.contains("iam:PassRole") => {
            // The action itself was allowed before.
            report(Check::ok(format!("{action} for {name}"), "allowed"));
            report(Check::failed(pass_role, error.to_string()));
        }
        result => {
            report(result.into_check(format!("{action} for {name}")));
            // The order is not documented: AWS may reject the parameters before it authorizes the role.
            let detail =
                format!("not denied, but not verified: AWS offers no dry run; it must be allowed on {roles}");
            report(Check::skipped(pass_role, detail));
        }
    }
}
