//! What the log of a CI provider interprets: sections that fold, and annotations of a build. Each provider receives its own
//! syntax and no other. Lines of text contain none: [`printable_line`](model::text::printable_line) escapes it.

mod azure_pipelines;
mod buildkite;
mod github_actions;
mod gitlab;
pub(super) mod publish;
#[cfg(test)]
mod tests;
mod travis;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::ci;
use model::Environment;
use model::event::Event;
use model::verdict::Verdict;

/// A part of a run, which a log shows as a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Plan,
    Docker,
    Rollout,
}

impl Stage {
    fn title(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Docker => "docker build and push",
            Self::Rollout => "Rollout",
        }
    }
}

/// A section that has begun.
#[derive(Debug)]
struct Section {
    stage: Stage,
    /// The number of the section among those that the log shows, from 1.
    number: u32,
    /// Its start, since 1970.
    started_at: Duration,
}

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
}

impl Severity {
    /// The word of the providers.
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The syntax of a provider's log.
trait Syntax: Send {
    /// The lines that begin a section; `None` if the log shows the stage without one.
    fn begin(&self, section: &Section) -> Option<String>;

    /// The lines that end a section that has begun. `has_failed` is whether a problem ends it.
    fn end(&self, section: &Section, now: Duration, has_failed: bool) -> Option<String>;

    /// The line that annotates the build with a message of one or more lines.
    fn annotate(&self, _severity: Severity, _message: &str) -> Option<String> {
        None
    }
}

/// The log of the provider that runs this process.
pub(crate) struct CiLog {
    syntax: Option<Box<dyn Syntax>>,
    open: Option<Section>,
    sections: u32,
}

impl CiLog {
    /// A log that interprets nothing.
    pub(crate) fn plain() -> Self {
        Self { syntax: None, open: None, sections: 0 }
    }

    /// The log of the provider whose variables are set.
    pub(crate) fn of(environment: &Environment) -> Self {
        let syntax: Option<Box<dyn Syntax>> = match ci::log_provider(environment) {
            Some("travis") => Some(Box::new(travis::Travis)),
            // Gitea's runner has the same syntax.
            Some("github-actions" | "gitea") => Some(Box::new(github_actions::GithubActions)),
            Some("gitlab") => Some(Box::new(gitlab::Gitlab)),
            Some("buildkite") => Some(Box::new(buildkite::Buildkite)),
            Some("azure-pipelines") => Some(Box::new(azure_pipelines::AzurePipelines)),
            _ => None,
        };
        Self { syntax, ..Self::plain() }
    }

    /// The text of an event as this log receives it. `text` is without secrets.
    pub(super) fn dress(&mut self, event: &Event, text: String) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.dress_at(event, text, now)
    }

    fn dress_at(&mut self, event: &Event, text: String, now: Duration) -> String {
        let Some(syntax) = &self.syntax else { return text };
        let mut dressed = String::new();
        let place = Place::of(event);
        if let Some(section) = self.open.take_if(|section| place.leaves(section.stage)) {
            dressed.extend(syntax.end(&section, now, place == Place::Failure));
        }
        if let (Place::In(stage), None) = (place, &self.open) {
            let section = Section { stage, number: self.sections + 1, started_at: now };
            if let Some(text) = syntax.begin(&section) {
                self.sections = section.number;
                dressed.push_str(&text);
            }
            self.open = Some(section);
        }
        let (severity, replaces) = match event {
            Event::Error { .. } | Event::StatusUnavailable { .. } => (Some(Severity::Error), true),
            Event::Warning { .. } | Event::SettingWithheld { .. } => (Some(Severity::Warning), true),
            Event::VerdictReached { verdict: Verdict::Paused { is_requested: false, .. }, .. } => {
                (Some(Severity::Warning), false)
            }
            Event::VerdictReached { verdict, .. } if !verdict.is_success() => (Some(Severity::Error), false),
            _ => (None, false),
        };
        let annotation = severity.and_then(|severity| {
            let message = anstream::adapter::strip_str(&text).to_string();
            let message = message.trim_end();
            // The annotation shows the kind by itself.
            let kinds = ["error: ", "warning: ", "Verdict "];
            let without_kind = kinds.iter().find_map(|kind| message.strip_prefix(kind)).unwrap_or(message);
            // Further lines of a verdict are indented for a log.
            let lines: Vec<&str> = without_kind.lines().map(without_indent).collect();
            syntax.annotate(severity, lines.join("\n").trim_start())
        });
        if annotation.is_none() || !replaces {
            dressed.push_str(&text);
        }
        dressed.extend(annotation);
        dressed
    }
}

/// A line without the indent of text beside a heading.
fn without_indent(line: &str) -> &str {
    line.strip_prefix("          ").unwrap_or(line)
}

/// Where the text of an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a section of this stage.
    In(Stage),
    /// In the section that is open, if any.
    Anywhere,
    /// In no section of docker's.
    Outside,
    /// In no section of docker's, because the run fails.
    Failure,
}

impl Place {
    fn of(event: &Event) -> Self {
        match event {
            Event::PlanCreated { .. } => Self::In(Stage::Plan),
            Event::DockerStarted { .. } | Event::DockerOutput { .. } => Self::In(Stage::Docker),
            Event::WaveStarted { .. }
            | Event::RevisionRegistered { .. }
            | Event::RevisionReused { .. }
            | Event::ServiceUpdated { .. }
            | Event::TriggerUpdated { .. }
            | Event::RolloutProgressed { .. }
            | Event::OneOffTaskChanged { .. } => Self::In(Stage::Rollout),
            Event::Heartbeat { .. }
            | Event::PolicyOutput { .. }
            | Event::GuardLookup { .. }
            | Event::GuardOutput { .. }
            | Event::Warning { .. } => Self::Anywhere,
            Event::Error { .. } => Self::Failure,
            _ => Self::Outside,
        }
    }

    /// Whether a section of this stage ends here.
    fn leaves(self, stage: Stage) -> bool {
        match self {
            Self::In(next) => next != stage,
            Self::Anywhere => false,
            Self::Outside | Self::Failure => stage == Stage::Docker,
        }
    }
}
