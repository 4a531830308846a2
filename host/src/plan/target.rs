//! The plan of one target: which containers get which image, and what of its
//! task definition changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::definition::{DefinitionError, Edit, TaskDefinition};
use super::diff::Change;
use super::facts::{Facts, Rollout, Running, Service};
use super::{ImagePlan, Stamp};
use crate::names::{Digest, Region, Repository};
use crate::policy::Deployment;
use crate::policy::decision::{Destination, FailureAction, ServiceName, Target};

/// What stands for a digest that only the push will tell.
const AFTER_PUSH: &str = "<digest of the push>";

/// What happens to one target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetPlan {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it runs now.
    pub task_definition: String,
    /// Which container gets which image.
    pub containers: Vec<ContainerPlan>,
    /// What differs in the new revision.
    pub changes: Vec<Change>,
    /// Whether the service runs all of it already.
    pub unchanged: bool,
    /// How far the rollout of what it runs is.
    pub rollout: Rollout,
    /// How long the rollout may take, in seconds, where the policy says.
    pub timeout: Option<u32>,
    /// The task definitions of all its deployments, as the plan saw them.
    #[serde(skip)]
    pub deployments: Vec<String>,
    #[serde(skip)]
    definition: TaskDefinition,
    #[serde(skip)]
    stamp: Vec<(String, String)>,
}

/// A container that gets an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerPlan {
    /// The container's name.
    pub container: String,
    /// The image's name.
    pub image: String,
    #[serde(skip)]
    repository: Repository,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
}

impl TargetPlan {
    /// Plans one target; none where the destination is refused elsewhere.
    pub(super) fn new(
        target: &Target,
        deployment: &Deployment,
        images: &[ImagePlan],
        facts: &Facts,
        stamp: &Stamp,
    ) -> Result<Option<Self>, Vec<String>> {
        let Destination::Service(name) = &target.destination else { return Ok(None) };
        let one = |problem: String| vec![format!("service `{name}`: {problem}")];
        let running = usable(target, name, facts).map_err(one)?;
        let definition =
            running.definition.as_ref().ok_or_else(|| one("its task definition can't be read".into()))?;
        let containers = containers(target, deployment, definition).map_err(one)?;
        let mut plan = Self {
            service: name.clone(),
            task_definition: running.task_definition.clone(),
            containers,
            changes: Vec::new(),
            unchanged: false,
            rollout: running.rollout.clone(),
            timeout: target.timeout,
            deployments: running.deployments.clone(),
            definition: definition.clone(),
            stamp: stamp.labels(),
        };
        let digests = images.iter().filter_map(|i| match &i.action {
            super::ImageAction::Reuse { digest, .. } => Some((i.image.name.clone(), digest.clone())),
            super::ImageAction::Build(_) => None,
        });
        let revision = plan.revise(&digests.collect()).map_err(|error| one(error.to_string()))?;
        plan.unchanged = definition.runs_the_same_as(&revision);
        if !plan.unchanged {
            plan.changes = definition.changes(&revision);
        }
        Ok(Some(plan))
    }

    /// The revision to register; none where the service runs it already.
    ///
    /// # Errors
    /// [`DefinitionError`] where the definition does not take the changes.
    pub fn revision(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<Option<TaskDefinition>, DefinitionError> {
        let revision = self.revise(digests)?;
        Ok((!self.definition.runs_the_same_as(&revision)).then_some(revision))
    }

    /// The same plan on top of another definition: one that somebody else
    /// deployed to the service after this plan was made. `own` is what this
    /// run gave the service instead, and is nobody else's.
    #[must_use]
    pub fn on_top_of(&self, task_definition: String, definition: TaskDefinition, own: &str) -> Self {
        let new = [task_definition.clone(), own.to_owned()];
        let deployments = [self.deployments.as_slice(), &new].concat();
        // How far the rollout of what the plan saw was says nothing of this one.
        Self { task_definition, definition, deployments, rollout: Rollout::Complete, ..self.clone() }
    }

    fn listed(&self) -> String {
        format!("in `{}` {}", self.service, listed(&self.definition))
    }

    fn revise(&self, digests: &BTreeMap<String, Digest>) -> Result<TaskDefinition, DefinitionError> {
        let edit = |plan: &ContainerPlan| Edit {
            container: plan.container.clone(),
            image: match digests.get(&plan.image) {
                Some(digest) => plan.repository.pinned(digest),
                None => format!("{}@{AFTER_PUSH}", plan.repository),
            },
            environment: plan.environment.clone(),
            labels: self.stamp.clone(),
        };
        self.definition.revise(&self.containers.iter().map(edit).collect::<Vec<_>>())
    }
}

fn listed(definition: &TaskDefinition) -> String {
    let all: Vec<String> =
        definition.containers().map(|(name, image)| format!("`{name}` runs {image}")).collect();
    all.join(", ")
}

/// The service, where it can be deployed to.
fn usable<'f>(target: &Target, name: &ServiceName, facts: &'f Facts) -> Result<&'f Running, String> {
    let region = &facts.region;
    let running = match facts.services.get(name) {
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
        return Err(format!("its ARN is of account {other}, and these credentials are of account {own}"));
    }
    match running.controller.as_str() {
        "ECS" => Ok(running),
        "CODE_DEPLOY" => {
            Err("its deployment controller is CODE_DEPLOY: ECS refuses a new task definition from \
             anyone else; deploy it through CodeDeploy, or change its controller to ECS"
                .to_owned())
        }
        other => {
            Err(format!("its deployment controller is {other}: deploy it with that, or recreate it with ECS"))
        }
    }
}

