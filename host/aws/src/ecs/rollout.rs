//! A rollout of a service, as this run started it or found it.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{Deployment, Service};

use super::{is_primary, primary_deployment};
use model::decision::ServiceName;
use model::names::Digest;

/// A rollout that this run started, or that it found in progress or complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: String,
    /// The id of its deployment in the service's `deployments`, such as `ecs-svc/1234567890123456789`, if it is known.
    pub deployment_id: Option<String>,
    /// The ARNs of the task definitions of the other deployments: those that ECS listed at the update, and those that
    /// the plan knew.
    pub replaced_definitions: Vec<String>,
    /// When ECS created the deployment, by its own clock.
    pub created_at: Option<DateTime>,
    /// The ARN of its service deployment, if it is known.
    pub service_deployment: Option<String>,
    /// The ARN of the service deployment of the same revision that this one replaced, if this run watched it.
    pub replaced_service_deployment: Option<String>,
    /// The digest of the image that each container is to run.
    pub digests: Vec<(String, Digest)>,
    /// The ARN of the task definition that the service had when the plan was made. A rollback returns to it.
    pub previous_definition: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether its rollback was requested. Its pauses do not wait for anybody any more.
    pub has_rollback_request: bool,
}

/// What a rollout is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It deploys a revision.
    #[default]
    Deployment,
    /// The service goes back by it.
    Rollback {
        /// The ARN of the task definition that the service has again if this rollout is rolled back, if that is known.
        restores: Option<String>,
    },
}

impl Rollout {
    /// A rollout of a task definition, of which nothing else is known but the id of its deployment.
    #[must_use]
    pub fn new(service: &ServiceName, task_definition: &str, deployment_id: Option<&str>) -> Self {
        Self {
            service: service.clone(),
            task_definition: task_definition.to_owned(),
            deployment_id: deployment_id.map(str::to_owned),
            replaced_definitions: Vec::new(),
            created_at: None,
            service_deployment: None,
            replaced_service_deployment: None,
            digests: Vec::new(),
            previous_definition: None,
            purpose: Purpose::Deployment,
            has_rollback_request: false,
        }
    }

    /// The rollout of a service's primary deployment, and whether that deployment is of this task definition.
    pub(super) fn from_primary(
        service: &ServiceName,
        task_definition: &str,
        response: Option<&Service>,
    ) -> (Self, bool) {
        let deployments = response.map(Service::deployments).unwrap_or_default();
        let replaced = deployments.iter().filter(|deployment| !is_primary(deployment));
        let primary = response.and_then(primary_deployment);
        let rollout = Self {
            replaced_definitions: replaced.filter_map(|d| d.task_definition()).map(str::to_owned).collect(),
            created_at: primary.and_then(|deployment| deployment.created_at()).copied(),
            ..Self::new(service, task_definition, primary.and_then(|deployment| deployment.id()))
        };
        let is_same = primary.and_then(|deployment| deployment.task_definition()) == Some(task_definition);
        (rollout, is_same)
    }

    /// Whether another deployment was created after this rollout. Responses of ECS are eventually consistent: one may
    /// show the service before the update, when an older deployment was primary.
    #[must_use]
    pub fn is_before(&self, other: &Deployment) -> bool {
        let times = self.created_at.as_ref().zip(other.created_at());
        other.id() != self.deployment_id.as_deref() && times.is_none_or(|(own, others)| others >= own)
    }

    /// Whether this rollout is the primary deployment of its service: by its id or, if that is not known, by its task
    /// definition.
    #[must_use]
    pub(super) fn is_primary_of(&self, service: &Service) -> bool {
        primary_deployment(service).is_some_and(|primary| match &self.deployment_id {
            Some(id) => primary.id() == Some(id),
            None => primary.task_definition() == Some(&self.task_definition),
        })
    }

    /// The ARN of a replaced task definition that is not among the `planned` ones: someone else deployed it after
    /// the plan was made.
    #[must_use]
    pub fn unplanned_replacement(&self, planned: &[String]) -> Option<&str> {
        self.replaced_definitions
            .iter()
            .find(|other| !planned.contains(other) && **other != self.task_definition)
            .map(String::as_str)
    }
}
