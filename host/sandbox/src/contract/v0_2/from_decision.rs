//! The parts of a decision in the types of this version: what guards receive of it.

use super::bindings::ecs_host::policy::types;
use model::decision::{
    BuildkitOptions, ContextContent, Destination, DockerBuild, FailureAction, ImageSource, RolloutOptions,
};

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
