//! A cache of components and manifests by their digest. Every read verifies the digest, so that another process with
//! write access to the folder cannot replace a policy.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::MAX_COMPONENT_SIZE;
use model::names::Digest;

/// A folder of components and manifests.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// The approximate maximum size of the cache, in bytes. The least recently used files are removed first.
const MAX_CACHE_SIZE: u64 = 512 << 20;

/// The minimum age of a temporary file that is removed as the leftover of a killed process.
const MIN_LEFTOVER_AGE: Duration = Duration::from_secs(60 * 60);

/// The kind of a cached file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Component,
    Manifest,
}

impl Cache {
    /// A cache in a folder, which is created by the first write. Without a folder nothing is cached.
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

    /// The bytes with this digest. `None` if they are missing or changed.
    pub(super) fn get(&self, digest: &Digest, kind: Kind) -> Option<Vec<u8>> {
        let path = Self::path(self.folder.as_deref()?, digest, kind);
        if std::fs::metadata(&path).ok()?.len() > MAX_COMPONENT_SIZE {
            return None;
        }
        let bytes = std::fs::read(&path).ok().filter(|bytes| Digest::sha256(bytes) == *digest)?;
        // Marks the file as recently used. An error affects only the order of removal.
        let _ = std::fs::File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// Writes bytes atomically.
    pub(super) fn put(&self, digest: &Digest, kind: Kind, bytes: &[u8]) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(Self::path(folder, digest, kind)).map_err(|error| error.error)?;
        make_room(folder, MAX_CACHE_SIZE);
        Ok(())
    }
}

/// Removes the least recently used files until the rest has at most `max` bytes, and the leftovers of killed processes.
/// Errors are ignored: a file that could not be removed does no harm.
fn make_room(folder: &Path, max: u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut kept = Vec::new();
    for entry in entries.flatten() {
        let Ok(data) = entry.metadata() else { continue };
        let (Ok(used), true) = (data.modified(), data.is_file()) else { continue };
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("sha256-") {
            kept.push((used, data.len(), entry.path()));
        } else if name.to_string_lossy().starts_with(".tmp")
            && used.elapsed().is_ok_and(|age| age > MIN_LEFTOVER_AGE)
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    kept.sort();
    let mut size: u64 = kept.iter().map(|(_, size, _)| size).sum();
    // The newest file was just written.
    kept.pop();
    for (_, own, path) in kept {
        if size <= max {
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
    fn removes_the_least_recently_used_files() {
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
    fn a_read_marks_a_file_as_recently_used() {
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
    fn ignores_a_changed_file() {
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
    fn an_invalid_folder_is_an_error_and_no_folder_caches_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let digest = Digest::sha256(b"policy");
        assert!(Cache::new(Some(file.path().into())).put(&digest, Kind::Component, b"policy").is_err());
        assert!(Cache::new(None).put(&digest, Kind::Component, b"policy").is_ok());
    }
}
