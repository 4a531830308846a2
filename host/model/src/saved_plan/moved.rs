//! The facts that have moved since a plan was saved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::masked::is_masked;
use super::{SavedPlan, differences, to_document};
use crate::names::{Place, Tag, short_revision};
use crate::plan::{
    Change, ChangePath, DIGEST_PLACEHOLDER, ImageAction, ImagePlan, Plan, RolloutState, Step, TargetPlan,
    TaskDefinition, known_digests,
};
use crate::text::{abbreviate, printable};

/// The fields of a target that change nothing of what a run does: the state of an earlier rollout, which goes on by itself,
/// and what a person should know.
const UNBOUND: [&str; 2] = ["rollout", "warnings"];

/// The fields of a target that are facts, or follow from them. The others are the policy's.
const FACTS: [&str; 14] = [
    "task_definition",
    "base_build",
    "made_from",
    "is_deregistered",
    "changes",
    "unchanged",
    "redeploy",
    "current_count",
    "launch",
    "scheduling",
    "circuit_breaker",
    "trigger",
    "strategy_seconds",
    "deployment_id",
];

/// The facts from which the others follow, the first one before the rest.
const CAUSES: [&str; 4] = ["task_definition", "deployment_id", "made_from", "is_deregistered"];

impl SavedPlan {
    /// The revisions from which the plan makes those of targets that may have them already. [`Self::find_moved`] compares
    /// them. `fresh` is the plan that is made again.
    #[must_use]
    pub fn revisions_to_compare(&self, fresh: &Plan) -> BTreeSet<(Place, String)> {
        let planned =
            |target: &TargetPlan| self.plan.targets.iter().find(|planned| planned.name == target.name);
        let revision = |target: &TargetPlan| {
            let planned =
                planned(target).filter(|planned| !planned.unchanged && planned.made_from != target.base)?;
            Some((target.place.clone(), planned.made_from.clone()))
        };
        fresh.targets.iter().filter(|target| target.unchanged).filter_map(revision).collect()
    }

    /// The facts that have moved, a sentence each. `fresh` is the plan that is made again, with the stamp of this one, from
    /// the decision and the facts of now, and `revisions` contains [`Self::revisions_to_compare`].
    ///
    /// A target that has the revision that the plan makes is as planned, whatever moved there: an earlier run has applied
    /// the plan. It is not deployed again because of `--force`.
    #[must_use]
    pub fn find_moved(&self, fresh: &mut Plan, revisions: &BTreeMap<String, TaskDefinition>) -> Vec<String> {
        let applied = self.find_applied(fresh, revisions);
        for target in fresh.targets.iter_mut().filter(|target| applied.contains(target.name.as_str())) {
            target.redeploy = false;
        }
        let mut moved: Vec<String> = Vec::new();
        let (mut saved, mut now) = (to_document(&self.plan), to_document(fresh));
        for image in &fresh.images {
            let planned = self.plan.images.iter().find(|planned| planned.image.name == image.image.name);
            let Some(planned) = planned else { continue };
            moved.extend(find_moved_image(image, &planned.action, fresh, &applied));
            if let (ImageAction::Build(_), ImageAction::Reuse { digest, .. }) =
                (&planned.action, &image.action)
            {
                let repository = &image.image.repository;
                let placeholder = format!("{repository}@{DIGEST_PLACEHOLDER}");
                replace(&mut now, &repository.pinned(digest), &placeholder);
            }
        }
        let is_image_moved = !moved.is_empty();
        for document in [&mut saved, &mut now] {
            unbind(document, &applied);
        }
        let changes: Vec<Change> =
            differences(&saved, &now).into_iter().filter(|change| !is_hidden(change)).collect();
        let mut causes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (target, field) in
            changes.iter().filter_map(of_target).filter(|(_, field)| CAUSES.contains(field))
        {
            causes.entry(target).or_default().insert(field);
        }
        let is_named = |change: &&Change| match of_target(change) {
            Some((target, field)) => match causes.get(target) {
                Some(causes) if causes.contains("task_definition") => {
                    ["task_definition", "deployment_id"].contains(&field)
                }
                Some(causes) => causes.contains(field),
                None => !(is_image_moved && field == "changes"),
            },
            None => true,
        };
        moved.extend(changes.iter().filter(is_named).map(describe));
        moved
    }

    /// The names of the targets that have the revisions that the plan makes for them.
    fn find_applied(&self, fresh: &Plan, revisions: &BTreeMap<String, TaskDefinition>) -> BTreeSet<String> {
        let digests = known_digests(&fresh.images);
        let is_applied = |target: &&TargetPlan| {
            let planned = self.plan.targets.iter().find(|planned| planned.name == target.name);
            let base = planned
                .filter(|planned| !planned.unchanged)
                .and_then(|planned| revisions.get(&planned.made_from));
            let is_behind = target.trigger.is_some() && target.redeploy;
            target.unchanged
                && target.rollout != RolloutState::Failed
                && target.count_change().is_none()
                && !target.is_deregistered
                && !is_behind
                && base.is_some_and(|base| target.has_revision_of(base, &digests))
        };
        fresh.targets.iter().filter(is_applied).map(|target| target.name.as_str().to_owned()).collect()
    }
}

