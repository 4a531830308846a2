//! Fetches policies.

use super::artifact::{self, ACCEPT, Layer};
use super::cache::Kind;
use super::session::Session;
use super::{Cache, Login, MAX_MANIFEST_SIZE, RegistryError, run_with_time_limit};
use model::names::{Artifact, Digest};

/// A fetched component.
#[derive(Debug)]
pub struct Component {
    /// The content.
    pub bytes: Vec<u8>,
    /// The error of the cache, if the component could not be written to it.
    pub cache_error: Option<String>,
}

/// The current state of a policy in its registry.
#[derive(Debug)]
pub struct RegistryPolicy {
    /// The component.
    pub component: Component,
    /// The digest of the component.
    pub digest: Digest,
    /// The digest of the manifest.
    pub manifest: Digest,
}

/// Fetches the component of a policy. If it is pinned, by the digest `pin` of the component or by that of the manifest,
/// and cached, there is no request to the registry.
///
/// A component from the registry is not compared with `pin`: the caller must do so.
///
/// # Errors
/// [`RegistryError`] if the component is not cached and could not be fetched.
pub fn fetch(
    artifact: &Artifact,
    pin: Option<&Digest>,
    login: Login<'_>,
    cache: &Cache,
) -> Result<Component, RegistryError> {
    let find_in_manifest = || {
        let manifest = cache.get(artifact.manifest.as_ref()?, Kind::Manifest)?;
        artifact::parse_manifest(artifact, &manifest).ok().map(|layer| layer.digest)
    };
    if let Some(digest) = pin.cloned().or_else(find_in_manifest)
        && let Some(bytes) = cache.get(&digest, Kind::Component)
    {
        return Ok(Component { bytes, cache_error: None });
    }
    Ok(pull(artifact, login, cache)?.component)
}

/// Fetches the manifest of an artifact, and its component unless it is cached.
///
/// # Errors
/// [`RegistryError`] if the registry is unreachable, rejects the credentials, or has no such policy.
pub fn pull(artifact: &Artifact, login: Login<'_>, cache: &Cache) -> Result<RegistryPolicy, RegistryError> {
    run_with_time_limit("fetching", artifact, async {
        let session = Session::new(&artifact.repository, login, "pull")?;
        let (manifest, manifest_digest) = fetch_manifest(&session, artifact).await?;
        let layer = artifact::parse_manifest(artifact, &manifest)?;
        let mut cached = cache.put(&manifest_digest, Kind::Manifest, &manifest);
        let bytes = match cache.get(&layer.digest, Kind::Component) {
            Some(bytes) => bytes,
            None => {
                let bytes = fetch_component(&session, artifact, &layer).await?;
                cached = cached.and(cache.put(&layer.digest, Kind::Component, &bytes));
                bytes
            }
        };
        let cache_error = cached.err().map(|error| error.to_string());
        let component = Component { bytes, cache_error };
        Ok(RegistryPolicy { component, digest: layer.digest, manifest: manifest_digest })
    })
}

/// Fetches the manifest and computes its digest.
async fn fetch_manifest(
    session: &Session<'_>,
    artifact: &Artifact,
) -> Result<(Vec<u8>, Digest), RegistryError> {
    let tag = artifact.tag.as_ref().map(|tag| tag.as_str());
    let reference = artifact.manifest.as_ref().map_or(tag.unwrap_or_default(), Digest::as_str);
    let response = session.get(session.url(&format!("manifests/{reference}")), Some(ACCEPT)).await?;
    let response = response.expect_status(&[200]).await?;
    let announced = response.header("docker-content-digest").map(str::to_owned);
    let manifest = response.read(MAX_MANIFEST_SIZE).await?;
    let found = Digest::sha256(&manifest);
    // A requested digest takes precedence over the one that the registry announces.
    let expected = artifact.manifest.as_ref().map(Digest::to_string).or(announced);
    match expected.filter(|expected| expected.starts_with("sha256:") && *expected != found.as_str()) {
        Some(expected) => Err(digest_mismatch(format!("the manifest of `{artifact}`"), &expected, found)),
        None => Ok((manifest, found)),
    }
}

/// Fetches the component and verifies its digest.
async fn fetch_component(
    session: &Session<'_>,
    artifact: &Artifact,
    layer: &Layer,
) -> Result<Vec<u8>, RegistryError> {
    let response = session.get(session.url(&format!("blobs/{}", layer.digest)), None).await?;
    let bytes = response.expect_status(&[200]).await?.read(layer.size).await?;
    let found = Digest::sha256(&bytes);
    if found == layer.digest {
        Ok(bytes)
    } else {
        Err(digest_mismatch(format!("the component of `{artifact}`"), layer.digest.as_str(), found))
    }
}

fn digest_mismatch(subject: String, expected: &str, found: Digest) -> RegistryError {
    let expected = super::excerpt(expected.as_bytes());
    RegistryError::DigestMismatch { subject, expected, found }
}
