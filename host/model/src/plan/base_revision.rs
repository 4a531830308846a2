//! The revision that a target has before the run: what its service is set to, what its schedule or rule starts, or the
//! latest of its family.

use super::definition::{LatestRevision, TaskDefinition};
use super::facts::{FamilyFacts, LaunchSettings, PlanFacts, RolloutState, ServiceFacts, ServiceState};
use super::trigger::{TriggerFacts, TriggerState};
use crate::decision::{Destination, ServiceName, Target, TriggerName};
use crate::names::{Place, Region};

/// The current revision of a destination that can be deployed to.
pub(super) struct BaseRevision<'f> {
    pub(super) task_definition: &'f str,
    pub(super) definition: &'f TaskDefinition,
    /// Whether it is deregistered.
    pub(super) is_deregistered: bool,
    /// The latest active one of its family, if it is another one.
    pub(super) latest: Option<&'f LatestRevision>,
    /// The newer one of its family that ecs-host did not register.
    pub(super) newer: Option<&'f LatestRevision>,
    pub(super) service: Option<&'f ServiceState>,
    pub(super) trigger: Option<&'f TriggerState>,
}

impl<'f> BaseRevision<'f> {
    /// Finds the current revision of a target, or the problem that prevents a deployment.
    pub(super) fn find(target: &Target, place: &Place, facts: &'f PlanFacts) -> Result<Self, String> {
        match &target.destination {
            Destination::Service(name) => find_in_service(target, name, place, facts),
            Destination::Family(name) => find_in_family(name, place, facts),
            Destination::Schedule(name) => {
                find_in_trigger(target, TriggerName::Schedule(name.clone()), place, facts)
            }
            Destination::EventRule(name) => {
                find_in_trigger(target, TriggerName::EventRule(name.clone()), place, facts)
            }
        }
    }

    pub(super) fn rollout(&self) -> RolloutState {
        self.service.map_or(RolloutState::Complete, |service| service.rollout.clone())
    }

    pub(super) fn deployed_definitions(&self) -> Vec<String> {
        self.service.map(|service| service.deployed_definitions.clone()).unwrap_or_default()
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
    check_arn_region(target, region)?;
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
    check_account(target, place, &service.account)?;
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
    Ok(BaseRevision {
        task_definition: &service.task_definition,
        definition,
        is_deregistered: service.is_deregistered,
        latest: service.latest.as_ref(),
        newer: service.newer.as_ref(),
        service: Some(service),
        trigger: None,
    })
}

/// Checks that the ARN that the policy named the target by is of the target's region.
fn check_arn_region(target: &Target, region: &Region) -> Result<(), String> {
    let other = target.arn_region.as_ref().filter(|other| *other != region);
    other.map_or(Ok(()), |other| {
        Err(format!(
            "the ARN's region {other} conflicts with the run's region {region}; \
             let the policy return that region for the target, or use --region {other}"
        ))
    })
}

/// Checks that the ARN that the policy named the target by is of the account of the credentials.
fn check_account(target: &Target, place: &Place, account: &str) -> Result<(), String> {
    let other = target.account.as_ref().filter(|other| *other != account);
    other.map_or(Ok(()), |other| {
        let owner = if place.role.is_some() { "target's role" } else { "credentials" };
        Err(format!(
            "the ARN's account {other} conflicts with the {owner}, of account {account}; correct the ARN, or use \
             credentials or a role of account {other}"
        ))
    })
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
            is_deregistered: false,
            latest: None,
            newer: None,
            service: None,
            trigger: None,
        }),
    }
}

fn find_in_trigger<'f>(
    target: &Target,
    name: TriggerName,
    place: &Place,
    facts: &'f PlanFacts,
) -> Result<BaseRevision<'f>, String> {
    let region = &place.region;
    check_arn_region(target, region)?;
    let state = match facts.triggers.get(&(place.clone(), name)) {
        None | Some(TriggerFacts::Absent) => {
            return Err(format!("it does not exist in {region}; check its name and the region"));
        }
        Some(TriggerFacts::Found(state)) => state,
    };
    check_account(target, place, &state.account)?;
    if let Some(owner) = &state.managed_by {
        return Err(format!("{owner} manages this rule, so nobody else can change its targets"));
    }
    let started = state.document.started_family()?;
    let arn = started.arn();
    if (arn.region(), arn.account()) != (region, state.account.as_str()) {
        return Err(format!(
            "it starts the family `{}` of account {} in {}, and is itself of account {} in {region}; let it start tasks \
             of its own account and region",
            arn.family(),
            arn.account(),
            arn.region(),
            state.account
        ));
    }
    let revisions = state.revisions.as_ref().ok_or_else(|| {
        format!(
            "it starts the family `{}`, which has no active revision; register its first one",
            arn.family()
        )
    })?;
    Ok(BaseRevision {
        task_definition: &revisions.task_definition,
        definition: &revisions.definition,
        is_deregistered: revisions.is_deregistered,
        latest: revisions.latest.as_ref(),
        newer: revisions.newer.as_ref(),
        service: None,
        trigger: Some(state),
    })
}
