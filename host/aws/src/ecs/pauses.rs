//! Pauses as a person sees them: what to do about one, and which ones a run waits for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_sdk_ecs::types::Service;

use super::hooks::{has_pauses, open_hooks};
use super::rollout::{Purpose, Rollout};
use super::{Ecs, primary_deployment, watch};
use crate::error::AwsError;
use model::event::{Event, EventSink};
use model::lifecycle::{Hook, HookAction};
use model::names::short_revision;
use model::plan::{RolloutState, TargetName};

/// What a person can do about a pause: clauses, the first of which states what continues the rollout, and the second what
/// rolls it back. `is_only` states whether the rollout waits for no other pause.
pub(super) fn pause_advice(ecs: &Ecs, rollout: &Rollout, pause: &Hook, is_only: bool) -> [String; 2] {
    let mut command = ecs.command("continue", &rollout.service);
    if !is_only {
        command.push_str(&format!(" --hook {}", pause.id));
    }
    let (continues, rolls_back) = match &rollout.purpose {
        Purpose::Deployment => ("continues it".to_owned(), "rolls it back".to_owned()),
        Purpose::Rollback { restores } => (
            format!("completes the rollback to {}", short_revision(&rollout.task_definition)),
            match restores {
                Some(arn) => format!("restores {}", short_revision(arn)),
                None => "rolls the rollback back".to_owned(),
            },
        ),
    };
    [format!("`{command}` {continues}"), format!("`{command} --roll-back` {rolls_back}")]
}

/// A clause about the rollback of a rollout, which is paused: where, what completes it, and what undoes it.
pub(super) fn paused_rollback(to: &str, pause: &Hook, advice: &[String]) -> String {
    let stage = pause.stage.as_ref().map(|stage| format!(" at {stage}")).unwrap_or_default();
    let end = pause.expires_at.map(|time| match pause.timeout_action {
        HookAction::RollBack => format!(", as ECS does at {}", time.to_utc_text()),
        HookAction::Continue => format!("; ECS continues it at {}", time.to_utc_text()),
    });
    let (to, advice) = (short_revision(to), advice.join(", and "));
    format!("the rollback to {to} is paused{stage}: {advice}{}", end.unwrap_or_default())
}

/// The pauses at which rollouts in progress wait, by the names of the services, of one cluster.
///
/// # Errors
/// [`AwsError`] if they cannot be read. No plan depends on them.
pub(super) async fn read_pauses(ecs: &Ecs, services: &[Service]) -> Result<BTreeMap<String, Hook>, AwsError> {
    let may_be_paused = |service: &&Service| {
        let state =
            primary_deployment(service).map(|primary| watch::rollout_state(primary, service.deployments()));
        has_pauses(service) && matches!(state, Some(RolloutState::InProgress(_)))
    };
    let current: BTreeMap<&str, &str> = services
        .iter()
        .filter(may_be_paused)
        .filter_map(|service| Some((service.current_service_deployment()?, service.service_name()?)))
        .collect();
    if current.is_empty() {
        return Ok(BTreeMap::new());
    }
    let arns: Vec<String> = current.keys().map(|arn| (*arn).to_owned()).collect();
    let deployments = ecs.describe_service_deployments(&arns).await?;
    let pause = |(arn, service): (&str, &str)| {
        let pause = open_hooks(deployments.get(arn)?).into_iter().find(Hook::is_pause)?;
        Some((service.to_owned(), pause))
    };
    Ok(current.into_iter().filter_map(pause).collect())
}

/// Passes events on, and records the pauses at which the rollouts wait, for the report of an interrupted run.
pub struct PauseRecorder<'r> {
    events: &'r dyn EventSink,
    /// The pauses of each target, with the clause about what continues it.
    pauses: RefCell<BTreeMap<TargetName, Vec<(Hook, String)>>>,
}

impl<'r> PauseRecorder<'r> {
    /// A recorder that passes events on to `events`.
    #[must_use]
    pub fn new(events: &'r dyn EventSink) -> Self {
        Self { events, pauses: RefCell::default() }
    }

    /// A clause that `subject`, the rollout of a target, is paused, until when, and what continues it. `None` if it is
    /// not paused.
    #[must_use]
    pub fn describe(&self, target: &TargetName, subject: &str) -> Option<String> {
        let pauses = self.pauses.borrow();
        let (pause, advice) = pauses.get(target)?.first()?;
        Some(format!("{subject} is {pause}; {advice}"))
    }
}

impl EventSink for PauseRecorder<'_> {
    fn emit(&self, event: &Event) {
        let mut pauses = self.pauses.borrow_mut();
        match event {
            Event::RolloutPaused { target, hook, advice } => {
                let advice = advice.first().cloned().unwrap_or_default();
                pauses.entry(target.clone()).or_default().push((hook.clone(), advice));
            }
            Event::RolloutProgressed { target, progress } => {
                if let Some(pauses) = pauses.get_mut(target) {
                    pauses.retain(|(pause, _)| progress.hooks.contains(pause));
                }
            }
            Event::RollbackStarted { target, .. } => {
                pauses.remove(target);
            }
            _ => {}
        }
        drop(pauses);
        self.events.emit(event);
    }
}
