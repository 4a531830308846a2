//! The drift of a service from the stamp: what somebody else than ecs-host has deployed after it.
//!
//! What is proven is small on purpose, so that every drift is one. A stamp consists of docker labels, which anybody can
//! copy, and ECS does not record who set a service to a revision. Two facts remain: whether a revision has a stamp, and
//! who registered it.
//!
//! - A revision without a stamp, after one with a stamp, was not registered by ecs-host.
//! - A revision with the stamp of the one before it, which differs in more than the stamp and was registered by another
//!   principal, is a copy that somebody has changed.
//!
//! Not proven, and no drift: a service that was set back to an older revision, as a rollback does; a copy that the
//! principal of ecs-host's own runs registered, since a second run of a build with other settings does the same; a
//! change before the first deployment by ecs-host; and what has happened before the latest two revisions.

use serde::Serialize;

use crate::names::compare_revisions;
use crate::plan::{Stamp, TaskDefinition};

/// A revision as ECS has it.
#[derive(Debug, Clone, Copy)]
pub struct RegisteredRevision<'r> {
    /// Its ARN.
    pub task_definition: &'r str,
    /// The task definition.
    pub definition: &'r TaskDefinition,
    /// The ARN of the principal that registered it; `None` if ECS does not report it.
    pub registered_by: Option<&'r str>,
}

/// What somebody else has deployed to a service after ecs-host did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Drift {
    /// How it is known.
    pub kind: DriftKind,
    /// The ARN of the revision that the service is set to.
    pub task_definition: String,
    /// The ARN of the principal that registered it; `None` if ECS does not report it.
    pub registered_by: Option<String>,
    /// The ARN of the revision before it, which has a stamp.
    pub stamped: String,
    /// The build of that one.
    pub build: Stamp,
    /// The paths in which the two differ, such as `containerDefinitions[web].image`, without those of the stamp.
    pub changes: Vec<String>,
}

/// How a drift is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// The revision has no stamp.
    Unstamped,
    /// The revision has the stamp of the one before it, and another principal registered it.
    Copied,
}

impl Drift {
    /// Compares the revision that a service is set to with the one before it: what the service ran before, or the
    /// previous one of its family.
    #[must_use]
    pub fn detect(current: RegisteredRevision<'_>, before: RegisteredRevision<'_>) -> Option<Self> {
        let build = Stamp::from_definition(before.definition)?;
        let order = compare_revisions(before.task_definition, current.task_definition);
        // A service that goes back to an older revision runs what ran before.
        if order.is_some_and(|order| !order.is_lt()) {
            return None;
        }
        let changes = before.definition.changes_ignoring_stamp(current.definition);
        let kind = match Stamp::from_definition(current.definition) {
            None => DriftKind::Unstamped,
            Some(stamp) if stamp == build && !changes.is_empty() && is_other_principal(current, before) => {
                DriftKind::Copied
            }
            Some(_) => return None,
        };
        Some(Self {
            kind,
            task_definition: current.task_definition.to_owned(),
            registered_by: current.registered_by.map(str::to_owned),
            stamped: before.task_definition.to_owned(),
            build,
            changes: changes.into_iter().map(|change| change.path.to_string()).collect(),
        })
    }

    /// Whether the image of a container differs.
    #[must_use]
    pub fn changes_image(&self) -> bool {
        self.changes.iter().any(|path| path.ends_with(".image"))
    }
}

/// Whether ECS reports two principals.
fn is_other_principal(one: RegisteredRevision<'_>, other: RegisteredRevision<'_>) -> bool {
    one.registered_by.zip(other.registered_by).is_some_and(|(one, other)| principal(one) != principal(other))
}

/// The principal of an ARN: of a session of a role the role, since each run has a session of its own
/// (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`).
fn principal(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((role, _)) if arn.contains(":assumed-role/") => role,
        _ => arn,
    }
}

#[cfg(test)]
mod tests;
