//! What happens to images and targets, as clauses, and the counts of both.

use crate::output::layout::join_tags;
use model::decision::Destination;
use model::names::short_revision;
use model::plan::{ImageAction, ImagePlan, Plan, RolloutState, TargetPlan};
use model::text::printable;

/// What a run does about an image.
pub(super) fn image_action(plan: &ImagePlan) -> String {
    let action = match &plan.action {
        ImageAction::Build(build) => format!("build `{}` and push", printable(&build.context)),
        ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty() => {
            "in the registry already".to_owned()
        }
        ImageAction::Reuse { missing_tags, .. } => {
            format!("in the registry already; tag it {}", join_tags(missing_tags))
        }
    };
    let only = if plan.image.publish_only { ", for no target" } else { "" };
    format!("{action}{only}")
}

/// The kind of a target, with a blank behind it. The name of a schedule or a rule names its kind.
pub(super) fn target_kind(target: &TargetPlan) -> &'static str {
    match &target.destination {
        Destination::Service(_) => "service ",
        Destination::Family(_) => "family ",
        Destination::Schedule(_) | Destination::EventRule(_) => "",
    }
}

/// What a run does about a target.
pub(super) fn target_action(target: &TargetPlan) -> String {
    match &target.destination {
        Destination::Service(_) => service_action(target),
        Destination::Family(_) => family_action(target),
        Destination::Schedule(_) | Destination::EventRule(_) => trigger_action(target),
    }
}

fn service_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    match (target.unchanged, target.redeploy, &target.rollout) {
        (true, true, _) if target.is_deregistered => {
            format!("{current} already matches, but is deregistered: deploy a copy")
        }
        (true, _, RolloutState::Failed) => {
            format!("{current} already matches, but its rollout failed: deploy it again")
        }
        (true, true, _) => format!("{current} already matches: deploy it again, as requested"),
        (true, false, RolloutState::Complete) if target.count_change().is_some() => {
            format!("{current} already matches, with another number of tasks")
        }
        (true, false, RolloutState::Complete) => format!("unchanged, {current} already matches"),
        (true, false, RolloutState::InProgress(_)) => {
            format!("{current} already matches and is still rolling out")
        }
        (false, ..) if target.made_from != target.base => {
            format!("new revision after {current}, made from {}", short_revision(&target.made_from))
        }
        (false, ..) => format!("new revision after {current}"),
    }
}

fn family_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    match target.unchanged {
        true => format!("unchanged, {current} already matches"),
        false => format!("new revision after {current}, nothing is rolled out"),
    }
}

fn trigger_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    let names_revision = target.trigger.as_ref().is_some_and(|trigger| trigger.names_revision);
    match (target.unchanged, target.redeploy) {
        (true, true) if target.is_deregistered => {
            format!("{current} already matches, but is deregistered: start a copy")
        }
        (true, true) => format!("{current} already matches: start it in each target"),
        (true, false) => format!("unchanged, {current} already matches"),
        (false, _) if names_revision => format!("new revision after {current}, started from then on"),
        (false, _) => format!("new revision after {current}; each start runs the latest one"),
    }
}

/// Whether a run of the plan would do nothing.
pub(super) fn is_nothing_to_do(plan: &Plan) -> bool {
    plan.is_up_to_date() && plan.targets.iter().all(|target| target.tasks_after.is_empty())
}

/// A number and what it counts; `None` for zero.
pub(super) fn count(count: usize, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    }
}

/// What the plan would change, counted: `1 image to build, 2 targets to change, 1 target unchanged`.
pub(super) fn totals(plan: &Plan) -> String {
    let built = plan.images.iter().filter(|image| matches!(image.action, ImageAction::Build(_))).count();
    let missing = plan.images.iter().filter(|image| !image.is_up_to_date()).count();
    let unchanged = plan.targets.iter().filter(|target| target.is_up_to_date()).count();
    let tasks = plan.targets.iter().map(|target| {
        let before = if target.is_up_to_date() { 0 } else { target.tasks_before.len() };
        before + target.tasks_after.len()
    });
    let warnings = plan.targets.iter().map(|target| target_warnings(target).len());
    let denials = plan.reviews.iter().map(|review| review.denials().count()).sum();
    let findings: usize = plan.reviews.iter().map(|review| review.findings.len()).sum();
    let parts = [
        count(built, "image to build", "images to build"),
        count(missing - built, "image to tag", "images to tag"),
        count(plan.targets.len() - unchanged, "target to change", "targets to change"),
        count(unchanged, "target unchanged", "targets unchanged"),
        count(tasks.sum(), "one-off task", "one-off tasks"),
        count(warnings.sum::<usize>() + (findings - denials), "warning", "warnings"),
        count(denials, "denial", "denials"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The warnings about a target, sentences.
pub(super) fn target_warnings(target: &TargetPlan) -> &[String] {
    &target.warnings
}
