//! What is checked out, and how it differs from its commit. The content of files is compared as it is: git would execute
//! a filter that the configuration names.

use std::collections::BTreeSet;
use std::time::Instant;

use super::commit_files::changed_files;
use super::{GitError, GitRepository, MAX_PATHS, MAX_SHORT};
use model::text::printable;

impl GitRepository {
    /// The full hash of the commit that is checked out.
    ///
    /// # Errors
    /// [`GitError`]; also if there is no commit.
    pub(crate) fn head(&self, deadline: Instant) -> Result<String, GitError> {
        self.line(&["rev-parse", "--verify", "HEAD^{commit}"], deadline)
    }

    /// The branch that is checked out.
    ///
    /// # Errors
    /// [`GitError`]; also if a commit is checked out, and no branch.
    pub(crate) fn branch(&self, deadline: Instant) -> Result<String, GitError> {
        let reference = self.line(&["symbolic-ref", "HEAD"], deadline)?;
        // A short name would be another one if a tag has the name of the branch.
        reference.strip_prefix("refs/heads/").map(str::to_owned).ok_or_else(|| GitError::Failed {
            command: "git symbolic-ref".to_owned(),
            message: format!("`{}` is checked out, which is no branch", printable(&reference)),
        })
    }

    /// The URL of the remote repository `origin`.
    ///
    /// # Errors
    /// [`GitError`]; also if there is none.
    pub(crate) fn origin(&self, deadline: Instant) -> Result<String, GitError> {
        self.line(&["config", "--get", "remote.origin.url"], deadline)
    }

    /// The paths of the files that differ from the commit that is checked out, or that it does not contain and
    /// `.gitignore` does not exclude. They are sorted and relative to the root of the repository.
    ///
    /// # Errors
    /// [`GitError`].
    pub(crate) fn uncommitted(&self, deadline: Instant) -> Result<Vec<String>, GitError> {
        let Some(root) = self.root(deadline)? else { return Ok(Vec::new()) };
        let mut differing = root.differing(deadline)?;
        let arguments = ["ls-files", "-z", "--others", "--exclude-standard"];
        let output = root.run(&arguments, String::new(), MAX_PATHS, deadline)?;
        let untracked = output.bytes.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        differing.extend(untracked.map(|path| String::from_utf8_lossy(path).into_owned()));
        Ok(differing.into_iter().collect())
    }

    /// The repository from its root; `None` outside of a working tree.
    fn root(&self, deadline: Instant) -> Result<Option<Self>, GitError> {
        if self.line(&["rev-parse", "--is-inside-work-tree"], deadline)? != "true" {
            return Ok(None);
        }
        let root = self.line(&["rev-parse", "--show-toplevel"], deadline)?;
        Ok(Some(Self { folder: root.into(), is_of_folder: self.is_of_folder }))
    }

    /// The paths that differ between the commit that is checked out and the working tree. The folder is the root.
    fn differing(&self, deadline: Instant) -> Result<BTreeSet<String>, GitError> {
        // `:MODE MODE HASH HASH STATUS\0PATH\0`, as in git-diff-index, "Raw output format". The second hash is zeros for
        // a file whose time or size has changed, whether its content has or not.
        let options = self.without_filters(deadline)?;
        let command = ["diff-index", "-z", "--no-renames", "--ignore-submodules=dirty", "HEAD", "--"];
        let arguments: Vec<&str> = options.iter().map(String::as_str).chain(command).collect();
        let output = self.run(&arguments, String::new(), MAX_PATHS, deadline)?;
        let text = String::from_utf8_lossy(&output.bytes).into_owned();
        let mut entries = text.split('\0');
        let (mut differing, mut suspects) = (BTreeSet::new(), Vec::new());
        while let (Some(entry), Some(path)) = (entries.next(), entries.next()) {
            match entry.trim_start_matches(':').split(' ').collect::<Vec<_>>().as_slice() {
                // A link contains the path that it leads to, and is not followed.
                ["120000", "120000", hash, zeros, "M"] if is_null(zeros) => {
                    if !self.is_link_of(path, hash, deadline)? {
                        differing.insert(path.to_owned());
                    }
                }
                // A submodule that is listed is at another commit.
                [before, after, hash, zeros, "M"]
                    if before == after && *before != "160000" && is_null(zeros) =>
                {
                    suspects.push((path.to_owned(), (*hash).to_owned()));
                }
                _ => {
                    differing.insert(path.to_owned());
                }
            }
        }
        // Such a character stands for bytes that are no text.
        let (plain, other): (Vec<_>, Vec<_>) =
            suspects.into_iter().partition(|(path, _)| !path.contains(char::REPLACEMENT_CHARACTER));
        differing.extend(other.into_iter().map(|(path, _)| path));
        let plain = plain.into_iter().map(|(path, hash)| (path.into(), hash)).collect();
        let changed = changed_files(self, plain, deadline)?;
        differing.extend(changed.into_iter().map(|(path, _)| path.to_string_lossy().into_owned()));
        Ok(differing)
    }

    /// Whether a file is a symbolic link with this content.
    fn is_link_of(&self, path: &str, hash: &str, deadline: Instant) -> Result<bool, GitError> {
        let target = std::fs::read_link(self.folder.join(path)).ok();
        self.is_hash_of(target.and_then(|target| target.into_os_string().into_string().ok()), hash, deadline)
    }

    /// The options without which git filters a file whose time does not show whether it has changed.
    fn without_filters(&self, deadline: Instant) -> Result<Vec<String>, GitError> {
        let arguments =
            ["config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$"];
        let names = match self.run(&arguments, String::new(), MAX_SHORT, deadline) {
            Ok(output) if !output.is_cut => String::from_utf8_lossy(&output.bytes).into_owned(),
            // There is none.
            Err(GitError::Failed { .. }) => String::new(),
            Ok(_) => return Err(unusable_filter()),
            Err(error) => return Err(error),
        };
        let names: BTreeSet<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
        // The value follows the first `=`.
        if names.iter().any(|name| name.contains(['=', '\n', char::REPLACEMENT_CHARACTER])) {
            return Err(unusable_filter());
        }
        Ok(names
            .into_iter()
            .flat_map(|name| {
                let value = if name.ends_with("required") { "false" } else { "" };
                ["-c".to_owned(), format!("{name}={value}")]
            })
            .collect())
    }

    /// The line that a command prints.
    fn line(&self, arguments: &[&str], deadline: Instant) -> Result<String, GitError> {
        let output = self.run(arguments, String::new(), MAX_SHORT, deadline)?;
        Ok(String::from_utf8_lossy(&output.bytes).trim_end_matches('\n').to_owned())
    }
}

fn is_null(hash: &str) -> bool {
    hash.bytes().all(|byte| byte == b'0')
}

/// The error about a filter that cannot be turned off.
fn unusable_filter() -> GitError {
    let message = "the configuration of the repository names filters that git would execute".to_owned();
    GitError::Failed { command: "git config".to_owned(), message }
}
