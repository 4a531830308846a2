//! The working copy of a file that a policy reads from a commit: whoever edits the file expects the edit to count.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// A larger file of a commit is not read either.
const MAX_BYTES: u64 = 2 << 20;

/// How the working copy of a file differs from a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkingCopy {
    /// Its text is another one.
    Edited,
    /// The commit contains the file, and the working tree does not.
    Removed,
    /// The working tree contains the file, and the commit does not.
    Added,
}

/// Compares the text of a file in a commit, if the commit contains it, with the working tree around a folder. `path` is
/// relative to the root of the repository.
///
/// Returns `None` if both are equal, but for the line ends that git may convert, or if there is nothing to compare. Git is
/// not called: it would run the filters that a checkout configures. The path may be that of a hostile policy, and the
/// working tree that of a stranger, so nothing outside of the working tree is read.
pub(crate) fn compare(folder: &Path, path: &str, committed: Option<&str>) -> Option<WorkingCopy> {
    let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let root = root_of(folder).filter(|_| is_inside && !path.is_empty())?;
    let file = root.join(path);
    let metadata = match fs::symlink_metadata(&file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return committed.map(|_| WorkingCopy::Removed),
        Err(_) => return None,
    };
    // A folder above it may be a link.
    let is_below_root = file.canonicalize().is_ok_and(|file| file.starts_with(&root));
    if !metadata.is_file() || !is_below_root || metadata.len() > MAX_BYTES {
        return None;
    }
    let Some(committed) = committed else { return Some(WorkingCopy::Added) };
    let text = fs::read(&file).ok()?;
    let is_same =
        text == committed.as_bytes() || without_returns(&text) == without_returns(committed.as_bytes());
    (!is_same).then_some(WorkingCopy::Edited)
}

/// The working tree around a folder.
pub(crate) fn root_of(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    folder.ancestors().find(|ancestor| ancestor.join(".git").symlink_metadata().is_ok()).map(Path::to_owned)
}

fn without_returns(text: &[u8]) -> Vec<u8> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut joined = lines.next().map(without_return).unwrap_or_default().to_vec();
    for line in lines {
        joined.push(b'\n');
        joined.extend(without_return(line));
    }
    joined
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_found_from_a_folder_below_the_root() {
        let place = tempfile::tempdir().unwrap();
        let below = place.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::create_dir(place.path().join(".git")).unwrap();
        fs::write(place.path().join("rules"), "x\r\ny\n").unwrap();
        fs::write(place.path().join("a/rules"), "z").unwrap();
        for (path, committed, expected) in [
            ("rules", Some("x\ny\n"), None),
            ("rules", Some("x\r\ny\n"), None),
            ("rules", Some("x\ny"), Some(WorkingCopy::Edited)),
            ("rules", None, Some(WorkingCopy::Added)),
            ("a/rules", Some("z"), None),
            ("other", Some("x"), Some(WorkingCopy::Removed)),
            ("other", None, None),
        ] {
            assert_eq!(compare(&below, path, committed), expected, "{path} {committed:?}");
        }
    }

    #[test]
    fn nothing_outside_of_the_working_tree_is_read() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(place.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink(place.path(), root.join("up")).unwrap();
        std::os::unix::fs::symlink(place.path().join("secret"), root.join("link")).unwrap();
        let secret = place.path().join("secret").display().to_string();
        for path in ["../secret", "up/secret", "link", "", "/", &secret, "./x", "a/../b"] {
            assert_eq!(compare(&root, path, None), None, "{path}");
            assert_eq!(compare(&root, path, Some("x")), None, "{path}");
        }
        // There is no repository.
        assert_eq!(compare(place.path(), "secret", None), None);
    }
}
