//! What a service ran before the task definition that it is set to.

use std::ops::ControlFlow;

use aws_sdk_ecs::types::ServiceDeploymentStatus as Status;

use super::in_progress::if_offered;
use crate::ecs::{Ecs, history};
use crate::error::AwsError;
use model::decision::ServiceName;
use model::names::compare_revisions;

/// The statuses of a service deployment that has ended.
const ENDED: [Status; 4] =
    [Status::Successful, Status::Stopped, Status::RollbackSuccessful, Status::RollbackFailed];

/// What a service ran before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Previous {
    /// The service went back to its task definition from this one.
    WentBackFrom(String),
    /// This task definition was the last other one with a successful deployment.
    Ran(String),
    /// No other task definition had a successful deployment.
    None,
}

/// Reads what a service ran before the task definition `own`. `None` if service deployments are not
/// offered.
pub(super) async fn read_previous(
    ecs: &Ecs,
    service: &ServiceName,
    own: &str,
) -> Result<Option<Previous>, AwsError> {
    let mut is_latest = true;
    let found = history::find_map(ecs, service, &ENDED, |deployed| {
        let definition = deployed.task_definition;
        if definition == own {
            return ControlFlow::Continue(());
        }
        if std::mem::take(&mut is_latest) && is_left(deployed.status, definition, own) {
            return ControlFlow::Break(Previous::WentBackFrom(definition.to_owned()));
        }
        match deployed.status {
            Status::Successful => ControlFlow::Break(Previous::Ran(definition.to_owned())),
            _ => ControlFlow::Continue(()),
        }
    });
    Ok(if_offered(found.await)?.map(|previous| previous.unwrap_or(Previous::None)))
}

/// Whether a service that is set to `own` went back from the task definition of its latest
/// deployment of another one: that is a newer revision, or ECS rolled it back if revision numbers
/// cannot be compared. An older revision that ECS rolled back was itself a rollback, which failed.
fn is_left(status: &Status, definition: &str, own: &str) -> bool {
    match compare_revisions(definition, own) {
        Some(order) => order.is_gt(),
        None => matches!(status, Status::RollbackSuccessful | Status::RollbackFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(revision: &str) -> String {
        format!("arn:aws:ecs:eu-west-1:1:task-definition/{revision}")
    }

    #[test]
    fn a_newer_revision_was_rolled_back_and_an_older_one_was_not() {
        assert!(is_left(&Status::Successful, &arn("web:3"), &arn("web:2")));
        assert!(!is_left(&Status::RollbackSuccessful, &arn("web:1"), &arn("web:2")));
    }

    #[test]
    fn of_another_family_only_a_revision_that_ecs_rolled_back_was_replaced() {
        assert!(is_left(&Status::RollbackSuccessful, &arn("api:1"), &arn("web:2")));
        assert!(!is_left(&Status::Successful, &arn("api:1"), &arn("web:2")));
    }
}
