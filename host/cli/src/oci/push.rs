//! Publishing a policy.

use super::artifact::{self, ACCEPT, About, MANIFEST};
use super::http::Request;
use super::session::Session;
use super::{LARGEST, LARGEST_MANIFEST, RegistryError, within_the_time};
use model::Environment;
use model::names::{Artifact, Digest, Tag};

/// A policy that is to be published.
#[derive(Debug)]
pub struct Publication<'p> {
    /// The component.
    pub bytes: &'p [u8],
    /// The policy's name.
    pub name: &'p str,
    /// Its version.
    pub version: &'p str,
    /// What it does.
    pub description: &'p str,
    /// When it is published, as RFC 3339 writes it.
    pub created: String,
}

/// A policy that is in a registry.
#[derive(Debug)]
pub struct Pushed {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// Whether it was there under that tag before: nothing was changed.
    pub was_there: bool,
}

/// Publishes a policy under a tag. One that is there already, byte by byte, is
/// left as it is, so that publishing again changes nothing.
///
/// # Errors
/// [`RegistryError`] where the registry does not take it, or has something else
/// than a policy under that tag.
pub fn push(
    publication: &Publication<'_>,
    artifact: &Artifact,
    tag: &Tag,
    environment: &Environment,
) -> Result<Pushed, RegistryError> {
    if publication.bytes.len() as u64 > LARGEST {
        return Err(RegistryError::TooLarge { what: "the policy".to_owned(), most: LARGEST });
    }
    within_the_time("publishing", artifact, async {
        let session = Session::new(&artifact.repository, environment, "pull,push");
        let component = Digest::sha256(publication.bytes);
        let path = format!("manifests/{}", tag.as_str());
        if let Some((manifest, found)) = existing(&session, artifact, &path).await?
            && found == component
        {
            return Ok(Pushed { manifest, was_there: true });
        }
        let about = About {
            created: publication.created.clone(),
            name: publication.name,
            version: publication.version,
            description: publication.description,
        };
        let config = artifact::config(publication.bytes, &about);
        let manifest = artifact::manifest(publication.bytes, &config, &about);
        blob(&session, publication.bytes).await?;
        blob(&session, &config).await?;
        let url = session.url(&path);
        let put = Request { method: "PUT", url, headers: Vec::new(), body: &manifest };
        session.send(put.header("content-type", MANIFEST)).await?.expect(&[200, 201]).await?;
        Ok(Pushed { manifest: Digest::sha256(&manifest), was_there: false })
    })
}

/// What the tag stands for now: the digests of its manifest and its component.
async fn existing(
    session: &Session<'_>,
    artifact: &Artifact,
    path: &str,
) -> Result<Option<(Digest, Digest)>, RegistryError> {
    let response = session.get(session.url(path), Some(ACCEPT)).await?.expect(&[200, 404]).await?;
    if response.status() == 404 {
        return Ok(None);
    }
    let manifest = response.read(LARGEST_MANIFEST).await?;
    match artifact::component(artifact, &manifest) {
        Ok(layer) => Ok(Some((Digest::sha256(&manifest), layer.digest))),
        Err(RegistryError::Foreign { artifact, found }) => Err(RegistryError::Taken { artifact, found }),
        Err(error) => Err(error),
    }
}

/// Uploads bytes that the repository has not yet.
async fn blob(session: &Session<'_>, bytes: &[u8]) -> Result<(), RegistryError> {
    let digest = Digest::sha256(bytes);
    let url = session.url(&format!("blobs/{digest}"));
    let known = Request { method: "HEAD", ..Request::get(url) };
    if session.send(known).await?.status() == 200 {
        return Ok(());
    }
    let uploads = session.url("blobs/uploads/");
    let begin = Request { method: "POST", ..Request::get(uploads.clone()) };
    let begun = session.send(begin).await?.expect(&[202]).await?;
    let to = uploads.join(begun.header("location").unwrap_or_default())?;
    let url = to.with("digest", digest.as_str());
    let put = Request { method: "PUT", url, headers: Vec::new(), body: bytes };
    session.send(put.header("content-type", "application/octet-stream")).await?.expect(&[201]).await?;
    Ok(())
}
