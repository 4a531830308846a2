//! Which container of a task definition gets which image, and whether its one-off tasks have a
//! container.

use serde::Serialize;

use super::definition::TaskDefinition;
use crate::decision::{Assignment, Deployment, OneOffTask, Target};
use crate::names::Repository;
use crate::text::printable;

/// A container that gets an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerPlan {
    /// The container's name.
    pub container: String,
    /// The image's name in the decision.
    pub image: String,
    #[serde(skip)]
    pub(super) repository: Repository,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
}

impl ContainerPlan {
    /// The repository of the image.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }
}

/// The containers of a definition and what they run, for a problem's sentence.
pub(super) fn describe_containers(definition: &TaskDefinition) -> String {
    let containers: Vec<String> =
        definition.containers().map(|(name, image)| format!("`{name}` runs {image}")).collect();
    printable(&containers.join(", "))
}

/// Which container gets which image: those that the policy assigned, or else every container that
/// runs an image of one of the repositories.
pub(super) fn plan_containers(
    target: &Target,
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    if target.containers.is_empty() {
        plan_by_repository(deployment, definition)
    } else {
        plan_by_assignment(&target.containers, deployment, definition)
    }
}

fn plan_by_repository(
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    let mut plans = Vec::new();
    for (container, current) in definition.containers() {
        let mut images = deployment.images.iter().filter(|image| image.repository.contains(current));
        let Some(image) = images.next() else { continue };
        if let Some(other) = images.next() {
            return Err(format!(
                "the images `{}` and `{}` share the repository {}; let the policy name the container of each: {}",
                image.name,
                other.name,
                image.repository,
                describe_containers(definition)
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
        let repositories: Vec<String> =
            deployment.images.iter().map(|image| image.repository.to_string()).collect();
        return Err(format!(
            "no container runs an image of {} ({}); let the policy assign a container, or correct the repository",
            repositories.join(" or "),
            describe_containers(definition)
        ));
    }
    Ok(plans)
}

fn plan_by_assignment(
    assignments: &[Assignment],
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    if let Some(unknown) = assignments.iter().find(|a| !has_container(definition, &a.container)) {
        let (container, containers) = (&unknown.container, describe_containers(definition));
        return Err(format!(
            "the policy assigns an image to container `{container}`, which the task definition does not have \
             ({containers}); correct the name"
        ));
    }
    let plan = |assignment: &Assignment| {
        let image = deployment.images.iter().find(|image| image.name == assignment.image)?;
        Some(ContainerPlan {
            container: assignment.container.clone(),
            image: assignment.image.clone(),
            repository: image.repository.clone(),
            environment: assignment.environment.clone(),
        })
    };
    Ok(assignments.iter().filter_map(plan).collect())
}

/// The same plans for another revision of the target: the same containers if the policy assigned
/// them, otherwise again every container that runs an image of one of the repositories. `None` if
/// the revision has no container for them.
pub(super) fn rebase_containers(
    plans: &[ContainerPlan],
    has_assignments: bool,
    definition: &TaskDefinition,
) -> Option<Vec<ContainerPlan>> {
    if has_assignments {
        return plans.iter().all(|plan| has_container(definition, &plan.container)).then(|| plans.to_vec());
    }
    let rebase = |(container, current): (&str, &str)| {
        let plan = plans.iter().find(|plan| plan.repository.contains(current))?;
        Some(ContainerPlan { container: container.to_owned(), ..plan.clone() })
    };
    let rebased: Vec<ContainerPlan> = definition.containers().filter_map(rebase).collect();
    (!rebased.is_empty()).then_some(rebased)
}

/// A problem for each one-off task whose container the definition does not have.
pub(super) fn find_misplaced_tasks<'t>(
    tasks: impl Iterator<Item = &'t OneOffTask>,
    definition: &TaskDefinition,
) -> Vec<String> {
    let misplaced = tasks.filter(|task| !has_container(definition, &task.container));
    let problem = |task: &OneOffTask| {
        format!(
            "its one-off task `{}` needs the container `{}`, which the task definition does not have ({}); correct the name",
            task.name,
            task.container,
            describe_containers(definition)
        )
    };
    misplaced.map(problem).collect()
}

fn has_container(definition: &TaskDefinition, container: &str) -> bool {
    definition.containers().any(|(name, _)| name == container)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ci_command_in_the_name_of_an_image_is_escaped() {
        let containers = json!([{"name": "web", "image": "h.example/a##[error]b\n"}]);
        let described = json!({"taskDefinition": {"family": "web", "containerDefinitions": containers}});
        let definition = TaskDefinition::from_response(described).unwrap();
        assert_eq!(describe_containers(&definition), "`web` runs h.example/a#\\u{23}[error]b\\n");
    }
}
