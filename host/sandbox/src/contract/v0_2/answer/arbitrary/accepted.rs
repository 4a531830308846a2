//! What is true of every answer that is accepted.

use std::collections::BTreeSet;

use crate::contract::Contract as _;
use crate::contract::v0_2::V0_2;
use model::decision::{
    BuildSecret, BuildkitOptions, ContainerSettings, ContextContent, Deployment, DockerBuild, ImageSource,
};
use model::names::Tag;
use model::text::{is_invisible, printable};

/// Asserts that a name is safe in a log.
fn assert_plain(name: &str) {
    assert!(!name.is_empty() && !name.contains(is_invisible), "`{name:?}`");
}

/// Asserts that a name is safe in a log, and not an option of a command.
fn assert_word(name: &str) {
    assert_plain(name);
    assert!(!name.starts_with('-'), "`{name:?}`");
}

/// Asserts that a plan with this decision can be saved, and is accepted when it is applied.
fn assert_saved(deployment: &Deployment) {
    let saved = serde_json::to_string(deployment).expect("a document");
    let read: Deployment = serde_json::from_str(&saved).unwrap_or_else(|error| panic!("{error}: {saved}"));
    assert_eq!(read, *deployment);
    assert_eq!(V0_2.check_deployment(&read), Ok(()));
}

/// Asserts what is true of every accepted answer.
pub(super) fn assert_valid(deployment: &Deployment) {
    assert_saved(deployment);
    assert!(!deployment.images.is_empty() || !deployment.targets.is_empty());
    assert!(!deployment.targets.is_empty() || deployment.images.iter().all(|image| image.publish_only));
    let images: BTreeSet<&str> = deployment.images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(images.len(), deployment.images.len());
    for image in &deployment.images {
        assert_eq!(printable(&image.name), image.name);
        assert!(!image.tags.is_empty());
        for tag in &image.tags {
            assert_word(&image.repository.tagged(tag));
            assert!(Tag::parse(tag.as_str()).is_ok());
        }
        match &image.source {
            ImageSource::Dockerfile => {}
            ImageSource::Build(build) => assert_valid_build(build),
            ImageSource::Pushed(reference) => assert_word(reference.as_str()),
        }
    }
    for target in &deployment.targets {
        assert_plain(&target.destination.to_string());
        for change in target.containers.iter().flatten() {
            assert_plain(&change.container);
            assert!(change.image.iter().all(|image| images.contains(image.as_str())));
            let ContainerSettings { environment, secrets, unset, command } = &change.settings;
            let names = environment.iter().chain(secrets).map(|(name, _)| name).chain(unset);
            let names: Vec<&String> = names.collect();
            names.iter().for_each(|name| assert_word(name));
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
            secrets.iter().for_each(|(_, arn)| assert_word(arn));
            assert!(command.as_ref().is_none_or(|command| !command.is_empty()));
            assert!(change.image.is_some() || !change.settings.is_empty());
        }
        for task in target.tasks_before.iter().chain(&target.tasks_after) {
            assert_plain(&task.container);
            assert_eq!(printable(&task.name), task.name);
            assert!(!task.command.is_empty() && task.timeout_seconds != Some(0));
        }
    }
}

fn assert_valid_build(build: &DockerBuild) {
    let words = [&build.dockerfile, &build.stage];
    words
        .into_iter()
        .flatten()
        .chain(&build.platforms)
        .chain([&build.context])
        .for_each(|word| assert_word(word));
    assert!(!build.context.starts_with('/') && !build.context.contains("://"));
    build.arguments.iter().for_each(|(name, _)| assert_word(name));
    assert!(build.arguments.iter().chain(&build.labels).all(|(name, _)| !name.contains('=')));
    let Some(BuildkitOptions { secrets, ssh, cache_from, cache_to, contexts }) = build.buildkit.as_deref()
    else {
        return;
    };
    for BuildSecret { id, variable } in secrets {
        assert_plain(id);
        assert_word(variable);
        assert!(!id.contains(['=', ',', '"']));
    }
    assert!(ssh.iter().all(|id| id == "default"));
    cache_from.iter().chain(cache_to).for_each(|cache| assert_word(&cache.to_string()));
    for context in contexts {
        assert_word(&context.name);
        assert!(!context.name.contains('='));
        match &context.content {
            ContextContent::Directory(path) => assert!(!path.starts_with('/') && !path.contains("://")),
            ContextContent::Image(image) => assert_word(&image.text),
        }
    }
}
