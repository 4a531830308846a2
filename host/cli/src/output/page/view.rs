//! What the template of the page shows.

use std::time::Duration;

use askama::Template;

use super::clean::{Cleaner, Text};
use super::details::{
    EventList, Failure, ImageRow, TargetDiff, VerdictRow, diffs, failures, images, service_events, verdicts,
};
use super::gantt::Gantt;
use super::guards::{GuardRow, guard_rows};
use super::head::Head;
use super::plots::{HEIGHT, Plots, WIDTH};
use super::record::{LoadedPolicy, Record};
use crate::output::classify::{Tone, tone};
use crate::output::summary::Summary;
use crate::output::{Secrets, events};
use model::exit::Exit;

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct View {
    head: Head,
    verb: Text,
    version: Text,
    errors: Vec<Vec<Text>>,
    /// What `rollback` or `continue` is going to do.
    planned: Vec<Text>,
    verdicts: Vec<VerdictRow>,
    gantt: Gantt,
    plots: Plots,
    failures: Vec<Failure>,
    diffs: Vec<TargetDiff>,
    images: Vec<ImageRow>,
    commands: Vec<Text>,
    commands_dropped: usize,
    warnings: Vec<Vec<Text>>,
    warnings_dropped: usize,
    service_events: Vec<EventList>,
    guards: Vec<GuardRow>,
    guard_output: Vec<Text>,
    policy: Option<PolicyView>,
    /// Whether texts are left out because there are too many.
    is_full: bool,
}

/// The policy and what it worked with.
struct PolicyView {
    name: Text,
    version: Text,
    source: Text,
    digest: Text,
    settings: Vec<Text>,
    withheld: Vec<Text>,
    lookups: Vec<(Text, Text)>,
    output: Vec<Text>,
}

impl Tone {
    /// The name of its class in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Caution => "caution",
            Self::Bad => "bad",
        }
    }

    /// The sign beside its color.
    fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Caution => "!",
            Self::Bad => "✕",
        }
    }
}

impl View {
    pub(super) fn new(
        record: &Record,
        summary: &Summary,
        exit: Exit,
        elapsed: Duration,
        secrets: &Secrets,
    ) -> Self {
        let cleaner = &Cleaner::new(secrets);
        // In the order of the page: if there are too many texts, those at its end are left out.
        let head = Head::new(record, summary, exit, elapsed, cleaner);
        let errors = summary.errors().iter().map(|error| cleaner.lines(error)).collect();
        let planned = planned_lines(record, cleaner);
        let failures = failures(record, summary, cleaner);
        let verdicts = verdicts(summary, &failures, cleaner);
        let tone_of = |name: &_| {
            let judged = summary.targets().iter().find(|target| target.name == *name)?;
            Some(tone(&judged.verdict))
        };
        let texts = |texts: Vec<&String>| texts.into_iter().map(|text| cleaner.text(text)).collect();
        Self {
            head,
            verb: cleaner.text(&record.verb),
            version: cleaner.text(&record.version),
            errors,
            planned,
            verdicts,
            gantt: Gantt::new(record.spans.as_slice(), elapsed, tone_of, cleaner),
            plots: Plots::new(&record.targets, elapsed, cleaner),
            failures,
            diffs: diffs(record, summary, cleaner),
            images: images(record, summary, cleaner),
            commands: texts(record.commands.iter().collect()),
            commands_dropped: record.commands.dropped(),
            warnings: record.warnings.iter().map(|warning| cleaner.lines(warning)).collect(),
            warnings_dropped: record.warnings.dropped(),
            service_events: service_events(record, cleaner),
            guards: guard_rows(
                record.plan.as_ref().map(|plan| plan.reviews.as_slice()).unwrap_or_default(),
                cleaner,
            ),
            guard_output: record.guard_output.iter().map(|line| cleaner.text(line)).collect(),
            policy: record.policy.as_ref().map(|policy| PolicyView::new(policy, record, cleaner)),
            is_full: cleaner.is_full(),
        }
    }

    pub(super) fn to_html(&self) -> String {
        // Writing to memory does not fail.
        self.render().unwrap_or_default()
    }
}

impl PolicyView {
    fn new(policy: &LoadedPolicy, record: &Record, cleaner: &Cleaner<'_>) -> Self {
        Self {
            name: cleaner.text(&policy.name),
            version: cleaner.text(&policy.version),
            source: cleaner.text(policy.source.to_string()),
            digest: cleaner.text(&policy.digest),
            settings: policy.settings.iter().map(|name| cleaner.text(name)).collect(),
            withheld: record.withheld.iter().map(|name| cleaner.text(name)).collect(),
            lookups: record
                .lookups
                .iter()
                .map(|(query, result)| (cleaner.text(query), cleaner.text(result)))
                .collect(),
            output: record.policy_output.iter().map(|line| cleaner.text(line)).collect(),
        }
    }
}

/// The text of the event of what `rollback` or `continue` is going to do, without its heading.
fn planned_lines(record: &Record, cleaner: &Cleaner<'_>) -> Vec<Text> {
    let mut text = Vec::new();
    if let Some(event) = &record.planned {
        // Writing to memory does not fail.
        let _ = events::write(&mut text, event, Duration::ZERO);
    }
    let text = anstream::adapter::strip_str(&String::from_utf8_lossy(&text)).to_string();
    let lines = text.lines().map(|line| line.get(10..).unwrap_or(line).trim());
    lines.map(|line| cleaner.text(line)).collect()
}
