//! A guard that lets only builds of git tags deploy to production.

use ecs_host_policy::SettingDeclaration;
use ecs_host_policy::export_guard;
use ecs_host_policy::guard::{Finding, Guard, GuardManifest, Plan, PlannedTarget, matches};

const CLUSTERS: &str = "PRODUCTION_CLUSTERS";
const TAGS: &str = "TAGS";

struct ProductionTags;

impl Guard for ProductionTags {
    fn describe(&self) -> GuardManifest {
        GuardManifest::new("production-tags", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
            .with_settings([
                SettingDeclaration::required(
                    CLUSTERS,
                    "clusters of production; `*` stands for any characters",
                ),
                SettingDeclaration::optional(TAGS, "git tags that are deployed, such as v*; any by default"),
            ])
    }

    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let build = plan.build.as_ref().ok_or("The plan has no build.")?;
        let mut tags = plan.words(TAGS).peekable();
        let message = match &build.tag {
            Some(_) if tags.peek().is_none() => return Ok(Vec::new()),
            Some(tag) if tags.any(|pattern| matches(pattern, tag)) => return Ok(Vec::new()),
            Some(tag) => format!(
                "The tag `{tag}` is none of {}. Push a tag of this form.",
                plan.setting(TAGS).unwrap_or_default()
            ),
            None => format!(
                "Production is deployed from git tags only, and this is a build of branch `{}`. Push a tag.",
                build.branch
            ),
        };
        let finding = |target: &PlannedTarget| Finding::deny("production-from-tags", &message).of(target);
        Ok(plan.targets.iter().filter(|target| is_deployed(target, plan)).map(finding).collect())
    }
}

/// Whether a target of production changes. A family, a schedule and a rule do not name
/// their clusters, so they count as production.
fn is_deployed(target: &PlannedTarget, plan: &Plan) -> bool {
    let is_production = |cluster: &str| plan.words(CLUSTERS).any(|pattern| matches(pattern, cluster));
    !target.is_unchanged && target.cluster().is_none_or(is_production)
}

export_guard!(ProductionTags);

#[cfg(test)]
mod tests {
    use ecs_host_policy::Build;

    use super::*;

    fn findings(build: Build, tags: &str) -> usize {
        let targets = ["production", "staging"].map(|cluster| PlannedTarget::service(cluster, "web"));
        let plan = Plan::of(targets).with_setting(CLUSTERS, "production").with_setting(TAGS, tags);
        ProductionTags.review(&Plan { build: Some(build), ..plan }).unwrap().len()
    }

    #[test]
    fn only_a_tag_reaches_production() {
        assert_eq!(findings(Build::on_branch("master"), ""), 1);
        assert_eq!(findings(Build::on_tag("nightly"), ""), 0);
        assert_eq!(findings(Build::on_tag("nightly"), "v*"), 1);
        assert_eq!(findings(Build::on_tag("v1.2.0"), "release-* v*"), 0);
    }
}
