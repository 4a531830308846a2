//! The files that cases name: `deploy-rules.toml` of the working tree is a fact before it is committed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::read_text;

/// The largest file of a commit that a policy reads, and so of a case.
const MAX_BYTES: u64 = 1 << 20;

/// The files that cases named, with their modification times when they were read.
#[derive(Debug, Default)]
pub(super) struct NamedFiles(RefCell<BTreeMap<PathBuf, Option<SystemTime>>>);

impl NamedFiles {
    /// Reads a file that a case names, relative to the folder of the file of cases.
    ///
    /// # Errors
    /// The error of the operating system, or a path out of the working folder: the cases of a stranger must not print
    /// another file of this machine.
    pub(super) fn read(&self, cases: &Path, name: &str) -> Result<String, String> {
        let path = cases.parent().unwrap_or(Path::new("")).join(name);
        self.0.borrow_mut().insert(path.clone(), modification_time(&path));
        let resolve = |path: &Path| fs::canonicalize(path).map_err(|error| error.to_string());
        let inside = resolve(Path::new("."))?;
        let resolved = resolve(&path)?;
        if Path::new(name).is_absolute() || !resolved.starts_with(&inside) {
            return Err(
                "it is not in the working folder; a case names a file by a relative path in it".to_owned()
            );
        }
        read_text(&resolved, MAX_BYTES).map_err(|error| error.to_string())
    }

    /// Whether a file has changed since it was read.
    pub(super) fn have_changed(&self) -> bool {
        self.0.borrow().iter().any(|(path, time)| modification_time(path) != *time)
    }
}

fn modification_time(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
