//! The times of the ticks.

use std::time::Duration;

use tokio::time::Instant;

/// The interval in short stages: a service deployment appears some seconds after the update.
const SHORT_INTERVAL: Duration = Duration::from_secs(1);

/// The longest interval while ECS throttles.
const MAX_INTERVAL: Duration = Duration::from_secs(60);

/// The schedule of the ticks: a full tick for all rollouts every `poll`, a tick for those in a short stage every second.
/// While ECS throttles, both intervals double.
pub(in crate::ecs) struct Pace {
    poll: Duration,
    factor: u32,
    last_tick: Option<Instant>,
    next_full_tick: Instant,
}

impl Pace {
    pub(in crate::ecs) fn new(poll: Duration) -> Self {
        Self { poll, factor: 1, last_tick: None, next_full_tick: Instant::now() }
    }

    /// Whether a full tick is due.
    pub(in crate::ecs) fn is_due(&self) -> bool {
        Instant::now() >= self.next_full_tick
    }

    /// Records a tick, and schedules the next full one after a full one.
    pub(in crate::ecs) fn record_tick(&mut self, is_full: bool, throttled: bool) {
        let now = Instant::now();
        self.last_tick = Some(now);
        self.factor = match (throttled, is_full) {
            (true, _) => self.factor.saturating_mul(2).min(64),
            (false, true) => 1,
            (false, false) => self.factor,
        };
        if is_full {
            // Ten percent of jitter spreads the calls of many hosts.
            let poll = self.poll.mul_f64(0.9 + 0.2 * fastrand::f64());
            self.next_full_tick = now + self.scale(poll);
        }
    }

    /// The earliest time of the next tick.
    pub(in crate::ecs) fn earliest_tick(&self) -> Instant {
        self.last_tick
            .map_or_else(Instant::now, |last_tick| last_tick + self.scale(SHORT_INTERVAL.min(self.poll)))
    }

    /// The time of the next tick, in a short stage or not.
    pub(in crate::ecs) fn next_tick(&self, is_short: bool) -> Instant {
        if is_short { self.next_full_tick.min(self.earliest_tick()) } else { self.next_full_tick }
    }

    fn scale(&self, time: Duration) -> Duration {
        (time * self.factor).min(MAX_INTERVAL.max(self.poll))
    }
}
