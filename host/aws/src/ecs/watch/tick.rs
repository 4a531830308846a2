//! Which calls one tick makes: as few as there can be, however many rollouts
//! are watched. No calls here.

use std::collections::BTreeMap;

use super::Watched;
use super::stage::{CANDIDATES, Stage};
use crate::ecs::{DEPLOYMENTS_PER_CALL, SERVICES_PER_CALL, TASKS_PER_CALL};

/// A call, and the rollouts that its answer is for, by their places in the list.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    Begun(usize),
    Revisions(Vec<usize>),
    Deployments(Vec<usize>),
    Services { cluster: String, of: Vec<usize> },
    ListTasks(usize),
    DescribeTasks { cluster: String, of: Vec<usize> },
}

impl Call {
    /// The rollouts that the answer is for.
    pub(super) fn of(&self) -> &[usize] {
        match self {
            Self::Begun(one) | Self::ListTasks(one) => std::slice::from_ref(one),
            Self::Revisions(of) | Self::Deployments(of) => of,
            Self::Services { of, .. } | Self::DescribeTasks { of, .. } => of,
        }
    }
}

/// The calls that one tick may make: one, and one more for every twenty
/// rollouts. What does not fit waits for the next tick.
///
/// The service's own list, which stands in where service deployments are not
/// offered, takes ten a call, and is not held to it.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn of(rollouts: usize) -> Self {
        Self(1 + rollouts.div_ceil(DEPLOYMENTS_PER_CALL))
    }

    fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

/// The calls for the rollouts that are due, what matters most first: how the
/// known deployments are, then which ones are this run's, then proofs.
pub(super) fn calls(rollouts: &[Watched], budget: &mut Budget) -> Vec<Call> {
    let due = |wanted: fn(&Stage) -> bool| -> Vec<usize> {
        let due = rollouts.iter().enumerate().filter(|(_, rollout)| rollout.due && wanted(&rollout.stage));
        due.map(|(place, _)| place).collect()
    };
    let mut calls = Vec::new();
    for (cluster, of) in by_cluster(rollouts, due(|stage| matches!(stage, Stage::List))) {
        for of in of.chunks(SERVICES_PER_CALL) {
            budget.take();
            calls.push(Call::Services { cluster: cluster.to_owned(), of: of.to_vec() });
        }
    }
    let mut wanted: Vec<Call> = Vec::new();
    let followed = due(|stage| matches!(stage, Stage::Follow { .. }));
    wanted.extend(followed.chunks(DEPLOYMENTS_PER_CALL).map(|of| Call::Deployments(of.to_vec())));
    wanted.extend(revisions(rollouts, due(|stage| matches!(stage, Stage::Confirm { .. }))));
    let listed = due(|stage| matches!(stage, Stage::Prove { tasks: Some(_), .. }));
    for (cluster, of) in by_cluster(rollouts, listed) {
        // Each rollout may have up to a whole call's worth of tasks.
        let mut batch: Vec<usize> = Vec::new();
        let mut room = TASKS_PER_CALL;
        for place in of {
            let count = rollouts.get(place).map_or(0, Watched::tasks_to_describe);
            if count > room {
                let of = std::mem::take(&mut batch);
                wanted.push(Call::DescribeTasks { cluster: cluster.to_owned(), of });
                room = TASKS_PER_CALL;
            }
            room = room.saturating_sub(count);
            batch.push(place);
        }
        wanted.push(Call::DescribeTasks { cluster: cluster.to_owned(), of: batch });
    }
    wanted.extend(
        due(|stage| matches!(stage, Stage::Prove { tasks: None, .. })).into_iter().map(Call::ListTasks),
    );
    wanted.extend(due(|stage| matches!(stage, Stage::Find { .. })).into_iter().map(Call::Begun));
    calls.extend(wanted.into_iter().take_while(|_| budget.take()));
    calls
}

/// One call for service events, if the tick has one left: of the services whose
/// events were read the longest ago.
pub(super) fn events(rollouts: &[Watched], budget: &mut Budget) -> Option<Call> {
    let followed = |rollout: &Watched| matches!(rollout.stage, Stage::Follow { .. });
    let mut places: Vec<usize> =
        rollouts.iter().enumerate().filter(|(_, r)| followed(r)).map(|(place, _)| place).collect();
    places.sort_by_key(|place| rollouts.get(*place).map(|rollout| rollout.events_read));
    let cluster = rollouts.get(*places.first()?)?.started.service.cluster.clone();
    let same = |place: &usize| rollouts.get(*place).is_some_and(|r| r.started.service.cluster == cluster);
    let of: Vec<usize> = places.into_iter().filter(same).take(SERVICES_PER_CALL).collect();
    budget.take().then_some(Call::Services { cluster, of })
}

fn revisions(rollouts: &[Watched], due: Vec<usize>) -> Vec<Call> {
    let mut calls = Vec::new();
    let (mut batch, mut room) = (Vec::new(), CANDIDATES);
    for place in due {
        let count = match rollouts.get(place).map(|rollout| &rollout.stage) {
            Some(Stage::Confirm { candidates, .. }) => candidates.len(),
            _ => 0,
        };
        if count > room {
            calls.push(Call::Revisions(std::mem::take(&mut batch)));
            room = CANDIDATES;
        }
        room = room.saturating_sub(count);
        batch.push(place);
    }
    if !batch.is_empty() {
        calls.push(Call::Revisions(batch));
    }
    calls
}

fn by_cluster(rollouts: &[Watched], places: Vec<usize>) -> BTreeMap<&str, Vec<usize>> {
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for place in places {
        if let Some(rollout) = rollouts.get(place) {
            clusters.entry(&rollout.started.service.cluster).or_default().push(place);
        }
    }
    clusters
}

#[cfg(test)]
mod tests;
