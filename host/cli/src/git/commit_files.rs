//! Whether the files of a folder are those of a commit, by their content alone. The index and the configuration of the
//! repository, which could hide a change, are not used.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::{GitError, GitRepository, MAX_SHORT};

/// The most bytes of a list of files: some hundred thousand files.
const MAX_LIST: usize = 64 << 20;

/// The first line of what Git LFS stores in a commit instead of a file (the specification of Git LFS, "The Pointer").
const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/v1\n";

/// A folder and the working tree that contains it.
pub(crate) struct Checkout {
    /// The root of the working tree: the first folder above that contains `.git`.
    root: PathBuf,
    /// The path of the folder in it, with `/` at its end, or empty for the root.
    pub(crate) prefix: String,
}

/// A file of a commit.
struct Entry {
    mode: String,
    hash: String,
    path: PathBuf,
}

impl Checkout {
    /// The checkout that contains a folder; `None` if there is none, or if a name on the way is not UTF-8.
    pub(crate) fn containing(folder: &Path) -> Option<Self> {
        let folder = folder.canonicalize().ok()?;
        let root =
            folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?.to_owned();
        let path = folder.strip_prefix(&root).ok()?.to_str()?;
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        Some(Self { root, prefix })
    }

    /// The repository.
    pub(crate) fn repository(&self) -> GitRepository {
        GitRepository::of_root(&self.root)
    }

