//! The faults of a scenario.

use crate::pattern::matches_pattern;
use crate::scenario::{Fault, FaultKind};

/// The faults, each with the number of calls that it has matched.
#[derive(Debug)]
pub(crate) struct FaultInjector {
    faults: Vec<(Fault, usize)>,
    rng: fastrand::Rng,
}

impl FaultInjector {
    pub(crate) fn new(faults: &[Fault], seed: u64) -> Self {
        let faults = faults.iter().map(|fault| (fault.clone(), 0)).collect();
        Self { faults, rng: fastrand::Rng::with_seed(seed ^ 0xfa) }
    }

    /// Replaces the faults.
    pub(crate) fn set(&mut self, faults: &[Fault]) {
        self.faults = faults.iter().map(|fault| (fault.clone(), 0)).collect();
    }

    /// The fault that affects a call: the first one that applies. The call counts for every fault that it
    /// matches.
    pub(crate) fn next_fault(&mut self, action: &str) -> Option<FaultKind> {
        let mut kind = None;
        for (fault, matches) in &mut self.faults {
            if !matches_pattern(&fault.action, action) {
                continue;
            }
            let earlier_matches = *matches;
            *matches += 1;
            let is_due =
                earlier_matches >= fault.skip && earlier_matches < fault.skip.saturating_add(fault.limit);
            let is_spared = fault.probability.is_some_and(|probability| self.rng.f64() >= probability);
            if is_due && !is_spared && kind.is_none() {
                kind = Some(fault.kind.clone());
            }
        }
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_affects_the_calls_after_those_it_skips_up_to_its_limit() {
        let fault = Fault {
            action: "ecs:Describe*".into(),
            skip: 1,
            limit: 2,
            probability: None,
            kind: FaultKind::DropRequest,
        };
        let mut faults = FaultInjector::new(&[fault], 1);
        assert_eq!(faults.next_fault("ecs:ListTasks"), None);
        let affected: Vec<bool> = (0..4).map(|_| faults.next_fault("ecs:DescribeTasks").is_some()).collect();
        assert_eq!(affected, [false, true, true, false]);
    }

    #[test]
    fn a_random_fault_affects_the_same_calls_for_the_same_seed() {
        let fault = Fault {
            action: "*".into(),
            skip: 0,
            limit: 100,
            probability: Some(0.3),
            kind: FaultKind::Internal,
        };
        let run = || {
            let mut faults = FaultInjector::new(std::slice::from_ref(&fault), 9);
            (0..100).map(|_| faults.next_fault("ecs:RunTask").is_some()).collect::<Vec<_>>()
        };
        let affected = run().into_iter().filter(|affected| *affected).count();
        assert!((15..45).contains(&affected), "{affected} of 100");
        assert_eq!(run(), run());
    }
}
