//! The head of the page: the outcome, and what was deployed.

use std::time::Duration;

use super::clean::{Cleaner, Text};
use super::record::Record;
use crate::ci::provider_title;
use crate::output::build::event_text;
use crate::output::classify::{Tone, tone};
use crate::output::events::duration_text;
use crate::output::phrases::verdict_word;
use crate::output::summary::{JudgedTarget, Summary, counts};
use model::exit::Exit;

/// The most characters of a commit's subject.
const MAX_SUBJECT: usize = 100;

/// The head of the page.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) tone: Tone,
    /// The outcome in a word or two.
    pub(super) outcome: String,
    /// The outcome in a sentence.
    pub(super) sentence: Text,
    /// What the run was about: the repository, or the target.
    pub(super) subject: Option<Text>,
    pub(super) facts: Vec<Fact>,
}

/// A fact of the run.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: Text,
    /// Whether it is a name or a number for programs.
    pub(super) is_code: bool,
    /// The text after it.
    pub(super) more: Option<Text>,
}

impl Head {
    pub(super) fn new(
        record: &Record,
        summary: &Summary,
        exit: Exit,
        elapsed: Duration,
        cleaner: &Cleaner<'_>,
    ) -> Self {
        let is_plan = record.is_dry_run();
        let target = record.planned_target().map(|target| cleaner.text(target.as_str()));
        let repository = summary.build().and_then(|build| build.repository.as_deref());
        let end = match exit {
            Exit::Success => format!("done in {}", duration_text(elapsed)),
            _ => format!("{}, after {}", summary.exit_reason(exit), duration_text(elapsed)),
        };
        let sentence = match summary.skip() {
            Some(reason) => format!("The policy skipped the build: {reason}"),
            None if is_plan && exit == Exit::Success => {
                format!("This is a plan: nothing was changed; {end}.")
            }
            None => format!("Exit code {}: {end}.", exit.code()),
        };
        Self {
            tone: overall_tone(summary, exit),
            outcome: outcome(summary, exit, is_plan),
            sentence: cleaner.text(sentence),
            subject: target.or_else(|| repository.map(|name| cleaner.text(name))),
            facts: facts(record, summary, exit, elapsed, cleaner),
        }
    }
}

/// How good the end of a run is.
fn overall_tone(summary: &Summary, exit: Exit) -> Tone {
    let is_uncertain = summary.targets().iter().any(|target| tone(&target.verdict) == Tone::Caution);
    match exit {
        Exit::Success if is_uncertain => Tone::Caution,
        Exit::Success => Tone::Good,
        Exit::Superseded | Exit::Paused | Exit::Unknown | Exit::Signal(_) => Tone::Caution,
        Exit::Failed | Exit::Usage | Exit::Rejected | Exit::PolicyFailed | Exit::Preflight | Exit::Docker => {
            Tone::Bad
        }
    }
}

/// The outcome in a word or two: that of the targets, if there are any.
fn outcome(summary: &Summary, exit: Exit, is_plan: bool) -> String {
    if let Some(outcome) = targets_outcome(summary.targets()) {
        return outcome;
    }
    let word = match exit {
        Exit::Success if summary.skip().is_some() => "Skipped",
        Exit::Success if is_plan => "Planned",
        Exit::Success if !summary.images().is_empty() => "Published",
        Exit::Success => "Done",
        Exit::Failed => "Failed",
        Exit::Usage => "Invalid configuration",
        Exit::Rejected => "Rejected",
        Exit::PolicyFailed => "The policy or a guard failed",
        Exit::Preflight => "Not deployed",
        Exit::Docker => "Docker failed",
        Exit::Superseded => "Superseded",
        Exit::Unknown => "Not known in time",
        Exit::Paused => "Paused",
        Exit::Signal(_) => "Interrupted",
    };
    word.to_owned()
}

/// `Deployed`, `All 3 targets deployed`, or `1 rolled back, 2 deployed`; `None` without a target.
fn targets_outcome(targets: &[JudgedTarget]) -> Option<String> {
    let (first, others) = targets.split_first()?;
    let word = verdict_word(&first.verdict);
    Some(match others {
        [] => capitalized(word),
        _ if others.iter().all(|target| verdict_word(&target.verdict) == word) => {
            format!("All {} targets {word}", targets.len())
        }
        _ => counts(targets),
    })
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn facts(
    record: &Record,
    summary: &Summary,
    exit: Exit,
    elapsed: Duration,
    cleaner: &Cleaner<'_>,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label, value: &str, is_code, more: Option<String>| {
        let (value, more) = (cleaner.text(value), more.map(|more| cleaner.text(more)));
        facts.push(Fact { label, value, is_code, more });
    };
    if let Some(target) = record.planned_target() {
        add("Target", target.as_str(), true, None);
    }
    if let Some(build) = summary.build() {
        // The title names the target instead.
        if let Some(repository) = build.repository.as_ref().filter(|_| record.planned_target().is_some()) {
            add("Repository", repository, false, None);
        }
        let event = event_text(build).map(|event| format!("({event})"));
        match &build.tag {
            Some(tag) if *tag == build.branch => add("Tag", tag, false, event),
            Some(tag) => add("Branch", &build.branch, false, Some(format!("tag {tag}"))),
            None => add("Branch", &build.branch, false, event),
        }
        let subject = build.commit_message.as_deref().and_then(|message| message.lines().next());
        let subject = subject.map(|subject| subject.chars().take(MAX_SUBJECT).collect());
        add("Commit", build.short_commit(), true, subject);
        let provider = provider_title(&build.provider);
        match build.number {
            Some(number) => add("Build", &number.to_string(), false, Some(format!("of {provider}"))),
            None => add("Build", provider, false, None),
        }
    }
    if let Some(policy) = &record.policy {
        let name = format!("{} {}", policy.name, policy.version);
        add("Policy", &name, false, Some(policy.source.to_string()));
    }
    if let Some(plan) = &record.plan {
        add("Region", &plan.region, false, None);
    }
    add("Started", &record.started_at.to_utc_text(), false, None);
    add("Took", &duration_text(elapsed), false, None);
    add("Exit code", &exit.code().to_string(), false, Some(exit.as_str().to_owned()));
    facts
}
