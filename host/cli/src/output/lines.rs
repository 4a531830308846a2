//! The lines of a run: which events are printed, and when a line states nothing new. What is omitted here is in the
//! events as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use super::detail::Detail;
use super::docker_lines::DockerLines;
use super::events::{self, duration_text};
use super::layout::{FAINT, write_detail};
use super::service_events::ServiceEvents;
use model::event::Event;
use model::lifecycle::Hook;
use model::plan::TargetName;
use model::progress::Progress;
use model::text::printable;
use model::verdict::Verdict;

/// The number of warnings that are recognized when they repeat.
const MAX_WARNINGS: usize = 1000;

/// What decides which lines of a run are printed.
#[derive(Debug, Default)]
pub(super) struct Lines {
    detail: Detail,
    /// Whether a live view shows the progress of docker and of rollouts, so that no line has to.
    is_live: bool,
    /// The progress of each target in its last line.
    progress: BTreeMap<String, Shown>,
    service_events: ServiceEvents,
    docker: DockerLines,
    /// When the current docker command started.
    docker_since: Option<Duration>,
    /// The warnings that are printed already.
    warnings: BTreeSet<String>,
    /// The targets whose failures are explained.
    explained: BTreeSet<String>,
}

/// What a line about the progress of a target has shown. The number of pending tasks alone is no news.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    desired: i32,
    running: i32,
    failed: i32,
    state: String,
    hooks: Vec<Hook>,
}

impl From<&Progress> for Shown {
    fn from(progress: &Progress) -> Self {
        let Progress { desired, running, failed, state, hooks, .. } = progress;
        Self {
            desired: *desired,
            running: *running,
            failed: *failed,
            state: state.clone(),
            hooks: hooks.clone(),
        }
    }
}

impl Lines {
    pub(super) fn new(detail: Detail, is_live: bool) -> Self {
        Self { detail, is_live, ..Self::default() }
    }

    /// Whether only results and problems are printed.
    pub(super) fn is_quiet(&self) -> bool {
        self.detail == Detail::Quiet
    }

    /// The last problem that ECS reported for a target.
    pub(super) fn problem(&self, target: &TargetName) -> Option<&str> {
        self.service_events.problem(target.as_str())
    }

