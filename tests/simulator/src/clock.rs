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
    pub(crate) fn of(seconds: f64) -> Self {
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
        Self(self.0.saturating_add(Self::of(seconds).0))
    }
}

/// What is due when. Things due at the same moment come in the order in which
/// they were put in.
#[derive(Debug, Clone)]
pub(crate) struct Queue<T> {
    entries: BTreeMap<(Moment, u64), T>,
    next: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), next: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn put(&mut self, due: Moment, entry: T) {
        self.entries.insert((due, self.next), entry);
        self.next += 1;
    }

    /// The first entry that is due by then.
    pub(crate) fn take(&mut self, by: Moment) -> Option<(Moment, T)> {
        let (&key, _) = self.entries.first_key_value().filter(|((due, _), _)| *due <= by)?;
        self.entries.remove(&key).map(|entry| (key.0, entry))
    }
}

/// How simulated time passes.
#[derive(Debug)]
pub(crate) struct Clock {
    time: Time,
    begun: Instant,
    now: Moment,
    /// Seconds by which [`Clock::advance`] ran ahead of the wall clock.
    ahead: f64,
}

impl Clock {
    pub(crate) fn new(time: Time) -> Self {
        Self { time, begun: Instant::now(), now: Moment::default(), ahead: 0.0 }
    }

    /// The present moment. It never goes back.
    pub(crate) fn now(&mut self) -> Moment {
        if let Time::Speed(factor) = self.time {
            let wall = Moment::of(self.begun.elapsed().as_secs_f64() * factor + self.ahead);
            self.now = self.now.max(wall);
        }
        self.now
    }

    /// A call arrives: in steps, that is what makes time pass.
    pub(crate) fn arrival(&mut self) -> Moment {
        if let Time::Step(seconds) = self.time {
            self.now = self.now.plus(seconds.max(0.0));
        }
        self.now()
    }

    pub(crate) fn advance(&mut self, seconds: f64) -> Moment {
        let seconds = seconds.max(0.0);
        self.ahead += seconds;
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
        queue.put(Moment::of(2.0), "late");
        queue.put(Moment::of(1.0), "first");
        queue.put(Moment::of(1.0), "second");
        let mut order = Vec::new();
        while let Some((_, entry)) = queue.take(Moment::of(5.0)) {
            order.push(entry);
        }
        assert_eq!(order, ["first", "second", "late"]);
    }

    #[test]
    fn nothing_is_taken_before_it_is_due() {
        let mut queue = Queue::default();
        queue.put(Moment::of(2.0), ());
        assert!(queue.take(Moment::of(1.9)).is_none());
    }

    #[test]
    fn a_stepping_clock_moves_with_calls_only() {
        let mut clock = Clock::new(Time::Step(5.0));
        assert_eq!(clock.now(), Moment::of(0.0));
        assert_eq!(clock.arrival(), Moment::of(5.0));
        assert_eq!(clock.now(), Moment::of(5.0));
        assert_eq!(clock.advance(2.5), Moment::of(7.5));
    }
}
