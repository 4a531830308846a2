//! A guard that denies privileged containers and secrets in plain environment variables.
//! It warns of them in a rollback, which is urgent.

use ecs_host_policy::export_guard;
use ecs_host_policy::guard::{
    Action, Finding, Guard, GuardManifest, Plan, PlannedTarget, PlannedVariable, Severity,
};

struct Hardening;

impl Guard for Hardening {
    fn describe(&self) -> GuardManifest {
        GuardManifest::new("hardening", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
            .reviewing_rollbacks()
    }

    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let changed = plan.targets.iter().filter(|target| !target.is_unchanged);
        let mut findings: Vec<Finding> = changed.flat_map(review).collect();
        if plan.action == Action::Rollback {
            findings.iter_mut().for_each(|finding| finding.severity = Severity::Warn);
        }
        Ok(findings)
    }
}

fn review(target: &PlannedTarget) -> Vec<Finding> {
    let mut findings = Vec::new();
    for container in &target.containers {
        let name = &container.name;
        if container.privileged {
            let message =
                format!("Container `{name}` is privileged. Remove `privileged` from its task definition.");
            findings.push(Finding::deny("no-privileged-container", message).of(target));
        }
        findings.extend(review_variables(&format!("Container `{name}`"), &container.environment, target));
    }
    for task in target.tasks_before.iter().chain(&target.tasks_after) {
        findings.extend(review_variables(&format!("Task `{}`", task.name), &task.environment, target));
    }
    findings
}

/// A finding for each variable whose value the host does not pass on, because it is a
/// secret.
fn review_variables(subject: &str, variables: &[PlannedVariable], target: &PlannedTarget) -> Vec<Finding> {
    let finding = |variable: &PlannedVariable| {
        let message = format!(
            "{subject} has the secret {} in a plain environment variable, which everybody who may describe the task \
             definition can read. Move it to Secrets Manager or the Parameter Store.",
            variable.name
        );
        Finding::deny("no-plain-secret", message).of(target)
    };
    variables.iter().filter(|variable| variable.value.is_none()).map(finding).collect()
}

export_guard!(Hardening);

#[cfg(test)]
mod tests {
    use ecs_host_policy::guard::PlannedContainer;

    use super::*;

    fn plan() -> Plan {
        let mut target = PlannedTarget::service("main", "web");
        let mut container = PlannedContainer::new("app", "registry.example.com/app:1");
        container.privileged = true;
        container.environment =
            vec![PlannedVariable::new("LOG_LEVEL", "info"), PlannedVariable::hidden("DB_PASSWORD")];
        target.containers.push(container);
        Plan::of([target])
    }

    fn rules(plan: &Plan) -> Vec<(String, Severity)> {
        let findings = Hardening.review(plan).unwrap();
        findings.into_iter().map(|finding| (finding.rule, finding.severity)).collect()
    }

    #[test]
    fn a_privileged_container_and_a_plain_secret_are_denied() {
        let expected = [("no-privileged-container", Severity::Deny), ("no-plain-secret", Severity::Deny)];
        assert_eq!(rules(&plan()), expected.map(|(rule, severity)| (rule.to_owned(), severity)));
    }

    #[test]
    fn a_rollback_is_warned_of() {
        let rollback = Plan { action: Action::Rollback, ..plan() };
        assert!(rules(&rollback).iter().all(|(_, severity)| *severity == Severity::Warn));
        assert!(Hardening.describe().reviews_rollbacks);
    }
}
