//! A queue of what is due at moments of simulated time.

use std::collections::BTreeMap;

use crate::clock::Moment;

/// Entries by the moment at which they are due. Entries of the same moment keep the order of insertion.
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

    /// Removes the first entry that is due at this moment or earlier.
    pub(crate) fn pop_due(&mut self, now: Moment) -> Option<(Moment, T)> {
        let (&key, _) = self.entries.first_key_value().filter(|((due, _), _)| *due <= now)?;
        self.entries.remove(&key).map(|entry| (key.0, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_the_same_moment_keep_the_order_of_insertion() {
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
    fn the_clock_removes_no_entry_before_its_time() {
        let mut queue = Queue::default();
        queue.push(Moment::from_seconds(2.0), ());
        assert!(queue.pop_due(Moment::from_seconds(1.9)).is_none());
    }
}
