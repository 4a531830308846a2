//! Access to private functions for the fuzz targets of `tests/fuzz`. Compiled by `cargo fuzz` only (`cfg(fuzzing)`).

use std::path::Path;
use std::time::Duration;

use crate::docker::{DockerError, arguments};
use crate::oci;
use crate::oci::{Lock, RegistryError};
use crate::output;
use crate::output::Secrets;
use model::Environment;
use model::decision::DockerBuild;
use model::event::{Event, PlanDocument};
use model::names::{Artifact, Digest, Repository, Tag};
use model::text::escape_json;

/// The output of an event: its text and its line of JSON.
#[must_use]
pub fn event_output(event: &Event, secrets: &Secrets) -> [String; 2] {
    let mut text = Vec::new();
    let event = output::raw::mask_raw_text(event, secrets);
    // Writing to memory does not fail.
    let _ = output::events::write(&mut text, &event, Duration::ZERO);
    let json = escape_json(&secrets.mask(&event.to_json(Duration::ZERO)));
    [secrets.mask(&String::from_utf8_lossy(&text)), json]
}

/// The plan of an event in Markdown.
#[must_use]
pub fn plan_markdown(event: &Event, secrets: &Secrets) -> String {
    let mut document = PlanDocument::default();
    document.observe(&output::raw::mask_raw_text(event, secrets));
    secrets.mask_escaped(&output::plan::to_markdown(&document), output::markdown::escape)
}

/// The arguments of `docker build`.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub fn build_argv(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    arguments::build_argv(build, repository, tags, None, environment)
}

/// The docker commands that build and push an image, quoted for a shell.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub fn publish_commands(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    arguments::publish_commands(Path::new("docker"), build, repository, tags, tags, environment)
}

/// The digest and the size in bytes of the component in a manifest.
///
/// # Errors
/// [`RegistryError`] if the manifest is not that of a component.
pub fn parse_manifest(artifact: &Artifact, manifest: &[u8]) -> Result<(Digest, u64), RegistryError> {
    oci::artifact::parse_manifest(artifact, manifest).map(|layer| (layer.digest, layer.size))
}

/// The manifest of a published component.
#[must_use]
pub fn create_manifest(component: &[u8], name: &str) -> Vec<u8> {
    let created = "2026-01-31T12:00:00Z".to_owned();
    let annotations = oci::artifact::Annotations { created, name, version: name, description: name };
    let config = oci::artifact::config(component, &annotations);
    oci::artifact::manifest(component, &config, &annotations)
}

/// The message in the body of a registry's error response.
#[must_use]
pub fn error_message(body: &[u8]) -> String {
    oci::error::error_message(body)
}

/// The value of a parameter of a registry's challenge.
#[must_use]
pub fn challenge_parameter(challenge: &str, name: &str) -> Option<String> {
    oci::session::challenge_parameter(challenge, name)
}

/// Resolves the header `location` of a registry's response: the full URL, and the URL without its query.
///
/// # Errors
/// [`RegistryError`] if the location is invalid or not followed.
pub fn location(host: &str, location: &str) -> Result<(String, String), RegistryError> {
    let registry = oci::url::Url::in_registry(host, "/v2/".to_owned());
    registry.join(location).map(|url| (url.to_full_string(), url.to_string()))
}

/// Parses a lock and serializes it again.
///
/// # Errors
/// The reason why the lock is invalid.
pub fn lock(text: &str) -> Result<(Lock, String), String> {
    let lock = Lock::parse(text)?;
    let text = lock.to_text();
    Ok((lock, text))
}
