//! The verdicts on the targets of an interrupted run, and the rollback of their rollouts if that is
//! requested.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch as channel;
use tokio::time::{Instant, timeout};

use super::steps::{TargetState, TargetStep};
use crate::ecs::next_steps::next_steps;
use crate::ecs::pauses::PauseRecorder;
use crate::ecs::rollback::{Request, Requester, RollbackError, RollbackPlan};
use crate::ecs::rollout::Rollout;
use crate::ecs::{Ecs, Retry, primary_deployment, watch};
use model::decision::{Destination, FailureAction};
use model::event::{Event, EventSink};
use model::names::{Place, short_revision};
use model::verdict::Verdict;

/// The timeout of the request for a rollback: the sender of the signal waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// Reports a verdict on each target without one: its rollout continues in ECS, or is rolled back. `second_signal` ends
/// the wait for the requests.
pub async fn cancel(
    states: Vec<TargetState>,
    places: Option<&BTreeMap<Place, Ecs>>,
    action: FailureAction,
    pauses: &PauseRecorder<'_>,
    second_signal: impl Future<Output = ()>,
) {
    let (sender, receiver) = channel::channel(());
    let report = join_all(states.iter().map(async |state| {
        let mut second_signal = receiver.clone();
        let ecs = places.and_then(|places| places.get(&state.target.place));
        let ongoing = match ecs {
            Some(ecs) if action == FailureAction::RollBack => tokio::select! {
                biased;
                ongoing = roll_back(ecs, state, pauses) => ongoing,
                _ = second_signal.changed() => {
                    let status = status_command(Some(ecs), state);
                    format!("a second signal ended the run before ECS confirmed the rollback; {status} shows the service")
                }
            },
            _ => describe(state, ecs, pauses),
        };
        let task_definition = match &state.step {
            TargetStep::RollingOut(rollout)
            | TargetStep::RollbackRequested { rollout, .. }
            | TargetStep::Task { rollout: Some(rollout), .. }
            | TargetStep::Ended { rollout: Some(rollout), .. } => &rollout.task_definition,
            TargetStep::Updating(arn) | TargetStep::Replacing(arn) => arn,
            _ => &state.target.base,
        };
        let verdict = Verdict::Interrupted { ongoing };
        let is_changed = !matches!(state.step, TargetStep::Planned | TargetStep::Registered);
        let next = match (ecs, &state.target.destination) {
            (Some(ecs), Destination::Service(service)) if is_changed => next_steps(ecs, service, &verdict, true),
            _ => Vec::new(),
        };
        pauses.emit(&Event::VerdictReached {
            target: state.target.name.clone(),
            verdict,
            task_definition: task_definition.clone(),
            next,
        });
    }));
    let stop = async {
        second_signal.await;
        sender.send_replace(());
        std::future::pending().await
    };
    tokio::select! {
        _ = report => {}
        () = stop => {}
    }
}

/// What continues in ECS after a step was interrupted.
fn describe(state: &TargetState, ecs: Option<&Ecs>, pauses: &PauseRecorder<'_>) -> String {
    let paused = |subject: &str| pauses.describe(&state.target.name, subject);
    match &state.step {
        TargetStep::Planned => "nothing was changed".to_owned(),
        TargetStep::Registered => "its new revision is registered, and nothing runs it yet".to_owned(),
        TargetStep::Task { name, rollout } => {
            let runs = rollout
                .as_ref()
                .map(|rollout| format!("the service runs {}, ", short_revision(&rollout.task_definition)));
            format!(
                "{}the one-off task `{name}` is still in progress in ECS, and no step follows it",
                runs.unwrap_or_default()
            )
        }
        TargetStep::Updating(arn) => {
            let status = status_command(ecs, state);
            format!("ECS may have started the update to {}; {status} shows it", short_revision(arn))
        }
        TargetStep::Replacing(arn) => {
            format!(
                "AWS may have replaced its task definition by {}; run this again, which checks it",
                short_revision(arn)
            )
        }
        TargetStep::RollingOut(rollout) => {
            let revision = short_revision(&rollout.task_definition);
            paused(&format!("the rollout of {revision}")).unwrap_or_else(|| {
                format!("the rollout of {revision} is still in progress in ECS; run this again to watch it")
            })
        }
        TargetStep::Ended { outcome, .. } => format!("its rollout had ended: {outcome}"),
        TargetStep::RollbackRequested { rollout, .. } => {
            let revision = short_revision(&rollout.task_definition);
            let status = status_command(ecs, state);
            format!("ECS did not confirm the rollback of {revision}; {status} shows its state")
        }
        TargetStep::RollingBack | TargetStep::Done => {
            paused("the rollback").unwrap_or_else(|| "the rollback is still in progress in ECS".to_owned())
        }
    }
}