    /// The lines that docker printed before it failed, if they are not printed yet. They precede the text of `event`.
    pub(super) fn withheld(&mut self, event: &Event) -> String {
        let mut text = Vec::new();
        if matches!(event, Event::Error { .. }) {
            for line in self.docker.take_kept() {
                // Writing to memory does not fail.
                let _ = events::write_docker_line(&mut text, &line);
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Writes the text of an event, if it is printed.
    pub(super) fn write(&mut self, out: &mut impl Write, event: &Event, elapsed: Duration) -> io::Result<()> {
        let is_verbose = self.detail == Detail::Verbose;
        match event {
            Event::DockerStarted { .. } => {
                self.end_docker(out, elapsed)?;
                self.docker_since = Some(elapsed);
            }
            Event::ImagePushed { .. } => self.end_docker(out, elapsed)?,
            Event::DockerOutput { line } => {
                let is_withheld = !is_verbose && (self.is_live || self.detail == Detail::Quiet);
                if is_withheld {
                    self.docker.keep(line.clone());
                } else if is_verbose || self.docker.is_news(line) {
                    events::write_docker_line(out, line)?;
                }
                return Ok(());
            }
            Event::RolloutProgressed { target, progress } if !is_verbose => {
                let shown = Shown::from(progress);
                let before = self.progress.insert(target.as_str().to_owned(), shown);
                let is_news = before.as_ref() != self.progress.get(target.as_str());
                // The line of a pause states more.
                if self.is_live || !is_news || progress.pause().is_some() {
                    return Ok(());
                }
            }
            Event::ServiceEvent { target, message } if !is_verbose => {
                let text = self.service_events.fold(target.as_str(), &printable(message));
                return match text.filter(|_| self.detail != Detail::Quiet) {
                    Some(text) => events::write_service_event(out, target, &text, elapsed),
                    None => Ok(()),
                };
            }
            // What the host repeats is printed once.
            Event::Warning { message } if !is_verbose && !self.is_new_warning(message) => return Ok(()),
            Event::FailureDiagnosed { target, .. } => {
                self.explained.insert(target.as_str().to_owned());
            }
            Event::VerdictReached { target, verdict, .. } if needs_reason(verdict) => {
                let problem = self.service_events.problem(target.as_str());
                if let Some(problem) = problem.filter(|_| !self.explained.contains(target.as_str())) {
                    events::write_reported_problem(out, target, problem)?;
                }
            }
            // The live view shows that the run goes on.
            Event::Heartbeat { .. } if self.is_live => return Ok(()),
            _ => {}
        }
        if self.detail == Detail::Quiet && !is_result(event) {
            Ok(())
        } else {
            events::write(out, event, elapsed)
        }
    }

    /// Whether a warning was not printed before.
    fn is_new_warning(&mut self, message: &str) -> bool {
        self.warnings.len() >= MAX_WARNINGS || self.warnings.insert(message.to_owned())
    }

    /// Ends the current docker command, whose lines were withheld.
    fn end_docker(&mut self, out: &mut impl Write, elapsed: Duration) -> io::Result<()> {
        let (since, count, warnings) = (self.docker_since.take(), self.docker.count(), self.docker.end());
        if self.detail != Detail::Quiet {
            for line in warnings {
                events::write_docker_line(out, &line)?;
            }
        }
        match since {
            Some(since) if count > 0 && self.detail != Detail::Quiet => {
                let time = duration_text(elapsed.saturating_sub(since));
                let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
                write_detail(out, &format!("{FAINT}succeeded in {time}; -v prints its {lines}{FAINT:#}"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a verdict is about a rollout whose failure or delay has a cause in ECS.
fn needs_reason(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Failed { .. }
            | Verdict::RolledBack { .. }
            | Verdict::TimedOut { .. }
            | Verdict::Interrupted { .. }
    )
}

/// Whether an event is a result or a problem, which `--quiet` prints as well.
fn is_result(event: &Event) -> bool {
    match event {
        Event::BuildDetected { .. }
        | Event::PolicyLoaded { .. }
        | Event::PlanLoaded(_)
        | Event::PolicyLookup { .. }
        | Event::PolicyOutput { .. }
        | Event::GuardLookup { .. }
        | Event::GuardOutput { .. }
        | Event::DockerStarted { .. }
        | Event::DockerOutput { .. }
        | Event::ImagePushed { .. }
        | Event::ImageTagged { .. }
        | Event::WaveStarted { .. }
        | Event::RevisionRegistered { .. }
        | Event::RevisionReused { .. }
        | Event::OneOffTaskChanged { .. }
        | Event::ServiceUpdated { .. }
        | Event::TriggerUpdated { .. }
        | Event::RolloutProgressed { .. }
        | Event::ServiceEvent { .. }
        | Event::BakeStarted { .. }
        | Event::RevisionsDeregistered { .. } => false,
        Event::PlanCreated { dry_run, .. } => *dry_run,
        Event::RollbackPlanned(plan) => plan.dry_run,
        Event::ContinuePlanned(plan) => plan.dry_run,
        Event::RunStarted { .. }
        | Event::PlanRejected { .. }
        | Event::PlanSaved(_)
        | Event::SettingWithheld { .. }
        | Event::DecisionMade(_)
        | Event::RolloutPaused { .. }
        | Event::FailureDiagnosed { .. }
        | Event::RollbackStarted { .. }
        | Event::VerdictReached { .. }
        | Event::CheckFinished(_)
        | Event::ServiceDescribed(_)
        | Event::TriggerDescribed(_)
        | Event::StatusUnavailable { .. }
        | Event::ServiceRemoved { .. }
        | Event::ServicesCounted(_)
        | Event::Heartbeat { .. }
        | Event::Warning { .. }
        | Event::Error { .. }
        | Event::RunFinished { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::live::tests::{name, pause};

    fn lines(detail: Detail, is_live: bool, events: &[Event]) -> Vec<String> {
        let mut lines = Lines::new(detail, is_live);
        let mut text = Vec::new();
        for event in events {
            lines.write(&mut text, event, Duration::from_secs(7)).unwrap();
        }
        let text = anstream::adapter::strip_str(&String::from_utf8(text).unwrap()).to_string();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn progressed(running: i32, pending: i32, hooks: Vec<Hook>) -> Event {
        let state = "IN_PROGRESS".to_owned();
        let progress = Progress { desired: 2, running, pending, failed: 0, state, hooks };
        Event::RolloutProgressed { target: name("web"), progress }
    }

    #[test]
    fn a_line_about_progress_states_something_new() {
        let events = [
            progressed(0, 0, Vec::new()),
            progressed(0, 2, Vec::new()),
            progressed(1, 1, Vec::new()),
            progressed(1, 0, Vec::new()),
            progressed(2, 0, Vec::new()),
            progressed(2, 0, vec![pause()]),
        ];
        let printed = lines(Detail::Normal, false, &events);
        assert_eq!(
            printed,
            [
                "7.0 s  main/web: 0 of 2 running",
                "7.0 s  main/web: 1 of 2 running, 1 pending",
                "7.0 s  main/web: 2 of 2 running",
            ]
        );
        assert_eq!(lines(Detail::Verbose, false, &events).len(), events.len());
        assert_eq!(lines(Detail::Normal, true, &events), Vec::<String>::new());
        assert_eq!(lines(Detail::Quiet, false, &events), Vec::<String>::new());
    }
}
