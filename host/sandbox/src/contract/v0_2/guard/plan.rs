//! The plan as a guard receives it.

use super::super::bindings::ecs_host::policy::types as shared;
use super::super::{from_decision, values};
use super::bindings::exports::ecs_host::policy::guard as types;
use crate::settings::Settings;
use model::review::{
    Action, ChangedValue, PolicyIdentity, ReviewedChange, ReviewedContainer, ReviewedImage, ReviewedPlan,
    ReviewedTarget, ReviewedTask, ReviewedVariable,
};

/// The plan with the settings of the guard.
pub(super) fn from_plan(plan: &ReviewedPlan, settings: &Settings) -> types::Plan {
    let of_policy =
        plan.policy.as_ref().map(|policy| Settings { values: policy.settings.clone(), withheld: Vec::new() });
    let of_policy = of_policy.unwrap_or_default();
    types::Plan {
        action: match plan.action {
            Action::Deploy => types::Action::Deploy,
            Action::Apply => types::Action::Apply,
            Action::Rollback => types::Action::Rollback,
        },
        started_at: values::seconds(plan.started_at),
        settings: from_decision::settings(&settings.values),
        build: plan.build.as_ref().map(|build| values::from_build(build, &of_policy)),
        policy: plan.policy.as_ref().map(from_policy),
        images: plan.images.iter().map(from_image).collect(),
        targets: plan.targets.iter().map(from_target).collect(),
    }
}

fn from_policy(policy: &PolicyIdentity) -> types::PolicyIdentity {
    types::PolicyIdentity {
        name: policy.name.clone(),
        version: policy.version.clone(),
        digest: policy.digest.to_string(),
        source: policy.source.clone(),
    }
}

fn from_image(image: &ReviewedImage) -> types::PlannedImage {
    types::PlannedImage {
        name: image.name.clone(),
        repository: image.repository.to_string(),
        tags: image.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        source: from_decision::image_source(&image.source),
        publish_only: image.publish_only,
        digest: image.digest.as_ref().map(ToString::to_string),
    }
}

fn from_target(target: &ReviewedTarget) -> types::PlannedTarget {
    types::PlannedTarget {
        name: target.name.clone(),
        destination: from_decision::destination(&target.destination),
        region: target.region.to_string(),
        account: target.account.clone(),
        role: target.role.as_ref().map(ToString::to_string),
        wave: target.wave,
        is_unchanged: target.is_unchanged,
        running_revision: target.running_revision.clone(),
        next_revision: target.next_revision.clone(),
        changes: target.changes.iter().map(from_change).collect(),
        containers: target.containers.iter().map(from_container).collect(),
        definition_json: target.definition.to_string(),
        rollout: target.rollout.map(from_decision::rollout),
        tasks_before: target.tasks_before.iter().map(from_task).collect(),
        tasks_after: target.tasks_after.iter().map(from_task).collect(),
    }
}

fn from_change(change: &ReviewedChange) -> types::Change {
    let value = |value: &ChangedValue| match value {
        ChangedValue::Absent => types::ChangedValue::Absent,
        ChangedValue::Text(text) => types::ChangedValue::Text(text.clone()),
        ChangedValue::Hidden => types::ChangedValue::Hidden,
    };
    types::Change { path: change.path.clone(), before: value(&change.before), after: value(&change.after) }
}

fn from_container(container: &ReviewedContainer) -> types::PlannedContainer {
    let secret = |(name, value_from): &(String, String)| shared::SecretReference {
        name: name.clone(),
        value_from: value_from.clone(),
    };
    types::PlannedContainer {
        name: container.name.clone(),
        image: container.image.clone(),
        image_name: container.image_name.clone(),
        privileged: container.privileged,
        environment: container.environment.iter().map(from_variable).collect(),
        secrets: container.secrets.iter().map(secret).collect(),
    }
}

fn from_variable(variable: &ReviewedVariable) -> types::PlannedVariable {
    types::PlannedVariable { name: variable.name.clone(), value: variable.value.clone() }
}

fn from_task(task: &ReviewedTask) -> types::PlannedTask {
    types::PlannedTask {
        name: task.name.clone(),
        container: task.container.clone(),
        command: task.command.clone(),
        environment: task.environment.iter().map(from_variable).collect(),
        timeout_seconds: task.timeout_seconds,
    }
}
