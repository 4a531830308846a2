//! A newer revision of a target's family, which the plan is not made from.

use std::collections::BTreeMap;

use super::containers::rebase_containers;
use super::definition::LatestRevision;
use super::definition::TaskDefinition;
use super::target::TargetPlan;
use crate::names::{Digest, short_revision};
use crate::text::printable;

/// The maximum number of differences that a warning lists.
const MAX_PATHS: usize = 5;

impl TargetPlan {
    /// A warning that a newer revision of the family is passed over; `None` if the new revision would be the same if it
    /// was made from that one.
    pub(super) fn describe_passed_over(
        &self,
        newer: &LatestRevision,
        revision: &TaskDefinition,
        digests: &BTreeMap<String, Digest>,
    ) -> Option<String> {
        let [running, latest] = [&self.base, &newer.task_definition].map(|arn| short_revision(arn));
        let runs = match self.trigger {
            Some(_) => "it starts",
            None => "the service runs",
        };
        let passed_over = format!(
            "{latest} is newer than {running}, which {runs}, and the new revision is not made from it"
        );
        let containers = rebase_containers(&self.containers, self.names_containers, &newer.definition);
        let Some(containers) = containers else {
            return Some(format!("{passed_over}: it has no container for the images"));
        };
        let other = match newer.definition.revise(&self.edit(&containers, digests)) {
            Ok(other) if other.equals_ignoring_stamp(revision) => return None,
            Ok(other) => other,
            Err(error) => return Some(format!("{passed_over}: {}", printable(&error.to_string()))),
        };
        let changes = revision.changes(&other);
        let paths: Vec<String> =
            changes.iter().take(MAX_PATHS).map(|change| printable(&change.path.to_string())).collect();
        let more = match changes.len().saturating_sub(MAX_PATHS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("{passed_over}; `--base latest` does so, which changes {}{more}", paths.join(", ")))
    }
}
