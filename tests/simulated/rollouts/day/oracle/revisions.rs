//! No build registers the same revision twice without a reason.

use super::super::history::RunRecord;
use super::super::play::Player;
use super::Problems;
use super::truth::Definition;

const REGISTER: &str = "ecs:RegisterTaskDefinition";

/// The most seconds of parallel calls between the arrival of a call and its execution.
const PARALLEL_CALLS: f64 = 30.0;

pub(super) fn judge(player: &Player<'_>, problems: &mut Problems) {
    let mut definitions: Vec<&Definition> = player.truth.definitions.values().collect();
    definitions.sort_by_key(|definition| definition.revision);
    // A run finds the revision of an earlier run only if it is the latest one of its family.
    for pair in definitions.windows(2).filter(|pair| pair[0].content == pair[1].content) {
        let Some(number) = pair[0].build else { continue };
        let registering = |definition: &Definition| -> Vec<&RunRecord> {
            let own = |record: &&RunRecord| {
                record.number() == Some(number) && registered(record, definition.registered_at)
            };
            player.history.runs.iter().filter(own).collect()
        };
        let (first, second) = (registering(pair[0]), registering(pair[1]));
        let is_lost = |record: &&RunRecord| {
            record.ended.calls.iter().any(|call| call.action == REGISTER && call.status != 200)
        };
        let overlap = |one: &RunRecord, other: &RunRecord| {
            one.index != other.index && one.started_at <= other.ended_at && other.started_at <= one.ended_at
        };
        let is_parallel = first.iter().any(|one| second.iter().any(|other| overlap(one, other)));
        problems.require(is_parallel || first.iter().chain(&second).any(is_lost), || {
            format!(
                "build {number} registered the same twice: revisions {} and {}",
                pair[0].revision, pair[1].revision
            )
        });
    }
}

/// Whether a run registered a revision at about this time.
fn registered(record: &RunRecord, at: f64) -> bool {
    let mut calls = record.ended.calls.iter().filter(|call| call.action == REGISTER);
    calls.any(|call| (-0.01..PARALLEL_CALLS).contains(&(at - call.at)))
}
