//! The latest service deployments of services.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{Service, ServiceDeployment};
use futures_util::future::join_all;

use super::describe_unread;
use super::view::{outcome, source};
use crate::ecs::{DEPLOYMENTS_PER_CALL, Ecs};
use crate::error::{AwsError, ErrorKind};

/// The services' latest service deployments, and the task definitions of their service revisions. Empty if the endpoint
/// does not offer these calls.
#[derive(Default)]
pub(super) struct Histories {
    pub(super) deployments: BTreeMap<String, ServiceDeployment>,
    /// The ARNs of task definitions by the ARNs of their service revisions: of those whose rollout did not succeed, and of
    /// those that were replaced.
    pub(super) revisions: BTreeMap<String, String>,
    /// What could not be read: sentences.
    pub(super) unread: BTreeSet<String>,
}

impl Histories {
    /// Reads the service deployments of services. An error is in `unread`.
    pub(super) async fn read(ecs: &Ecs, services: &[&Service]) -> Self {
        let mut histories = Self::default();
        let current = services.iter().filter_map(|service| service.current_service_deployment());
        let latest: Vec<String> = current.map(str::to_owned).collect();
        let calls = latest.chunks(DEPLOYMENTS_PER_CALL).map(|arns| ecs.describe_service_deployments(arns));
        for response in join_all(calls).await {
            let what = "pauses, and how the latest rollouts ended, are";
            let read = histories.accept(response, what);
            histories.deployments.extend(read.unwrap_or_default());
        }
        let ended = histories.deployments.values().filter(|deployment| outcome(deployment).is_some());
        let targets = ended.filter_map(|deployment| deployment.target_service_revision()?.arn());
        let sources = histories.deployments.values().filter_map(source);
        let wanted: BTreeSet<String> = targets.chain(sources).map(str::to_owned).collect();
        let wanted: Vec<String> = wanted.into_iter().collect();
        let calls = wanted.chunks(DEPLOYMENTS_PER_CALL).map(|arns| ecs.describe_service_revisions(arns));
        for response in join_all(calls).await {
            let what = "the revisions of the latest rollouts, and drift from them, are";
            let read = histories.accept(response, what).unwrap_or_default().into_iter();
            histories
                .revisions
                .extend(read.filter_map(|r| Some((r.service_revision_arn?, r.task_definition?))));
        }
        histories
    }

    /// What a call returned, or `None` after an error. An endpoint that does not offer the call is no error.
    fn accept<T>(&mut self, response: Result<T, AwsError>, what: &str) -> Option<T> {
        let error = match response {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        if error.kind == ErrorKind::Permission || !error.is_unsupported() {
            self.unread.insert(describe_unread(what, &error));
        }
        None
    }
}
