//! Fetching a policy.

use super::artifact::{self, ACCEPT, Layer};
use super::cache::Kind;
use super::session::Session;
use super::{Cache, LARGEST_MANIFEST, RegistryError, within_the_time};
use model::Environment;
use model::names::{Artifact, Digest};

/// A component's bytes.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Why they are not kept for the next run, where they are not.
    pub not_kept: Option<String>,
}

/// A component as the registry has it now.
#[derive(Debug)]
pub struct Pulled {
    /// Its bytes.
    pub fetched: Fetched,
    /// Their digest.
    pub component: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
}

/// The bytes of a policy. Where a digest pins it, that of the component or of
/// the manifest, and the cache has it, the registry isn't asked. What comes
/// from the registry need not be what `component` says: that is the caller's
/// to hold it to.
///
/// # Errors
/// [`RegistryError`] where it has to be fetched and can't be.
pub fn fetch(
    artifact: &Artifact,
    component: Option<&Digest>,
    environment: &Environment,
    cache: &Cache,
) -> Result<Fetched, RegistryError> {
    let of_manifest = || {
        let manifest = cache.get(artifact.manifest.as_ref()?, Kind::Manifest)?;
        artifact::component(artifact, &manifest).ok().map(|layer| layer.digest)
    };
    if let Some(digest) = component.cloned().or_else(of_manifest)
        && let Some(bytes) = cache.get(&digest, Kind::Component)
    {
        return Ok(Fetched { bytes, not_kept: None });
    }
    Ok(pull(artifact, environment, cache)?.fetched)
}

/// Asks the registry what an artifact is now, and fetches its component where
/// the cache has it not.
///
/// # Errors
/// [`RegistryError`] where it can't be reached, wants another login, has no
/// such artifact, or has something else there.
pub fn pull(artifact: &Artifact, environment: &Environment, cache: &Cache) -> Result<Pulled, RegistryError> {
    within_the_time("fetching", artifact, async {
        let session = Session::new(&artifact.repository, environment, "pull");
        let (manifest, digest) = manifest(&session, artifact).await?;
        let layer = artifact::component(artifact, &manifest)?;
        let mut kept = cache.put(&digest, Kind::Manifest, &manifest);
        let bytes = match cache.get(&layer.digest, Kind::Component) {
            Some(bytes) => bytes,
            None => {
                let bytes = component(&session, artifact, &layer).await?;
                kept = kept.and(cache.put(&layer.digest, Kind::Component, &bytes));
                bytes
            }
        };
        let not_kept = kept.err().map(|error| error.to_string());
        Ok(Pulled { fetched: Fetched { bytes, not_kept }, component: layer.digest, manifest: digest })
    })
}

/// The manifest and its digest.
async fn manifest(session: &Session<'_>, artifact: &Artifact) -> Result<(Vec<u8>, Digest), RegistryError> {
    let tag = artifact.tag.as_ref().map(|tag| tag.as_str());
    let by = artifact.manifest.as_ref().map_or(tag.unwrap_or_default(), Digest::as_str);
    let response = session.get(session.url(&format!("manifests/{by}")), Some(ACCEPT)).await?;
    let response = response.expect(&[200]).await?;
    let announced = response.header("docker-content-digest").map(str::to_owned);
    let manifest = response.read(LARGEST_MANIFEST).await?;
    let found = Digest::sha256(&manifest);
    // What was asked for counts; what the registry announces must at least be consistent.
    let expected = artifact.manifest.as_ref().map(Digest::to_string).or(announced);
    match expected.filter(|expected| expected.starts_with("sha256:") && *expected != found.as_str()) {
        Some(expected) => Err(other_bytes(format!("the manifest of `{artifact}`"), &expected, &found)),
        None => Ok((manifest, found)),
    }
}

/// The component's bytes.
async fn component(
    session: &Session<'_>,
    artifact: &Artifact,
    layer: &Layer,
) -> Result<Vec<u8>, RegistryError> {
    let response = session.get(session.url(&format!("blobs/{}", layer.digest)), None).await?;
    let bytes = response.expect(&[200]).await?.read(layer.size).await?;
    let found = Digest::sha256(&bytes);
    if found == layer.digest {
        Ok(bytes)
    } else {
        Err(other_bytes(format!("the component of `{artifact}`"), layer.digest.as_str(), &found))
    }
}

fn other_bytes(what: String, expected: &str, found: &Digest) -> RegistryError {
    let expected = super::excerpt(expected.as_bytes());
    RegistryError::OtherBytes { what, expected, found: format!("bytes of {found}") }
}
