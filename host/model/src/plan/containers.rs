//! Which container of a task definition gets which image, and which runs a
//! one-off task.

use std::collections::BTreeSet;

use serde::Serialize;

use super::definition::TaskDefinition;
use super::target::TargetPlan;
use crate::decision::Deployment;
use crate::decision::{Assignment, Image, OneOffTask, Target};
use crate::names::Repository;
use crate::text::printable;

/// A container that gets an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerPlan {
    /// The container's name.
    pub container: String,
    /// The image's name.
    pub image: String,
    #[serde(skip)]
    pub(super) repository: Repository,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
}

/// The containers of a definition and what they run, for people.
pub(super) fn listed(definition: &TaskDefinition) -> String {
    let all: Vec<String> =
        definition.containers().map(|(name, image)| format!("`{name}` runs {image}")).collect();
    printable(&all.join(", "))
}

/// The same on another definition of the service; none where it has no
/// container for an image. Where the policy named the containers, they are
/// those, else again every one that runs an image of a repository.
pub(super) fn moved(
    plans: &[ContainerPlan],
    named: bool,
    definition: &TaskDefinition,
) -> Option<Vec<ContainerPlan>> {
    if named {
        return plans.iter().all(|plan| has(definition, &plan.container)).then(|| plans.to_vec());
    }
    let of = |(container, runs): (&str, &str)| {
        let plan = plans.iter().find(|plan| plan.repository.contains(runs))?;
        Some(ContainerPlan { container: container.to_owned(), ..plan.clone() })
    };
    let moved: Vec<ContainerPlan> = definition.containers().filter_map(of).collect();
    (!moved.is_empty()).then_some(moved)
}

/// Which container gets which image: those that the policy names, or else
/// every one that runs an image of the very repository.
pub(super) fn containers(
    target: &Target,
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    if !target.containers.is_empty() {
        return named(&target.containers, deployment, definition);
    }
    let mut plans = Vec::new();
    for (container, runs) in definition.containers() {
        let mut of_repository = deployment.images.iter().filter(|image| image.repository.contains(runs));
        let Some(image) = of_repository.next() else { continue };
        if let Some(other) = of_repository.next() {
            return Err(format!(
                "the images `{}` and `{}` are both of {}, so the policy must name the container that gets each: {}",
                image.name,
                other.name,
                image.repository,
                listed(definition)
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
        let (wanted, listed) = (wanted.join(" or "), listed(definition));
        return Err(format!("no container runs an image of {wanted}: {listed}"));
    }
    Ok(plans)
}

fn named(
    assignments: &[Assignment],
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    if let Some(unknown) = assignments.iter().find(|a| !has(definition, &a.container)) {
        let (container, listed) = (&unknown.container, listed(definition));
        return Err(format!("its task definition has no container `{container}`: {listed}"));
    }
    let plan = |a: &Assignment| {
        let image = deployment.images.iter().find(|image| image.name == a.image)?;
        Some(ContainerPlan {
            container: a.container.clone(),
            image: a.image.clone(),
            repository: image.repository.clone(),
            environment: a.environment.clone(),
        })
    };
    Ok(assignments.iter().filter_map(plan).collect())
}

/// The one-off tasks for a container that the definition does not have.
pub(super) fn misplaced<'t>(
    tasks: impl Iterator<Item = &'t OneOffTask>,
    definition: &TaskDefinition,
) -> Vec<String> {
    let misplaced = tasks.filter(|task| !has(definition, &task.container));
    let problem = |task: &OneOffTask| {
        format!(
            "its one-off task `{}` is for the container `{}`, which its task definition has not: {}",
            task.name,
            task.container,
            listed(definition)
        )
    };
    misplaced.map(problem).collect()
}

fn has(definition: &TaskDefinition, container: &str) -> bool {
    definition.containers().any(|(name, _)| name == container)
}

/// Images that no container of any target gets: built for nothing, or meant for
/// a container that goes by another repository.
pub(super) fn unused(deployment: &Deployment, targets: &[TargetPlan]) -> Vec<String> {
    let used: BTreeSet<&str> =
        targets.iter().flat_map(|target| &target.containers).map(|c| c.image.as_str()).collect();
    let unused = deployment.images.iter().filter(|image| !used.contains(image.name.as_str()));
    let problem = |image: &Image| {
        let containers: Vec<String> = targets.iter().map(TargetPlan::listed).collect();
        format!("image `{}` is for no container: {}", image.name, containers.join("; "))
    };
    unused.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_can_not_talk_to_the_ci_system() {
        let containers = json!([{"name": "web", "image": "h.example/a##[error]b\n"}]);
        let described = json!({"taskDefinition": {"family": "web", "containerDefinitions": containers}});
        let definition = TaskDefinition::from_described(described).unwrap();
        assert_eq!(listed(&definition), "`web` runs h.example/a#\\u{23}[error]b\\n");
    }
}
