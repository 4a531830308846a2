//! What was fetched, kept by its digest. What is read is checked, so nobody
//! who can write to the folder can put another policy there.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::LARGEST;
use crate::names::Digest;

/// A folder of components and manifests.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Component,
    Manifest,
}

impl Cache {
    /// A cache in a folder that need not be there yet; none keeps nothing.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    fn path(folder: &Path, digest: &Digest, kind: Kind) -> PathBuf {
        let extension = match kind {
            Kind::Component => "wasm",
            Kind::Manifest => "json",
        };
        folder.join(format!("{}.{extension}", digest.as_str().replace(':', "-")))
    }

    /// The bytes of a digest, where they are there and unharmed.
    pub(super) fn get(&self, digest: &Digest, kind: Kind) -> Option<Vec<u8>> {
        let path = Self::path(self.folder.as_deref()?, digest, kind);
        if std::fs::metadata(&path).ok()?.len() > LARGEST {
            return None;
        }
        std::fs::read(path).ok().filter(|bytes| Digest::of(bytes) == *digest)
    }

    /// Keeps bytes, whole or not at all.
    pub(super) fn put(&self, digest: &Digest, kind: Kind, bytes: &[u8]) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(Self::path(folder, digest, kind)).map(|_| ()).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("a/b")));
        let digest = Digest::of(b"policy");
        assert_eq!(cache.get(&digest, Kind::Component), None);
        cache.put(&digest, Kind::Component, b"policy").unwrap();
        assert_eq!(cache.get(&digest, Kind::Component).as_deref(), Some(b"policy".as_slice()));
        assert_eq!(cache.get(&digest, Kind::Manifest), None);
        let path = Cache::path(&folder.path().join("a/b"), &digest, Kind::Component);
        std::fs::write(path, "another").unwrap();
        assert_eq!(cache.get(&digest, Kind::Component), None);
    }

    #[test]
    fn a_folder_that_can_not_be_is_an_error_and_no_folder_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let digest = Digest::of(b"policy");
        assert!(Cache::new(Some(file.path().into())).put(&digest, Kind::Component, b"policy").is_err());
        assert!(Cache::new(None).put(&digest, Kind::Component, b"policy").is_ok());
    }
}