/// Which container gets which image: those that the policy names, or else
/// every one that runs an image of the very repository.
fn containers(
    target: &Target,
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    let listed = || listed(definition);
    if !target.containers.is_empty() {
        let known: BTreeSet<&str> = definition.containers().map(|(name, _)| name).collect();
        if let Some(unknown) = target.containers.iter().find(|a| !known.contains(a.container.as_str())) {
            return Err(format!(
                "its task definition has no container `{}`: {}",
                unknown.container,
                listed()
            ));
        }
        let plan = |a: &crate::policy::decision::Assignment| {
            let image = deployment.images.iter().find(|image| image.name == a.image)?;
            Some(ContainerPlan {
                container: a.container.clone(),
                image: a.image.clone(),
                repository: image.repository.clone(),
                environment: a.environment.clone(),
            })
        };
        return Ok(target.containers.iter().filter_map(plan).collect());
    }
    let mut plans = Vec::new();
    for (container, runs) in definition.containers() {
        let mut of_repository = deployment.images.iter().filter(|image| image.repository.holds(runs));
        let Some(image) = of_repository.next() else { continue };
        if let Some(other) = of_repository.next() {
            return Err(format!(
                "the images `{}` and `{}` are both of {}, so the policy must name the container that gets each: {}",
                image.name,
                other.name,
                image.repository,
                listed()
            ));
        }
        plans.push(ContainerPlan {
            container: container.to_owned(),
            image: image.name.clone(),
            repository: image.repository.clone(),
            environment: Vec::new(),
        });
    }
    if plans.is_empty() {
        let wanted: Vec<String> =
            deployment.images.iter().map(|image| image.repository.to_string()).collect();
        return Err(format!("no container runs an image of {}: {}", wanted.join(" or "), listed()));
    }
    Ok(plans)
}

/// Images that no container of any target gets: built for nothing, or meant for
/// a container that goes by another repository.
pub(super) fn unused(deployment: &Deployment, targets: &[TargetPlan]) -> Vec<String> {
    let used: BTreeSet<&str> =
        targets.iter().flat_map(|target| &target.containers).map(|c| c.image.as_str()).collect();
    let unused = deployment.images.iter().filter(|image| !used.contains(image.name.as_str()));
    let problem = |image: &crate::policy::decision::Image| {
        let containers: Vec<String> = targets.iter().map(TargetPlan::listed).collect();
        format!("image `{}` is for no container: {}", image.name, containers.join("; "))
    };
    unused.map(problem).collect()
}

/// What the contract has and this version does not do yet, by name.
pub(super) fn not_served(deployment: &Deployment, region: &Region) -> Vec<String> {
    let mut problems = Vec::new();
    let mut refuse = |place: &str, what: String| {
        problems.push(format!(
            "{place}: this version of ecs-host does not {what} yet; leave it out of the policy's answer"
        ));
    };
    for target in &deployment.targets {
        let place = target.destination.to_string();
        if matches!(target.destination, Destination::Family(_)) {
            refuse(&place, "deploy to a task definition family without a service".to_owned());
        }
        if let Some(other) = target.region.as_ref().filter(|other| *other != region) {
            refuse(&place, format!("deploy to another region ({other}) than the run's own ({region})"));
        }
        if let Some(role) = &target.role {
            refuse(&place, format!("assume a role for a target ({role})"));
        }
        if !target.tasks_before.is_empty() || !target.tasks_after.is_empty() {
            let names = [target.tasks_before.as_slice(), target.tasks_after.as_slice()].concat().join(", ");
            refuse(&place, format!("run one-off tasks ({names})"));
        }
        if target.on_failure == Some(FailureAction::RollBack) {
            refuse(&place, "roll back by itself (on-failure: roll-back)".to_owned());
        }
    }
    let waves: BTreeSet<u32> = deployment.targets.iter().map(|target| target.wave).collect();
    if waves.len() > 1 {
        let waves: Vec<String> = waves.iter().map(u32::to_string).collect();
        refuse("targets", format!("roll out in waves ({})", waves.join(", ")));
    }
    problems
}
