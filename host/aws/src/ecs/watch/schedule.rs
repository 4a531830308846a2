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

    fn group(&self) -> CallGroup {
        match self {
            Self::ListServiceDeployments(_) | Self::DescribeServiceDeployments(_) => {
                CallGroup::ServiceDeployments
            }
            Self::DescribeServiceRevisions(_) => CallGroup::ServiceRevisions,
            Self::DescribeServices { .. } => CallGroup::Services,
            Self::ListTasks(_) | Self::DescribeTasks { .. } => CallGroup::Tasks,
        }
    }
}

/// The calls that ECS counts together, with a quarter of the burst that it accepts (the ECS API reference, "Request
/// throttling for the Amazon ECS API"): three quarters are left to others.
#[derive(Debug, Clone, Copy)]
enum CallGroup {
    ServiceDeployments,
    ServiceRevisions,
    Services,
    Tasks,
}

impl CallGroup {
    const ALL: [Self; 4] = [Self::ServiceDeployments, Self::ServiceRevisions, Self::Services, Self::Tasks];

    fn burst(self) -> usize {
        match self {
            Self::ServiceDeployments | Self::ServiceRevisions => 12,
            Self::Services | Self::Tasks => 25,
        }
    }
}

/// The calls of each group that come back with a tick. Ticks are at least a second apart with the default interval, and
/// ECS accepts 20 calls of each group a second for long.
const REFILL: usize = 5;

/// The number of calls that may still be made. Further calls wait for a later tick.
#[derive(Debug)]
pub(super) struct Budget([usize; CallGroup::ALL.len()]);

impl Budget {
    pub(super) fn full() -> Self {
        Self(CallGroup::ALL.map(CallGroup::burst))
    }

    /// Adds the calls of a new tick.
    pub(super) fn refill(&mut self) {
        for (calls, group) in self.0.iter_mut().zip(CallGroup::ALL) {
            *calls = (*calls + REFILL).min(group.burst());
        }
    }

    fn spend(&mut self, group: CallGroup) -> bool {
        let Some(calls) = self.0.get_mut(group as usize) else { return false };
        let is_available = *calls > 0;
        *calls = calls.saturating_sub(1);
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
    for (cluster, indices) in group_by_cluster(rollouts, due(Stage::reads_service)) {
        let cluster = || cluster.to_owned();
        calls.extend(
            indices
                .chunks(SERVICES_PER_CALL)
                .map(|indices| Call::DescribeServices { cluster: cluster(), indices: indices.to_vec() }),
        );
    }
    let followed = due(|stage| stage.described_deployment().is_some());
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
    calls.into_iter().filter(|call| budget.spend(call.group())).collect()
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
    budget.spend(CallGroup::Services).then_some(Call::DescribeServices { cluster, indices })
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
