//! The newest items of a list whose length strangers decide.

use std::collections::VecDeque;

/// The newest items, and how many older ones were dropped.
#[derive(Debug)]
pub(super) struct Recent<T, const LIMIT: usize> {
    items: VecDeque<T>,
    dropped: usize,
}

impl<T, const LIMIT: usize> Default for Recent<T, LIMIT> {
    fn default() -> Self {
        Self { items: VecDeque::new(), dropped: 0 }
    }
}

impl<T, const LIMIT: usize> Recent<T, LIMIT> {
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() == LIMIT {
            self.items.pop_front();
            self.dropped += 1;
        }
        self.items.push_back(item);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// The number of older items that were dropped.
    pub(super) fn dropped(&self) -> usize {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_item_is_dropped_and_counted() {
        let mut recent = Recent::<u32, 2>::default();
        (1..=5).for_each(|number| recent.push(number));
        assert_eq!(recent.iter().copied().collect::<Vec<_>>(), [4, 5]);
        assert_eq!(recent.dropped(), 3);
    }
}
