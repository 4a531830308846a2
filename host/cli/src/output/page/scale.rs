//! Where a time is on an axis.

use std::time::Duration;

/// The distances between two ticks, in milliseconds.
const STEPS: [u64; 26] = [
    10,
    20,
    50,
    100,
    200,
    500,
    1000,
    2000,
    5000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000,
];

/// The most ticks of an axis, so that their labels fit beside each other on a phone.
const MAX_TICKS: u128 = 5;

/// An axis of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    start: Duration,
    end: Duration,
}

/// A mark on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Its place, in percent of the axis.
    pub(super) at: String,
    /// The end of its label that is there: those at the ends of the axis stay within it.
    pub(super) anchor: &'static str,
    pub(super) label: String,
}

impl Scale {
    /// An axis from `start` to `end`, and to a millisecond after `start` at least.
    pub(super) fn new(start: Duration, end: Duration) -> Self {
        Self { start, end: end.max(start.saturating_add(Duration::from_millis(1))) }
    }

    pub(super) fn start(&self) -> Duration {
        self.start
    }

    pub(super) fn end(&self) -> Duration {
        self.end
    }

    /// The place of a time, from 0 to 1. A time beyond the axis is at its end.
    pub(super) fn position(&self, at: Duration) -> f64 {
        let length = self.end.saturating_sub(self.start).as_secs_f64();
        (at.saturating_sub(self.start).as_secs_f64() / length).clamp(0.0, 1.0)
    }

    /// Round times within the axis, with the times since `start`.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let length = self.end.saturating_sub(self.start).as_millis();
        let fits = |step: &u64| length / u128::from(*step) < MAX_TICKS;
        let step = STEPS.into_iter().find(fits).unwrap_or(u64::MAX);
        let times =
            (0..).map_while(|number: u64| number.checked_mul(step).filter(|at| u128::from(*at) <= length));
        times
            .map(|millis| {
                let at = Duration::from_millis(millis);
                let position = self.position(self.start.saturating_add(at));
                let anchor = match position {
                    ..0.05 => "start",
                    0.95.. => "end",
                    _ => "middle",
                };
                Tick { at: percent(position), anchor, label: tick_label(at) }
            })
            .collect()
    }
}

/// A place from 0 to 1 in percent, with two digits.
pub(super) fn percent(position: f64) -> String {
    format!("{:.2}", position * 100.0)
}

/// A round time in its largest unit: `0`, `200 ms`, `1.5 min`.
fn tick_label(at: Duration) -> String {
    let (value, unit) = match at.as_millis() {
        0 => return "0".to_owned(),
        millis @ 1..1000 => (millis as f64, "ms"),
        millis @ 1000..60_000 => (millis as f64 / 1000.0, "s"),
        millis @ 60_000..3_600_000 => (millis as f64 / 60_000.0, "min"),
        millis @ 3_600_000..86_400_000 => (millis as f64 / 3_600_000.0, "h"),
        millis => (millis as f64 / 86_400_000.0, "d"),
    };
    format!("{value} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(millis: u64) -> String {
        let ticks = Scale::new(Duration::ZERO, Duration::from_millis(millis)).ticks();
        ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(labels(0), "0");
        assert_eq!(labels(9300), "0, 2 s, 4 s, 6 s, 8 s");
        assert_eq!(labels(67), "0, 20 ms, 40 ms, 60 ms");
        assert_eq!(labels(130_000), "0, 30 s, 1 min, 1.5 min, 2 min");
        assert_eq!(labels(5_400_000), "0, 30 min, 1 h, 1.5 h");
        assert_eq!(labels(7 * 86_400_000), "0, 2 d, 4 d, 6 d");
    }

    #[test]
    fn a_time_beyond_the_axis_is_at_its_end() {
        let scale = Scale::new(Duration::from_secs(10), Duration::from_secs(20));
        let at = [0, 10, 15, 20, 99].map(|second| scale.position(Duration::from_secs(second)));
        assert_eq!(at, [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!(percent(1.0 / 3.0), "33.33");
        assert!(Scale::new(Duration::ZERO, Duration::MAX).ticks().len() < 2000);
    }
}
