//! The images and targets of a deployment, as the contract describes them.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{
    BuildContext, BuildSecret, BuildkitOptions, ContainerChange, ContextContent, Destination, DockerBuild,
    Image, ImageSource, OneOffTask, RolloutOptions, SecretReference, ServiceName, Setting, Target,
    TaskDefinitionOptions,
};

use crate::expand::{Use, Values};
use crate::file::File;
use crate::file::image::{Build, Context, Image as ImageTable, Source};
use crate::file::target::{Container, Kind, Target as TargetTable, Task};
use crate::problem::{Located, at_position, quoted};
use crate::template::Template;

/// The images that are published, and those that a target runs, in the order of the file.
///
/// # Errors
/// The same as for [`Values::expand`].
pub(crate) fn images(
    file: &File,
    targets: &[&TargetTable],
    values: &Values<'_>,
) -> Result<Vec<Image>, String> {
    let is_run =
        |image: &&ImageTable| image.is_publish_only || targets.iter().any(|target| runs(target, &image.key));
    let mut images: Vec<Image> = Vec::new();
    for table in file.images.iter().filter(is_run) {
        let image = image(table, values)?;
        if images.iter().any(|other| other.name == image.name) {
            let problem =
                format!("another image has the name {} too: set `name` of one of them", quoted(&image.name));
            return Err(at_position(values.file, table.at, &problem));
        }
        for other in images.iter().filter(|other| other.repository == image.repository) {
            let Some(tag) = image.tags.iter().find(|tag| other.tags.contains(tag)) else { continue };
            let problem = format!(
                "images {} and {} both have the tag {} in one repository: set `tags` of one of them",
                quoted(&other.name),
                quoted(&image.name),
                quoted(tag)
            );
            return Err(at_position(values.file, table.at, &problem));
        }
        images.push(image);
    }
    Ok(images)
}

fn runs(target: &TargetTable, image: &str) -> bool {
    let is_image = |name: &Located<String>| name.value == image;
    match (&target.containers, &target.images) {
        (Some(containers), _) => {
            containers.iter().filter_map(|container| container.image.as_ref()).any(is_image)
        }
        (None, Some(images)) => images.iter().any(is_image),
        (None, None) => true,
    }
}

