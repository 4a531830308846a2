//! When the next tick is.

use std::time::Duration;

use tokio::time::Instant;

/// The time between two looks at what is soon over: a service deployment that
/// is still to be found shows up some seconds after the update.
const BRIEF: Duration = Duration::from_secs(1);

/// The longest time between two looks, after the API said again and again that
/// it is asked too often.
const LONGEST: Duration = Duration::from_secs(60);

/// The rhythm of the looks: all rollouts every `poll`, those whose stage is
/// soon over every second, both slower for as long as the API throttles.
pub(in crate::ecs) struct Pace {
    poll: Duration,
    slower: u32,
    ticked: Option<Instant>,
    whole: Instant,
}

impl Pace {
    pub(in crate::ecs) fn new(poll: Duration) -> Self {
        Self { poll, slower: 1, ticked: None, whole: Instant::now() }
    }

    /// Whether it is time to look at everything.
    pub(in crate::ecs) fn is_due(&self) -> bool {
        Instant::now() >= self.whole
    }

    /// A tick was made.
    pub(in crate::ecs) fn ticked(&mut self, whole: bool, throttled: bool) {
        let now = Instant::now();
        self.ticked = Some(now);
        self.slower = match (throttled, whole) {
            (true, _) => self.slower.saturating_mul(2).min(64),
            (false, true) => 1,
            (false, false) => self.slower,
        };
        if whole {
            // A tenth of jitter keeps many hosts from asking at the same instant.
            let poll = self.poll.mul_f64(0.9 + 0.2 * fastrand::f64());
            self.whole = now + self.slowed(poll);
        }
    }

    /// The first moment at which there may be a tick again.
    pub(in crate::ecs) fn soonest(&self) -> Instant {
        self.ticked.map_or_else(Instant::now, |ticked| ticked + self.slowed(BRIEF.min(self.poll)))
    }

    /// The next tick.
    pub(in crate::ecs) fn next(&self, brief: bool) -> Instant {
        if brief { self.whole.min(self.soonest()) } else { self.whole }
    }

    fn slowed(&self, time: Duration) -> Duration {
        (time * self.slower).min(LONGEST.max(self.poll))
    }
}
