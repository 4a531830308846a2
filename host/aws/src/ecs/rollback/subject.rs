//! The service that is rolled back, as `DescribeServices` reports it.

use std::time::Duration;

use aws_sdk_ecs::types::{Deployment, ResourceManagementType, Service};

use super::RollbackError;
use crate::ecs::bake_time::bake_time;
use crate::ecs::rollout::Rollout;
use crate::ecs::{Ecs, is_primary, primary_deployment, status, watch};
use crate::error::ErrorKind;
use model::decision::ServiceName;
use model::names::compare_revisions;
use model::plan::RolloutState;

/// A service that can be rolled back: it is active, and ECS itself deploys it.
pub(super) struct RollbackSubject {
    pub(super) name: ServiceName,
    /// The ARN of the task definition that the service is set to.
    pub(super) task_definition: String,
    service: Service,
}

impl RollbackSubject {
    /// Reads a service.
    ///
    /// # Errors
    /// [`RollbackError`] if the service cannot be read, does not exist, or cannot be updated.
    pub(super) async fn read(ecs: &Ecs, name: &ServiceName) -> Result<Self, RollbackError> {
        let unavailable = |why: String| RollbackError::Unavailable { service: name.clone(), why };
        let described =
            status::describe_services(ecs, &name.cluster, vec![&name.service]).await.into_iter().next();
        let service = match described {
            Some((_, Ok(service))) => service,
            Some((_, Err(error))) if error.kind == ErrorKind::Missing => {
                let region = ecs.region();
                return Err(unavailable(match error.code.as_deref() {
                    Some("ClusterNotFoundException") => format!(
                        "there is no cluster `{}` in {region}; check its name and the region",
                        name.cluster
                    ),
                    _ => {
                        format!("its cluster in {region} has no such service; check its name and the region")
                    }
                }));
            }
            Some((_, Err(error))) => return Err(error.into()),
            None => return Err(unavailable("ECS returned nothing about it".to_owned())),
        };
        if let Some(status) = service.status().filter(|status| *status != "ACTIVE") {
            return Err(unavailable(format!("it is {status}; only an ACTIVE service can be updated")));
        }
        if service.resource_management_type() == Some(&ResourceManagementType::Ecs) {
            return Err(unavailable(
                "it is one of Express Mode, which ECS updates by `UpdateExpressGatewayService` only; roll it back with \
                 `aws ecs update-express-gateway-service`"
                    .to_owned(),
            ));
        }
        match service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str()) {
            "ECS" => {}
            "CODE_DEPLOY" => {
                return Err(unavailable(
                    "its deployment controller is CODE_DEPLOY, and ECS accepts a task definition only from it; \
                     roll it back through CodeDeploy"
                        .to_owned(),
                ));
            }
            other => {
                return Err(unavailable(format!(
                    "its deployment controller is {other}; roll it back through that"
                )));
            }
        }
        let task_definition = service.task_definition().map(str::to_owned);
        let task_definition =
            task_definition.ok_or_else(|| unavailable("it has no task definition".to_owned()))?;
        Ok(Self { name: name.clone(), task_definition, service })
    }

    fn primary(&self) -> Option<&Deployment> {
        primary_deployment(&self.service)
    }

    /// The state of the rollout of the primary deployment.
    pub(super) fn state(&self) -> RolloutState {
        let deployments = self.service.deployments();
        self.primary().map_or(RolloutState::Complete, |primary| watch::rollout_state(primary, deployments))
    }

    /// The ARN of the service's task definition, if its rollout is complete.
    pub(super) fn complete_definition(&self) -> Option<String> {
        (self.state() == RolloutState::Complete).then(|| self.task_definition.clone())
    }

    /// How long the strategy of the service lets a rollout wait.
    pub(super) fn bake_time(&self) -> Duration {
        bake_time(&self.service)
    }

    /// The rollout of the primary deployment.
    pub(super) fn rollout(&self) -> Rollout {
        let primary = self.primary();
        Rollout {
            created_at: primary.and_then(Deployment::created_at).copied(),
            ..Rollout::new(&self.name, &self.task_definition, primary.and_then(Deployment::id))
        }
    }

    /// The primary deployment, if it is newer than a rollout and of another task definition.
    pub(super) fn newer_deployment(&self, rollout: &Rollout) -> Option<&Deployment> {
        self.primary().filter(|primary| {
            primary.task_definition() != Some(&rollout.task_definition) && rollout.is_before(primary)
        })
    }

    /// The ARNs of the task definitions of the other deployments, that of most running tasks first.
    pub(super) fn others(&self) -> Vec<String> {
        let deployments = self.service.deployments().iter();
        let mut others: Vec<&Deployment> = deployments.filter(|other| !is_primary(other)).collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.running_count()));
        others.into_iter().filter_map(|other| other.task_definition()).map(str::to_owned).collect()
    }

    /// The other task definition of which the most tasks run.
    pub(super) fn other(&self) -> Option<String> {
        self.others().into_iter().find(|other| *other != self.task_definition)
    }

    /// The first of some task definitions that is a newer revision than the service's own.
    pub(super) fn newer_revision(&self, candidates: &[String]) -> Option<String> {
        let is_newer =
            |arn: &&String| compare_revisions(arn, &self.task_definition).is_some_and(|order| order.is_gt());
        candidates.iter().find(is_newer).cloned()
    }

    /// The ARNs of the task definitions of the service and of its deployments.
    pub(super) fn task_definitions(&self) -> Vec<String> {
        let deployments = self.service.deployments().iter().filter_map(|own| own.task_definition());
        std::iter::once(self.task_definition.as_str()).chain(deployments).map(str::to_owned).collect()
    }
}
