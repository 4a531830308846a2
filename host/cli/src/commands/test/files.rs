//! The files of cases: which are meant, what is in them, when they changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileType};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::bail;

use crate::config;
use model::source::PolicySource;
use model::text::printable;

/// Something that was named as cases, and holds none, or can't be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::commands) struct NoCases(pub(super) String);

/// How much of a file is read: people write cases by hand, and what is larger is
/// something else that would fill the memory.
const MOST: u64 = 64 << 20;

/// The files that are named, and those in the folders that are, with their texts.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        find(path, &mut files).map_err(|error| unreadable(path, &error))?;
        if files.len() == before {
            let path = shown(path);
            bail!(NoCases(format!("there are no cases in {path}: it holds no file `*.toml`")));
        }
    }
    // A file that is named twice, or within a folder that is, is one.
    let mut seen = BTreeSet::new();
    files.retain(|path| seen.insert(path.clone()));
    let read = |path: PathBuf| text(&path, MOST).map(|text| (path, text));
    Ok(files.into_iter().map(read).collect::<Result<_, NoCases>>()?)
}

/// A path as messages name it.
pub(super) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// Writes a file's text anew, whole or not at all: what a person wrote would be lost
/// on a disk that is full. It keeps its permissions, and a link stays one.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let permissions = fs::metadata(&path)?.permissions();
    // Where the file can't be written, the folder's permissions are no way around it.
    File::options().write(true).open(&path)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> NoCases {
    NoCases(format!("{} can't be read: {why}", shown(path)))
}

/// A file's text, where it is a file of at most this many bytes.
fn text(path: &Path, most: u64) -> Result<String, NoCases> {
    // Before it is opened: a pipe that nobody writes to would be waited for, for ever.
    let data = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if let Some(kind) = other_than_file(data.file_type()) {
        return Err(unreadable(
            path,
            &format!("it is {kind}; cases are in a file of at most {}", size(most)),
        ));
    }
    let mut bytes = Vec::new();
    // Some files grow while they are read, and some tell no size.
    let read = File::open(path).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    let length = read.map_err(|error| unreadable(path, &error))?;
    if u64::try_from(length).is_ok_and(|length| length > most) {
        let why = format!("it is larger than {}, the most that is read; split it into files", size(most));
        return Err(unreadable(path, &why));
    }
    String::from_utf8(bytes)
        .map_err(|error| unreadable(path, &format!("it is no UTF-8: {}", error.utf8_error())))
}

/// What something is that is no file.
fn other_than_file(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

fn size(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// The files that a path stands for: itself, or those of the folder.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        return within(path, files);
    }
    files.push(path.to_owned());
    Ok(())
}

/// The files `*.toml` of a folder and the folders in it. Names that begin with a
/// dot are an editor's or git's; links to folders could lead back to where they are.
fn within(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, path) = (entry.file_name(), entry.path());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if entry.file_type()?.is_dir() {
            within(&path, files)?;
        } else if is_toml && name != config::FILE && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

/// When the policy and its cases changed last.
pub(super) fn changes(policy: &PolicySource, cases: &[PathBuf]) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let PolicySource::File(path) = policy {
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_folder_is_searched_without_hidden_names_and_links_to_folders() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        for name in ["b.toml", "deep/a.toml", ".hidden.toml", ".git/c.toml", "deep/.#a.toml", "notes.txt"] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "").unwrap();
        }
        fs::write(at(config::FILE), "").unwrap();
        symlink(".", at("loop")).unwrap();
        symlink(".", at("deep/loop.toml")).unwrap();
        symlink(at("b.toml"), at("deep/link.toml")).unwrap();
        let mut files = Vec::new();
        find(place.path(), &mut files).unwrap();
        assert_eq!(files, [at("b.toml"), at("deep/a.toml"), at("deep/link.toml")]);
        // What is named itself is meant, whatever its name is.
        for (named, found) in [(".git", ".git/c.toml"), (".hidden.toml", ".hidden.toml")] {
            let mut files = Vec::new();
            find(&at(named), &mut files).unwrap();
            assert_eq!(files, [at(found)]);
        }
        let mut files = Vec::new();
        find(&at("loop"), &mut files).unwrap();
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn a_text_has_its_limit_to_the_byte() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.toml");
        fs::write(&path, "aaaä").unwrap();
        assert_eq!(text(&path, 5).unwrap(), "aaaä");
        // It is cut within a character.
        let error = text(&path, 3).unwrap_err().to_string();
        assert!(
            error.ends_with("it is larger than 0 MiB, the most that is read; split it into files"),
            "{error}"
        );
        fs::write(&path, b"a\xff").unwrap();
        let error = text(&path, 5).unwrap_err().to_string();
        assert!(error.contains("UTF-8"), "{error}");
    }
}
