//! The timeline: a row for each stage of the run and for each target, all on one axis, so that what overlaps is seen.

use std::time::Duration;

use super::clean::{Cleaner, Text};
use super::scale::{Scale, Tick, percent};
use super::spans::{Span, Stage};
use crate::output::classify::Tone;
use crate::output::events::duration_text;
use model::event::DockerStep;
use model::plan::TargetName;

/// The narrowest bar, as a part of the axis.
const MIN_WIDTH: f64 = 0.006;

/// The timeline of a run.
#[derive(Debug)]
pub(super) struct Gantt {
    pub(super) ticks: Vec<Tick>,
    pub(super) rows: Vec<Row>,
    /// The kinds of bars within the rows of targets.
    pub(super) legend: Vec<Stage>,
}

/// A row of the timeline.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: Text,
    /// Whether it is a one-off task of the target above.
    pub(super) is_task: bool,
    /// How the target ended, or the task.
    pub(super) tone: Option<Tone>,
    pub(super) bars: Vec<Bar>,
    /// From the start of the first bar to the end of the last one.
    pub(super) duration: String,
    /// The bars as a sentence.
    pub(super) description: String,
}

/// A bar of a row.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) stage: Stage,
    /// The start and the length, in percent of the axis.
    pub(super) x: String,
    pub(super) width: String,
    pub(super) title: String,
}

impl Stage {
    /// The name of its class in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Plan => "plan",
            Self::Docker(DockerStep::Build) => "build",
            Self::Docker(DockerStep::Push) => "push",
            Self::OneOffTask => "task",
            Self::Rollout => "rollout",
            Self::Pause => "pause",
            Self::Bake => "bake",
            Self::Rollback => "rollback",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Decide => "Decide",
            Self::Plan => "Plan",
            Self::Docker(DockerStep::Build) => "docker build",
            Self::Docker(DockerStep::Push) => "docker push",
            Self::OneOffTask => "one-off task",
            Self::Rollout => "rollout",
            Self::Pause => "paused",
            Self::Bake => "bake",
            Self::Rollback => "rollback",
        }
    }
}

impl Gantt {
    /// The timeline of a run that ended at `end`. `tone` is that of a target's verdict.
    pub(super) fn new(
        spans: &[Span],
        end: Duration,
        tone: impl Fn(&TargetName) -> Option<Tone>,
        cleaner: &Cleaner<'_>,
    ) -> Self {
        let scale = Scale::new(Duration::ZERO, end);
        let rows = groups(spans).into_iter().map(|group| {
            let (label, tone) = match group.key {
                Key::Run(stage, None) => (cleaner.text(stage.name()), None),
                Key::Run(stage, Some(subject)) => (cleaner.text(format!("{} {subject}", stage.name())), None),
                Key::Target(target) => (cleaner.text(target.as_str()), tone(target)),
                Key::Task(_, name) => {
                    let has_failed = group.spans.iter().any(|span| span.has_failed);
                    (cleaner.text(name), Some(if has_failed { Tone::Bad } else { Tone::Good }))
                }
            };
            let bars: Vec<Bar> = group.spans.iter().map(|span| bar(span, end, &scale)).collect();
            let start = group.spans.iter().map(|span| span.start).min();
            let last = group.spans.iter().map(|span| span.end.unwrap_or(end)).max();
            let duration = start.zip(last).map(|(start, last)| duration_text(last.saturating_sub(start)));
            Row {
                label,
                is_task: matches!(group.key, Key::Task(..)),
                tone: tone.filter(|_| group.spans.iter().all(|span| span.end.is_some())),
                description: bars.iter().map(|bar| bar.title.as_str()).collect::<Vec<_>>().join("; "),
                bars,
                duration: duration.unwrap_or_default(),
            }
        });
        let rows = rows.collect();
        let legend = [Stage::Rollout, Stage::OneOffTask, Stage::Pause, Stage::Bake, Stage::Rollback];
        let legend =
            legend.into_iter().filter(|stage| spans.iter().any(|span| span.stage == *stage)).collect();
        Self { ticks: scale.ticks(), rows, legend }
    }
}

