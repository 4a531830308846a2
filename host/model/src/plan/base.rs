//! What a target's new revision is made from: what its service runs, or the
//! latest revision of its family.

use super::definition::TaskDefinition;
use super::facts::{Facts, Family, Launch, RolloutState, Running, Service};
use crate::decision::{Destination, ServiceName, Target};
use crate::names::Place;

/// A destination that can be deployed to.
pub(super) struct Base<'f> {
    pub(super) task_definition: &'f str,
    pub(super) definition: &'f TaskDefinition,
    /// Of a service alone.
    pub(super) running: Option<&'f Running>,
}

impl<'f> Base<'f> {
    /// The destination of a target, or why it can't be deployed to.
    pub(super) fn of(target: &Target, place: &Place, facts: &'f Facts) -> Result<Self, String> {
        match &target.destination {
            Destination::Service(name) => service(target, name, place, facts),
            Destination::Family(name) => family(name, place, facts),
        }
    }

    pub(super) fn rollout(&self) -> RolloutState {
        self.running.map_or(RolloutState::Complete, |running| running.rollout.clone())
    }

    pub(super) fn deployments(&self) -> Vec<String> {
        self.running.map(|running| running.deployments.clone()).unwrap_or_default()
    }

    pub(super) fn launch(&self) -> Option<Launch> {
        self.running.map(|running| running.launch.clone())
    }
}

fn service<'f>(
    target: &Target,
    name: &ServiceName,
    place: &Place,
    facts: &'f Facts,
) -> Result<Base<'f>, String> {
    let region = &place.region;
    if let Some(other) = target.arn_region.as_ref().filter(|other| *other != region) {
        return Err(format!(
            "its ARN is of another region ({other}) than the run's own ({region}); \
             let the policy name that region for it, or run this with --region {other}"
        ));
    }
    let running = match facts.services.get(&(place.clone(), name.clone())) {
        None | Some(Service::NoService) => {
            return Err(format!(
                "cluster `{}` in {region} has no such service; check its name and the region",
                name.cluster
            ));
        }
        Some(Service::NoCluster) => {
            return Err(format!(
                "there is no cluster `{}` in {region}; check its name and the region",
                name.cluster
            ));
        }
        Some(Service::Found(running)) => running,
    };
    if running.status != "ACTIVE" {
        return Err(format!("it is {}; only an ACTIVE service can be deployed to", running.status));
    }
    if let Some(other) = target.account.as_ref().filter(|account| **account != running.account) {
        let own = &running.account;
        let whose = if place.role.is_some() { "its role is" } else { "these credentials are" };
        return Err(format!("its ARN is of account {other}, and {whose} of account {own}"));
    }
    match running.controller.as_str() {
        "ECS" => {}
        "CODE_DEPLOY" => {
            return Err("its deployment controller is CODE_DEPLOY: ECS refuses a new task definition from \
                        anyone else; deploy it through CodeDeploy, or change its controller to ECS"
                .to_owned());
        }
        other => {
            return Err(format!(
                "its deployment controller is {other}: deploy it with that, or recreate it with ECS"
            ));
        }
    }
    let definition = running.definition.as_ref().ok_or("its task definition can't be read")?;
    Ok(Base { task_definition: &running.task_definition, definition, running: Some(running) })
}

fn family<'f>(name: &str, place: &Place, facts: &'f Facts) -> Result<Base<'f>, String> {
    match facts.families.get(&(place.clone(), name.to_owned())) {
        None | Some(Family::Absent) => Err(format!(
            "it has no active revision in {}; register its first one, or check its name and the region",
            place.region
        )),
        Some(Family::Found(latest)) => Ok(Base {
            task_definition: &latest.task_definition,
            definition: &latest.definition,
            running: None,
        }),
    }
}
