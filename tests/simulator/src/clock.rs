//! Simulated time: moments, the queue of what is due, and how time passes.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::scenario::Time;

/// A point of simulated time: microseconds since the simulation began, so that
/// times compare exactly and a run repeats to the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment(i64);

impl Moment {
    /// The point this many seconds after the beginning; before it where negative.
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

/// What is due when. Things due at the same moment come in the order in which
/// they were put in.
#[derive(Debug, Clone)]
pub(crate) struct Queue<T> {
    entries: BTreeMap<(Moment, u64), T>,
    next_sequence: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), next_sequence: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn push(&mut self, due: Moment, entry: T) {
        self.entries.insert((due, self.next_sequence), entry);
        self.next_sequence += 1;
    }

    /// The first entry that is due by then.
    pub(crate) fn pop_due(&mut self, by: Moment) -> Option<(Moment, T)> {
        let (&key, _) = self.entries.first_key_value().filter(|((due, _), _)| *due <= by)?;
        self.entries.remove(&key).map(|entry| (key.0, entry))
    }
}

/// How simulated time passes.
#[derive(Debug)]
pub(crate) struct Clock {
    time: Time,
    started_at: Instant,
    now: Moment,
    /// Seconds by which [`Clock::advance`] ran ahead of the wall clock.
    advanced_by: f64,
}

impl Clock {
    pub(crate) fn new(time: Time) -> Self {
        Self { time, started_at: Instant::now(), now: Moment::default(), advanced_by: 0.0 }
    }

    /// The present moment. It never goes back.
    pub(crate) fn now(&mut self) -> Moment {
        if let Time::Speed(factor) = self.time {
            let wall =
                Moment::from_seconds(self.started_at.elapsed().as_secs_f64() * factor + self.advanced_by);
            self.now = self.now.max(wall);
        }
        self.now
    }

    /// A call arrives: in steps, that is what makes time pass.
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
    fn what_is_due_at_once_comes_in_the_order_it_was_put_in() {
        let mut queue = Queue::default();
        queue.push(Moment::from_seconds(2.0), "late");
        queue.push(Moment::from_seconds(1.0), "first");
        queue.push(Moment::from_seconds(1.0), "second");
        let mut order = Vec::new();
        while let Some((_, entry)) = queue.pop_due(Moment::from_seconds(5.0)) {
            order.push(entry);
        }
        assert_eq!(order, ["first", "second", "late"]);
    }

    #[test]
    fn nothing_is_taken_before_it_is_due() {
        let mut queue = Queue::default();
        queue.push(Moment::from_seconds(2.0), ());
        assert!(queue.pop_due(Moment::from_seconds(1.9)).is_none());
    }

    #[test]
    fn a_stepping_clock_moves_with_calls_only() {
        let mut clock = Clock::new(Time::Step(5.0));
        assert_eq!(clock.now(), Moment::from_seconds(0.0));
        assert_eq!(clock.tick(), Moment::from_seconds(5.0));
        assert_eq!(clock.now(), Moment::from_seconds(5.0));
        assert_eq!(clock.advance(2.5), Moment::from_seconds(7.5));
    }
}
