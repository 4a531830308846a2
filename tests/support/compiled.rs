//! The cache of compiled policies, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files below a folder, with the times of their last change.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(time) = entry.metadata().and_then(|data| data.modified()) {
            found.insert(path, time);
        }
    }
    found
}

/// The compiled policies below a value of `XDG_CACHE_HOME`. Two equal results mean that nothing was compiled in between:
/// only the statistics of use, which are left out, change.
pub fn compiled(cache: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut files = files(&cache.join("ecs-host/compiled"));
    files.retain(|path, _| path.extension().is_none_or(|extension| extension != "stats"));
    files
}
