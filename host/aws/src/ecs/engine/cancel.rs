//! What a signal leaves behind, and taking it back where that is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::back::{Back, stop, update};
use super::{State, Step};
use crate::ecs::watch;
use crate::ecs::{Ecs, Rollout};
use model::decision::FailureAction;
use model::event::Event;
use model::event::EventSink;
use model::names::{Place, short_revision};
use model::verdict::Verdict;

/// How long taking rollouts back may take after a signal: whoever sent it
/// waits.
const LONGEST: Duration = Duration::from_secs(8);

/// Ends targets whose verdict was not told yet: their rollouts are left as
/// they are, or taken back, and either way their verdict says so.
pub async fn cancel(
    open: Vec<State>,
    places: Option<&BTreeMap<Place, Ecs>>,
    action: FailureAction,
    events: &dyn EventSink,
) {
    join_all(open.iter().map(async |state| {
        let ecs = places.and_then(|places| places.get(&state.target.place));
        let left = match (&state.step, action, ecs) {
            (Step::RollingOut(own) | Step::TakingBack(own), FailureAction::RollBack, Some(ecs)) => {
                take_back(ecs, state, own, events).await
            }
            (Step::Updating(arn), FailureAction::RollBack, Some(ecs)) => {
                match timeout(LONGEST, reached(ecs, state, arn)).await {
                    Ok(Some(own)) => take_back(ecs, state, &own, events).await,
                    _ => left(&state.step),
                }
            }
            (step, _, _) => left(step),
        };
        let target = state.target.name.clone();
        let task_definition = match &state.step {
            Step::RollingOut(own) | Step::TakingBack(own) => own.task_definition.clone(),
            Step::Updating(arn) => arn.clone(),
            _ => state.target.task_definition.clone(),
        };
        events.emit(&Event::VerdictReached {
            target,
            verdict: Verdict::Interrupted { ongoing: left },
            task_definition,
        });
    }))
    .await;
}

fn left(step: &Step) -> String {
    match step {
        Step::Planned => "it was not changed".to_owned(),
        Step::Registered => "its new revision is registered, and the service was not changed".to_owned(),
        Step::Task(name) => {
            format!("the one-off task `{name}` goes on in ECS, and nothing comes after it")
        }
        Step::Updating(arn) => {
            format!("the update to {} may or may not have reached ECS", short_revision(arn))
        }
        Step::RollingOut(started) => goes_on(started),
        Step::Over(how) => format!("its rollout was over: {how}"),
        Step::TakingBack(started) => {
            let revision = short_revision(&started.task_definition);
            format!("taking the rollout of {revision} back was not answered: it may go on in ECS")
        }
        Step::RollingBack | Step::Done => "it goes back in ECS".to_owned(),
    }
}

fn goes_on(started: &Rollout) -> String {
    let revision = short_revision(&started.task_definition);
    format!("the rollout of {revision} goes on in ECS; run this again to watch it")
}

/// The rollout that an update without an answer has begun, where the service
/// has what it was given.
async fn reached(ecs: &Ecs, state: &State, task_definition: &str) -> Option<Rollout> {
    let service = state.target.service()?;
    let found = watch::services(ecs, &service.cluster, vec![service.service.clone()]).await.ok()?;
    let found =
        found.get(&service.service).filter(|found| found.task_definition() == Some(task_definition))?;
    let primary = found.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    Some(Rollout::found(service, task_definition, primary.and_then(|primary| primary.id())))
}

/// Starts the way back and does not wait for its end.
async fn take_back(ecs: &Ecs, state: &State, started: &Rollout, events: &dyn EventSink) -> String {
    let rollout = short_revision(&started.task_definition);
    let back = timeout(LONGEST, async {
        if let Some(deployment) = watch::find(ecs, started).await {
            match stop(ecs, &deployment).await {
                Ok(()) => return Ok(true),
                // It came to its end just now, and is nobody's to take back unasked.
                Err(error) if error.is(&["ConflictException"]) => return Ok(false),
                Err(error) => events.emit(&Event::Warning { message: error.to_string() }),
            }
        }
        // Service deployments are not offered, or this one is not in the list yet.
        match Back::of(ecs, &state.target, started).await? {
            Back::To(before) => {
                let updated = update(ecs, started, &before, Instant::now() + LONGEST, events).await;
                updated.map(|_| true).map_err(|error| error.to_string())
            }
            Back::There(_) => Ok(true),
            Back::Others => Ok(false),
        }
    });
    match back.await {
        Ok(Ok(true)) => format!("the rollout of {rollout} was taken back, and goes back in ECS"),
        Ok(Ok(false)) => format!("the rollout of {rollout} was over before it could be taken back"),
        Ok(Err(why)) => format!("the rollout of {rollout} goes on in ECS; it could not be taken back: {why}"),
        Err(_) => {
            format!("the rollout of {rollout} may go on in ECS: taking it back was not answered in time")
        }
    }
}
