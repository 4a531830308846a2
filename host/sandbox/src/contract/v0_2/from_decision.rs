//! A decision in the types of this version: what guards receive of it, and what is checked of a saved one.

use super::bindings::ecs_host::policy::types;
use model::decision::{
    BuildkitOptions, ContainerChange, ContextContent, Destination, DockerBuild, FailureAction, Image,
    ImageSource, OneOffTask, RevisionBase, RolloutOptions, ServiceName, Target, TaskDefinitionOptions,
};
use model::names::Region;

pub(super) fn image(image: &Image) -> types::Image {
    types::Image {
        name: image.name.clone(),
        repository: image.repository.to_string(),
        tags: image.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        source: image_source(&image.source),
        publish_only: image.publish_only,
    }
}

pub(super) fn target(target: &Target) -> types::Target {
    let scope = target.arn_region.as_ref().zip(target.account.as_deref());
    let containers = target.containers.as_ref();
    let rollout_options = (target.rollout != RolloutOptions::default()).then_some(target.rollout);
    let definition =
        (target.task_definition != TaskDefinitionOptions::default()).then_some(target.task_definition);
    types::Target {
        destination: scope.map_or_else(
            || destination(&target.destination),
            |(region, account)| destination_by_arn(&target.destination, region, account),
        ),
        region: target.region.as_ref().map(ToString::to_string),
        role: target.role.as_ref().map(ToString::to_string),
        wave: target.wave,
        containers: containers.map(|changes| changes.iter().map(container_change).collect()),
        task_definition: definition.map(task_definition),
        rollout: rollout_options.map(rollout),
        tasks_before: target.tasks_before.iter().map(one_off_task).collect(),
        tasks_after: target.tasks_after.iter().map(one_off_task).collect(),
    }
}

fn container_change(change: &ContainerChange) -> types::ContainerChange {
    let secret = |(name, value_from): &(String, String)| types::SecretReference {
        name: name.clone(),
        value_from: value_from.clone(),
    };
    types::ContainerChange {
        container: change.container.clone(),
        image: change.image.clone(),
        environment: settings(&change.settings.environment),
        secrets: change.settings.secrets.iter().map(secret).collect(),
        unset: change.settings.unset.clone(),
        command: change.settings.command.clone(),
    }
}

fn task_definition(options: TaskDefinitionOptions) -> types::TaskDefinitionOptions {
    types::TaskDefinitionOptions {
        base: options.base.map(|base| match base {
            RevisionBase::Running => types::BaseRevision::Running,
            RevisionBase::Latest => types::BaseRevision::Latest,
        }),
        cpu_units: options.cpu_units,
        memory_mib: options.memory_mib,
    }
}

fn one_off_task(task: &OneOffTask) -> types::OneOffTask {
    types::OneOffTask {
        name: task.name.clone(),
        container: task.container.clone(),
        command: task.command.clone(),
        environment: settings(&task.environment),
        timeout_seconds: task.timeout_seconds,
    }
}

/// A destination by the ARN that has this region and this account.
fn destination_by_arn(destination: &Destination, region: &Region, account: &str) -> types::Destination {
    let arn = |service: &str, resource: &str| {
        format!("arn:{}:{service}:{region}:{account}:{resource}", region.partition())
    };
    match destination {
        Destination::Service(ServiceName { cluster, service }) => {
            types::Destination::Service(types::ServiceName {
                cluster: arn("ecs", &format!("cluster/{cluster}")),
                service: arn("ecs", &format!("service/{cluster}/{service}")),
            })
        }
        // A family has no ARN.
        Destination::Family(name) => types::Destination::Family(name.clone()),
        Destination::Schedule(name) => {
            types::Destination::Schedule(arn("scheduler", &format!("schedule/{name}")))
        }
        Destination::EventRule(name) => types::Destination::EventRule(arn("events", &format!("rule/{name}"))),
    }
}

pub(super) fn settings(values: &[(String, String)]) -> Vec<types::Setting> {
    let setting =
        |(name, value): &(String, String)| types::Setting { name: name.clone(), value: value.clone() };
    values.iter().map(setting).collect()
}

pub(super) fn image_source(source: &ImageSource) -> types::ImageSource {
    match source {
        ImageSource::Dockerfile => types::ImageSource::Dockerfile,
        ImageSource::Build(build) => types::ImageSource::Build(docker_build(build)),
        ImageSource::Pushed(reference) => types::ImageSource::Pushed(reference.as_str().to_owned()),
    }
}

fn docker_build(build: &DockerBuild) -> types::DockerBuild {
    types::DockerBuild {
        context: build.context.clone(),
        dockerfile: build.dockerfile.clone(),
        stage: build.stage.clone(),
        arguments: settings(&build.arguments),
        platforms: build.platforms.clone(),
        labels: settings(&build.labels),
        pull: build.pull,
        buildkit: build.buildkit.as_deref().map(buildkit),
    }
}

fn buildkit(options: &BuildkitOptions) -> types::BuildkitOptions {
    let content = |content: &ContextContent| match content {
        ContextContent::Directory(path) => types::ContextContent::Directory(path.clone()),
        ContextContent::Image(image) => types::ContextContent::Image(image.to_string()),
    };
    let secrets = options.secrets.iter();
    let contexts = options.contexts.iter();
    types::BuildkitOptions {
        secrets: secrets
            .map(|secret| types::BuildSecret { id: secret.id.clone(), variable: secret.variable.clone() })
            .collect(),
        ssh: options.ssh.clone(),
        cache_from: options.cache_from.iter().map(ToString::to_string).collect(),
        cache_to: options.cache_to.iter().map(ToString::to_string).collect(),
        contexts: contexts
            .map(|context| types::BuildContext {
                name: context.name.clone(),
                content: content(&context.content),
            })
            .collect(),
    }
}

pub(super) fn destination(destination: &Destination) -> types::Destination {
    match destination {
        Destination::Service(name) => types::Destination::Service(types::ServiceName {
            cluster: name.cluster.clone(),
            service: name.service.clone(),
        }),
        Destination::Family(name) => types::Destination::Family(name.clone()),
        Destination::Schedule(name) => types::Destination::Schedule(name.to_string()),
        Destination::EventRule(name) => types::Destination::EventRule(name.to_string()),
    }
}

pub(super) fn rollout(options: RolloutOptions) -> types::RolloutOptions {
    types::RolloutOptions {
        desired_count: options.desired_count,
        timeout_seconds: options.timeout_seconds,
        bake_seconds: options.bake_seconds,
        on_failure: options.on_failure.map(|action| match action {
            FailureAction::Leave => types::FailureAction::Leave,
            FailureAction::RollBack => types::FailureAction::RollBack,
        }),
    }
}