fn bar(span: &Span, now: Duration, scale: &Scale) -> Bar {
    let end = span.end.unwrap_or(now);
    let x = scale.position(span.start).min(1.0 - MIN_WIDTH);
    let width = (scale.position(end) - x).max(MIN_WIDTH);
    let (start, until, length) =
        (duration_text(span.start), duration_text(end), duration_text(end.saturating_sub(span.start)));
    let failed = if span.has_failed { ", failed" } else { "" };
    let end = if span.end.is_some() { format!("to {until}") } else { "to the end of the run".to_owned() };
    let title = format!("{} from {start} {end} ({length}){failed}", span.stage.name());
    Bar { stage: span.stage, x: percent(x), width: percent(width), title }
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key<'s> {
    Run(Stage, Option<&'s str>),
    Target(&'s TargetName),
    Task(&'s TargetName, &'s str),
}

impl<'s> Key<'s> {
    fn new(span: &'s Span) -> Self {
        match (&span.target, span.stage) {
            (None, stage) => Self::Run(stage, span.subject.as_deref()),
            (Some(target), Stage::OneOffTask) => {
                Self::Task(target, span.subject.as_deref().unwrap_or_default())
            }
            (Some(target), _) => Self::Target(target),
        }
    }
}

/// The bars of a row.
struct Group<'s> {
    key: Key<'s>,
    spans: Vec<&'s Span>,
}

/// The rows in the order of their starts. The tasks of a target follow it.
fn groups(spans: &[Span]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for span in spans {
        let key = Key::new(span);
        if let Some(group) = groups.iter_mut().find(|group| group.key == key) {
            group.spans.push(span);
            continue;
        }
        let group = Group { key, spans: vec![span] };
        match key {
            Key::Task(target, _) => {
                if !groups.iter().any(|group| group.key == Key::Target(target)) {
                    groups.push(Group { key: Key::Target(target), spans: Vec::new() });
                }
                let is_of_target = |group: &Group<'_>| match group.key {
                    Key::Target(own) | Key::Task(own, _) => own == target,
                    Key::Run(..) => false,
                };
                let place = groups.iter().rposition(is_of_target).map_or(groups.len(), |place| place + 1);
                groups.insert(place, group);
            }
            Key::Run(..) | Key::Target(_) => groups.push(group),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Secrets;
    use crate::output::page::tests::runs::{many, rolled_back};

    fn gantt(spans: &[Span], end: u64) -> Gantt {
        let secrets = Secrets::default();
        Gantt::new(spans, Duration::from_secs(end), |_| Some(Tone::Bad), &Cleaner::new(&secrets))
    }

    #[test]
    fn a_task_follows_its_target_and_bars_are_where_their_times_are() {
        let run = rolled_back();
        let gantt = gantt(run.page.0.spans.as_slice(), 200);
        let row = |row: &Row| {
            let bars: Vec<String> = row.bars.iter().map(|bar| format!("{}+{}", bar.x, bar.width)).collect();
            format!("{}{}: {}", if row.is_task { "- " } else { "" }, row.label, bars.join(" "))
        };
        let expected = [
            "Decide: 0.00+0.60",
            "Plan: 0.20+0.60",
            "docker build simple-todo: 0.60+23.90",
            "docker push simple-todo: 24.50+4.50",
            "main/web: 36.50+18.50 55.00+9.00",
            "- migrate: 30.00+6.00",
        ];
        assert_eq!(gantt.rows.iter().map(row).collect::<Vec<_>>(), expected);
        assert_eq!(gantt.legend, [Stage::Rollout, Stage::OneOffTask, Stage::Rollback]);
        let web = &gantt.rows[4];
        assert_eq!((web.duration.as_str(), web.tone), ("55 s", Some(Tone::Bad)));
        let description =
            "rollout from 1 min 13 s to 1 min 50 s (37 s); rollback from 1 min 50 s to 2 min 08 s (18 s)";
        assert_eq!(web.description, description);
        assert_eq!(gantt.rows[5].tone, Some(Tone::Good));
    }

    #[test]
    fn every_bar_is_within_the_axis() {
        let run = many(30);
        // The run ends before its last stages do, as if the clock had been wrong.
        for end in [0, 1, 100, 1000] {
            for bar in gantt(run.page.0.spans.as_slice(), end).rows.iter().flat_map(|row| &row.bars) {
                let (x, width): (f64, f64) = (bar.x.parse().unwrap(), bar.width.parse().unwrap());
                assert!(x >= 0.0 && width >= 0.59 && x + width < 100.02, "{bar:?}");
            }
        }
    }
}
