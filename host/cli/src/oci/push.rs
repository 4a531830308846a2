//! Publishes policies.

use super::artifact::{self, ACCEPT, Annotations, MANIFEST_TYPE};
use super::http::Request;
use super::session::Session;
use super::{Login, MAX_COMPONENT_SIZE, MAX_MANIFEST_SIZE, RegistryError, run_with_time_limit};
use model::names::{Artifact, Digest, Tag};

/// A policy to publish.
#[derive(Debug)]
pub struct Publication<'p> {
    /// The component.
    pub bytes: &'p [u8],
    /// The policy's name.
    pub name: &'p str,
    /// The policy's version.
    pub version: &'p str,
    /// The policy's description.
    pub description: &'p str,
    /// The time of publication, in RFC 3339.
    pub created: String,
}

/// The result of [`push`].
#[derive(Debug)]
pub struct PublishedPolicy {
    /// The digest of the manifest.
    pub manifest: Digest,
    /// The digest of the component that the tag had before; the same one if nothing was changed.
    pub before: Option<Digest>,
}

/// Publishes a policy under a tag. If the tag already has the same component, nothing is changed.
///
/// # Errors
/// [`RegistryError`] if the registry rejects the policy, or the tag has an artifact that is not a policy.
pub fn push(
    publication: &Publication<'_>,
    artifact: &Artifact,
    tag: &Tag,
    login: Login<'_>,
) -> Result<PublishedPolicy, RegistryError> {
    if publication.bytes.len() as u64 > MAX_COMPONENT_SIZE {
        return Err(RegistryError::TooLarge { subject: "the policy".to_owned(), max: MAX_COMPONENT_SIZE });
    }
    run_with_time_limit("publishing", artifact, async {
        let session = Session::new(&artifact.repository, login, "pull,push")?;
        let component = Digest::sha256(publication.bytes);
        let path = format!("manifests/{}", tag.as_str());
        let existing = find_existing(&session, artifact, &path).await?;
        if let Some((manifest, found)) = existing.clone()
            && found == component
        {
            return Ok(PublishedPolicy { manifest, before: Some(found) });
        }
        let annotations = Annotations {
            created: publication.created.clone(),
            name: publication.name,
            version: publication.version,
            description: publication.description,
        };
        let config = artifact::config(publication.bytes, &annotations);
        let manifest = artifact::manifest(publication.bytes, &config, &annotations);
        upload_blob(&session, publication.bytes).await?;
        upload_blob(&session, &config).await?;
        let url = session.url(&path);
        let put = Request { method: "PUT", url, headers: Vec::new(), body: &manifest };
        session.send(put.header("content-type", MANIFEST_TYPE)).await?.expect_status(&[200, 201]).await?;
        let before = existing.map(|(_, component)| component);
        Ok(PublishedPolicy { manifest: Digest::sha256(&manifest), before })
    })
}

/// The digests of the manifest and the component that the tag has now.
async fn find_existing(
    session: &Session<'_>,
    artifact: &Artifact,
    path: &str,
) -> Result<Option<(Digest, Digest)>, RegistryError> {
    let response = session.get(session.url(path), Some(ACCEPT)).await?.expect_status(&[200, 404]).await?;
    if response.status() == 404 {
        return Ok(None);
    }
    let manifest = response.read(MAX_MANIFEST_SIZE).await?;
    match artifact::parse_manifest(artifact, &manifest) {
        Ok(layer) => Ok(Some((Digest::sha256(&manifest), layer.digest))),
        Err(RegistryError::UnsupportedArtifact { artifact, found }) => {
            Err(RegistryError::TagInUse { artifact, found })
        }
        Err(error) => Err(error),
    }
}

/// Uploads a blob unless the repository already has it.
async fn upload_blob(session: &Session<'_>, bytes: &[u8]) -> Result<(), RegistryError> {
    let digest = Digest::sha256(bytes);
    let url = session.url(&format!("blobs/{digest}"));
    let head = Request { method: "HEAD", ..Request::get(url) };
    if session.send(head).await?.status() == 200 {
        return Ok(());
    }
    let uploads = session.url("blobs/uploads/");
    let start = Request { method: "POST", ..Request::get(uploads.clone()) };
    let upload = session.send(start).await?.expect_status(&[202]).await?;
    let location = uploads.join(upload.header("location").unwrap_or_default())?;
    let url = location.with_parameter("digest", digest.as_str());
    let put = Request { method: "PUT", url, headers: Vec::new(), body: bytes };
    session.send(put.header("content-type", "application/octet-stream")).await?.expect_status(&[201]).await?;
    Ok(())
}
