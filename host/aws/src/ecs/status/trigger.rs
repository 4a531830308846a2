//! The status of a schedule or a rule.

use super::StatusResult;
use super::subject::StatusSubject;
use crate::ecs::Ecs;
use crate::ecs::triggers::read_trigger;
use model::decision::{Destination, TriggerName};
use model::names::{Place, Region};
use model::plan::trigger::{TriggerRevisions, TriggerState};
use model::plan::{Stamp, TargetName};
use model::status::{ContainerImage, DeployedRevision, TriggerStatus};

/// Reads a schedule or a rule, and the revision that it starts. `own` is the run's own region.
pub(super) async fn read_trigger_status(
    ecs: &Ecs,
    place: &Place,
    own: &Region,
    name: &TriggerName,
) -> StatusResult {
    let subject = StatusSubject::Trigger(name.clone()).to_string();
    let reason = match read_trigger(ecs, &ecs.schedules(), name).await {
        Ok(Some(state)) => {
            let target = TargetName::new(&Destination::from(name.clone()), place, own);
            return StatusResult::Trigger(Box::new(to_status(target, state)));
        }
        Ok(None) => {
            format!("{subject}: it does not exist in {}; check its name and the region", place.region)
        }
        Err(error) => format!("{subject}: {error}"),
    };
    StatusResult::Unavailable { subject, reason }
}

fn to_status(trigger: TargetName, state: TriggerState) -> TriggerStatus {
    let problem = match (state.document.started_family(), &state.revisions) {
        (Err(problem), _) => Some(problem),
        (Ok(family), None) => Some(format!("it starts {}, which cannot be read here", family.arn().family())),
        (Ok(_), Some(_)) => None,
    };
    TriggerStatus { trigger, start: state.start, starts: state.revisions.map(to_revision), problem }
}

fn to_revision(revisions: TriggerRevisions) -> DeployedRevision {
    let container =
        |(name, image): (&str, &str)| ContainerImage { name: name.to_owned(), image: image.to_owned() };
    DeployedRevision {
        tasks: None,
        since: None,
        rolled_back: false,
        containers: revisions.definition.containers().map(container).collect(),
        build: Stamp::from_definition(&revisions.definition),
        read_error: None,
        task_definition: revisions.task_definition,
    }
}
