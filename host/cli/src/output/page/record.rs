//! What the page shows of a run and the summary does not keep.

use std::time::Duration;

use super::recent::Recent;
use super::samples::{Sample, Samples};
use super::spans::Spans;
use crate::output::phrases::{query_text, reply_text};
use crate::output::plan::diff::{DiffRow, diff_rows};
use model::decision::Image;
use model::diagnosis::Diagnosis;
use model::event::{Event, PlanPolicy, RollbackPlanned};
use model::lookup::LookupResult;
use model::names::{Digest, Repository, Tag};
use model::plan::{ImageAction, Plan, TargetName};
use model::review::GuardReview;
use model::source::ComponentSource;
use model::time::Time;

/// The most characters that are kept of a text. The page shows fewer.
const MAX_KEPT: usize = 4200;

/// The most targets with details of their own. The others have their verdicts.
const MAX_TARGETS: usize = 500;

/// A run as the page shows it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) started_at: Time,
    pub(super) version: String,
    pub(super) verb: String,
    pub(super) policy: Option<LoadedPolicy>,
    /// The variables that were withheld from the policy, and the lines that it printed.
    pub(super) withheld: Recent<String, 100>,
    pub(super) policy_output: Recent<String, 200>,
    /// What the guards looked up and printed.
    pub(super) guard_output: Recent<String, 200>,
    /// What the policy looked up, and the results.
    pub(super) lookups: Recent<(String, String), 200>,
    pub(super) plan: Option<PlanFacts>,
    /// The docker commands that ran, or those of a plan.
    pub(super) commands: Recent<String, 200>,
    pub(super) warnings: Recent<String, 200>,
    /// The targets of the plan in its order, then others in the order of their first events.
    pub(super) targets: Vec<TargetRecord>,
    /// The event of what `rollback` or `continue` is going to do.
    pub(super) planned: Option<Event>,
    pub(super) spans: Spans,
}

/// The policy that decided.
#[derive(Debug)]
pub(super) struct LoadedPolicy {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) source: ComponentSource,
    pub(super) digest: String,
    /// The names of the settings that were passed to it.
    pub(super) settings: Vec<String>,
}

/// What the page shows of a plan besides its targets.
#[derive(Debug)]
pub(super) struct PlanFacts {
    pub(super) region: String,
    pub(super) dry_run: bool,
    pub(super) images: Vec<PlannedImage>,
    pub(super) reviews: Vec<GuardReview>,
}

/// An image of a plan.
#[derive(Debug)]
pub(super) struct PlannedImage {
    pub(super) name: String,
    pub(super) repository: Repository,
    /// What the run does about it, as a participle.
    pub(super) action: &'static str,
    pub(super) tags: Vec<Tag>,
    /// Its digest if the registry contains it.
    pub(super) digest: Option<Digest>,
}

/// What happened to a target.
#[derive(Debug)]
pub(super) struct TargetRecord {
    pub(super) name: TargetName,
    pub(super) plan: Option<TargetChanges>,
    pub(super) samples: Samples,
    /// What ECS reported, and when.
    pub(super) events: Recent<(Duration, String), 50>,
    pub(super) rollbacks: Recent<String, 10>,
    pub(super) diagnosis: Option<Diagnosis>,
    /// The time of its verdict.
    pub(super) ended_at: Option<Duration>,
}

/// What a plan changes in a target.
#[derive(Debug)]
pub(super) struct TargetChanges {
    /// The ARN of the revision before.
    pub(super) base: String,
    /// What differs, as in the text of the plan.
    pub(super) rows: Vec<DiffRow>,
    pub(super) warnings: Vec<String>,
}

impl TargetChanges {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.warnings.is_empty()
    }
}

impl Default for Record {
    fn default() -> Self {
        Self {
            started_at: Time::now(),
            version: String::new(),
            verb: String::new(),
            policy: None,
            withheld: Recent::default(),
            policy_output: Recent::default(),
            guard_output: Recent::default(),
            lookups: Recent::default(),
            plan: None,
            commands: Recent::default(),
            warnings: Recent::default(),
            targets: Vec::new(),
            planned: None,
            spans: Spans::default(),
        }
    }
}

