//! What the fuzz targets of `tests/fuzz` reach beyond the crate's own doors. It
//! is there where `cargo fuzz` builds (`cfg(fuzzing)`), and nowhere else.

use std::path::Path;
use std::time::Duration;

use crate::docker::{DockerError, arguments};
use crate::oci;
use crate::oci::{Lock, RegistryError};
use crate::output;
use crate::output::Secrets;
use model::Environment;
use model::decision::DockerBuild;
use model::event::Event;
use model::names::{Artifact, Digest, Repository, Tag};
use model::text::escape_json;

/// An event as it is written: its text, and its line of JSON.
#[must_use]
pub fn written(event: &Event, secrets: &Secrets) -> [String; 2] {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = output::terminal::write(&mut text, event, Duration::ZERO);
    let json = escape_json(&secrets.mask(&event.to_json(Duration::ZERO)));
    [secrets.mask(&String::from_utf8_lossy(&text)), json]
}

/// The arguments of a docker build.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub fn build_arguments(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    arguments::build_arguments(build, repository, tags, environment)
}

/// The docker commands that publishing an image takes, as a person would type them.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub fn commands(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    arguments::publish_commands(Path::new("docker"), build, repository, tags, environment)
}

/// The component that a manifest names: its digest and its size.
///
/// # Errors
/// [`RegistryError`] where it names none.
pub fn component_of(artifact: &Artifact, manifest: &[u8]) -> Result<(Digest, u64), RegistryError> {
    oci::artifact::component(artifact, manifest).map(|layer| (layer.digest, layer.size))
}

/// The manifest that is published of a component.
#[must_use]
pub fn manifest_of(component: &[u8], name: &str) -> Vec<u8> {
    let created = "2026-01-31T12:00:00Z".to_owned();
    let about = oci::artifact::About { created, name, version: name, description: name };
    let config = oci::artifact::config(component, &about);
    oci::artifact::manifest(component, &config, &about)
}

/// A registry's own words in the body of a refusal.
#[must_use]
pub fn refusal(body: &[u8]) -> String {
    oci::error::said(body)
}

/// A parameter of a registry's challenge.
#[must_use]
pub fn challenge_parameter(challenge: &str, name: &str) -> Option<String> {
    oci::session::parameter(challenge, name)
}

/// Where a response of a registry sends its client: the whole address, and what is shown of it.
///
/// # Errors
/// [`RegistryError`] where it is not followed.
pub fn location(host: &str, location: &str) -> Result<(String, String), RegistryError> {
    let registry = oci::url::Url::of_registry(host, "/v2/".to_owned());
    registry.join(location).map(|url| (url.whole(), url.to_string()))
}

/// A lock, read from the text of its file and written again.
///
/// # Errors
/// What is wrong with it.
pub fn lock(text: &str) -> Result<(Lock, String), String> {
    let lock = Lock::parse(text)?;
    let text = lock.text();
    Ok((lock, text))
}
