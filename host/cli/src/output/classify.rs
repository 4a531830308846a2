//! What an event is for the output: the start of an activity, a problem, prose.

use super::phrases;
use model::decision::Decision;
use model::event::{Event, RollbackPlanned};

/// The activity that starts with an event, for the heartbeat. `None` if the event starts none.
pub(super) fn activity(event: &Event) -> Option<String> {
    match event {
        Event::RunStarted { .. } => Some("starting".to_owned()),
        Event::BuildDetected { .. } => Some("loading and running the policy".to_owned()),
        Event::DecisionMade(Decision::Deploy(_)) => Some("reading ECR and ECS".to_owned()),
        Event::PlanCreated { .. } => Some("working".to_owned()),
        Event::DockerStarted { command, .. } => Some(format!("running `{command}`")),
        Event::ImagePushed { .. } => Some("registering".to_owned()),
        Event::OneOffTaskChanged { target, name, .. } => Some(format!("running `{name}` for {target}")),
        Event::RolloutProgressed { target, progress } if progress.is_rollback() => {
            Some(format!("waiting for ECS to roll back {target} ({})", progress.state))
        }
        Event::RolloutProgressed { target, progress } => {
            Some(format!("rolling out {target}: {}", phrases::progress_text(progress)))
        }
        Event::BakeStarted { target, until, .. } => {
            Some(format!("baking {target} until {}", until.to_utc_text()))
        }
        Event::ServiceUpdated { target, .. } => Some(format!("rolling out {target}")),
        Event::RollbackPlanned(RollbackPlanned { target, .. }) | Event::RollbackStarted { target, .. } => {
            Some(format!("rolling back {target}"))
        }
        _ => None,
    }
}

/// Whether the text of an event consists of sentences, which are wrapped on a terminal. Commands, tables, and what other
/// programs print, are not.
pub(super) fn is_prose(event: &Event) -> bool {
    is_problem(event)
        || matches!(
            event,
            Event::BuildDetected { .. }
                | Event::PolicyLookup { .. }
                | Event::DecisionMade(_)
                | Event::RevisionReused { .. }
                | Event::OneOffTaskChanged { .. }
                | Event::RolloutProgressed { .. }
                | Event::RolloutPaused { .. }
                | Event::ServiceEvent { .. }
                | Event::BakeStarted { .. }
                | Event::RollbackStarted { .. }
                | Event::FailureDiagnosed { .. }
                | Event::VerdictReached { .. }
                | Event::Heartbeat { .. }
                | Event::RunFinished { .. }
        )
}

/// Whether the text of an event is written to stderr.
pub(super) fn is_problem(event: &Event) -> bool {
    matches!(
        event,
        Event::SettingWithheld { .. }
            | Event::Warning { .. }
            | Event::Error { .. }
            | Event::StatusUnavailable { .. }
    )
}
