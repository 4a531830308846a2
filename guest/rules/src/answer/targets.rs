//! The targets of a deployment.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{
    ContainerChange, Destination, OneOffTask, RolloutOptions, SecretReference, ServiceName, Target,
    TaskDefinitionOptions,
};

use super::images::image_name;
use super::{conflicts, pairs};
use crate::expand::{Use, Values};
use crate::file::target::{Container, Kind, Target as TargetTable, Task};
use crate::file::{Environment, File};
use crate::grammar::{CLUSTER, Grammar, REGION, ROLE, SECRET_ARN};
use crate::problem::{Located, at_position, quoted};
use crate::template::Template;

/// The targets, in the order of the file.
///
/// # Errors
/// The same as for [`Values::expand_as`], and a target that is another one, too.
pub(crate) fn targets(
    file: &File,
    targets: &[&TargetTable],
    values: &Values<'_>,
) -> Result<Vec<Target>, String> {
    let mut answer: Vec<Target> = Vec::new();
    for table in targets {
        for name in values.expand_names(&table.names, table.kind.grammar())? {
            let shown = quoted(&name.value);
            let target = target(file, table, name, values)?;
            if answer.iter().any(|other| conflicts::is_same_target(other, &target)) {
                let problem = format!("another [[target]] of this environment has {shown} too");
                return Err(at_position(values.file, table.at, &problem));
            }
            answer.push(target);
        }
    }
    Ok(answer)
}

fn target(
    file: &File,
    table: &TargetTable,
    name: Located<String>,
    values: &Values<'_>,
) -> Result<Target, String> {
    let environment = file.environments.iter().find(|it| Some(it.name.as_str()) == values.environment);
    // A key of the target wins over that of its environment.
    let expand = |own: &Option<Located<Template>>,
                  common: fn(&Environment) -> &Option<Located<Template>>,
                  to: Use,
                  grammar: &Grammar| {
        let template = own.as_ref().or(environment.and_then(|it| common(it).as_ref()));
        template.map(|template| values.expand_as(template, to, grammar)).transpose()
    };
    let destination = match table.kind {
        Kind::Service => {
            let Some(cluster) = expand(&table.cluster, |it| &it.cluster, Use::Name, &CLUSTER)? else {
                return Err(at_position(
                    values.file,
                    table.at,
                    "[[target]] has no `cluster`, and neither has its environment",
                ));
            };
            Destination::Service(ServiceName { cluster, service: name.value })
        }
        Kind::Family => Destination::Family(name.value),
        Kind::Schedule => Destination::Schedule(name.value),
        Kind::EventRule => Destination::EventRule(name.value),
    };
    let region = expand(&table.region, |it| &it.region, Use::Text, &REGION)?;
    let role = expand(&table.role, |it| &it.role, Use::Text, &ROLE)?;
    if let Some(problem) = conflicts::of_arns(&destination, region.as_deref()) {
        return Err(at_position(values.file, name.at, &problem));
    }
    let containers = table.containers.as_ref();
    let containers = containers.map(|all| all.iter().map(|one| container(file, one, values)).collect());
    let tasks =
        |tasks: &[Task]| tasks.iter().map(|one| task(one, values)).collect::<Result<Vec<_>, String>>();
    let definition =
        TaskDefinitionOptions { base: table.base, cpu_units: table.cpu_units, memory_mib: table.memory_mib };
    let rollout = RolloutOptions {
        desired_count: table.desired_count,
        timeout_seconds: table.timeout_seconds,
        bake_seconds: table.bake_seconds,
        on_failure: table.on_failure,
    };
    Ok(Target {
        destination,
        region,
        role,
        wave: table.wave,
        containers: containers.transpose()?,
        task_definition: (definition != TaskDefinitionOptions::default()).then_some(definition),
        rollout: (rollout != RolloutOptions::default()).then_some(rollout),
        tasks_before: tasks(&table.tasks_before)?,
        tasks_after: tasks(&table.tasks_after)?,
    })
}

fn container(file: &File, table: &Container, values: &Values<'_>) -> Result<ContainerChange, String> {
    let secrets = table.secrets.iter().map(|(name, value)| {
        let value_from = values.expand_as(value, Use::Text, &SECRET_ARN)?;
        Ok(SecretReference { name: name.clone(), value_from })
    });
    let image =
        table.image.as_ref().and_then(|name| file.images.iter().find(|image| image.key == name.value));
    Ok(ContainerChange {
        container: table.name.clone(),
        image: image.map(|image| image_name(image, values)).transpose()?,
        environment: pairs(&table.environment, values)?,
        secrets: secrets.collect::<Result<_, String>>()?,
        unset: table.unset.clone(),
        command: table.command.clone(),
    })
}

fn task(table: &Task, values: &Values<'_>) -> Result<OneOffTask, String> {
    Ok(OneOffTask {
        name: table.name.clone(),
        container: table.container.clone(),
        command: table.command.clone(),
        environment: pairs(&table.environment, values)?,
        timeout_seconds: table.timeout_seconds,
    })
}
