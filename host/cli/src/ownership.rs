//! Whether anybody but this user and root can change what a path leads to.
//!
//! A folder is safe if it and every folder above it belong to this user or to root, and no group and no other user can
//! write them. A link is safe if it belongs to them too, lies in a safe folder, and leads to a safe folder. A folder
//! such as `/tmp`, which all users can write and which is sticky, is safe above another one: only the owner of an entry
//! can rename or remove it there. The permissions of a group count even if this user is its only member, because nothing
//! local states the members of every group. An access control list that lets others write shows as the group's
//! permission to write.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use model::text::printable;

/// Why others can change what a path leads to, or why that is unknown.
#[derive(Debug, Error)]
#[error("`{}` {reason}", printable(&path.display().to_string()))]
pub(crate) struct Unsafe {
    /// The folder, link or file.
    pub(crate) path: PathBuf,
    /// What it is, as the rest of a sentence.
    pub(crate) reason: String,
    /// Whether others can change it. Otherwise, it cannot be read or created.
    pub(crate) is_changeable: bool,
}

/// The maximum number of links of a path, as in Linux.
const MAX_LINKS: usize = 40;

/// The permission to write of the group and of all users.
const OTHERS_WRITE: u32 = 0o022;

/// The flag of a folder in which only the owner of an entry can rename or remove it.
const STICKY: u32 = 0o1000;

/// Checks a file or folder that exists, every folder above it, and every link on the way.
///
/// # Errors
/// [`Unsafe`] names the first folder, link or file that others can change.
pub(crate) fn check(path: &Path) -> Result<(), Unsafe> {
    walk(path, false)
}

/// Creates a folder for this user alone, and checks it and its content.
///
/// # Errors
/// [`Unsafe`] if others can change it, or if it cannot be created.
pub(crate) fn create_private_folder(folder: &Path) -> Result<(), Unsafe> {
    let failed = |error: io::Error| unreadable(folder, &error);
    if let Some(existing) = folder.ancestors().find(|path| fs::symlink_metadata(path).is_ok()) {
        walk(existing, existing != folder)?;
    }
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)?;
    check(folder)?;
    let data = fs::metadata(folder).map_err(failed)?;
    // What this user creates in it may be writable by a group.
    if data.uid() == user() && data.mode() & 0o077 != 0 {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(folder, mode).map_err(failed)?;
    }
    check_content(folder)
}

/// Checks that a folder contains nothing of other users, who may have been able to write it before, and no link.
fn check_content(folder: &Path) -> Result<(), Unsafe> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?.flatten() {
        let path = entry.path();
        // wasmtime removes old files at the same time.
        let Ok(data) = fs::symlink_metadata(&path) else { continue };
        check_owner(&path, &data)?;
        if data.is_symlink() {
            return Err(Unsafe { path, reason: "is a link".to_owned(), is_changeable: true });
        }
        if data.is_dir() {
            check_content(&path)?;
        }
    }
    Ok(())
}

/// Walks from the root to a path, and follows links. `is_parent`: only entries of this user are added to the folder.
fn walk(path: &Path, is_parent: bool) -> Result<(), Unsafe> {
    let start = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let mut rest = reversed(&start);
    let mut folder = PathBuf::from("/");
    let mut links = 0;
    check_entry(&folder, &read(&folder)?, is_parent || !rest.is_empty())?;
    while let Some(name) = rest.pop() {
        match Path::new(&name).components().next() {
            Some(Component::Normal(_)) => {}
            Some(Component::ParentDir) => {
                folder.pop();
                continue;
            }
            Some(Component::RootDir) => {
                folder = PathBuf::from("/");
                continue;
            }
            _ => continue,
        }
        let entry = folder.join(&name);
        let data = read(&entry)?;
        if data.is_symlink() {
            check_owner(&entry, &data)?;
            links += 1;
            if links > MAX_LINKS {
                return Err(Unsafe {
                    path: entry,
                    reason: "has too many links".to_owned(),
                    is_changeable: false,
                });
            }
            rest.extend(reversed(&fs::read_link(&entry).map_err(|error| unreadable(&entry, &error))?));
            continue;
        }
        check_entry(&entry, &data, is_parent || !rest.is_empty())?;
        folder = entry;
    }
    Ok(())
}

