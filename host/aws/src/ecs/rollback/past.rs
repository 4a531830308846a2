//! What a service ran before what it is set to.

use std::ops::ControlFlow;

use aws_sdk_ecs::types::ServiceDeploymentStatus as Status;

use super::ongoing::offered;
use crate::AwsError;
use crate::ecs::{Ecs, history};
use model::decision::ServiceName;
use model::names::compare_revisions;

/// A service deployment that is at its end.
const ENDED: [Status; 4] =
    [Status::Successful, Status::Stopped, Status::RollbackSuccessful, Status::RollbackFailed];

/// What there was before what a service is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Past {
    /// The service went back to what it is set to from this task definition.
    WentBack(String),
    /// This task definition was the last that it ran besides.
    Ran(String),
    /// Nothing else was rolled out with success.
    Nothing,
}

/// What there was before. None stands for a call that is not offered.
pub(super) async fn past(ecs: &Ecs, service: &ServiceName, own: &str) -> Result<Option<Past>, AwsError> {
    let mut is_latest = true;
    let found = history::walk(ecs, service, &ENDED, |deployed| {
        let definition = deployed.task_definition;
        if definition == own {
            return ControlFlow::Continue(());
        }
        if std::mem::take(&mut is_latest) && is_left_behind(deployed.status, definition, own) {
            return ControlFlow::Break(Past::WentBack(definition.to_owned()));
        }
        match deployed.status {
            Status::Successful => ControlFlow::Break(Past::Ran(definition.to_owned())),
            _ => ControlFlow::Continue(()),
        }
    });
    Ok(offered(found.await)?.map(|past| past.unwrap_or(Past::Nothing)))
}

/// Whether a service that is set to `own` went back to it from the task
/// definition of the latest deployment of another one: that is the newer one,
/// or, where numbers can't tell, ECS says that it was taken back. An older one
/// that ECS took back was itself a way back, which failed.
fn is_left_behind(status: &Status, definition: &str, own: &str) -> bool {
    match compare_revisions(definition, own) {
        Some(order) => order.is_gt(),
        None => matches!(status, Status::RollbackSuccessful | Status::RollbackFailed),
    }
}