fn image(table: &ImageTable, values: &Values<'_>) -> Result<Image, String> {
    let name = match &table.name {
        Some(name) => values.expand(name, Use::Text)?,
        None => table.key.clone(),
    };
    let mut tags: Vec<String> = Vec::new();
    for tag in &table.tags {
        let tag = values.expand(tag, Use::Tag)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let source = match &table.source {
        // A digest is no tag, and stays as it is.
        Source::Pushed(reference) if reference.value.as_literal().is_some() => {
            ImageSource::Pushed(values.expand(reference, Use::Text)?)
        }
        Source::Pushed(reference) => ImageSource::Pushed(values.expand(reference, Use::Tag)?),
        Source::Build(build) if **build == Build::default() => ImageSource::Dockerfile,
        Source::Build(build) => ImageSource::Build(docker_build(build, values)?),
    };
    let repository = values.expand(&table.repository, Use::Repository)?;
    Ok(Image { name, repository, tags, source, publish_only: table.is_publish_only })
}

fn docker_build(build: &Build, values: &Values<'_>) -> Result<DockerBuild, String> {
    let contexts = build.contexts.iter().map(|(name, content)| {
        let content = match content {
            Context::Directory(path) => ContextContent::Directory(path.clone()),
            Context::Image(image) => ContextContent::Image(values.expand(image, Use::Text)?),
        };
        Ok(BuildContext { name: name.clone(), content })
    });
    let caches = |caches: &[Located<Template>]| -> Result<Vec<String>, String> {
        caches.iter().map(|cache| expand_reference(cache, values)).collect()
    };
    let secret =
        |(id, variable): &(String, String)| BuildSecret { id: id.clone(), variable: variable.clone() };
    let buildkit = BuildkitOptions {
        secrets: build.secrets.iter().map(secret).collect(),
        ssh: build.ssh.clone(),
        cache_from: caches(&build.cache_from)?,
        cache_to: caches(&build.cache_to)?,
        contexts: contexts.collect::<Result<_, String>>()?,
    };
    Ok(DockerBuild {
        context: build.context.clone().unwrap_or_else(|| ".".into()),
        dockerfile: build.dockerfile.clone(),
        stage: build.stage.clone(),
        arguments: pairs(&build.arguments, values)?,
        platforms: build.platforms.clone(),
        labels: pairs(&build.labels, values)?,
        pull: build.pull,
        buildkit: (buildkit != BuildkitOptions::default()).then_some(buildkit),
    })
}

/// A cache: a repository and a tag, or options of buildx. A value of the build in it is one of a tag, and a setting stays.
fn expand_reference(cache: &Located<Template>, values: &Values<'_>) -> Result<String, String> {
    let to = if cache.value.as_setting().is_some() { Use::Text } else { Use::Name };
    values.expand(cache, to)
}

fn pairs(pairs: &[(String, Located<Template>)], values: &Values<'_>) -> Result<Vec<Setting>, String> {
    pairs
        .iter()
        .map(|(name, value)| Ok(Setting::new(name.clone(), values.expand(value, Use::Text)?)))
        .collect()
}

/// The targets, in the order of the file.
///
/// # Errors
/// The same as for [`Values::expand`], and a name that is none.
pub(crate) fn targets(
    file: &File,
    targets: &[&TargetTable],
    values: &Values<'_>,
) -> Result<Vec<Target>, String> {
    let mut answer: Vec<Target> = Vec::new();
    for table in targets {
        for name in values.expand_list(&table.names, Use::Name)? {
            let target = target(file, table, name.clone(), values)?;
            let place =
                |target: &Target| (target.destination.clone(), target.region.clone(), target.role.clone());
            if answer.iter().any(|other| place(other) == place(&target)) {
                let problem = format!("another [[target]] of this environment has {} too", quoted(&name));
                return Err(at_position(values.file, table.at, &problem));
            }
            answer.push(target);
        }
    }
    Ok(answer)
}

fn target(file: &File, table: &TargetTable, name: String, values: &Values<'_>) -> Result<Target, String> {
    let environment = file.environments.iter().find(|it| Some(it.name.as_str()) == values.environment);
    let expand = |own: &Option<Located<Template>>, common: Option<&Option<Located<Template>>>, to| {
        let template = own.as_ref().or(common.and_then(Option::as_ref));
        template.map(|template| Ok((values.expand(template, to)?, template.at))).transpose()
    };
    let text = |value: Option<(String, usize)>| value.map(|(text, _)| text);
    let at = table.names.first().map_or(table.at, |name| name.at);
    let base = match table.kind {
        Kind::Service => {
            let cluster: Result<_, String> =
                expand(&table.cluster, environment.map(|it| &it.cluster), Use::Name);
            let Some((cluster, cluster_at)) = cluster? else {
                return Err(at_position(
                    values.file,
                    table.at,
                    "[[target]] has no `cluster`, and neither has its environment",
                ));
            };
            check_name(&cluster, cluster_at, values)?;
            check_name(&name, at, values)?;
            Destination::Service(ServiceName { cluster, service: name })
        }
        Kind::Family => Destination::Family(name),
        Kind::Schedule => Destination::Schedule(name),
        Kind::EventRule => Destination::EventRule(name),
    };
    let region: Result<_, String> = expand(&table.region, environment.map(|it| &it.region), Use::Text);
    let role: Result<_, String> = expand(&table.role, environment.map(|it| &it.role), Use::Text);
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
        destination: base,
        region: text(region?),
        role: text(role?),
        wave: table.wave,
        containers: containers.transpose()?,
        task_definition: (definition != TaskDefinitionOptions::default()).then_some(definition),
        rollout: (rollout != RolloutOptions::default()).then_some(rollout),
        tasks_before: tasks(&table.tasks_before)?,
        tasks_after: tasks(&table.tasks_after)?,
    })
}

/// The host checks the length, and the parts of an ARN.
fn check_name(name: &str, at: usize, values: &Values<'_>) -> Result<(), String> {
    let is_valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if name.starts_with("arn:") || name.bytes().all(is_valid) {
        return Ok(());
    }
    Err(at_position(
        values.file,
        at,
        &format!("{} is neither a name (A-Z a-z 0-9 _ -) nor an ARN", quoted(name)),
    ))
}

fn container(file: &File, table: &Container, values: &Values<'_>) -> Result<ContainerChange, String> {
    let secrets = table.secrets.iter().map(|(name, value)| {
        Ok(SecretReference { name: name.clone(), value_from: values.expand(value, Use::Text)? })
    });
    let image =
        table.image.as_ref().and_then(|name| file.images.iter().find(|image| image.key == name.value));
    let image = image.map(|image| match &image.name {
        Some(name) => values.expand(name, Use::Text),
        None => Ok(image.key.clone()),
    });
    Ok(ContainerChange {
        container: table.name.clone(),
        image: image.transpose()?,
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
