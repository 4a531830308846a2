//! What a run has done, for whoever reads its end first: the verdicts, the images, and how long the stages took.

mod exit;
mod markdown;
mod notification;
mod phases;
mod slack;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use super::events::verdict_style;
use super::layout::{write_detail, write_heading};
use super::phrases::{exit_summary, verdict_word};
use model::build::Build;
use model::decision::Decision;
use model::event::{Event, PlanPolicy};
use model::exit::Exit;
use model::names::{Digest, Tag, short_revision};
use model::plan::TargetName;
use model::text::printable;
use model::verdict::Verdict;
pub use notification::{Ending, Notification};
use phases::{Phase, Phases};

/// The widest name of a target to which the others are aligned.
const MAX_ALIGNED: usize = 44;

/// The number of targets up to which the summary lists those that need nobody.
const MAX_LISTED: usize = 12;

/// The number of next steps that are printed.
const MAX_NEXT: usize = 10;

/// What a run has done so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    build: Option<Build>,
    policy: Option<LoadedPolicy>,
    /// Why the policy skipped the build.
    skip: Option<String>,
    images: Vec<PublishedImage>,
    targets: Vec<JudgedTarget>,
    /// The errors that ended the run.
    errors: Vec<String>,
    phases: Phases,
    /// The path of the page that was written (`--report`).
    page: Option<String>,
}

/// The policy that decided.
#[derive(Debug)]
struct LoadedPolicy {
    name: String,
    version: String,
    digest: String,
}

impl fmt::Display for LoadedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// An image that the run has pushed or tagged.
#[derive(Debug)]
pub(super) struct PublishedImage {
    pub(super) name: String,
    pub(super) digest: Digest,
    pub(super) tags: Vec<Tag>,
}

/// A target with its verdict.
#[derive(Debug)]
pub(super) struct JudgedTarget {
    pub(super) name: TargetName,
    pub(super) verdict: Verdict,
    /// `family:revision`.
    pub(super) revision: String,
    /// What a person does next, as clauses with commands.
    pub(super) next: Vec<String>,
    /// The ARN of that revision.
    task_definition: String,
}

impl Summary {
    /// The images that the run has pushed or tagged.
    pub(super) fn images(&self) -> &[PublishedImage] {
        &self.images
    }

    /// The targets, in the order of their verdicts.
    pub(super) fn targets(&self) -> &[JudgedTarget] {
        &self.targets
    }

    /// The build, once it is known.
    pub(super) fn build(&self) -> Option<&Build> {
        self.build.as_ref()
    }

    /// Why the policy skipped the build.
    pub(super) fn skip(&self) -> Option<&str> {
        self.skip.as_deref()
    }

