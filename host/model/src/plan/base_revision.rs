//! The revision that a target has before the run: what its service is set to, or the latest of its
//! family.

use super::definition::TaskDefinition;
use super::facts::{
    FamilyFacts, LatestRevision, LaunchSettings, PlanFacts, RolloutState, ServiceFacts, ServiceState,
};
use crate::decision::{Destination, ServiceName, Target};
use crate::names::Place;

/// The current revision of a destination that can be deployed to.
pub(super) struct BaseRevision<'f> {
    pub(super) task_definition: &'f str,
    pub(super) definition: &'f TaskDefinition,
    /// `None` for a family.
    pub(super) service: Option<&'f ServiceState>,
}

impl<'f> BaseRevision<'f> {
    /// Finds the current revision of a target, or the problem that prevents a deployment.
    pub(super) fn find(target: &Target, place: &Place, facts: &'f PlanFacts) -> Result<Self, String> {
        match &target.destination {
            Destination::Service(name) => find_in_service(target, name, place, facts),
            Destination::Family(name) => find_in_family(name, place, facts),
            Destination::Schedule(_) | Destination::EventRule(_) => {
                Err("this version of ecs-host deploys to services and families only".to_owned())
            }
        }
    }

    pub(super) fn rollout(&self) -> RolloutState {
        self.service.map_or(RolloutState::Complete, |service| service.rollout.clone())
    }

    pub(super) fn deployed_definitions(&self) -> Vec<String> {
        self.service.map(|service| service.deployed_definitions.clone()).unwrap_or_default()
    }

    /// The newer revision of the service's family that ecs-host did not register.
    pub(super) fn newer(&self) -> Option<&'f LatestRevision> {
        self.service.and_then(|service| service.newer.as_ref())
    }

    pub(super) fn launch(&self) -> Option<LaunchSettings> {
        self.service.map(|service| service.launch.clone())
    }
}

fn find_in_service<'f>(
    target: &Target,
    name: &ServiceName,
    place: &Place,
    facts: &'f PlanFacts,
) -> Result<BaseRevision<'f>, String> {
    let region = &place.region;
    if let Some(other) = target.arn_region.as_ref().filter(|other| *other != region) {
        return Err(format!(
            "the ARN's region {other} conflicts with the run's region {region}; \
             let the policy return that region for the target, or use --region {other}"
        ));
    }
    let service = match facts.services.get(&(place.clone(), name.clone())) {
        None | Some(ServiceFacts::NoService) => {
            return Err(format!(
                "cluster `{}` in {region} has no such service; check its name and the region",
                name.cluster
            ));
        }
        Some(ServiceFacts::NoCluster) => {
            return Err(format!(
                "cluster `{}` does not exist in {region}; check its name and the region",
                name.cluster
            ));
        }
        Some(ServiceFacts::Found(service)) => service,
    };
    if service.status != "ACTIVE" {
        return Err(format!("the service is {}; only an ACTIVE service can be deployed to", service.status));
    }
    if let Some(other) = target.account.as_ref().filter(|account| **account != service.account) {
        let owner = if place.role.is_some() { "target's role" } else { "credentials" };
        return Err(format!(
            "the ARN's account {other} conflicts with the {owner}, of account {}; correct the ARN, or use \
             credentials or a role of account {other}",
            service.account
        ));
    }
    if service.is_express {
        return Err("the service is one of Express Mode, which ECS updates by `UpdateExpressGatewayService` only; deploy \
                    it with `aws ecs update-express-gateway-service`, or create a service that ECS does not manage"
            .to_owned());
    }
    match service.controller.as_str() {
        "ECS" => {}
        "CODE_DEPLOY" => {
            return Err(
                "the deployment controller is CODE_DEPLOY, so ECS rejects a new task definition from \
                        ecs-host; deploy it through CodeDeploy, or change its controller to ECS"
                    .to_owned(),
            );
        }
        other => {
            return Err(format!(
                "the deployment controller is {other}; deploy it with that, or recreate it with the \
                 controller ECS"
            ));
        }
    }
    let definition = service
        .definition
        .as_ref()
        .ok_or("ECS reports no task definition for the service; deploy one to it first")?;
    Ok(BaseRevision { task_definition: &service.task_definition, definition, service: Some(service) })
}

fn find_in_family<'f>(name: &str, place: &Place, facts: &'f PlanFacts) -> Result<BaseRevision<'f>, String> {
    match facts.families.get(&(place.clone(), name.to_owned())) {
        None | Some(FamilyFacts::Absent) => Err(format!(
            "the family has no active revision in {}; register its first one, or check its name and the region",
            place.region
        )),
        Some(FamilyFacts::Found(latest)) => Ok(BaseRevision {
            task_definition: &latest.task_definition,
            definition: &latest.definition,
            service: None,
        }),
    }
}
