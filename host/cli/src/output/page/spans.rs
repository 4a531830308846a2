//! The stages of a run with their times, from its events.

use std::time::Duration;

use model::decision::Decision;
use model::event::{ContinuePlanned, DockerStep, Event, RollbackPlanned};
use model::one_off::OneOffTaskChange;
use model::plan::TargetName;

/// The most stages that are kept. A policy decides how many targets and tasks there are.
const MAX_SPANS: usize = 2000;

/// What happens in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The build is read and the policy is called.
    Decide,
    /// ECR and ECS are read.
    Plan,
    Docker(DockerStep),
    OneOffTask,
    Rollout,
    /// A rollout waits for a person.
    Pause,
    /// A service must stay healthy, as the plan or the strategy of the service requires.
    Bake,
    Rollback,
}

/// A stage with its times, since the start of the run.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) stage: Stage,
    /// The target; `None` for a stage of the whole run.
    pub(super) target: Option<TargetName>,
    /// The image of docker's stages, once it is known, or the name of the one-off task.
    pub(super) subject: Option<String>,
    pub(super) start: Duration,
    /// `None` while it lasts.
    pub(super) end: Option<Duration>,
    /// Whether a one-off task failed.
    pub(super) has_failed: bool,
}

/// The stages of a run, in the order of their starts.
#[derive(Debug, Default)]
pub(super) struct Spans {
    spans: Vec<Span>,
}

impl Spans {
    pub(super) fn as_slice(&self) -> &[Span] {
        &self.spans
    }

    /// Records an event, `at` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, at: Duration) {
        match event {
            Event::RunStarted { verb, .. } => {
                let decides = matches!(verb.as_str(), "run" | "plan");
                self.start(if decides { Stage::Decide } else { Stage::Plan }, None, None, at);
            }
            Event::DecisionMade(Decision::Deploy(_)) => {
                self.end_run_stage(at);
                self.start(Stage::Plan, None, None, at);
            }
            Event::DecisionMade(Decision::Skip { .. }) | Event::PlanCreated { .. } => self.end_run_stage(at),
            Event::RollbackPlanned(RollbackPlanned { target, dry_run, .. }) => {
                self.end_run_stage(at);
                if !dry_run {
                    self.start(Stage::Rollback, Some(target), None, at);
                }
            }
            Event::ContinuePlanned(ContinuePlanned { .. }) => self.end_run_stage(at),
            Event::DockerStarted { step, .. } => {
                self.end_run_stage(at);
                self.start(Stage::Docker(*step), None, None, at);
            }
            Event::ImagePushed { image, .. } => {
                self.end_run_stage(at);
                let of_image =
                    |span: &&mut Span| matches!(span.stage, Stage::Docker(_)) && span.subject.is_none();
                self.spans.iter_mut().filter(of_image).for_each(|span| span.subject = Some(image.clone()));
            }
            Event::OneOffTaskChanged { target, name, change } => self.change_task(target, name, change, at),
            Event::ServiceUpdated { target, .. } => self.enter(Stage::Rollout, target, at),
            Event::RolloutPaused { target, .. } => self.enter(Stage::Pause, target, at),
            Event::RolloutProgressed { target, progress } => {
                if progress.is_rollback() {
                    self.enter(Stage::Rollback, target, at);
                } else if progress.pause().is_some() {
                    self.enter(Stage::Pause, target, at);
                } else if progress.state.ends_with("BAKE_TIME") {
                    self.enter(Stage::Bake, target, at);
                } else if progress.state.starts_with("SUCCESSFUL") || progress.state.starts_with("COMPLETED")
                {
                    self.leave(target, at);
                } else {
                    self.enter(Stage::Rollout, target, at);
                }
            }
            Event::BakeStarted { target, .. } => self.enter(Stage::Bake, target, at),
            Event::RollbackStarted { target, .. } => self.enter(Stage::Rollback, target, at),
            Event::VerdictReached { target, .. } => {
                let own = self.spans.iter_mut().filter(|span| span.target.as_ref() == Some(target));
                own.for_each(|span| end(span, at));
            }
            // A rejected plan ends the stage in which it was made; a run that docker ends, docker's.
            Event::Error { .. } => self.spans.iter_mut().for_each(|span| end(span, at)),
            _ => {}
        }
    }

    /// A stage of a target starts, or goes on. The one before it ends.
    fn enter(&mut self, stage: Stage, target: &TargetName, at: Duration) {
        let last = self.open_stage_of(target);
        // A rollback pauses and bakes as a rollout does, and stays one.
        if last.as_ref().is_some_and(|span| span.stage == stage || span.stage == Stage::Rollback) {
            return;
        }
        if let Some(last) = last {
            end(last, at);
        }
        // What is read on the way to the first update is over.
        if stage == Stage::Rollout {
            self.end_run_stage(at);
        }
        self.start(stage, Some(target), None, at);
    }

    fn leave(&mut self, target: &TargetName, at: Duration) {
        if let Some(span) = self.open_stage_of(target).filter(|span| span.stage != Stage::Rollback) {
            end(span, at);
        }
    }

    /// The stage of a target that lasts, one-off tasks aside.
    fn open_stage_of(&mut self, target: &TargetName) -> Option<&mut Span> {
        let is_it = |span: &&mut Span| {
            span.end.is_none() && span.target.as_ref() == Some(target) && span.stage != Stage::OneOffTask
        };
        self.spans.iter_mut().rev().find(is_it)
    }

    fn end_run_stage(&mut self, at: Duration) {
        self.spans.iter_mut().filter(|span| span.target.is_none()).for_each(|span| end(span, at));
    }

    fn change_task(&mut self, target: &TargetName, name: &str, change: &OneOffTaskChange, at: Duration) {
        let is_it = |span: &&mut Span| {
            span.end.is_none()
                && span.stage == Stage::OneOffTask
                && span.target.as_ref() == Some(target)
                && span.subject.as_deref() == Some(name)
        };
        let open = self.spans.iter_mut().rev().find(is_it);
        match (change, open) {
            (OneOffTaskChange::Ended { succeeded, .. }, Some(span)) => {
                span.has_failed = !succeeded;
                end(span, at);
            }
            (
                OneOffTaskChange::Started { .. }
                | OneOffTaskChange::Resumed { .. }
                | OneOffTaskChange::Stopping { .. },
                None,
            ) => self.start(Stage::OneOffTask, Some(target), Some(name), at),
            _ => {}
        }
    }

    fn start(&mut self, stage: Stage, target: Option<&TargetName>, subject: Option<&str>, at: Duration) {
        if self.spans.len() < MAX_SPANS {
            let (target, subject) = (target.cloned(), subject.map(str::to_owned));
            self.spans.push(Span { stage, target, subject, start: at, end: None, has_failed: false });
        }
    }
}

