//! The counts of a rollout over time, thinned so that a long watch needs no more memory than a short one.

use std::time::Duration;

use model::progress::Progress;

/// The most samples of a target: more than a plot has pixels.
const MAX_SAMPLES: usize = 480;

/// The counts from a time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: Duration,
    pub(super) desired: u32,
    pub(super) running: u32,
    pub(super) pending: u32,
    pub(super) failed: u32,
    /// Whether ECS rolls back. The counts are those of the revision that it rolls back from.
    pub(super) is_rollback: bool,
}

impl Sample {
    pub(super) fn new(at: Duration, progress: &Progress) -> Self {
        let count = |count: i32| u32::try_from(count).unwrap_or_default();
        Self {
            at,
            desired: count(progress.desired),
            running: count(progress.running),
            pending: count(progress.pending),
            failed: count(progress.failed),
            is_rollback: progress.is_rollback(),
        }
    }

    /// The highest count.
    pub(super) fn max(&self) -> u32 {
        self.desired.max(self.running).max(self.pending).max(self.failed)
    }
}

/// The samples of one target, in the order of their times.
#[derive(Debug, Default)]
pub(super) struct Samples {
    samples: Vec<Sample>,
    /// Of two samples that are closer than this, only the later one is kept.
    resolution: Duration,
}

impl Samples {
    pub(super) fn push(&mut self, sample: Sample) {
        push_at(&mut self.samples, sample, self.resolution);
        while self.samples.len() > MAX_SAMPLES {
            self.resolution = (self.resolution * 2).max(Duration::from_millis(100));
            let old = std::mem::take(&mut self.samples);
            old.into_iter().for_each(|sample| push_at(&mut self.samples, sample, self.resolution));
        }
    }

    pub(super) fn as_slice(&self) -> &[Sample] {
        &self.samples
    }
}

/// Adds a sample. It replaces the last one of the same interval of time, but for the first sample of all, and for one
/// at which a rollback starts.
fn push_at(samples: &mut Vec<Sample>, sample: Sample, resolution: Duration) {
    let interval = |sample: &Sample| sample.at.as_millis().checked_div(resolution.as_millis());
    let is_replaced = match samples.as_slice() {
        [_, .., before, last] => {
            interval(last).is_some()
                && interval(last) == interval(&sample)
                && last.is_rollback == before.is_rollback
        }
        _ => false,
    };
    if is_replaced {
        samples.pop();
    }
    samples.push(sample);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millis: u64, running: u32, is_rollback: bool) -> Sample {
        let at = Duration::from_millis(millis);
        Sample { at, desired: 4, running, pending: 0, failed: 0, is_rollback }
    }

    #[test]
    fn a_long_watch_is_thinned_and_keeps_its_ends() {
        let mut samples = Samples::default();
        for number in 0..100_000_u64 {
            samples.push(sample(number * 2000, u32::try_from(number).unwrap(), number >= 60_000));
        }
        let kept = samples.as_slice();
        assert!((100..=MAX_SAMPLES).contains(&kept.len()), "{}", kept.len());
        assert_eq!((kept[0].running, kept[kept.len() - 1].running), (0, 99_999));
        assert!(kept.is_sorted_by_key(|sample| sample.at));
        let rollback = kept.iter().find(|sample| sample.is_rollback).unwrap();
        assert!(rollback.running < 61_000, "{rollback:?}");
    }

    #[test]
    fn a_short_watch_keeps_every_sample() {
        let mut samples = Samples::default();
        (0..100).for_each(|number| samples.push(sample(number, 1, false)));
        assert_eq!(samples.as_slice().len(), 100);
    }
}
