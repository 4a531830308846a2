//! The files of cases: finding, reading and replacing them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config;
use crate::files::read_text;
use crate::links::check_folders;
use model::text::printable;

/// A path without cases, or a file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::commands) struct NoCases(pub(in crate::commands) String);

/// The largest file that is read. People write cases by hand, so a larger file is not one of cases.
const MAX_BYTES: u64 = 64 << 20;

/// Reads the files at these paths, and the files `*.toml` in the folders at these paths.
pub(super) fn read_cases(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, NoCases> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        find_files(path, &mut files).map_err(|error| unreadable(path, &error))?;
        if files.len() == before {
            let path = printable_path(path);
            return Err(NoCases(format!("no cases in {path}: the folder contains no file `*.toml`")));
        }
    }
    // A file may be named twice, or be in a folder that is named too.
    let mut seen = BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    let read = |path: PathBuf| match read_text(&path, MAX_BYTES) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(unreadable(&path, &error)),
    };
    files.into_iter().map(read).collect()
}

/// A path that is safe to print.
pub(super) fn printable_path(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// Replaces the text of a file. The old text stays if writing fails, as on a full disk. The file keeps its permissions.
///
/// # Errors
/// The error of the operating system, or one of a symbolic link: a checkout may contain one to any file of the user.
/// The link cannot lead elsewhere meanwhile, because its name, and not what it names, is replaced.
pub(super) fn replace_text(path: &Path, text: &str) -> io::Result<()> {
    check_folders(path)?;
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        let target = fs::read_link(path)?;
        let target = printable_path(&target);
        return Err(io::Error::other(format!("it is a symbolic link to {target}; name that file itself")));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = metadata.permissions();
    // A file without write permission is not replaced, even if its folder would allow it.
    File::options().write(true).open(path)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// The files of cases at these paths. A path that cannot be read now may be readable at the next call.
pub(super) fn case_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        let _ = find_files(path, &mut files);
    }
    files
}

/// The modification times and sizes of files, by which a change is recognized.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot(BTreeMap<PathBuf, Option<(SystemTime, u64)>>);

impl Snapshot {
    pub(super) fn new(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let state = |path: PathBuf| {
            let data = fs::metadata(&path).ok();
            let state = data.and_then(|data| Some((data.modified().ok()?, data.len())));
            (path, state)
        };
        Self(files.into_iter().map(state).collect())
    }

    /// The first file that has changed, appeared or disappeared since another snapshot.
    pub(super) fn changed_since(&self, before: &Self) -> Option<PathBuf> {
        let all = self.0.keys().chain(before.0.keys());
        all.into_iter().find(|path| self.0.get(*path) != before.0.get(*path)).cloned()
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> NoCases {
    NoCases(format!("cannot read cases from {}: {error}", printable_path(path)))
}

/// Adds the path itself, or the files of the folder at the path.
fn find_files(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        return find_in_folder(path, files);
    }
    files.push(path.to_owned());
    Ok(())
}

/// Adds the files `*.toml` of a folder and of the folders in it. Names that begin with a dot are skipped, because
/// editors and git create them. Symbolic links to folders are skipped, because they may form a circle.
fn find_in_folder(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name(), entry.path());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if entry.file_type()?.is_dir() {
            find_in_folder(&path, files)?;
        } else if is_toml && name != config::FILE && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn hidden_names_and_links_to_folders_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["b.toml", "deep/a.toml", ".hidden.toml", ".git/c.toml", "deep/.#a.toml", "notes.txt"] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "").unwrap();
        }
        fs::write(at(config::FILE), "").unwrap();
        symlink(".", at("loop")).unwrap();
        symlink(".", at("deep/loop.toml")).unwrap();
        symlink(at("b.toml"), at("deep/link.toml")).unwrap();
        let mut files = Vec::new();
        find_files(folder.path(), &mut files).unwrap();
        assert_eq!(files, [at("b.toml"), at("deep/a.toml"), at("deep/link.toml")]);
    }

    #[test]
    fn a_hidden_name_or_link_that_is_named_itself_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at(".git")).unwrap();
        fs::write(at(".git/c.toml"), "").unwrap();
        fs::write(at(".hidden.toml"), "").unwrap();
        symlink(".git", at("link")).unwrap();
        for (path, found) in
            [(".git", ".git/c.toml"), (".hidden.toml", ".hidden.toml"), ("link", "link/c.toml")]
        {
            let mut files = Vec::new();
            find_files(&at(path), &mut files).unwrap();
            assert_eq!(files, [at(found)]);
        }
    }
}