fn end(span: &mut Span, at: Duration) {
    span.end.get_or_insert(at);
}

#[cfg(test)]
mod tests {
    use crate::output::page::tests::runs::{Run, rolled_back, target};
    use model::event::Event;
    use model::lifecycle::{Hook, HookAction, HookKind};
    use model::verdict::Verdict;

    /// The stages of a run with their targets and seconds.
    fn stages(run: &Run) -> Vec<String> {
        let spans = run.page.0.spans.as_slice().iter();
        let text = |span: &super::Span| {
            let subject = span.subject.as_ref().map(|subject| format!(" {subject}")).unwrap_or_default();
            let end = span.end.map_or("…".to_owned(), |end| format!("{}", end.as_secs_f64()));
            format!("{}{subject} {}-{end}", span.stage.name(), span.start.as_secs_f64())
        };
        spans.map(text).collect()
    }

    #[test]
    fn the_stages_of_a_run_follow_each_other() {
        let expected = [
            "Decide 0-0.4",
            "Plan 0.4-1.2",
            "docker build simple-todo 1.2-49",
            "docker push simple-todo 49-58",
            "one-off task migrate 60-72",
            "rollout 73-110",
            "rollback 110-128",
        ];
        assert_eq!(stages(&rolled_back()), expected);
    }

    #[test]
    fn a_rollout_pauses_bakes_and_ends() {
        let (mut run, web) = (Run::new("run"), target("web"));
        let hook = Hook {
            id: "hook-1".to_owned(),
            kind: HookKind::Pause,
            stage: None,
            since: None,
            expires_at: None,
            timeout_action: HookAction::RollBack,
        };
        run.decides("master").updates(10.0, &web);
        run.at(20.0, Event::RolloutPaused { target: web.clone(), hook, advice: Vec::new() });
        run.progresses(30.0, &web, [4, 0, 0], "IN_PROGRESS, PRODUCTION_TRAFFIC_SHIFT");
        run.progresses(40.0, &web, [4, 0, 0], "IN_PROGRESS, BAKE_TIME");
        run.progresses(50.0, &web, [4, 0, 0], "SUCCESSFUL");
        run.ends(60.0, &web, Verdict::Deployed { unproven: None });
        let expected =
            ["Decide 0-0.4", "Plan 0.4-10", "rollout 10-20", "paused 20-30", "rollout 30-40", "bake 40-50"];
        assert_eq!(stages(&run), expected);
    }

    #[test]
    fn a_stage_that_an_error_ends_is_the_last_one() {
        let mut run = Run::new("run");
        run.decides("master").at(2.0, Event::Error { message: "no".to_owned() });
        assert_eq!(stages(&run), ["Decide 0-0.4", "Plan 0.4-2"]);
        let (mut run, web) = (Run::new("continue"), target("web"));
        run.progresses(3.0, &web, [1, 0, 0], "IN_PROGRESS");
        assert_eq!(stages(&run), ["Plan 0-3", "rollout 3-…"]);
    }
}
