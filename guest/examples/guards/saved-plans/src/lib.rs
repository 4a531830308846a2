//! A guard that lets production be deployed only by `ecs-host apply`, with a plan that is not too old.

use ecs_host_policy::SettingDeclaration;
use ecs_host_policy::export_guard;
use ecs_host_policy::guard::{Action, Finding, Guard, GuardManifest, Plan, PlannedTarget, matches};

const CLUSTERS: &str = "PRODUCTION_CLUSTERS";
const MAX_HOURS: &str = "MAX_HOURS";

struct SavedPlans;

impl Guard for SavedPlans {
    fn describe(&self) -> GuardManifest {
        GuardManifest::new("saved-plans", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
            .with_settings([
                SettingDeclaration::required(
                    CLUSTERS,
                    "clusters of production; `*` stands for any characters",
                ),
                SettingDeclaration::optional(
                    MAX_HOURS,
                    "the age in hours at which a plan is too old; none is by default",
                ),
            ])
    }

    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let (rule, message) = match plan.action {
            Action::Deploy => (
                "production-by-saved-plans",
                "Production is deployed by `ecs-host apply` of a saved plan. Save one with `ecs-host plan --out`."
                    .to_string(),
            ),
            Action::Apply => match too_old(plan)? {
                Some(message) => ("no-old-plans", message),
                None => return Ok(Vec::new()),
            },
            Action::Rollback => return Ok(Vec::new()),
        };
        let finding = |target: &PlannedTarget| Finding::deny(rule, &message).of(target);
        Ok(plan.targets.iter().filter(|target| is_deployed(target, plan)).map(finding).collect())
    }
}

/// Why a saved plan is too old; `None` if it is not.
fn too_old(plan: &Plan) -> Result<Option<String>, String> {
    let Some(setting) = plan.setting(MAX_HOURS) else { return Ok(None) };
    let max: u32 =
        setting.parse().map_err(|_| format!("Correct {MAX_HOURS}: `{setting}` is not a number."))?;
    let build = plan.build.as_ref().ok_or("The plan has no build.")?;
    let hours = plan.started_at.saturating_sub(build.started_at) / 3600;
    let message = || {
        format!(
            "This plan is {hours} hours old, and {max} are the limit. Save a new one and have it reviewed."
        )
    };
    Ok((hours >= max).then(message))
}

/// Whether a target of production changes. A family, a schedule and a rule do not name
/// their clusters, so they count as production.
fn is_deployed(target: &PlannedTarget, plan: &Plan) -> bool {
    let is_production = |cluster: &str| plan.words(CLUSTERS).any(|pattern| matches(pattern, cluster));
    !target.is_unchanged && target.cluster().is_none_or(is_production)
}

export_guard!(SavedPlans);

#[cfg(test)]
mod tests {
    use ecs_host_policy::Build;

    use super::*;

    fn rules(action: Action, hours: u32, limit: Option<&str>) -> Result<Vec<String>, String> {
        let targets = ["production", "staging"].map(|cluster| PlannedTarget::service(cluster, "web"));
        let plan = Plan::of(targets).with_setting(CLUSTERS, "production");
        let plan = match limit {
            Some(limit) => plan.with_setting(MAX_HOURS, limit),
            None => plan,
        };
        let build = Build { started_at: plan.started_at - hours * 3600, ..Build::on_branch("master") };
        let findings = SavedPlans.review(&Plan { action, build: Some(build), ..plan })?;
        Ok(findings.into_iter().map(|finding| finding.rule).collect())
    }

    #[test]
    fn only_a_saved_plan_reaches_production() {
        assert_eq!(rules(Action::Deploy, 0, None), Ok(vec!["production-by-saved-plans".to_string()]));
        assert_eq!(rules(Action::Apply, 1000, None), Ok(vec![]));
        assert_eq!(rules(Action::Rollback, 0, None), Ok(vec![]));
    }

    #[test]
    fn a_plan_is_too_old_from_its_limit_on() {
        assert_eq!(rules(Action::Apply, 23, Some("24")), Ok(vec![]));
        assert_eq!(rules(Action::Apply, 24, Some("24")), Ok(vec!["no-old-plans".to_string()]));
        let error = rules(Action::Apply, 0, Some("a day")).unwrap_err();
        assert_eq!(error, "Correct MAX_HOURS: `a day` is not a number.");
    }
}
