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
    types::Build {
        provider: build.provider.to_owned(),
        repository: build.repository.clone(),
        branch: build.branch.clone(),
        commit: build.commit.clone(),
        commit_message: build.commit_message.clone(),
        event,
        tag: build.tag.clone(),
        pull_request: build.pull_request.clone(),
        number: build.number,
        job: build.job,
        settings: settings.values.iter().map(setting).collect(),
    }
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
    let stamp =
        |by: DeployedBy| services::Stamp { repository: by.repository, commit: by.commit, number: by.number };
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
        pushed_at: image.pushed_at,
    }
}
