//! The recorded plans of the cases of a guard.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::ReadFile;
use super::fixture;
use model::build::{Build, BuildEvent, PartialBuild};
use model::review::{Action, ReviewedPlan};
use model::serde_error::translate_serde_error;
use model::text::printable;

/// The plans of a file of cases, each parsed once.
#[derive(Default)]
pub(super) struct RecordedPlans(BTreeMap<String, Arc<ReviewedPlan>>);

impl RecordedPlans {
    /// Reads a plan that `ecs-host plan --record-plan` wrote.
    ///
    /// # Errors
    /// A message if the file cannot be read or is no plan.
    pub(super) fn read(&mut self, path: &str, read: ReadFile<'_>) -> Result<Arc<ReviewedPlan>, String> {
        if let Some(known) = self.0.get(path) {
            return Ok(Arc::clone(known));
        }
        let text = read(path).map_err(|problem| {
            format!("plan: cannot read `{path}`, relative to the file of cases: {problem}")
        })?;
        let plan: ReviewedPlan = serde_json::from_str(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            printable(&format!(
                "plan: `{path}`, line {line}, column {column}: {}",
                translate_serde_error(message)
            ))
        })?;
        let plan = Arc::new(plan);
        self.0.insert(path.to_owned(), Arc::clone(&plan));
        Ok(plan)
    }
}

/// The recorded fields of a build that a case changes. A tag and the event belong together: a case that sets one of them, or
/// a branch instead of a tag, does not mean the recorded other one. A recorded pull request stays one.
fn recorded(build: &Build, changes: &PartialBuild) -> PartialBuild {
    let recorded = PartialBuild::from(build);
    let is_tag = |event: BuildEvent| event == BuildEvent::Tag;
    let is_branch = changes.branch.is_some() || changes.event.is_some_and(|event| !is_tag(event));
    let keeps_tag = changes.tag.is_some() || !is_branch;
    let keeps_event = changes.tag.is_none() && (keeps_tag || !is_tag(build.event));
    PartialBuild {
        tag: recorded.tag.filter(|_| keeps_tag),
        event: recorded.event.filter(|_| keeps_event),
        ..recorded
    }
}

/// A plan with the action of a case, and the fields of the build that the case sets. `started-at` is the start of the run,
/// also of one without a build.
///
/// # Errors
/// A message about a field that no plan of this kind has, or about an invalid value.
pub(super) fn with_changes(
    plan: &ReviewedPlan,
    action: Option<Action>,
    fields: &PartialBuild,
) -> Result<ReviewedPlan, String> {
    let mut changed = plan.clone();
    changed.action = action.unwrap_or(plan.action);
    changed.started_at = fields.started_at.unwrap_or(plan.started_at);
    let of_build = PartialBuild { started_at: None, ..fields.clone() };
    changed.build = match &plan.build {
        Some(build) => Some(fixture::complete(of_build.clone().or(recorded(build, &of_build)))?),
        None if of_build == PartialBuild::default() => None,
        None => return Err("build: the plan has no build: it is that of a rollback".to_owned()),
    };
    // When the plan was made is not when it is applied.
    if let (Some(build), Action::Deploy) = (&mut changed.build, changed.action) {
        build.started_at = changed.started_at;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_makes_a_branch_of_a_recorded_tag_and_a_tag_of_a_recorded_branch() {
        let build = |fields: PartialBuild| fixture::complete(fields).unwrap();
        let tag = PartialBuild { tag: Some("v1.2.0".into()), ..PartialBuild::default() };
        let branch = PartialBuild { branch: Some("main".into()), ..PartialBuild::default() };
        let push = PartialBuild { event: Some(BuildEvent::Push), ..PartialBuild::default() };
        let number = PartialBuild { number: Some(7), ..PartialBuild::default() };
        for (of, changes, event, name) in [
            (&tag, &branch, BuildEvent::Push, None),
            (&tag, &push, BuildEvent::Push, None),
            (&tag, &number, BuildEvent::Tag, Some("v1.2.0")),
            (&branch, &tag, BuildEvent::Tag, Some("v1.2.0")),
            (&branch, &number, BuildEvent::Push, None),
        ] {
            let of = build(of.clone());
            let changed = build(changes.clone().or(recorded(&of, changes)));
            assert_eq!((changed.event, changed.tag.as_deref()), (event, name), "{changes:?} of {of:?}");
        }
    }
}
