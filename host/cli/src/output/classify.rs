//! What an event is for the output: the start of an activity, a problem, prose; and how good a verdict is.

use super::{fleet, phrases};
use model::decision::Decision;
use model::event::{Event, RollbackPlanned};
use model::verdict::Verdict;

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
        Event::RolloutProgressed { target, progress } if progress.pause().is_some() => {
            let hook = progress.pause().map(ToString::to_string).unwrap_or_default();
            Some(format!("waiting for a person: {target} is {hook}"))
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
        Event::ServicesCounted(counts) => Some(format!("watching {}", fleet::counts_text(counts))),
        _ => None,
    }
}

/// How good a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// The target is as the run was to leave it.
    Good,
    /// It is not, and it has not failed.
    Caution,
    /// It failed.
    Bad,
}

/// How good a verdict is.
pub(super) fn tone(verdict: &Verdict) -> Tone {
    match verdict {
        verdict if verdict.is_success() => Tone::Good,
        Verdict::Superseded { .. }
        | Verdict::TimedOut { .. }
        | Verdict::Unknown { .. }
        | Verdict::Paused { .. }
        | Verdict::Interrupted { .. }
        | Verdict::NotStarted { .. } => Tone::Caution,
        _ => Tone::Bad,
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
                | Event::GuardLookup { .. }
                | Event::DecisionMade(_)
                | Event::RevisionReused { .. }
                | Event::OneOffTaskChanged { .. }
                | Event::RolloutProgressed { .. }
                | Event::RolloutPaused { .. }
                | Event::ServiceEvent { .. }
                | Event::BakeStarted { .. }
                | Event::RollbackPlanned(_)
                | Event::RollbackStarted { .. }
                | Event::ContinuePlanned(_)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::output::{events, wrap_lines};
    use model::decision::{Destination, ServiceName};
    use model::lookup::{LookupQuery, LookupResult, PolicyLookup};
    use model::names::{Place, Region};
    use model::plan::TargetName;
    use model::time::Time;

    fn target() -> TargetName {
        let region = Region::parse("eu-west-1").unwrap();
        let service = ServiceName { cluster: "main".into(), service: "web".into() };
        let place = Place { region: region.clone(), role: None };
        TargetName::new(&Destination::Service(service), &place, &region)
    }

    #[test]
    fn a_bake_is_the_activity_until_its_end() {
        let until = Time::from_unix_seconds(1_767_225_600);
        let bake = Event::BakeStarted { target: target(), seconds: 300, until };
        assert_eq!(activity(&bake).as_deref(), Some("baking main/web until 2026-01-01 00:00:00 UTC"));
    }

    #[test]
    fn sentences_fit_a_terminal() {
        let long =
            "No rule of deploy-rules.toml matches branch `feature/a-long-name`, and this goes on. ".repeat(3);
        let query = LookupQuery::ReadFile { path: "deploy-rules.toml".to_owned() };
        let lookup = PolicyLookup { query, result: LookupResult::Error(long.clone()) };
        for event in [
            Event::DecisionMade(Decision::Skip { reason: long.clone() }),
            Event::PolicyLookup { policy: "rules".to_owned(), lookup, commit: Some("3".repeat(40)) },
            Event::ServiceEvent { target: target(), message: long.clone() },
            Event::RollbackStarted { target: target(), detail: long.clone() },
            Event::Heartbeat { activity: long.clone() },
            Event::Warning { message: long },
        ] {
            let mut text = Vec::new();
            events::write(&mut text, &event, Duration::from_secs(7)).unwrap();
            let text = anstream::adapter::strip_str(&String::from_utf8(text).unwrap()).to_string();
            assert!(is_prose(&event) && text.lines().any(|line| line.len() > 80), "{text}");
            let wrapped = wrap_lines(&text);
            assert!(wrapped.lines().all(|line| line.len() <= 80), "{wrapped}");
        }
    }
}
