//! Faults that the scenario puts into calls.

use crate::json::matches_pattern;
use crate::scenario::{Fault, FaultKind};

/// The faults, and how many calls each has seen.
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

    /// What befalls a call: the first fault that is due for it. All that match count it.
    pub(crate) fn next_fault(&mut self, action: &str) -> Option<FaultKind> {
        let mut struck = None;
        for (fault, seen) in &mut self.faults {
            if !matches_pattern(&fault.action, action) {
                continue;
            }
            let turn = *seen;
            *seen += 1;
            let due = turn >= fault.skip && turn < fault.skip.saturating_add(fault.limit);
            let lucky = fault.probability.is_some_and(|chance| self.rng.f64() >= chance);
            if due && !lucky && struck.is_none() {
                struck = Some(fault.kind.clone());
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_the_calls_it_is_meant_for() {
        let fault = Fault {
            action: "ecs:Describe*".into(),
            skip: 1,
            limit: 2,
            probability: None,
            kind: FaultKind::DropRequest,
        };
        let mut faults = FaultInjector::new(&[fault], 1);
        assert_eq!(faults.next_fault("ecs:ListTasks"), None);
        let struck: Vec<bool> = (0..4).map(|_| faults.next_fault("ecs:DescribeTasks").is_some()).collect();
        assert_eq!(struck, [false, true, true, false]);
    }

    #[test]
    fn a_random_fault_strikes_the_same_calls_for_the_same_seed() {
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
        let struck = run().into_iter().filter(|struck| *struck).count();
        assert!((15..45).contains(&struck), "{struck} of 100");
        assert_eq!(run(), run());
    }
}
