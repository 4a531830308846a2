//! The parts of the page about single targets and images: verdicts, causes of failures, changes, images, events.

use super::clean::{Cleaner, Text};
use super::record::{Record, TargetChanges, TargetRecord};
use crate::output::classify::{Tone, tone};
use crate::output::events::duration_text;
use crate::output::phrases::{verdict_detail, verdict_word};
use crate::output::plan::diff::{DiffRow, RowChange};
use crate::output::summary::{JudgedTarget, Summary, in_order};
use model::diagnosis::{Diagnosis, LogTail};
use model::names::{short_revision, short_task_id};
use model::plan::TargetName;
use model::verdict::Verdict;

/// The most lines of the changes of all targets that are unfolded from the start.
const MAX_UNFOLDED: usize = 24;

/// A target with its verdict.
#[derive(Debug)]
pub(super) struct VerdictRow {
    pub(super) name: Text,
    pub(super) tone: Tone,
    pub(super) word: &'static str,
    pub(super) detail: Text,
    pub(super) revision: Text,
    /// What a person does next, as clauses with commands.
    pub(super) next: Vec<Text>,
    /// The number of the failure that explains it.
    pub(super) failure: Option<usize>,
}

/// Why a target failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) number: usize,
    pub(super) name: Text,
    pub(super) causes: Vec<(usize, Text)>,
    pub(super) logs: Vec<Log>,
    /// What could not be read, and how it was rolled back: sentences.
    pub(super) notes: Vec<Text>,
}

/// The end of a container's log.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) title: Text,
    pub(super) place: Text,
    pub(super) lines: Vec<Text>,
}

/// What changes in a target.
#[derive(Debug)]
pub(super) struct TargetDiff {
    pub(super) name: Text,
    /// The revision before, and the one after if there is one.
    pub(super) revisions: Text,
    pub(super) warnings: Vec<Text>,
    pub(super) diffs: Vec<Diff>,
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) is_open: bool,
}

/// A change of a value, or what is above the changes of a container.
#[derive(Debug)]
pub(super) struct Diff {
    /// What changes; empty if all of it is added or removed.
    pub(super) path: Text,
    /// Whether it is in a container.
    pub(super) is_inner: bool,
    pub(super) removed: Vec<Text>,
    pub(super) added: Vec<Text>,
}

/// An image, as it was pushed or planned.
#[derive(Debug)]
pub(super) struct ImageRow {
    pub(super) name: Text,
    pub(super) repository: Option<Text>,
    pub(super) action: &'static str,
    pub(super) tags: Vec<Text>,
    pub(super) digest: Option<Text>,
}

/// What ECS reported of a service.
#[derive(Debug)]
pub(super) struct EventList {
    pub(super) name: Text,
    /// The times and the messages.
    pub(super) events: Vec<(String, Text)>,
    pub(super) dropped: usize,
}

pub(super) fn verdicts(summary: &Summary, failures: &[Failure], cleaner: &Cleaner<'_>) -> Vec<VerdictRow> {
    let row = |target: &JudgedTarget| {
        let name = cleaner.text(target.name.as_str());
        let detail = match &target.verdict {
            Verdict::Paused { hook, .. } => hook.to_string(),
            verdict => verdict_detail(verdict),
        };
        VerdictRow {
            tone: tone(&target.verdict),
            word: verdict_word(&target.verdict),
            detail: cleaner.text(detail.trim_start_matches([':', ',', ';', ' '])),
            revision: cleaner.text(&target.revision),
            next: target.next.iter().map(|next| cleaner.text(next)).collect(),
            failure: failures.iter().find(|failure| failure.name == name).map(|failure| failure.number),
            name,
        }
    };
    in_order(summary.targets()).into_iter().map(row).collect()
}

pub(super) fn failures(record: &Record, summary: &Summary, cleaner: &Cleaner<'_>) -> Vec<Failure> {
    // A rollback that was requested is none.
    let is_success = |target: &TargetRecord| {
        let mut judged = summary.targets().iter();
        judged.any(|judged| judged.name == target.name && judged.verdict.is_success())
    };
    let failed = record.targets.iter().filter(|target| {
        target.diagnosis.is_some() || (target.rollbacks.iter().next().is_some() && !is_success(target))
    });
    let failure = |(number, target): (usize, &TargetRecord)| {
        let none = Diagnosis::default();
        let diagnosis = target.diagnosis.as_ref().unwrap_or(&none);
        let causes = diagnosis.causes.iter();
        let rollbacks = target.rollbacks.iter().map(|detail| format!("Rollback: {detail}"));
        Failure {
            number,
            name: cleaner.text(target.name.as_str()),
            causes: causes.map(|cause| (cause.count, cleaner.text(&cause.description))).collect(),
            logs: diagnosis.logs.iter().map(|log| log_of(log, cleaner)).collect(),
            notes: diagnosis.unread.iter().cloned().chain(rollbacks).map(|note| cleaner.text(note)).collect(),
        }
    };
    (1..).zip(failed).map(failure).collect()
}

