//! The counts of each rollout over time, as lines with steps: a small plot for each target, from its start to its end. The
//! timeline shows how they overlapped.

use std::time::Duration;

use super::clean::{Cleaner, Text};
use super::record::TargetRecord;
use super::samples::Sample;
use super::scale::Scale;
use crate::output::events::duration_text;

/// The size of a plot in its own units. The page stretches it.
pub(super) const WIDTH: f64 = 600.0;
pub(super) const HEIGHT: f64 = 100.0;

/// What a line keeps from the edge, so that it is not cut.
const MARGIN: f64 = 3.0;

/// The plots of a run.
#[derive(Debug)]
pub(super) struct Plots {
    pub(super) plots: Vec<Plot>,
}

/// The plot of a target.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) name: Text,
    /// The ends of the axis, since the start of the run.
    pub(super) start: String,
    pub(super) end: String,
    /// The last counts.
    pub(super) last: String,
    /// The highest count, at the top of the plot.
    pub(super) max: u32,
    /// The paths of the lines. Those without any count are absent.
    pub(super) desired: String,
    pub(super) running: String,
    pub(super) running_area: String,
    pub(super) pending: Option<String>,
    pub(super) failed: Option<String>,
    /// The start and the length of the time in which ECS rolls back.
    pub(super) rollback: Option<(String, String)>,
    /// The plot in words.
    pub(super) description: String,
}

impl Plots {
    /// The plots of the targets whose progress was read, in a run that ended at `end`.
    pub(super) fn new(targets: &[TargetRecord], end: Duration, cleaner: &Cleaner<'_>) -> Self {
        let plot = |target: &TargetRecord| {
            let samples = target.samples.as_slice();
            let (start, end) = (samples.first()?.at, target.ended_at.unwrap_or(end));
            Some(Plot::new(cleaner.text(target.name.as_str()), samples, end, &Scale::new(start, end)))
        };
        Self { plots: targets.iter().filter_map(plot).collect() }
    }
}

impl Plot {
    fn new(name: Text, samples: &[Sample], end: Duration, scale: &Scale) -> Self {
        let max = samples.iter().map(Sample::max).max().unwrap_or_default().max(1);
        let line = |count: fn(&Sample) -> u32| steps(samples, count, end, max, scale);
        let unless_zero =
            |count: fn(&Sample) -> u32| samples.iter().any(|sample| count(sample) > 0).then(|| line(count));
        let running = line(|sample| sample.running);
        let (first_x, last_x) = (samples.first().map_or(0.0, |first| x(first.at, scale)), x(end, scale));
        let floor = y(0, max);
        let rollback = samples.iter().find(|sample| sample.is_rollback).map(|first| {
            let start = x(first.at, scale);
            (coordinate(start), coordinate((last_x - start).max(2.0)))
        });
        Self {
            name,
            start: duration_text(scale.start()),
            end: duration_text(scale.end()),
            last: samples.last().map(counts_text).unwrap_or_default(),
            max,
            desired: line(|sample| sample.desired),
            running_area: format!("{running}V{0}H{1}Z", coordinate(floor), coordinate(first_x)),
            running,
            pending: unless_zero(|sample| sample.pending),
            failed: unless_zero(|sample| sample.failed),
            rollback,
            description: describe(samples, end),
        }
    }
}

/// The path of a line that stays at a count until the next one.
fn steps(samples: &[Sample], count: fn(&Sample) -> u32, end: Duration, max: u32, scale: &Scale) -> String {
    let mut path = String::new();
    let mut before = None;
    for sample in samples {
        let value = count(sample);
        let (x, y) = (coordinate(x(sample.at, scale)), coordinate(y(value, max)));
        match before {
            None => path += &format!("M{x} {y}"),
            Some(before) if before == value => continue,
            Some(_) => path += &format!("H{x}V{y}"),
        }
        before = Some(value);
    }
    path + &format!("H{}", coordinate(x(end, scale)))
}

fn x(at: Duration, scale: &Scale) -> f64 {
    scale.position(at) * WIDTH
}

fn y(count: u32, max: u32) -> f64 {
    let part = f64::from(count) / f64::from(max.max(1));
    HEIGHT - MARGIN - part * (HEIGHT - 2.0 * MARGIN)
}

/// A coordinate with one digit, and without it if it is zero.
fn coordinate(value: f64) -> String {
    ((value * 10.0).round() / 10.0).to_string()
}

fn counts_text(sample: &Sample) -> String {
    if sample.is_rollback {
        return "rolled back".to_owned();
    }
    let failed = if sample.failed > 0 { format!(", {} failed", sample.failed) } else { String::new() };
    format!("{} of {} running{failed}", sample.running, sample.desired)
}

fn describe(samples: &[Sample], end: Duration) -> String {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else { return String::new() };
    let highest = |count: fn(&Sample) -> u32| samples.iter().map(count).max().unwrap_or_default();
    let rollback = samples.iter().find(|sample| sample.is_rollback);
    let rollback = rollback
        .map(|sample| format!("; rolled back from {} on", duration_text(sample.at)))
        .unwrap_or_default();
    format!(
        "from {} to {}: {} to {} of {} desired tasks running, at most {} pending and {} failed{rollback}",
        duration_text(first.at),
        duration_text(end),
        first.running,
        last.running,
        last.desired,
        highest(|sample| sample.pending),
        highest(|sample| sample.failed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: u64, running: u32, failed: u32, is_rollback: bool) -> Sample {
        let at = Duration::from_secs(second);
        Sample { at, desired: 4, running, pending: 0, failed, is_rollback }
    }

    fn plot(samples: &[Sample], end: u64) -> Plot {
        let scale = Scale::new(Duration::ZERO, Duration::from_secs(10));
        Plot::new(Text::default(), samples, Duration::from_secs(end), &scale)
    }

    #[test]
    fn a_line_steps_at_each_change_and_ends_with_the_target() {
        let plot = plot(
            &[sample(0, 0, 0, false), sample(2, 2, 0, false), sample(3, 2, 0, false), sample(5, 4, 0, false)],
            9,
        );
        assert_eq!(plot.running, "M0 97H120V50H300V3H540");
        assert_eq!(plot.running_area, "M0 97H120V50H300V3H540V97H0Z");
        assert_eq!(plot.desired, "M0 3H540");
        assert_eq!((plot.max, plot.pending, plot.failed, plot.rollback), (4, None, None, None));
        assert_eq!(plot.last, "4 of 4 running");
        let description =
            "from 0 ms to 9.0 s: 0 to 4 of 4 desired tasks running, at most 0 pending and 0 failed";
        assert_eq!(plot.description, description);
    }

    #[test]
    fn the_time_of_a_rollback_is_marked() {
        let plot = plot(&[sample(0, 1, 0, false), sample(4, 0, 5, false), sample(6, 0, 5, true)], 10);
        assert_eq!(plot.rollback, Some(("360".to_owned(), "240".to_owned())));
        assert_eq!((plot.max, plot.failed.as_deref()), (5, Some("M0 97H240V3H600")));
        assert_eq!(plot.last, "rolled back");
    }

    #[test]
    fn a_target_without_tasks_has_a_plot() {
        let none = Sample { desired: 0, ..sample(1, 0, 0, false) };
        assert_eq!(plot(&[none], 1).running, "M60 97H60");
    }
}
