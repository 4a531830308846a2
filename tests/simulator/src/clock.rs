//! Simulated time.

use std::time::Instant;

use crate::scenario::Time;

/// A point in simulated time, in microseconds since the start of the simulation. Integers make times compare
/// exactly and runs repeat exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment(i64);

impl Moment {
    /// The moment this many seconds after the start; before it if negative.
    pub(crate) fn from_seconds(seconds: f64) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a simulation lasts far less than 2^63 microseconds"
        )]
        Self((seconds * 1e6).round() as i64)
    }

    pub(crate) fn seconds(self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "exact for 285 years")]
        let micros = self.0 as f64;
        micros / 1e6
    }

    pub(crate) fn plus(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(Self::from_seconds(seconds).0))
    }
}

/// The current simulated time.
#[derive(Debug)]
pub(crate) struct Clock {
    time: Time,
    started_at: Instant,
    now: Moment,
    /// The sum of [`Clock::advance`], in seconds.
    advanced_by: f64,
}

impl Clock {
    pub(crate) fn new(time: Time) -> Self {
        Self { time, started_at: Instant::now(), now: Moment::default(), advanced_by: 0.0 }
    }

    /// The current moment. It never decreases.
    pub(crate) fn now(&mut self) -> Moment {
        if let Time::Speed(factor) = self.time {
            let elapsed = self.started_at.elapsed().as_secs_f64() * factor;
            self.now = self.now.max(Moment::from_seconds(elapsed + self.advanced_by));
        }
        self.now
    }

    /// The moment of a call that arrives. With [`Time::Step`] it is a step later than before.
    pub(crate) fn tick(&mut self) -> Moment {
        if let Time::Step(seconds) = self.time {
            self.now = self.now.plus(seconds.max(0.0));
        }
        self.now()
    }

    pub(crate) fn advance(&mut self, seconds: f64) -> Moment {
        let seconds = seconds.max(0.0);
        self.advanced_by += seconds;
        self.now = self.now.plus(seconds);
        self.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_steps_only_calls_and_advance_change_the_time() {
        let mut clock = Clock::new(Time::Step(5.0));
        assert_eq!(clock.now(), Moment::from_seconds(0.0));
        assert_eq!(clock.tick(), Moment::from_seconds(5.0));
        assert_eq!(clock.now(), Moment::from_seconds(5.0));
        assert_eq!(clock.advance(2.5), Moment::from_seconds(7.5));
    }
}
