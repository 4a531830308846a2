//! The conversions of everything but the answer: build, manifest, and the facts of lookups.

use super::bindings::ecs_host::policy::{registry, services, types};
use crate::manifest::{Manifest, SettingDeclaration};
use crate::settings::Settings;
use model::build::{Build, BuildEvent};
use model::lookup::{DeployedBy, PushedImage, RunningContainer, Service};
use model::text::printable;

/// The build as a policy receives it.
pub(super) fn from_build(build: &Build, settings: &Settings) -> types::Build {
    let event = match build.event {
        BuildEvent::Push => types::Event::Push,
        BuildEvent::PullRequest => types::Event::PullRequest,
        BuildEvent::Tag => types::Event::Tag,
        BuildEvent::Schedule => types::Event::Schedule,
        BuildEvent::Manual => types::Event::Manual,
    };
    let setting =
        |(name, value): &(String, String)| types::Setting { name: name.clone(), value: value.clone() };
    let pull_request = build.pull_request.as_ref().map(|request| types::PullRequest {
        number: request.number.clone(),
        source_branch: request.source_branch.clone(),
        is_fork: request.is_fork,
    });
    types::Build {
        provider: build.provider.clone().into_owned(),
        repository: build.repository.clone(),
        branch: build.branch.clone(),
        commit: build.commit.clone(),
        commit_message: build.commit_message.clone(),
        commit_time: build.commit_time.map(seconds),
        base_commit: build.base_commit.clone(),
        event,
        provider_event: build.provider_event.clone(),
        tag: build.tag.clone(),
        pull_request,
        number: build.number,
        number_scope: build.number_scope.clone(),
        job: build.job,
        actor: build.actor.clone(),
        started_at: seconds(build.started_at),
        settings: settings.values.iter().map(setting).collect(),
    }
}

/// A time in the contract, which ends in 2106.
pub(super) fn seconds(time: u64) -> u32 {
    u32::try_from(time).unwrap_or(u32::MAX)
}

/// A manifest whose strings are safe to print.
pub(super) fn to_manifest(manifest: types::Manifest) -> Manifest {
    let declaration = |setting: types::SettingDeclaration| SettingDeclaration {
        name: printable(&setting.name),
        description: printable(&setting.description),
        required: setting.required,
    };
    Manifest {
        name: printable(&manifest.name),
        version: printable(&manifest.version),
        description: printable(&manifest.description),
        settings: manifest.settings.into_iter().map(declaration).collect(),
    }
}

pub(super) fn from_service(service: Service) -> services::Service {
    let Service { cluster, name, tags, containers, deployed_by } = service;
    let tag = |(name, value)| types::Setting { name, value };
    let container = |container: RunningContainer| services::RunningContainer {
        name: container.name,
        image: container.image,
    };
    let stamp = |by: DeployedBy| services::Stamp {
        repository: by.repository,
        commit: by.commit,
        commit_time: by.commit_time.map(seconds),
        number: by.number,
        number_scope: by.number_scope,
    };
    services::Service {
        cluster,
        name,
        tags: tags.into_iter().map(tag).collect(),
        containers: containers.into_iter().map(container).collect(),
        deployed_by: deployed_by.map(stamp),
    }
}

pub(super) fn from_image(image: PushedImage) -> registry::PushedImage {
    registry::PushedImage {
        digest: image.digest.as_str().to_owned(),
        tags: image.tags,
        pushed_at: seconds(image.pushed_at),
    }
}