/// The command that shows the service of a target, quoted for a sentence.
fn status_command(ecs: Option<&Ecs>, state: &TargetState) -> String {
    match (ecs, state.target.service()) {
        (Some(ecs), Some(service)) => format!("`{}`", ecs.command("status", service)),
        _ => "`ecs-host status`".to_owned(),
    }
}

/// Requests the rollback of what a target has begun, and does not wait for its end.
async fn roll_back(ecs: &Ecs, state: &TargetState, pauses: &PauseRecorder<'_>) -> String {
    let (rollout, is_in_progress) = match &state.step {
        TargetStep::RollingOut(rollout) => (rollout.clone(), true),
        TargetStep::RollbackRequested { rollout, is_in_progress } => (rollout.clone(), *is_in_progress),
        // The service has the new revision already.
        TargetStep::Task { rollout: Some(rollout), .. }
        | TargetStep::Ended { rollout: Some(rollout), .. } => (rollout.clone(), false),
        TargetStep::Updating(arn) => match timeout(REQUEST_TIMEOUT, find_rollout(ecs, state, arn)).await {
            Ok(Some(rollout)) => (rollout, true),
            _ => return describe(state, Some(ecs), pauses),
        },
        _ => return describe(state, Some(ecs), pauses),
    };
    let revision = short_revision(&rollout.task_definition);
    let requested = timeout(REQUEST_TIMEOUT, request(ecs, state, &rollout, is_in_progress, pauses));
    match requested.await {
        Ok(Ok(Request::Stopped | Request::Updated(_) | Request::InProgress | Request::Settled)) => {
            format!("the rollback of {revision} was started, and is still in progress in ECS")
        }
        // It ended just now. Whether a complete rollout is rolled back is not decided here.
        Ok(Ok(Request::TooLate) | Err(RollbackError::Superseded { .. })) => {
            format!("the rollout of {revision} had ended before it could be rolled back")
        }
        Ok(Err(error)) => {
            let cause = error.cause();
            format!(
                "the rollout of {revision} is still in progress in ECS; it could not be rolled back: {cause}"
            )
        }
        Err(_) => {
            let seconds = REQUEST_TIMEOUT.as_secs();
            format!(
                "ECS did not respond within {seconds} s to the request to roll back {revision}; {} shows its state",
                status_command(Some(ecs), state)
            )
        }
    }
}

async fn request(
    ecs: &Ecs,
    state: &TargetState,
    rollout: &Rollout,
    is_in_progress: bool,
    events: &dyn EventSink,
) -> Result<Request, RollbackError> {
    // `None` if it is not in the list yet, or if service deployments are not offered.
    let service_deployment = match is_in_progress {
        true => watch::find_service_deployment(ecs, rollout).await,
        false => None,
    };
    let rollout = Rollout { service_deployment, ..rollout.clone() };
    let mut plan = RollbackPlan::for_rollout(ecs, &rollout, is_in_progress).await?;
    let requester = Requester { ecs, events, target: &state.target.name, on_step: &|_| {} };
    requester.request(&mut plan, Instant::now() + REQUEST_TIMEOUT).await
}

/// The rollout that an update without a response started, if the service has its task definition.
async fn find_rollout(ecs: &Ecs, state: &TargetState, task_definition: &str) -> Option<Rollout> {
    let service = state.target.service()?;
    let found = ecs.describe_service(service, Retry::ByCaller).await.ok()??;
    if found.task_definition() != Some(task_definition) {
        return None;
    }
    let primary = primary_deployment(&found);
    Some(Rollout {
        previous_definition: Some(state.target.base.clone()),
        ..Rollout::new(service, task_definition, primary.and_then(|primary| primary.id()))
    })
}