    /// The errors that ended the run.
    pub(super) fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Records an event, `elapsed` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, elapsed: Duration) {
        match event {
            Event::BuildDetected { build } => self.build = Some(build.clone()),
            Event::PolicyLoaded { name, version, digest, .. } => {
                let (name, version, digest) = (name.clone(), version.clone(), digest.clone());
                self.policy = Some(LoadedPolicy { name, version, digest });
            }
            Event::PlanLoaded(loaded) => {
                let PlanPolicy { name, version, digest, .. } = loaded.policy.clone();
                self.policy = Some(LoadedPolicy { name, version, digest });
            }
            Event::DecisionMade(Decision::Skip { reason }) => self.skip = Some(reason.clone()),
            Event::DockerStarted { step, .. } => self.phases.enter(Phase::of(*step), elapsed),
            Event::ImagePushed { image, digest, tags } | Event::ImageTagged { image, digest, tags } => {
                self.phases.leave(elapsed);
                let (name, digest, tags) = (image.clone(), digest.clone(), tags.clone());
                self.images.retain(|image| image.name != name);
                self.images.push(PublishedImage { name, digest, tags });
            }
            Event::RevisionRegistered { .. }
            | Event::RevisionReused { .. }
            | Event::ServiceUpdated { .. }
            | Event::TriggerUpdated { .. } => self.phases.enter(Phase::Rollout, elapsed),
            Event::OneOffTaskChanged { .. } => {
                self.phases.enter(Phase::Rollout, elapsed);
                self.phases.wait_for_rollout();
            }
            Event::RolloutProgressed { .. } => self.phases.wait_for_rollout(),
            Event::VerdictReached { target, verdict, task_definition, next } => {
                self.phases.mark(elapsed);
                if phases::ends_watch(verdict) {
                    self.phases.wait_for_rollout();
                }
                let (name, verdict) = (target.clone(), verdict.clone());
                let next = match &verdict {
                    Verdict::Paused { advice, .. } => advice.clone(),
                    _ => next.clone(),
                };
                let revision = short_revision(task_definition).to_owned();
                let task_definition = task_definition.clone();
                self.targets.push(JudgedTarget { name, verdict, revision, next, task_definition });
            }
            Event::Error { message } => {
                self.phases.leave(elapsed);
                self.errors.push(message.clone());
            }
            _ => {}
        }
    }

    /// What the run has done, in a few words.
    fn title(&self, exit: Exit) -> String {
        match exit {
            Exit::Success if self.skip.is_some() => "skipped".to_owned(),
            _ if !self.targets.is_empty() => counts(&self.targets),
            _ => exit_summary(exit).to_owned(),
        }
    }

    /// Writes the end of a run that has changed something: what became of each target, how long that took, and what to do
    /// next. A run of one target has its verdict on the line before.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_targets(out)?;
        if let [JudgedTarget { verdict: Verdict::Paused { .. }, .. }] = self.targets.as_slice() {
            // The line before states what to do.
            return Ok(());
        }
        for (number, step) in self.next_steps().into_iter().enumerate() {
            if number == 0 { write_heading(out, "Next", step)? } else { write_detail(out, step)? }
        }
        Ok(())
    }

    /// What a person does next, at most [`MAX_NEXT`] steps: those of further targets are of the same kind.
    fn next_steps(&self) -> Vec<&str> {
        let mut steps: Vec<&str> =
            self.targets.iter().flat_map(|target| &target.next).map(String::as_str).collect();
        if steps.len() > MAX_NEXT {
            steps.truncate(MAX_NEXT);
            steps.push("and the same for the others");
        }
        steps
    }

    fn write_targets(&self, out: &mut impl Write) -> io::Result<()> {
        let times = self.phases.to_string();
        match self.targets.as_slice() {
            [] if self.images.is_empty() || times.is_empty() => Ok(()),
            [] | [_] if times.is_empty() => Ok(()),
            [] | [_] => write_heading(out, "Times", &times),
            targets => {
                let times = if times.is_empty() { times } else { format!("; {times}") };
                write_heading(out, "Summary", &format!("{}{times}", counts(targets)))?;
                let mut rows = in_order(targets);
                // What went well is in the counts.
                rows.retain(|target| targets.len() <= MAX_LISTED || !target.verdict.is_success());
                rows.sort_by_key(|target| (target.verdict.is_success(), target.name.as_str()));
                let width = |target: &&JudgedTarget| printable(target.name.as_str()).chars().count();
                let column = rows.iter().map(width).filter(|width| *width <= MAX_ALIGNED).max().unwrap_or(0);
                let words = rows.iter().map(|target| verdict_word(&target.verdict).len()).max().unwrap_or(0);
                rows.into_iter().try_for_each(|target| {
                    let (style, word) = (verdict_style(&target.verdict), verdict_word(&target.verdict));
                    let name = printable(target.name.as_str());
                    let blank = words - word.len();
                    write_detail(
                        out,
                        &format!(
                            "{name:<column$}  {style}{word}{style:#}{:blank$}  {}",
                            "",
                            target.revisions()
                        ),
                    )
                })
            }
        }
    }
}

impl JudgedTarget {
    /// The revision that the verdict is about, and the one that the service runs after a rollback.
    fn revisions(&self) -> String {
        match &self.verdict {
            Verdict::RolledBack { runs: Some(arn), .. } => {
                format!("{}, runs {}", self.revision, short_revision(arn))
            }
            _ => self.revision.clone(),
        }
    }
}

/// The targets, those first that need a person.
pub(super) fn in_order(targets: &[JudgedTarget]) -> Vec<&JudgedTarget> {
    let (good, bad): (Vec<_>, Vec<_>) = targets.iter().partition(|target| target.verdict.is_success());
    bad.into_iter().chain(good).collect()
}

/// The number of targets with each verdict: `1 rolled back, 2 deployed`.
pub(super) fn counts(targets: &[JudgedTarget]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for target in in_order(targets) {
        let word = verdict_word(&target.verdict);
        match counts.iter_mut().find(|(counted, _)| *counted == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
