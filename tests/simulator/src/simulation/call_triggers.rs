//! Scheduled changes that calls trigger.

use crate::pattern::matches_pattern;
use crate::scenario::{AfterCall, ScheduledChange, Trigger};

pub(super) struct CallTriggers(Vec<CallTrigger>);

struct CallTrigger {
    after: AfterCall,
    change: ScheduledChange,
    /// The number of matching calls so far.
    calls: usize,
}

impl CallTriggers {
    pub(super) fn new(changes: &[ScheduledChange]) -> Self {
        let trigger = |change: &ScheduledChange| match &change.trigger {
            Trigger::AfterCall(after) => {
                Some(CallTrigger { after: after.clone(), change: change.clone(), calls: 0 })
            }
            Trigger::At(_) => None,
        };
        Self(changes.iter().filter_map(trigger).collect())
    }

    /// Counts a call that succeeded, and returns the changes that it triggers with their delay in seconds.
    pub(super) fn record_call(&mut self, action: &str) -> Vec<(ScheduledChange, f64)> {
        let mut triggered = Vec::new();
        for trigger in &mut self.0 {
            if !matches_pattern(&trigger.after.action, action) {
                continue;
            }
            trigger.calls += 1;
            if trigger.calls == trigger.after.count {
                triggered.push((trigger.change.clone(), trigger.after.delay));
            }
        }
        triggered
    }
}
