//! The schedule: which calls a tick makes. A call serves as many rollouts as ECS allows. This module makes no calls.

use std::collections::BTreeMap;

use super::WatchedRollout;
use super::candidates::MAX_CANDIDATES;
use super::stage::Stage;
use crate::ecs::{DEPLOYMENTS_PER_CALL, SERVICES_PER_CALL, TASKS_PER_CALL};

/// A call to ECS, with the indices of the rollouts that its response is for.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    ListServiceDeployments(usize),
    DescribeServiceRevisions(Vec<usize>),
    DescribeServiceDeployments(Vec<usize>),
    DescribeServices { cluster: String, indices: Vec<usize> },
    ListTasks(usize),
    DescribeTasks { cluster: String, indices: Vec<usize> },
}

impl Call {
    /// The indices of the rollouts that the response is for.
    pub(super) fn indices(&self) -> &[usize] {
        match self {
            Self::ListServiceDeployments(index) | Self::ListTasks(index) => std::slice::from_ref(index),
            Self::DescribeServiceRevisions(indices) | Self::DescribeServiceDeployments(indices) => indices,
            Self::DescribeServices { indices, .. } | Self::DescribeTasks { indices, .. } => indices,
        }
    }
}

/// The most calls that one tick may make. Ticks are at least a second apart, and ECS accepts 20 calls of a kind a second
/// for long (the ECS API reference, "Request throttling for the Amazon ECS API"), so three quarters are left to others.
const MAX_CALLS: usize = 5;

/// The number of calls that one tick may still make. Further calls wait for the next tick.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of_tick() -> Self {
        Self(MAX_CALLS)
    }

    fn spend(&mut self) -> bool {
        let is_available = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        is_available
    }
}

/// The calls for the rollouts that are due: first for the known deployments, then to confirm candidates, to verify
/// digests, and to find deployments.
pub(super) fn plan_calls(rollouts: &[WatchedRollout], budget: &mut Budget) -> Vec<Call> {
    let due = |matches_stage: fn(&Stage) -> bool| -> Vec<usize> {
        let due = rollouts
            .iter()
            .enumerate()
            .filter(|(_, watched)| watched.is_due && matches_stage(&watched.stage));
        due.map(|(index, _)| index).collect()
    };
    let mut calls: Vec<Call> = Vec::new();
    for (cluster, indices) in group_by_cluster(rollouts, due(|stage| matches!(stage, Stage::FollowService))) {
        let cluster = || cluster.to_owned();
        calls.extend(
            indices
                .chunks(SERVICES_PER_CALL)
                .map(|indices| Call::DescribeServices { cluster: cluster(), indices: indices.to_vec() }),
        );
    }
    let followed = due(|stage| matches!(stage, Stage::FollowDeployment { .. }));
    calls.extend(
        followed
            .chunks(DEPLOYMENTS_PER_CALL)
            .map(|indices| Call::DescribeServiceDeployments(indices.to_vec())),
    );
    calls.extend(plan_service_revisions_calls(rollouts, due(|stage| matches!(stage, Stage::Confirm { .. }))));
    let listed = due(|stage| matches!(stage, Stage::Verify { tasks: Some(_), .. }));
    for (cluster, indices) in group_by_cluster(rollouts, listed) {
        // One rollout may fill a whole call.
        let mut batch: Vec<usize> = Vec::new();
        let mut room = TASKS_PER_CALL;
        for index in indices {
            let count = rollouts.get(index).map_or(0, WatchedRollout::tasks_to_describe);
            if count > room {
                let indices = std::mem::take(&mut batch);
                calls.push(Call::DescribeTasks { cluster: cluster.to_owned(), indices });
                room = TASKS_PER_CALL;
            }
            room = room.saturating_sub(count);
            batch.push(index);
        }
        calls.push(Call::DescribeTasks { cluster: cluster.to_owned(), indices: batch });
    }
    calls.extend(
        due(|stage| matches!(stage, Stage::Verify { tasks: None, .. })).into_iter().map(Call::ListTasks),
    );
    calls.extend(
        due(|stage| matches!(stage, Stage::Find { .. })).into_iter().map(Call::ListServiceDeployments),
    );
    calls.into_iter().take_while(|_| budget.spend()).collect()
}

/// A call for service events, if the budget allows one: for the services whose events were read the longest ago.
pub(super) fn plan_events_call(rollouts: &[WatchedRollout], budget: &mut Budget) -> Option<Call> {
    let followed = |watched: &WatchedRollout| matches!(watched.stage, Stage::FollowDeployment { .. });
    let mut indices: Vec<usize> =
        rollouts.iter().enumerate().filter(|(_, r)| followed(r)).map(|(index, _)| index).collect();
    indices.sort_by_key(|index| rollouts.get(*index).map(|watched| watched.events_read_at));
    let cluster = rollouts.get(*indices.first()?)?.rollout.service.cluster.clone();
    let is_in_cluster =
        |index: &usize| rollouts.get(*index).is_some_and(|r| r.rollout.service.cluster == cluster);
    let indices: Vec<usize> = indices.into_iter().filter(is_in_cluster).take(SERVICES_PER_CALL).collect();
    budget.spend().then_some(Call::DescribeServices { cluster, indices })
}

fn plan_service_revisions_calls(rollouts: &[WatchedRollout], due: Vec<usize>) -> Vec<Call> {
    let mut calls = Vec::new();
    let (mut batch, mut room) = (Vec::new(), MAX_CANDIDATES);
    for index in due {
        let count = match rollouts.get(index).map(|watched| &watched.stage) {
            Some(Stage::Confirm { candidates, .. }) => candidates.len(),
            _ => 0,
        };
        if count > room {
            calls.push(Call::DescribeServiceRevisions(std::mem::take(&mut batch)));
            room = MAX_CANDIDATES;
        }
        room = room.saturating_sub(count);
        batch.push(index);
    }
    if !batch.is_empty() {
        calls.push(Call::DescribeServiceRevisions(batch));
    }
    calls
}

fn group_by_cluster(rollouts: &[WatchedRollout], indices: Vec<usize>) -> BTreeMap<&str, Vec<usize>> {
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for index in indices {
        if let Some(watched) = rollouts.get(index) {
            clusters.entry(&watched.rollout.service.cluster).or_default().push(index);
        }
    }
    clusters
}

#[cfg(test)]
mod tests;
