//! Which container of a task definition gets which image, and whether its one-off tasks have a
//! container.

use serde::{Deserialize, Serialize};

use super::definition::TaskDefinition;
use crate::decision::{ContainerChange, ContainerSettings, Deployment, Image, OneOffTask, Target};
use crate::names::Repository;
use crate::text::printable;

/// A container that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContainerPlan {
    /// The container's name.
    pub container: String,
    /// The name in the decision of the image that it gets; `None`: it keeps its image.
    pub image: Option<String>,
    #[serde(skip)]
    pub(super) repository: Option<Repository>,
    /// The changes beside the image.
    #[serde(flatten)]
    pub settings: ContainerSettings,
}

impl ContainerPlan {
    /// The repository of the image that it gets.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }
}

/// The containers of a definition and what they run, for a problem's sentence.
pub(super) fn describe_containers(definition: &TaskDefinition) -> String {
    let containers: Vec<String> =
        definition.containers().map(|(name, image)| format!("`{name}` runs {image}")).collect();
    printable(&containers.join(", "))
}

/// The containers that change: those that the policy named, or else every container that runs an
/// image of one of the repositories.
pub(super) fn plan_containers(
    target: &Target,
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    match &target.containers {
        Some(changes) => plan_by_name(changes, deployment, definition),
        None => plan_by_repository(deployment, definition),
    }
}

fn plan_by_repository(
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    let mut plans = Vec::new();
    let deployed: Vec<&Image> = deployment.images.iter().filter(|image| !image.publish_only).collect();
    for (container, current) in definition.containers() {
        let mut images = deployed.iter().filter(|image| image.repository.contains(current));
        let Some(image) = images.next() else { continue };
        if let Some(other) = images.next() {
            return Err(format!(
                "the images `{}` and `{}` share the repository {}; let the policy name the container of each, which \
                 rules do by `[target.containers.NAME]` with `image`: {}",
                image.name,
                other.name,
                image.repository,
                describe_containers(definition)
            ));
        }
        plans.push(ContainerPlan {
            container: container.to_owned(),
            image: Some(image.name.clone()),
            repository: Some(image.repository.clone()),
            settings: ContainerSettings::default(),
        });
    }
    if plans.is_empty() && !deployed.is_empty() {
        let repositories: Vec<String> = deployed.iter().map(|image| image.repository.to_string()).collect();
        return Err(format!(
            "no container runs an image of {} ({}); let the policy assign a container, or correct the repository",
            repositories.join(" or "),
            describe_containers(definition)
        ));
    }
    Ok(plans)
}

fn plan_by_name(
    changes: &[ContainerChange],
    deployment: &Deployment,
    definition: &TaskDefinition,
) -> Result<Vec<ContainerPlan>, String> {
    if let Some(unknown) = changes.iter().find(|change| !has_container(definition, &change.container)) {
        let (container, containers) = (&unknown.container, describe_containers(definition));
        return Err(format!(
            "the policy changes container `{container}`, which the task definition does not have ({containers}); correct \
             the name"
        ));
    }
    let plan = |change: &ContainerChange| {
        let find = |name: &String| deployment.images.iter().find(|image| image.name == *name);
        ContainerPlan {
            container: change.container.clone(),
            image: change.image.clone(),
            repository: change.image.as_ref().and_then(find).map(|image| image.repository.clone()),
            settings: change.settings.clone(),
        }
    };
    Ok(changes.iter().map(plan).collect())
}

/// The same plans for another revision of the target: the same containers if the policy named
/// them, otherwise again every container that runs an image of one of the repositories. `None` if
/// the revision has no container for them.
pub(super) fn rebase_containers(
    plans: &[ContainerPlan],
    names_containers: bool,
    definition: &TaskDefinition,
) -> Option<Vec<ContainerPlan>> {
    if names_containers {
        return plans.iter().all(|plan| has_container(definition, &plan.container)).then(|| plans.to_vec());
    }
    let rebase = |(container, current): (&str, &str)| {
        let runs = |plan: &&ContainerPlan| plan.repository().is_some_and(|it| it.contains(current));
        let plan = plans.iter().find(runs)?;
        Some(ContainerPlan { container: container.to_owned(), ..plan.clone() })
    };
    let rebased: Vec<ContainerPlan> = definition.containers().filter_map(rebase).collect();
    (plans.is_empty() || !rebased.is_empty()).then_some(rebased)
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