/// The parts of a path, the last one first.
fn reversed(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

fn read(path: &Path) -> Result<Metadata, Unsafe> {
    fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))
}

fn check_entry(path: &Path, data: &Metadata, is_above: bool) -> Result<(), Unsafe> {
    check_owner(path, data)?;
    let is_sticky_above = is_above && data.is_dir() && data.mode() & STICKY != 0;
    if data.mode() & OTHERS_WRITE == 0 || is_sticky_above {
        return Ok(());
    }
    let reason = format!("can be written by other users (mode {:o})", data.mode() & 0o7777);
    Err(Unsafe { path: path.to_owned(), reason, is_changeable: true })
}

fn check_owner(path: &Path, data: &Metadata) -> Result<(), Unsafe> {
    if data.uid() == 0 || data.uid() == user() {
        return Ok(());
    }
    let reason = format!("belongs to another user (uid {})", data.uid());
    Err(Unsafe { path: path.to_owned(), reason, is_changeable: true })
}

fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn unreadable(path: &Path, error: &io::Error) -> Unsafe {
    let reason = format!("cannot be used: {error}");
    Unsafe { path: path.to_owned(), reason, is_changeable: false }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// A folder that only this user can write.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap();
        (folder, path)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_write_is_unsafe_wherever_it_is_on_the_way() {
        let (_folder, path) = folder();
        let inner = path.join("a/b");
        fs::create_dir_all(&inner).unwrap();
        for mode in [0o755, 0o700, 0o1755] {
            set_mode(&path.join("a"), mode);
            check(&inner).unwrap();
        }
        for mode in [0o777, 0o775, 0o2770] {
            set_mode(&path.join("a"), mode);
            let error = check(&inner).unwrap_err();
            assert_eq!(error.path, path.join("a"));
            assert!(error.to_string().contains("can be written by other users"), "{error}");
        }
        // As `/tmp`: only the owner of an entry can rename it.
        set_mode(&path.join("a"), 0o1777);
        check(&inner).unwrap();
        assert!(check(&path.join("a")).is_err());
        create_private_folder(&path.join("a/new/deep")).unwrap();
        assert_eq!(fs::metadata(path.join("a/new")).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_link_is_followed_and_its_folder_counts() {
        let (_folder, path) = folder();
        for name in ["own/cache", "shared", "links"] {
            fs::create_dir_all(path.join(name)).unwrap();
        }
        set_mode(&path.join("shared"), 0o777);
        // To a safe folder, over `..` too.
        symlink("../own/cache", path.join("links/good")).unwrap();
        check(&path.join("links/good")).unwrap();
        symlink("../shared/x", path.join("links/bad")).unwrap();
        assert_eq!(check(&path.join("links/bad")).unwrap_err().path, path.join("shared"));
        // The link itself lies where others can replace it.
        symlink(path.join("own/cache"), path.join("shared/link")).unwrap();
        assert_eq!(check(&path.join("shared/link")).unwrap_err().path, path.join("shared"));
        symlink("loop", path.join("links/loop")).unwrap();
        assert!(check(&path.join("links/loop")).unwrap_err().to_string().contains("too many links"));
    }

    #[test]
    fn a_folder_of_this_user_is_made_private_and_must_not_contain_links() {
        let (_folder, path) = folder();
        let cache = path.join("cache");
        fs::create_dir(&cache).unwrap();
        set_mode(&cache, 0o755);
        create_private_folder(&cache).unwrap();
        assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
        symlink("/tmp", cache.join("code")).unwrap();
        assert_eq!(create_private_folder(&cache).unwrap_err().path, cache.join("code"));
        assert!(create_private_folder(Path::new("/proc/none")).is_err());
    }
}