    /// The paths of the files of a commit below some paths of the folder that have another content here, or are missing. What
    /// is `.` or empty is the folder itself. The paths are sorted, and relative to the root.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn differing_from(
        &self,
        commit: &str,
        paths: &[String],
        deadline: Instant,
    ) -> Result<Vec<String>, GitError> {
        let paths: Vec<String> =
            paths.iter().map(|path| normalized(&format!("{}{path}", self.prefix))).collect();
        let mut differing = Vec::new();
        differing_files(&self.root, commit, &paths, deadline, &mut differing)?;
        let mut names: Vec<String> = differing
            .iter()
            .map(|path| path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// A path without `.` and empty parts; empty for the root.
fn normalized(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

/// Adds the files of a commit of the repository in a folder that differ.
fn differing_files(
    root: &Path,
    commit: &str,
    paths: &[String],
    deadline: Instant,
    differing: &mut Vec<PathBuf>,
) -> Result<(), GitError> {
    let repository = GitRepository::of_root(root);
    let (mut files, mut seen_folder) = (Vec::new(), PathBuf::new());
    for entry in list(&repository, commit, paths, deadline)? {
        let path = root.join(&entry.path);
        // A folder that is a link leads to other files.
        let folder = path.parent().unwrap_or(root);
        if folder != seen_folder && folder.canonicalize().ok().as_deref() != Some(folder) {
            differing.push(path);
            continue;
        }
        folder.clone_into(&mut seen_folder);
        let kind = path.symlink_metadata().map(|data| data.file_type());
        match (entry.mode.as_str(), kind) {
            ("120000", Ok(kind)) if kind.is_symlink() => {
                let target =
                    fs::read_link(&path).ok().and_then(|target| target.into_os_string().into_string().ok());
                if !repository.is_hash_of(target, &entry.hash, deadline)? {
                    differing.push(path);
                }
            }
            ("160000", Ok(kind)) if kind.is_dir() => {
                check_submodule(&path, &entry.hash, deadline, differing)?
            }
            // A submodule that is not checked out contributes no file.
            ("160000", Err(_)) => {}
            (mode, Ok(kind)) if mode.starts_with("100") && kind.is_file() => files.push((path, entry.hash)),
            _ => differing.push(path),
        }
    }
    let changed = changed_files(&repository, files, deadline)?;
    for (path, hash) in changed {
        if !repository.is_fetched_by_lfs(&path, &hash, deadline)? {
            differing.push(path);
        }
    }
    Ok(())
}

fn check_submodule(
    path: &Path,
    hash: &str,
    deadline: Instant,
    differing: &mut Vec<PathBuf>,
) -> Result<(), GitError> {
    if fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
        return Ok(());
    }
    let is_repository = path.join(".git").symlink_metadata().is_ok();
    if !is_repository || GitRepository::of_root(path).head(deadline)? != hash {
        differing.push(path.to_owned());
        return Ok(());
    }
    differing_files(path, hash, &[], deadline, differing)
}

/// The files of a commit below these paths; all without a path, or with an empty one.
fn list(
    repository: &GitRepository,
    commit: &str,
    paths: &[String],
    deadline: Instant,
) -> Result<Vec<Entry>, GitError> {
    let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", commit, "--"];
    if !paths.iter().any(String::is_empty) {
        arguments.extend(paths.iter().map(String::as_str));
    }
    let output = repository.run(&arguments, String::new(), MAX_LIST, deadline)?;
    if output.is_cut {
        let message = "the commit has too many files to compare".to_owned();
        return Err(GitError::Failed { command: "git ls-tree".to_owned(), message });
    }
    // `MODE TYPE HASH<TAB>PATH`, as in git-ls-tree, "Output format".
    let entry = |entry: &[u8]| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let mut words = std::str::from_utf8(entry.get(..tab)?).ok()?.split(' ');
        let (mode, _, hash) = (words.next()?.to_owned(), words.next()?, words.next()?.to_owned());
        Some(Entry { mode, hash, path: OsStr::from_bytes(entry.get(tab + 1..)?).into() })
    };
    Ok(output.bytes.split(|byte| *byte == 0).filter_map(entry).collect())
}

/// The files whose content has another hash.
pub(super) fn changed_files(
    repository: &GitRepository,
    files: Vec<(PathBuf, String)>,
    deadline: Instant,
) -> Result<Vec<(PathBuf, String)>, GitError> {
    // A line names a path, so one with a line break counts as changed.
    let is_line = |path: &Path| path.to_str().is_some_and(|path| !path.contains('\n'));
    let (lines, mut changed): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| is_line(path));
    if lines.is_empty() {
        return Ok(changed);
    }
    let input: String = lines.iter().map(|(path, _)| format!("{}\n", path.display())).collect();
    let output =
        repository.run(&["hash-object", "--no-filters", "--stdin-paths"], input, MAX_LIST, deadline)?;
    let hashes = String::from_utf8_lossy(&output.bytes).into_owned();
    let mut hashes = hashes.lines();
    changed.extend(lines.into_iter().filter(|(_, hash)| hashes.next() != Some(hash.as_str())));
    Ok(changed)
}

impl GitRepository {
    /// Whether a text has this hash.
    pub(super) fn is_hash_of(
        &self,
        text: Option<String>,
        hash: &str,
        deadline: Instant,
    ) -> Result<bool, GitError> {
        let Some(text) = text else { return Ok(false) };
        let output = self.run(&["hash-object", "--stdin"], text, MAX_SHORT, deadline)?;
        Ok(String::from_utf8_lossy(&output.bytes).trim() == hash)
    }

    /// Whether the commit has a pointer of Git LFS at this hash, and the file is what it points to.
    fn is_fetched_by_lfs(&self, path: &Path, hash: &str, deadline: Instant) -> Result<bool, GitError> {
        let output = self.run(&["cat-file", "blob", hash], String::new(), MAX_SHORT, deadline)?;
        let pointer = String::from_utf8_lossy(&output.bytes).into_owned();
        let Some(fields) = pointer.strip_prefix(LFS_POINTER) else { return Ok(false) };
        let Some(oid) = fields.lines().find_map(|line| line.strip_prefix("oid sha256:")) else {
            return Ok(false);
        };
        let mut sha256 = Sha256::new();
        let is_read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut sha256)).is_ok();
        let digits: String = sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(is_read && digits == oid)
    }
}
