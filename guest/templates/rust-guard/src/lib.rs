//! Denies privileged containers.

wit_bindgen::generate!({ path: "wit", world: "review", generate_all });

use crate::exports::ecs_host::policy::guard::{
    Finding, Guest, GuardManifest, Plan, PlannedContainer, PlannedTarget, Severity,
};

struct Guard;

impl Guest for Guard {
    fn describe() -> GuardManifest {
        GuardManifest {
            name: "my-policy".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: "Denies privileged containers.".into(),
            settings: vec![],
            reviews_rollbacks: false,
        }
    }

    fn review(plan: Plan) -> Result<Vec<Finding>, String> {
        let changed = plan.targets.iter().filter(|target| !target.is_unchanged);
        Ok(changed.flat_map(privileged_containers).collect())
    }
}

fn privileged_containers(target: &PlannedTarget) -> Vec<Finding> {
    let finding = |container: &PlannedContainer| Finding {
        severity: Severity::Deny,
        rule: "no-privileged-container".into(),
        message: format!(
            "Container `{}` is privileged. Remove `privileged` from its task definition.",
            container.name
        ),
        target: Some(target.name.clone()),
    };
    target.containers.iter().filter(|container| container.privileged).map(finding).collect()
}

// Native builds, such as for `cargo test`, export nothing.
#[cfg(target_family = "wasm")]
export!(Guard);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs_host::policy::types::{Destination, ServiceName};
    use crate::exports::ecs_host::policy::guard::Action;

    fn plan(privileged: bool, is_unchanged: bool) -> Plan {
        let container = PlannedContainer {
            name: "web".into(),
            image: "registry.example.com/web:1".into(),
            image_name: None,
            privileged,
            environment: vec![],
            secrets: vec![],
        };
        let target = PlannedTarget {
            name: "production/web".into(),
            destination: Destination::Service(ServiceName {
                cluster: "production".into(),
                service: "web".into(),
            }),
            region: "eu-central-1".into(),
            account: None,
            role: None,
            wave: 0,
            is_unchanged,
            running_revision: None,
            next_revision: None,
            changes: vec![],
            containers: vec![container],
            definition_json: "{}".into(),
            rollout: None,
            tasks_before: vec![],
            tasks_after: vec![],
        };
        Plan {
            action: Action::Deploy,
            started_at: 1_767_225_600,
            settings: vec![],
            build: None,
            policy: None,
            images: vec![],
            targets: vec![target],
        }
    }

    #[test]
    fn a_privileged_container_is_denied() {
        let findings = Guard::review(plan(true, false)).unwrap();
        assert_eq!(findings[0].rule, "no-privileged-container");
        assert!(Guard::review(plan(false, false)).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_change_is_not_reviewed() {
        assert!(Guard::review(plan(true, true)).unwrap().is_empty());
    }
}