impl Record {
    /// Records an event, `elapsed` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, elapsed: Duration) {
        self.spans.observe(event, elapsed);
        match event {
            Event::RunStarted { version, verb, .. } => {
                (self.version, self.verb) = (version.clone(), verb.clone());
            }
            Event::PolicyLoaded { name, version, source, digest, settings, .. } => {
                self.policy = Some(LoadedPolicy {
                    name: name.clone(),
                    version: version.clone(),
                    source: source.clone(),
                    digest: digest.clone(),
                    settings: settings.clone(),
                });
            }
            Event::PlanLoaded(loaded) => {
                let PlanPolicy { name, version, source, digest } = loaded.policy.clone();
                self.policy = Some(LoadedPolicy { name, version, source, digest, settings: Vec::new() });
            }
            Event::SettingWithheld { name, .. } => self.withheld.push(name.clone()),
            Event::PolicyOutput { line, .. } => self.policy_output.push(kept(line)),
            Event::GuardOutput { guard, line } => self.guard_output.push(kept(&format!("[{guard}] {line}"))),
            Event::GuardLookup { guard, lookup, commit } => {
                let query = query_text(&lookup.query, commit.as_deref());
                self.guard_output.push(kept(&format!("[{guard}] looked up {query}")));
            }
            Event::PolicyLookup { lookup, commit, .. } => {
                let result = match &lookup.result {
                    LookupResult::Reply(reply) => reply_text(reply),
                    LookupResult::Error(message) => message.clone(),
                };
                let query = query_text(&lookup.query, commit.as_deref());
                self.lookups.push((kept(&query), kept(&result)));
            }
            Event::PlanCreated { plan, commands, dry_run } => self.set_plan(plan, commands, *dry_run),
            Event::DockerStarted { command, .. } => self.commands.push(kept(command)),
            Event::Warning { message } => self.warnings.push(kept(message)),
            Event::RollbackPlanned(RollbackPlanned { target, .. }) => {
                self.target(target);
                self.planned = Some(event.clone());
            }
            Event::ContinuePlanned(_) => self.planned = Some(event.clone()),
            Event::RolloutProgressed { target, progress } => {
                if let Some(target) = self.target(target) {
                    target.samples.push(Sample::new(elapsed, progress));
                }
            }
            Event::ServiceEvent { target, message } => {
                if let Some(target) = self.target(target) {
                    target.events.push((elapsed, kept(message)));
                }
            }
            Event::RollbackStarted { target, detail } => {
                if let Some(target) = self.target(target) {
                    target.rollbacks.push(kept(detail));
                }
            }
            Event::FailureDiagnosed { target, diagnosis } => {
                if let Some(target) = self.target(target) {
                    target.diagnosis = Some(diagnosis.clone());
                }
            }
            Event::VerdictReached { target, .. } => {
                if let Some(target) = self.target(target) {
                    target.ended_at = Some(elapsed);
                }
            }
            _ => {}
        }
    }

    /// Whether the run changed nothing, as requested.
    pub(super) fn is_dry_run(&self) -> bool {
        match &self.planned {
            Some(Event::RollbackPlanned(plan)) => plan.dry_run,
            Some(Event::ContinuePlanned(plan)) => plan.dry_run,
            _ => self.plan.as_ref().is_some_and(|plan| plan.dry_run),
        }
    }

    /// The target of `rollback` and `continue`.
    pub(super) fn planned_target(&self) -> Option<&TargetName> {
        match &self.planned {
            Some(Event::RollbackPlanned(plan)) => Some(&plan.target),
            Some(Event::ContinuePlanned(plan)) => Some(&plan.target),
            _ => None,
        }
    }

    fn set_plan(&mut self, plan: &Plan, commands: &[String], dry_run: bool) {
        let images = plan.images.iter().map(|plan| {
            let (action, digest) = match &plan.action {
                ImageAction::Build(_) if dry_run => ("to be built", None),
                ImageAction::Build(_) => ("built", None),
                ImageAction::Reuse { digest, .. } => ("in the registry before", Some(digest.clone())),
            };
            let Image { name, repository, tags, .. } = &plan.image;
            let (name, repository, tags) = (name.clone(), repository.clone(), tags.clone());
            PlannedImage { name, repository, action, tags, digest }
        });
        let (images, reviews) = (images.collect(), plan.reviews.clone());
        self.plan = Some(PlanFacts { region: plan.region.to_string(), dry_run, images, reviews });
        if dry_run {
            commands.iter().for_each(|command| self.commands.push(kept(command)));
        }
        for planned in &plan.targets {
            let changes = TargetChanges {
                base: planned.base.clone(),
                rows: diff_rows(planned, &plan.build),
                warnings: planned.warnings.clone(),
            };
            if let Some(target) = self.target(&planned.name) {
                target.plan = Some(changes);
            }
        }
    }

    /// The record of a target; `None` if there are too many.
    pub(super) fn target(&mut self, name: &TargetName) -> Option<&mut TargetRecord> {
        if let Some(place) = self.targets.iter().position(|target| target.name == *name) {
            return self.targets.get_mut(place);
        }
        if self.targets.len() == MAX_TARGETS {
            return None;
        }
        self.targets.push(TargetRecord {
            name: name.clone(),
            plan: None,
            samples: Samples::default(),
            events: Recent::default(),
            rollbacks: Recent::default(),
            diagnosis: None,
            ended_at: None,
        });
        self.targets.last_mut()
    }
}

/// The start of a text of any length.
fn kept(text: &str) -> String {
    text.chars().take(MAX_KEPT).collect()
}
