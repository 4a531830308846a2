//! A policy that wraps another one, and rejects its deployments in the periods of
//! `FREEZE_PERIODS`, such as the days before a holiday. Services in the clusters of
//! `FREEZE_EXEMPT_CLUSTERS` are still deployed. `FREEZE_OVERRIDE`, with a reason, lets
//! an urgent build through.
//!
//! `wac plug` composes it with the policy that decides what deploys where.

mod period;
#[cfg(test)]
mod tests;

use ecs_host_policy::{
    Build, Destination, Image, InnerPolicy, Manifest, Policy, Selection, SettingDeclaration, Target, export,
};
use period::Period;

const PERIODS: &str = "FREEZE_PERIODS";
const EXEMPT_CLUSTERS: &str = "FREEZE_EXEMPT_CLUSTERS";
const OVERRIDE: &str = "FREEZE_OVERRIDE";

/// The wrapper of an inner policy.
struct Freeze<P>(P);

impl<P: Policy> Policy for Freeze<P> {
    /// The inner manifest. The version states that it is wrapped, and the settings of
    /// the wrapper are added.
    fn describe(&self) -> Manifest {
        let mut manifest = self.0.describe();
        manifest.version = format!("{}+freeze.{}", manifest.version, env!("CARGO_PKG_VERSION"));
        let description = manifest.description.trim_end_matches('.');
        manifest.description = format!("{description}. Rejects deployments while they are frozen.");
        manifest.settings.extend([
            SettingDeclaration::required(
                PERIODS,
                "first and last days of freezes, such as 2026-12-18/2027-01-03",
            ),
            SettingDeclaration::optional(EXEMPT_CLUSTERS, "clusters whose services are never frozen"),
            SettingDeclaration::optional(OVERRIDE, "the reason to deploy in a freeze"),
        ]);
        manifest
    }

    /// Returns the inner selection, and an error for a deployment in a freeze.
    fn select(&self, build: &Build) -> Result<Selection, String> {
        let selection = self.0.select(build)?;
        if selection != Selection::Deploy {
            return Ok(selection);
        }
        let periods = build.setting(PERIODS).ok_or_else(|| {
            format!(
                "Set {PERIODS} to the periods in which nothing is deployed, such as 2026-12-18/2027-01-03."
            )
        })?;
        let Some(period) = Period::find(periods, build.started_at)? else { return Ok(selection) };
        // A policy has no state, so its functions can be called at any time.
        let targets = self.0.targets(build)?;
        let Some(target) = targets.iter().find(|target| is_frozen(target, build)) else {
            return Ok(selection);
        };
        let name = name(&target.destination);
        match build.setting(OVERRIDE) {
            Some(reason) => {
                println!("Deploys {name} in the freeze until {}: {reason}", period.last_day());
                Ok(selection)
            }
            None => Err(format!(
                "Deployments to {name} are frozen until the end of {} (UTC). Start the build again after that day, \
                 or set {OVERRIDE} to the reason for which it cannot wait.",
                period.last_day()
            )),
        }
    }

    fn images(&self, build: &Build) -> Result<Vec<Image>, String> {
        self.0.images(build)
    }

    fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
        self.0.targets(build)
    }
}

/// Whether a freeze applies to a target. A family, a schedule and a rule do not name
/// their clusters, so it applies to them.
fn is_frozen(target: &Target, build: &Build) -> bool {
    let Destination::Service(service) = &target.destination else { return true };
    // The cluster may be an ARN, which ends in the name.
    let cluster = service.cluster.rsplit('/').next().unwrap_or_default();
    let exempt = build.setting(EXEMPT_CLUSTERS).unwrap_or_default();
    !exempt.split([' ', ',']).any(|name| name == cluster)
}

fn name(destination: &Destination) -> String {
    match destination {
        Destination::Service(service) => format!("service `{}/{}`", service.cluster, service.service),
        Destination::Family(family) => format!("family `{family}`"),
        Destination::Schedule(schedule) => format!("schedule `{schedule}`"),
        Destination::EventRule(rule) => format!("event rule `{rule}`"),
    }
}

export!(Freeze(InnerPolicy));