/// Replaces a part of each text in a document.
fn replace(document: &mut Value, part: &str, by: &str) {
    match document {
        Value::String(text) if text.contains(part) => *text = text.replace(part, by),
        Value::Array(elements) => elements.iter_mut().for_each(|element| replace(element, part, by)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, part, by)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Removes what does not bind a run: of a target that has been applied, the facts. What the policy decided stays, such as its
/// one-off tasks.
fn unbind(document: &mut Value, applied: &BTreeSet<String>) {
    let Some(fields) = document.as_object_mut() else { return };
    fields.remove("reviews");
    fields.remove("unread");
    let images = fields.get_mut("images").and_then(Value::as_array_mut);
    for image in images.into_iter().flatten().filter_map(Value::as_object_mut) {
        // Compared by `find_moved_image`.
        image.remove("action");
    }
    let targets = fields.get_mut("targets").and_then(Value::as_array_mut);
    for target in targets.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = target.get("name").and_then(Value::as_str);
        let is_applied = name.is_some_and(|name| applied.contains(name));
        target.retain(|field, _| {
            !(UNBOUND.contains(&field.as_str()) || is_applied && FACTS.contains(&field.as_str()))
        });
        // Autoscaling moves the number, which a run leaves.
        if target.get("desired_count").is_none_or(Value::is_null) {
            target.remove("current_count");
        }
    }
}

/// What has moved of an image in its registry.
fn find_moved_image(
    image: &ImagePlan,
    planned: &ImageAction,
    fresh: &Plan,
    applied: &BTreeSet<String>,
) -> Option<String> {
    let moved = |fact: String| Some(format!("image {}: {fact}", image.image.name));
    let repository = &image.image.repository;
    match (planned, &image.action) {
        (ImageAction::Build(saved), ImageAction::Build(now)) if saved == now => None,
        (ImageAction::Build(_), ImageAction::Build(_)) => {
            moved("the options of its build are not those of the decision".to_owned())
        }
        (ImageAction::Build(_), ImageAction::Reuse { digest, .. }) => {
            if is_own(image, fresh, applied) {
                return None;
            }
            moved(format!("the plan builds it, and {repository} has it now, with the digest {digest}"))
        }
        (ImageAction::Reuse { digest, .. }, ImageAction::Build(_)) => {
            moved(format!("{repository} had it with the digest {digest}, and does not have it now"))
        }
        (ImageAction::Reuse { digest: saved, .. }, ImageAction::Reuse { digest: now, .. })
            if saved != now =>
        {
            moved(format!("its digest in {repository} was {saved}, and is {now}"))
        }
        (ImageAction::Reuse { missing_tags: saved, .. }, ImageAction::Reuse { missing_tags: now, .. }) => {
            let lost: Vec<&str> = now.iter().filter(|tag| !saved.contains(tag)).map(Tag::as_str).collect();
            if lost.is_empty() {
                return None;
            }
            moved(format!("{repository} had it with the tag {}, and does not now", lost.join(", ")))
        }
    }
}

/// Whether an image that the plan builds, and that is in the registry now, was pushed by an earlier run of the plan: a target
/// has the planned revision with it, or that revision is registered.
fn is_own(image: &ImagePlan, fresh: &Plan, applied: &BTreeSet<String>) -> bool {
    let digests = known_digests(&fresh.images);
    let name = Some(image.image.name.as_str());
    let mut users = fresh
        .targets
        .iter()
        .filter(|target| target.containers.iter().any(|container| container.image.as_deref() == name));
    if image.image.publish_only {
        // No revision names it. If nothing at all is left to do, nothing is done.
        let is_all_applied = fresh.targets.iter().all(|target| applied.contains(target.name.as_str()));
        return image.is_up_to_date() && is_all_applied && !fresh.targets.is_empty();
    }
    users.any(|target| applied.contains(target.name.as_str()) || target.is_registered(&digests))
}

/// Whether a difference is in what the new revision replaces, and only in what is masked in the file.
fn is_hidden(change: &Change) -> bool {
    let is_old_value = matches!(
        change.path.steps(),
        [Step::Field(targets), Step::Element(_), Step::Field(changes), Step::Position(_), Step::Field(before), ..]
            if targets == "targets" && changes == "changes" && before == "before"
    );
    is_old_value
        && change.before.as_ref().zip(change.after.as_ref()).is_some_and(|(saved, now)| is_masked(saved, now))
}

/// The target and the field that a difference is in.
fn of_target(change: &Change) -> Option<(&str, &str)> {
    match change.path.steps() {
        [Step::Field(list), Step::Element(name), Step::Field(field), ..] if list == "targets" => {
            Some((name, field))
        }
        _ => None,
    }
}

/// A difference as a moved fact.
fn describe(change: &Change) -> String {
    let text = |value: &Option<Value>| match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => abbreviate(text),
        Some(value) => abbreviate(&value.to_string()),
    };
    let (before, after) = (text(&change.before), text(&change.after));
    let is_revision = |text: &str| text.contains(":task-definition/");
    let (before, after) = match (short_revision(&before), short_revision(&after)) {
        (one, other) if one != other && is_revision(&before) && is_revision(&after) => {
            (one.to_owned(), other.to_owned())
        }
        _ => (before, after),
    };
    let (subject, fact) = match of_target(change) {
        Some((name, field)) => {
            let fact = match field {
                "task_definition" => format!("its revision was {before}, and is {after}"),
                "deployment_id" => format!("its deployment was {before}, and is {after}"),
                "made_from" => {
                    format!("the revision that its new one is made from was {before}, and is {after}")
                }
                "is_deregistered" => "its revision was deregistered, or is active again".to_owned(),
                _ => {
                    let rest: ChangePath = change.path.steps().iter().skip(2).cloned().collect();
                    format!("`{}` was {before}, and is {after}", printable(&rest.to_string()))
                }
            };
            (name.to_owned(), fact)
        }
        None => (
            "plan".to_owned(),
            format!("`{}` was {before}, and is {after}", printable(&change.path.to_string())),
        ),
    };
    format!("{}: {fact}", printable(&subject))
}
