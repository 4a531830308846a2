//! What was fetched, kept by its digest. What is read is checked, so nobody
//! who can write to the folder can put another policy there.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::LARGEST;
use model::names::Digest;

/// A folder of components and manifests.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// How many bytes are kept, about: the least recently used go first.
const MOST: u64 = 512 << 20;

/// How old a file is that a killed process left.
const LEFT: Duration = Duration::from_secs(60 * 60);

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
        let bytes = std::fs::read(&path).ok().filter(|bytes| Digest::sha256(bytes) == *digest)?;
        // It is in use, which nothing but its age depends on.
        let _ = std::fs::File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// Keeps bytes, whole or not at all.
    pub(super) fn put(&self, digest: &Digest, kind: Kind, bytes: &[u8]) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(Self::path(folder, digest, kind)).map_err(|error| error.error)?;
        make_room(folder, MOST);
        Ok(())
    }
}

/// Removes what was used longest ago until the rest is no more than this, and
/// what killed processes left. What can't be removed stays, and harms nobody.
fn make_room(folder: &Path, most: u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut kept = Vec::new();
    for entry in entries.flatten() {
        let Ok(data) = entry.metadata() else { continue };
        let (Ok(used), true) = (data.modified(), data.is_file()) else { continue };
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("sha256-") {
            kept.push((used, data.len(), entry.path()));
        } else if name.to_string_lossy().starts_with(".tmp") && used.elapsed().is_ok_and(|age| age > LEFT) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    kept.sort();
    let mut size: u64 = kept.iter().map(|(_, size, _)| size).sum();
    // The newest is what was asked for just now.
    kept.pop();
    for (_, own, path) in kept {
        if size <= most {
            return;
        }
        if std::fs::remove_file(path).is_ok() {
            size -= own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let age = |name: &str, hours: u64| {
            let path = folder.path().join(name);
            std::fs::write(&path, "0123456789").unwrap();
            let then = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
            std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
        };
        for (name, hours) in
            [("sha256-a.wasm", 3), ("sha256-b.wasm", 9), ("sha256-c.json", 1), ("sha256-d.wasm", 2)]
        {
            age(name, hours);
        }
        for (name, hours) in [(".tmpleft", 2), (".tmpnow", 0), ("another", 99)] {
            age(name, hours);
        }
        make_room(folder.path(), 25);
        let left = std::fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".tmpnow", "another", "sha256-c.json", "sha256-d.wasm"]);
        make_room(folder.path(), 0);
        assert!(folder.path().join("sha256-c.json").exists());
    }

    #[test]
    fn what_is_used_is_young_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        let digest = Digest::sha256(b"policy");
        cache.put(&digest, Kind::Component, b"policy").unwrap();
        let path = Cache::path(folder.path(), &digest, Kind::Component);
        let file = std::fs::File::open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(cache.get(&digest, Kind::Component).is_some());
        assert!(file.metadata().unwrap().modified().unwrap() > SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn what_was_changed_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("a/b")));
        let digest = Digest::sha256(b"policy");
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
        let digest = Digest::sha256(b"policy");
        assert!(Cache::new(Some(file.path().into())).put(&digest, Kind::Component, b"policy").is_err());
        assert!(Cache::new(None).put(&digest, Kind::Component, b"policy").is_ok());
    }
}
