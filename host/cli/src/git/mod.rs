//! Facts of the git repository that contains the working directory.
//!
//! Only plumbing commands are used, whose output no configuration changes. Those about commits read objects and the index
//! only, and those of [`working_tree`] execute no filter. [`process`] states what a hostile repository could do otherwise.

pub(crate) mod commit_files;
mod error;
mod process;
pub(crate) mod working_copy;
mod working_tree;

use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) use error::GitError;
use error::other_than_commit;
use process::{GitCommand, Output};

/// The largest file that a policy can read, in bytes (`wit/source.wit`).
const MAX_FILE: usize = 1 << 20;

/// The most bytes of changed paths that a policy receives.
const MAX_PATHS: usize = 4 << 20;

/// The most bytes that are read of what is short: the header of a commit, an entry of a tree, a hash.
const MAX_SHORT: usize = 16 << 10;

/// The repository that contains a folder. It need not exist.
pub(crate) struct GitRepository {
    folder: PathBuf,
    /// Whether the variables of the job, such as `GIT_DIR`, name no other one.
    is_of_folder: bool,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// The committer time, in seconds since 1970.
    pub(crate) time: u64,
    /// The message, cut after [`MAX_SHORT`] bytes of the whole commit; `None` if it is empty.
    pub(crate) message: Option<String>,
}

