//! The lock file, which pins the policy of a project by its digest.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::files::read_text;
use crate::links::check_folders;
use model::exit::Exit;
use model::names::{Artifact, Digest};
use model::serde_error::translate_serde_error;
use model::source::ComponentSource;
use model::text::printable;

/// The maximum size of the file. A checkout may contain any file of this name, and also a link to one without an end.
const MAX_BYTES: u64 = 1 << 20;

/// The name of the lock file, in the working folder.
pub const FILE: &str = "ecs-host.lock";

/// A policy in a registry with its digests at the time of locking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The reference of the policy, as in the command.
    pub policy: Artifact,
    /// The digest of its component.
    pub digest: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
}

/// Why a lock could not be read, written or applied.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file could not be read.
    #[error("cannot read the lock `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("cannot write the lock `{}`: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The file is invalid.
    #[error("invalid lock `{}`: {reason}; write it again with `ecs-host lock oci://…`", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The lock pins another policy.
    #[error(
        "`{FILE}` locks {locked}, but this run uses {named}: name the locked policy on the command line or as \
         `policy` in ecs-host.toml, lock the other with `ecs-host lock oci://…`, pass its `--policy-digest`, or \
         remove `{FILE}`"
    )]
    PolicyMismatch {
        /// The policy of the lock.
        locked: String,
        /// The policy of the run.
        named: String,
    },
    /// Neither a policy nor a lock was named.
    #[error("no policy to lock: name one, as in `ecs-host lock oci://registry.example.com/policy:1.0`")]
    NoPolicy,
    /// The policy is a part of this program.
    #[error(
        "cannot lock {named}: it is a part of ecs-host and in no registry; pin it with `--policy-digest {digest}`, or in \
         ecs-host.toml with `policy = \"{word}\"` and `policy-digest = \"{digest}\"`"
    )]
    BuiltIn {
        /// The policy.
        named: String,
        /// The word that selects it.
        word: &'static str,
        /// Its digest.
        digest: Digest,
    },
    /// It is a guard.
    #[error(
        "cannot lock `{named}`: it is a guard, and `{FILE}` pins a policy; pin the guard with `digest = \"{digest}\"` in its \
         `[[guards]]` table, or with `--guard-digest`"
    )]
    Guard {
        /// The guard.
        named: String,
        /// Its digest.
        digest: Digest,
    },
    /// The policy is not in a registry.
    #[error(
        "cannot lock {named}: it is not in a registry (`oci://…`); pin it with `--policy-digest {digest}`"
    )]
    NotInRegistry {
        /// The policy.
        named: String,
        /// Its digest.
        digest: Digest,
    },
}

impl LockError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Preflight
    }
}

/// The file, before its fields are validated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    #[allow(dead_code, reason = "it is checked before the rest is parsed")]
    version: u64,
    policy: String,
    digest: String,
    manifest: String,
}

impl Lock {
    /// Reads the lock in a folder. `None` if there is no file.
    ///
    /// # Errors
    /// [`LockError`] if the file is unreadable or invalid.
    pub fn read(folder: &Path) -> Result<Option<Self>, LockError> {
        let path = folder.join(FILE);
        // A link to nothing is no missing file.
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        match read_text(&path, MAX_BYTES) {
            Ok(text) => Self::parse(&text).map(Some).map_err(|reason| LockError::Invalid { path, reason }),
            Err(error) => Err(LockError::Unreadable { path, source: std::io::Error::other(error) }),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let first_line = |error: toml_edit::de::Error| printable(&translate_serde_error(error.message()));
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let Version { version } = toml_edit::de::from_str(text).map_err(first_line)?;
        if version != 1 {
            return Err(format!("its version is {version}, and this ecs-host supports version 1"));
        }
        let file: LockFile = toml_edit::de::from_str(text).map_err(first_line)?;
        let policy = Artifact::parse(&file.policy).map_err(|error| error.to_string())?;
        let digest = Digest::parse(&file.digest).map_err(|error| format!("digest: {error}"))?;
        let manifest = Digest::parse(&file.manifest).map_err(|error| format!("manifest: {error}"))?;
        Ok(Self { policy, digest, manifest })
    }

    /// Writes the lock into a folder, atomically.
    ///
    /// # Errors
    /// [`LockError`] if the file could not be written.
    pub fn write(&self, folder: &Path) -> Result<(), LockError> {
        let path = folder.join(FILE);
        let write = || {
            check_folders(&path)?;
            // The umask applies, as to any file of a project.
            let all = std::fs::Permissions::from_mode(0o666);
            let mut file = tempfile::Builder::new().permissions(all).tempfile_in(folder)?;
            file.write_all(self.to_text().as_bytes())?;
            file.persist(&path).map(|_| ()).map_err(|error| error.error)
        };
        write().map_err(|source| LockError::Unwritable { path: path.clone(), source })
    }

    pub(crate) fn to_text(&self) -> String {
        format!(
            "# Written by `ecs-host lock`, enforced by `ecs-host run`.\n\
             version = 1\npolicy = \"{}\"\ndigest = \"{}\"\nmanifest = \"{}\"\n",
            self.policy, self.digest, self.manifest
        )
    }

    /// Checks that the lock pins this policy: the same reference, or the same repository and manifest digest.
    ///
    /// # Errors
    /// [`LockError::PolicyMismatch`] if it pins another one.
    pub fn check(&self, source: &ComponentSource) -> Result<(), LockError> {
        let matches = match source {
            ComponentSource::Oci(named) => {
                let same = named.repository == self.policy.repository;
                *named == self.policy || same && named.manifest.as_ref() == Some(&self.manifest)
            }
            ComponentSource::BuiltIn(_) | ComponentSource::File(_) => false,
        };
        let mismatch =
            || LockError::PolicyMismatch { locked: self.policy.to_string(), named: source.subject() };
        if matches { Ok(()) } else { Err(mismatch()) }
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
    fn reads_what_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), None);
        lock().write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), Some(lock()));
        // The second write replaces the file and leaves no other.
        lock().write(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn rejects_an_invalid_lock_with_a_reason() {
        let text = lock().to_text();
        for (text, part) in [
            (String::new(), "version"),
            ("{".to_owned(), ""),
            (text.replace("version = 1", "version = 2"), "its version is 2"),
            (text.replace("oci://", "https://"), "expected `oci://"),
            (text.replace("digest = \"sha256:", "digest = \"sha256:0"), "digest: "),
            (text.replace("manifest = ", "manifesto = "), "manifest"),
            (text.clone() + "more = 1\n", "more"),
        ] {
            let reason = Lock::parse(&text).unwrap_err();
            assert!(reason.contains(part), "no {part:?} in {reason:?}");
        }
    }

    #[test]
    fn a_lock_matches_one_policy() {
        let source = |text: &str| ComponentSource::parse(Path::new(text)).unwrap();
        let name = "oci://registry.example.com/team/policy";
        assert!(lock().check(&source(&format!("{name}:1.2"))).is_ok());
        assert!(lock().check(&source(&format!("{name}@{}", Digest::sha256(b"manifest")))).is_ok());
        for other in [
            format!("{name}:1.3"),
            format!("{name}@{}", Digest::sha256(b"another")),
            format!("oci://registry.example.com/another@{}", Digest::sha256(b"manifest")),
            "built-in".to_owned(),
            "rules".to_owned(),
            "policy.wasm".to_owned(),
        ] {
            assert!(lock().check(&source(&other)).is_err(), "{other}");
        }
    }
}