fn log_of(log: &LogTail, cleaner: &Cleaner<'_>) -> Log {
    Log {
        title: cleaner.text(format!(
            "The end of the log of {} (task {})",
            log.container,
            short_task_id(&log.task)
        )),
        place: cleaner.text(format!("{}, {}", log.group, log.stream)),
        lines: log.lines.iter().map(|line| cleaner.text(line)).collect(),
    }
}

pub(super) fn diffs(record: &Record, summary: &Summary, cleaner: &Cleaner<'_>) -> Vec<TargetDiff> {
    let planned = record.targets.iter().filter_map(|target| Some((&target.name, target.plan.as_ref()?)));
    let changed = planned.filter(|(_, plan)| !plan.is_empty());
    let mut diffs: Vec<TargetDiff> =
        changed.map(|(name, plan)| target_diff(name, plan, summary, cleaner)).collect();
    let mut lines = 0;
    for diff in &mut diffs {
        lines += diff.added + diff.removed;
        diff.is_open = lines <= MAX_UNFOLDED;
    }
    diffs
}

fn target_diff(
    name: &TargetName,
    plan: &TargetChanges,
    summary: &Summary,
    cleaner: &Cleaner<'_>,
) -> TargetDiff {
    let diffs: Vec<Diff> = plan.rows.iter().map(|row| diff_of(row, cleaner)).collect();
    let base = short_revision(&plan.base);
    let judged = summary.targets().iter().find(|target| target.name == *name);
    let new = judged.map(|target| target.revision.as_str()).filter(|revision| *revision != base);
    TargetDiff {
        name: cleaner.text(name.as_str()),
        revisions: cleaner.text(new.map_or(base.to_owned(), |new| format!("{base} → {new}"))),
        warnings: plan.warnings.iter().map(|warning| cleaner.text(warning)).collect(),
        added: diffs.iter().map(|diff| diff.added.len()).sum(),
        removed: diffs.iter().map(|diff| diff.removed.len()).sum(),
        diffs,
        is_open: false,
    }
}

/// The lines of a row.
fn diff_of(row: &DiffRow, cleaner: &Cleaner<'_>) -> Diff {
    let text = |text: &str| vec![cleaner.text(text)];
    let label = row.label.as_str();
    let (path, removed, added) = match &row.change {
        RowChange::Heading => (label, Vec::new(), Vec::new()),
        RowChange::AddedHeading => ("", Vec::new(), text(label)),
        RowChange::RemovedHeading => ("", text(label), Vec::new()),
        RowChange::Added(value) => (label, Vec::new(), text(value)),
        RowChange::Removed(value) => (label, text(value), Vec::new()),
        RowChange::Changed(before, after) => (label, text(before), text(after)),
    };
    Diff { path: cleaner.text(path), is_inner: row.depth > 0, removed, added }
}

/// The images of the plan, with what was pushed of them, and those that were pushed without a plan.
pub(super) fn images(record: &Record, summary: &Summary, cleaner: &Cleaner<'_>) -> Vec<ImageRow> {
    let planned = record.plan.iter().flat_map(|plan| &plan.images).map(|image| {
        let published = summary.images().iter().find(|published| published.name == image.name);
        let digest = published.map(|published| &published.digest).or(image.digest.as_ref());
        ImageRow {
            name: cleaner.text(&image.name),
            repository: Some(cleaner.text(image.repository.to_string())),
            // What was not pushed was not built to the end, either.
            action: if digest.is_none() && image.action == "built" { "not pushed" } else { image.action },
            tags: image.tags.iter().map(|tag| cleaner.text(tag.as_str())).collect(),
            digest: digest.map(|digest| cleaner.text(digest.as_str())),
        }
    });
    planned.collect()
}

pub(super) fn service_events(record: &Record, cleaner: &Cleaner<'_>) -> Vec<EventList> {
    let reported = record.targets.iter().filter(|target| target.events.iter().next().is_some());
    let list = |target: &TargetRecord| EventList {
        name: cleaner.text(target.name.as_str()),
        events: target.events.iter().map(|(at, text)| (duration_text(*at), cleaner.text(text))).collect(),
        dropped: target.events.dropped(),
    };
    reported.map(list).collect()
}