impl GitRepository {
    /// The repository that contains a folder.
    #[must_use]
    pub(crate) fn containing(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), is_of_folder: false }
    }

    /// The repository whose root is a folder, whatever the variables of the job name.
    #[must_use]
    fn of_root(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), is_of_folder: true }
    }

    fn run(
        &self,
        arguments: &[&str],
        input: String,
        max_output: usize,
        deadline: Instant,
    ) -> Result<Output, GitError> {
        let (folder, is_of_folder) = (self.folder.as_path(), self.is_of_folder);
        GitCommand { folder, is_of_folder, arguments, input, max_output, deadline }.run()
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// [`GitError`]; also if the commit has no committer time.
    pub(crate) fn read_commit(&self, commit: &str, deadline: Instant) -> Result<Commit, GitError> {
        let output = self.run(&["cat-file", "commit", commit], String::new(), MAX_SHORT, deadline)?;
        let text = String::from_utf8_lossy(&output.bytes);
        let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let time = header.lines().find_map(|line| line.strip_prefix("committer ")).and_then(|line| {
            // `NAME <EMAIL> SECONDS ZONE`
            line.rsplit(' ').nth(1)?.parse().ok()
        });
        let time = time.ok_or_else(|| GitError::Failed {
            command: "git cat-file".to_owned(),
            message: format!("it printed no committer time of {commit}"),
        })?;
        let message = Some(message.trim_end()).filter(|message| !message.is_empty());
        Ok(Commit { time, message: message.map(str::to_owned) })
    }

    /// Reads the paths that differ between the trees of two commits, sorted. A byte that is not UTF-8 is U+FFFD.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn changed_files(
        &self,
        since: &str,
        commit: &str,
        deadline: Instant,
    ) -> Result<Vec<String>, GitError> {
        self.check_commits(&[since, commit], deadline)?;
        let arguments = [
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            // A renamed file has two paths.
            "--no-renames",
            // `.gitmodules` may contain `ignore = all`.
            "--ignore-submodules=none",
            "--no-ext-diff",
            "--no-textconv",
            since,
            commit,
            "--",
        ];
        let output = self.run(&arguments, String::new(), MAX_PATHS, deadline)?;
        if output.is_cut {
            return Err(GitError::TooManyPaths { since: since.to_owned(), commit: commit.to_owned() });
        }
        let paths = output.bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        let mut paths: Vec<String> = paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        paths.sort();
        Ok(paths)
    }

    /// Whether the index of the repository contains a file of the folder.
    ///
    /// # Errors
    /// [`GitError`]; also if the folder is in no repository.
    pub(crate) fn contains_file(&self, name: &str, deadline: Instant) -> Result<bool, GitError> {
        let output =
            self.run(&["ls-files", "-z", "--cached", "--", name], String::new(), MAX_SHORT, deadline)?;
        Ok(!output.bytes.is_empty())
    }

    /// Reads the text of a file in a commit. `path` is relative to the root of the repository. Returns `None` if the
    /// commit contains nothing with this path.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn read_file(
        &self,
        commit: &str,
        path: &str,
        deadline: Instant,
    ) -> Result<Option<String>, GitError> {
        self.check_commits(&[commit], deadline)?;
        let arguments = ["ls-tree", "-z", "--full-tree", commit, "--", path];
        let output = self.run(&arguments, String::new(), MAX_SHORT, deadline)?;
        let entries = String::from_utf8_lossy(&output.bytes).into_owned();
        // `MODE TYPE HASH<TAB>PATH`, as in git-ls-tree, "Output format". A folder above the path has another one.
        let entry = entries.split('\0').find_map(|entry| {
            let (entry, found) = entry.split_once('\t')?;
            (found == path).then_some(entry)
        });
        let Some(entry) = entry else { return Ok(None) };
        let (path, commit) = (path.to_owned(), commit.to_owned());
        let kind = match entry.split(' ').collect::<Vec<_>>().as_slice() {
            ["120000", ..] => "a symbolic link",
            ["160000", ..] => "a submodule",
            [_, "blob", object] => return self.read_object(object, path, commit, deadline).map(Some),
            _ => "a directory",
        };
        Err(GitError::NotFile { path, commit, kind })
    }

    /// Reads the content of a file.
    fn read_object(
        &self,
        object: &str,
        path: String,
        commit: String,
        deadline: Instant,
    ) -> Result<String, GitError> {
        let arguments = ["cat-file", "--batch-check=%(objectsize)"];
        let output = self.run(&arguments, format!("{object}\n"), MAX_SHORT, deadline)?;
        let Ok(size) = String::from_utf8_lossy(&output.bytes).trim().parse::<u64>() else {
            return Err(GitError::MissingContent { path, commit, object: object.to_owned() });
        };
        if size > MAX_FILE as u64 {
            return Err(GitError::FileTooLarge { path, commit, size });
        }
        let output = self.run(&["cat-file", "blob", object], String::new(), MAX_FILE, deadline)?;
        String::from_utf8(output.bytes).map_err(|_| GitError::NotText { path, commit })
    }

    /// Checks that each hash is the full one of a commit that the repository contains. A hash of SHA-256 could be the
    /// name of a branch in a repository of SHA-1, and one of SHA-1 a prefix in one of SHA-256.
    fn check_commits(&self, commits: &[&str], deadline: Instant) -> Result<(), GitError> {
        let arguments = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
        let output = self.run(&arguments, format!("{}\n", commits.join("\n")), MAX_SHORT, deadline)?;
        let found = String::from_utf8_lossy(&output.bytes).into_owned();
        let mut lines = found.lines();
        for commit in commits {
            let (name, object_type) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
            if name == *commit
                && let Some(kind) = other_than_commit(object_type)
            {
                return Err(GitError::NotCommit { object: (*commit).to_owned(), kind });
            }
            if (name, object_type) != (*commit, "commit") {
                let is_shallow = self.is_shallow(deadline)?;
                return Err(GitError::UnknownCommit { commit: (*commit).to_owned(), is_shallow });
            }
        }
        Ok(())
    }

    fn is_shallow(&self, deadline: Instant) -> Result<bool, GitError> {
        let arguments = ["rev-parse", "--is-shallow-repository"];
        let output = self.run(&arguments, String::new(), MAX_SHORT, deadline)?;
        Ok(output.bytes.starts_with(b"true"))
    }
}

/// The tests with git itself, which a machine with Rust alone does not have.
#[cfg(test)]
#[cfg(feature = "real-parts")]
mod tests;
