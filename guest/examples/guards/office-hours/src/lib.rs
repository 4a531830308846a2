//! A guard that denies deployments to production before the weekend: from Friday noon to
//! the end of Sunday, in the zone of the team. A rollback is possible at any time.

#[cfg(test)]
mod tests;

use ecs_host_policy::SettingDeclaration;
use ecs_host_policy::export_guard;
use ecs_host_policy::guard::{Finding, Guard, GuardManifest, Plan, PlannedTarget, matches};
use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

const ZONE: &str = "ZONE";
const CLUSTERS: &str = "PRODUCTION_CLUSTERS";
const FROM: &str = "FRIDAY_FROM";

struct OfficeHours;

impl Guard for OfficeHours {
    fn describe(&self) -> GuardManifest {
        GuardManifest::new("office-hours", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
            .with_settings([
                SettingDeclaration::required(ZONE, "time zone of the team, such as Europe/Amsterdam"),
                SettingDeclaration::required(
                    CLUSTERS,
                    "clusters of production; `*` stands for any characters",
                ),
                SettingDeclaration::optional(
                    FROM,
                    "time on Friday from which nothing is deployed, 12:00 by default",
                ),
            ])
    }

    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let zone = plan.setting(ZONE).unwrap_or_default();
        let zone = TimeZone::get(zone).map_err(|_| {
            format!("Correct {ZONE}: `{zone}` is not the name of a time zone, such as Europe/Amsterdam.")
        })?;
        let from = plan.setting(FROM).unwrap_or("12:00");
        let from: Time =
            from.parse().map_err(|_| format!("Correct {FROM}: `{from}` is not a time, such as 12:00."))?;
        let now = Timestamp::from_second(plan.started_at.into()).map_err(|error| error.to_string())?;
        let now = now.to_zoned(zone);
        let is_closed = match now.weekday() {
            Weekday::Friday => now.time() >= from,
            Weekday::Saturday | Weekday::Sunday => true,
            _ => false,
        };
        if !is_closed {
            return Ok(Vec::new());
        }
        let message = format!(
            "It is {} in {}, and production is deployed again on Monday. Start the build again then.",
            now.strftime("%A %H:%M"),
            plan.setting(ZONE).unwrap_or_default()
        );
        let finding = |target: &PlannedTarget| Finding::deny("no-friday-deploys", &message).of(target);
        Ok(plan.targets.iter().filter(|target| is_deployed(target, plan)).map(finding).collect())
    }
}

/// Whether a target of production changes. A family, a schedule and a rule do not name
/// their clusters, so they count as production.
fn is_deployed(target: &PlannedTarget, plan: &Plan) -> bool {
    let is_production = |cluster: &str| plan.words(CLUSTERS).any(|pattern| matches(pattern, cluster));
    !target.is_unchanged && target.cluster().is_none_or(is_production)
}

export_guard!(OfficeHours);
