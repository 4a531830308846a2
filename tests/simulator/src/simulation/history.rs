//! Earlier states of the regions, for stale reads.

use std::collections::{BTreeMap, VecDeque};

use crate::model::RegionId;
use crate::pattern::matches_pattern;
use crate::region::Region;
use crate::scenario::StaleReads;

pub(super) struct History {
    stale_reads: Option<StaleReads>,
    /// The states of each region, oldest first.
    states: BTreeMap<RegionId, VecDeque<Region>>,
    rng: fastrand::Rng,
}

impl History {
    pub(super) fn new(stale_reads: Option<StaleReads>, seed: u64) -> Self {
        Self { stale_reads, states: BTreeMap::new(), rng: fastrand::Rng::with_seed(seed ^ 0x57) }
    }

    /// Records the state of a region if it has changed, and removes states that are too old for stale reads.
    pub(super) fn record(&mut self, region: &Region) {
        let Some(stale_reads) = &self.stale_reads else { return };
        let states = self.states.entry(region.id.clone()).or_default();
        if states.back().is_none_or(|last| last.version != region.version) {
            states.push_back(region.clone());
        }
        let oldest = region.now.plus(-stale_reads.max_age);
        while states.get(1).is_some_and(|second| second.changed_at <= oldest) {
            states.pop_front();
        }
    }

    /// The earlier state that an action reads; `None` if it reads the current state.
    pub(super) fn stale_state(&mut self, region: &Region, action: &str) -> Option<&Region> {
        let stale_reads = self.stale_reads.as_ref()?;
        let unchanged_for = region.now.seconds() - region.changed_at.seconds();
        if unchanged_for > stale_reads.window
            || !stale_reads.actions.iter().any(|pattern| matches_pattern(pattern, action))
            || self.rng.f64() >= stale_reads.probability
        {
            return None;
        }
        let moment = region.now.plus(-stale_reads.max_age * self.rng.f64());
        let states = self.states.get(&region.id)?;
        states.iter().rev().find(|state| state.now <= moment).or_else(|| states.front())
    }
}
