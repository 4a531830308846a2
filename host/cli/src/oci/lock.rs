//! The lock: which policy a project runs, to the byte.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use model::names::{Artifact, Digest};
use model::source::PolicySource;
use model::text::printable;

/// The lock's file, in the working folder.
pub const FILE: &str = "ecs-host.lock";

/// A policy in a registry, and what it was when it was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The policy, as it was named.
    pub policy: Artifact,
    /// The digest of its component.
    pub digest: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
}

/// Why there is no lock to go by.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file can't be read.
    #[error("the lock `{}` can't be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The file can't be written.
    #[error("the lock `{}` can't be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// The file is no lock.
    #[error("`{}` is no lock: {why}; `ecs-host lock oci://…` writes one", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The lock is of another policy.
    #[error(
        "`{FILE}` locks {locked}, and this run names {named}: name the locked policy, lock the other \
         with `ecs-host lock oci://…`, pass its `--policy-digest`, or remove the file"
    )]
    Another {
        /// The policy of the lock.
        locked: String,
        /// The policy of the run.
        named: String,
    },
    /// There is nothing to lock.
    #[error(
        "there is no policy to lock: name one, as in `ecs-host lock oci://registry.example.com/policy:1.0`"
    )]
    Nothing,
    /// A policy that is no registry's.
    #[error(
        "{named} is in no registry: what is locked is an `oci://…`; pin it with `--policy-digest {digest}`"
    )]
    NotInARegistry {
        /// The policy.
        named: String,
        /// Its digest.
        digest: Digest,
    },
}

/// The file, before its parts are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[allow(dead_code, reason = "it is looked at before the rest is read")]
    version: u64,
    policy: String,
    digest: String,
    manifest: String,
}

impl Lock {
    /// Reads the lock of a folder; none where there is none.
    ///
    /// # Errors
    /// [`LockError`] where there is a file and it can't be used.
    pub fn read(folder: &Path) -> Result<Option<Self>, LockError> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|why| LockError::Invalid { path, why }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LockError::Unreadable { path, source }),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let first_line = |error: toml_edit::de::Error| printable(error.message());
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = toml_edit::de::from_str(text).map_err(first_line)?;
        if version != 1 {
            return Err(format!("it is of version {version}, and this ecs-host reads version 1"));
        }
        let text: Text = toml_edit::de::from_str(text).map_err(first_line)?;
        let policy = Artifact::parse(&text.policy).map_err(|error| error.to_string())?;
        let digest = Digest::parse(&text.digest).map_err(|error| format!("digest: {error}"))?;
        let manifest = Digest::parse(&text.manifest).map_err(|error| format!("manifest: {error}"))?;
        Ok(Self { policy, digest, manifest })
    }

    /// Writes it into a folder, whole or not at all.
    ///
    /// # Errors
    /// [`LockError`] where the file can't be written.
    pub fn write(&self, folder: &Path) -> Result<(), LockError> {
        let path = folder.join(FILE);
        let write = || {
            // As any file of a project: the umask takes from it what it takes.
            let all = std::fs::Permissions::from_mode(0o666);
            let mut file = tempfile::Builder::new().permissions(all).tempfile_in(folder)?;
            file.write_all(self.text().as_bytes())?;
            file.persist(&path).map(|_| ()).map_err(|error| error.error)
        };
        write().map_err(|source| LockError::Unwritable { path: path.clone(), source })
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "# Written by `ecs-host lock`, enforced by `ecs-host run`.\n\
             version = 1\npolicy = \"{}\"\ndigest = \"{}\"\nmanifest = \"{}\"\n",
            self.policy, self.digest, self.manifest
        )
    }

    /// Whether it is about this policy: the one that was named, or the very manifest.
    ///
    /// # Errors
    /// [`LockError::Another`] where it is not.
    pub fn check(&self, source: &PolicySource) -> Result<(), LockError> {
        let own = match source {
            PolicySource::Oci(named) => {
                let same = named.repository == self.policy.repository;
                *named == self.policy || same && named.manifest.as_ref() == Some(&self.manifest)
            }
            PolicySource::BuiltIn | PolicySource::File(_) => false,
        };
        let another = || LockError::Another { locked: self.policy.to_string(), named: source.subject() };
        if own { Ok(()) } else { Err(another()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let policy = Artifact::parse("oci://registry.example.com/team/policy:1.2").unwrap();
        Lock { policy, digest: Digest::sha256(b"component"), manifest: Digest::sha256(b"manifest") }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), None);
        lock().write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), Some(lock()));
        // Once more over what is there, and nothing beside it.
        lock().write(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_lock_that_can_not_be_used_says_why() {
        let text = lock().text();
        for (text, part) in [
            (String::new(), "version"),
            ("{".to_owned(), ""),
            (text.replace("version = 1", "version = 2"), "it is of version 2"),
            (text.replace("oci://", "https://"), "expected `oci://"),
            (text.replace("digest = \"sha256:", "digest = \"sha256:0"), "digest: "),
            (text.replace("manifest = ", "manifesto = "), "manifest"),
            (text.clone() + "more = 1\n", "more"),
        ] {
            let why = Lock::parse(&text).unwrap_err();
            assert!(why.contains(part), "no {part:?} in {why:?}");
        }
    }

    #[test]
    fn a_lock_is_about_one_policy() {
        let of = |text: &str| PolicySource::parse(Path::new(text)).unwrap();
        let name = "oci://registry.example.com/team/policy";
        assert!(lock().check(&of(&format!("{name}:1.2"))).is_ok());
        assert!(lock().check(&of(&format!("{name}@{}", Digest::sha256(b"manifest")))).is_ok());
        for other in [
            format!("{name}:1.3"),
            format!("{name}@{}", Digest::sha256(b"another")),
            format!("oci://registry.example.com/another@{}", Digest::sha256(b"manifest")),
            "built-in".to_owned(),
            "policy.wasm".to_owned(),
        ] {
            assert!(lock().check(&of(&other)).is_err(), "{other}");
        }
    }
}
