//! A private folder for passwords: outside of every build context, locked while its run lives, removed at its end, and
//! by a later run if its own was killed.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use model::Environment;

/// The beginning of the name of every private folder.
pub(super) const PREFIX: &str = "ecs-host-docker-";

/// The file in a private folder that contains passwords.
const CONFIG: &str = "config.json";

/// A private folder. Dropping it removes it.
pub(super) struct PrivateFolder {
    folder: TempDir,
    /// The lock on the folder. The system releases it when the process ends, however it ends.
    _lock: File,
}

impl PrivateFolder {
    /// Creates a private folder in the first usable one of `parents` that is in none of the build contexts: `COPY . .`
    /// would put it into the image.
    ///
    /// # Errors
    /// Why each parent is not usable.
    pub(super) fn create(parents: &[PathBuf], contexts: &[PathBuf]) -> Result<Self, String> {
        let mut reasons = Vec::new();
        for parent in parents {
            match Self::create_in(parent, contexts) {
                Ok(folder) => return Ok(folder),
                Err(reason) => reasons.push(format!("`{}`: {reason}", parent.display())),
            }
        }
        Err(reasons.join("; "))
    }

    fn create_in(parent: &Path, contexts: &[PathBuf]) -> Result<Self, String> {
        let parent = parent.canonicalize().map_err(|error| error.to_string())?;
        if let Some(context) = contexts.iter().find(|context| parent.starts_with(context)) {
            return Err(format!("it is in the build context `{}`", context.display()));
        }
        // Explicit, so that the umask does not decide it.
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix(PREFIX).permissions(private).tempdir_in(parent);
        let folder = folder.map_err(|error| error.to_string())?;
        let lock = File::open(folder.path()).map_err(|error| error.to_string())?;
        // Without locks, as on some network file systems, no run can lock a folder, and so none removes another's.
        let _ = lock.lock();
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the file with the passwords. The folder is locked before: a folder with the file and without a lock
    /// belongs to a run that was killed.
    pub(super) fn write_config(&self, text: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(self.path().join(CONFIG));
        io::Write::write_all(&mut file?, text.as_bytes())
    }
}

/// The folders in which a private folder is created, the preferred one first.
pub(super) fn parents(environment: &Environment) -> Vec<PathBuf> {
    let runtime = environment.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usual = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    let mut parents: Vec<PathBuf> =
        std::iter::once(std::env::temp_dir()).chain(runtime).chain(usual).collect();
    parents.retain(|parent| parent.is_absolute());
    let mut seen = std::collections::BTreeSet::new();
    parents.retain(|parent| seen.insert(parent.clone()));
    parents
}

/// Removes the private folders of this user's runs that were killed. A folder that cannot be read or removed is left.
pub(super) fn remove_stale(parents: &[PathBuf]) {
    let entries = parents.iter().filter_map(|parent| std::fs::read_dir(parent).ok());
    for entry in entries.flat_map(Iterator::flatten) {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = remove_if_stale(&entry.path());
        }
    }
}

fn remove_if_stale(path: &Path) -> io::Result<()> {
    // Not a link: another user could have made it.
    let metadata = path.symlink_metadata()?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let lock = File::open(path)?;
    if lock.try_lock().is_ok() && path.join(CONFIG).symlink_metadata().is_ok() {
        std::fs::remove_dir_all(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_in_no_build_context() {
        let project = tempfile::tempdir().unwrap();
        let context = project.path().canonicalize().unwrap();
        let inside = context.join("tmp");
        std::fs::create_dir(&inside).unwrap();
        let outside = tempfile::tempdir().unwrap();
        let parents = [inside.clone(), project.path().join("missing"), outside.path().to_owned()];
        let folder = PrivateFolder::create(&parents, std::slice::from_ref(&context)).unwrap();
        assert!(folder.path().starts_with(outside.path().canonicalize().unwrap()));
        let Err(error) = PrivateFolder::create(&parents[..2], &[context]) else { panic!("it has no place") };
        assert!(error.contains("it is in the build context") && error.contains("missing"), "{error}");
    }

    #[test]
    fn only_the_folder_of_a_run_that_was_killed_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let parents = [parent.path().to_owned()];
        let alive = PrivateFolder::create(&parents, &[]).unwrap();
        alive.write_config("{}").unwrap();
        // Created, and not locked yet.
        let new = parent.path().join(format!("{PREFIX}new"));
        std::fs::create_dir(&new).unwrap();
        let killed = parent.path().join(format!("{PREFIX}killed"));
        let other = parent.path().join("other");
        for folder in [&killed, &other] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join(CONFIG), "{}").unwrap();
        }
        let link = parent.path().join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(&other, &link).unwrap();
        remove_stale(&parents);
        assert!(!killed.exists());
        assert!(alive.path().join(CONFIG).exists() && new.exists() && other.exists() && link.exists());
    }
}
