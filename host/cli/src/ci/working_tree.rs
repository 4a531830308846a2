//! A build that no CI provider describes: the branch, the commit and the files of the git repository that contains the
//! working directory.

use std::path::Path;
use std::time::{Duration, Instant};

use model::build::{BuildEvent, PartialBuild, short_commit};
use model::text::printable;

use super::variables::{FieldVariables, repository_of_url};
use super::{BuildError, Detected, GIT, NONE};
use crate::git::commit_files::Checkout;
use crate::git::{GitError, GitRepository};

/// How long git may take in all. Comparing the files of a large working tree takes seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most paths that a warning names.
const MAX_PATHS: usize = 3;

/// The commit of the working tree, where the provider does not name it.
pub(super) fn head(folder: &Path) -> Option<String> {
    GitRepository::containing(folder).head(Instant::now() + TIMEOUT).ok()
}

/// How long comparing all files of a commit may take.
const COMPARE_TIMEOUT: Duration = Duration::from_secs(60);

/// The path of a folder in its git repository, with `/` at its end, or empty for the root; `None` outside of a repository.
pub(crate) fn folder_in_repository(folder: &Path) -> Option<String> {
    Checkout::containing(folder).map(|checkout| checkout.prefix)
}

/// Checks that some paths of a folder contain the files of a commit: that the commit is checked out, that the folder is the
/// one that a plan was made in, and that no file of the commit differs. Files that git does not track are those that the job
/// made.
///
/// # Errors
/// What differs, as a clause.
pub(crate) fn check_commit(
    folder: &Path,
    commit: &str,
    planned: Option<&str>,
    paths: &[String],
) -> Result<(), String> {
    let Some(checkout) = Checkout::containing(folder) else {
        return Err("this folder is in no working tree of git".to_owned());
    };
    let deadline = Instant::now() + COMPARE_TIMEOUT;
    let unknown = |error: GitError| format!("whether the working tree is that commit is not known: {error}");
    let head = checkout.repository().head(deadline).map_err(unknown)?;
    if head != commit {
        return Err(format!("the working tree is at commit {}", short_commit(&head)));
    }
    if let Some(planned) = planned.filter(|planned| **planned != checkout.prefix) {
        let name = |folder: &str| {
            if folder.is_empty() { "the root".to_owned() } else { format!("`{}`", printable(folder)) }
        };
        return Err(format!(
            "the plan was made in {} of the repository, and this is {}",
            name(planned),
            name(&checkout.prefix)
        ));
    }
    let changed = checkout.differing_from(commit, paths, deadline).map_err(unknown)?;
    match changed.as_slice() {
        [] => Ok(()),
        [one] => Err(format!(
            "a file of the working tree differs from that commit: {}",
            name_paths(std::slice::from_ref(one))
        )),
        many => Err(format!(
            "{} files of the working tree differ from that commit: {}",
            many.len(),
            name_paths(many)
        )),
    }
}

/// Some of the paths.
fn name_paths(paths: &[String]) -> String {
    let named: Vec<String> =
        paths.iter().take(MAX_PATHS).map(|path| format!("`{}`", printable(path))).collect();
    let rest = paths.len().saturating_sub(named.len());
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

/// Reads the branch and the commit of the working tree. If git does not return them, nothing is detected, and an error
/// about missing fields states why.
///
/// # Errors
/// [`BuildError::Unknown`] if git does not return them and `is_required`.
pub(super) fn read(folder: &Path, is_required: bool) -> Result<Detected, BuildError> {
    let repository = GitRepository::containing(folder);
    let deadline = Instant::now() + TIMEOUT;
    let commit = match repository.head(deadline) {
        Ok(commit) => commit,
        Err(error) if is_required => {
            return Err(BuildError::unknown(
                true,
                true,
                GIT,
                &FieldVariables::new(),
                Some(error.to_string()),
            ));
        }
        Err(error) => {
            return Ok(Detected { name: NONE, reason: Some(error.to_string()), ..Detected::default() });
        }
    };
    let branch = repository.branch(deadline).ok();
    let reason = "no branch of the git repository is checked out, but a commit (a detached HEAD)";
    let fields = PartialBuild {
        repository: repository.origin(deadline).ok().as_deref().and_then(repository_of_url),
        event: Some(BuildEvent::Manual),
        branch,
        commit: Some(commit.clone()),
        ..PartialBuild::default()
    };
    let warning = match repository.uncommitted(deadline) {
        Ok(paths) => difference(&commit, &paths),
        Err(error) => Some(format!("whether the working tree differs from its commit is not known: {error}")),
    };
    Ok(Detected { name: GIT, fields, warning, reason: Some(reason.to_owned()), ..Detected::default() })
}

/// How the working tree differs from its commit.
fn difference(commit: &str, paths: &[String]) -> Option<String> {
    let files = if paths.len() == 1 { "file differs" } else { "files differ" };
    (!paths.is_empty()).then(|| {
        format!(
            "{} {files} from commit {}, which a deployment is labelled with: {}",
            paths.len(),
            short_commit(commit),
            name_paths(paths)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_some_of_its_files() {
        let paths = |count: usize| (0..count).map(|number| format!("{number}.rs")).collect::<Vec<_>>();
        let commit = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";
        assert_eq!(difference(commit, &[]), None);
        let one = difference(commit, &paths(1)).unwrap();
        assert_eq!(
            one,
            "1 file differs from commit 3f2a9c10d1e2, which a deployment is labelled with: `0.rs`"
        );
        assert!(difference(commit, &paths(5)).unwrap().ends_with("`0.rs`, `1.rs`, `2.rs` and 2 more"));
    }
}
