//! The files of cases: which are meant, what is in them, when they changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::bail;

use crate::config;
use crate::policy::Source;

/// Something that was named as cases, and holds none.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::commands) struct NoCases(pub(super) String);

/// The files that are named, and those in the folders that are, with their texts.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        find(path, &mut files)
            .map_err(|error| NoCases(format!("{} can't be read: {error}", path.display())))?;
        if files.len() == before {
            let path = path.display();
            bail!(NoCases(format!("there are no cases in {path}: it holds no file `*.toml`")));
        }
    }
    // A file that is named twice, or within a folder that is, is one.
    let mut seen = BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    let text = |path: PathBuf| {
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| NoCases(format!("{} can't be read: {error}", path.display())))?;
        Ok((path, text))
    };
    files.into_iter().map(text).collect()
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries =
        std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries {
        let is_toml = entry.extension().is_some_and(|extension| extension == "toml");
        let is_config = entry.file_name().is_some_and(|name| name == config::FILE);
        if entry.is_dir() || is_toml && !is_config {
            find(&entry, files)?;
        }
    }
    Ok(())
}

/// When the policy and its cases changed last.
pub(super) fn changes(policy: &Source, cases: &[PathBuf]) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Source::File(path) = policy {
        files.push(path.clone());
    }
    for path in cases {
        // What can't be read now is looked for again at the next look.
        let _ = find(path, &mut files);
    }
    let changed = |path: PathBuf| {
        let time = std::fs::metadata(&path).and_then(|data| data.modified()).ok();
        (path, time)
    };
    files.into_iter().map(changed).collect()
}
