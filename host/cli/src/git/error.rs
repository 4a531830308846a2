//! Why git does not return a fact.

use model::text::{command_line, printable};
use thiserror::Error;

/// Why git does not return a fact.
#[derive(Debug, Error)]
pub(crate) enum GitError {
    /// The program cannot be started, or its output cannot be read.
    #[error("cannot run git: {0}; install git where ecs-host runs")]
    NotStarted(std::io::Error),
    /// The deadline passed.
    #[error("git did not answer in time")]
    TimedOut,
    /// Another user owns the repository (git-config, "safe.directory").
    #[error(
        "git does not read the repository: {message}; run `git config --global --add safe.directory {folder}` before"
    )]
    DubiousOwnership {
        /// Git's message.
        message: String,
        /// The folder of the repository, quoted for a shell.
        folder: String,
    },
    /// The working directory is in no repository.
    #[error("the working directory is not in a git repository; run ecs-host in the checkout of the build")]
    NoRepository,
    /// The repository does not contain a commit.
    #[error("the repository does not contain commit {commit}{}", remedy(.commit, *.is_shallow))]
    UnknownCommit {
        /// The hash.
        commit: String,
        /// Whether the clone is shallow.
        is_shallow: bool,
    },
    /// An object that is no commit.
    #[error("the object {object} in the repository is {kind}, not a commit{}", peeling(.object, .kind))]
    NotCommit {
        /// The hash.
        object: String,
        /// What it is, with an article.
        kind: &'static str,
    },
    /// More paths differ than a policy receives.
    #[error(
        "the paths that differ between the commits {since} and {commit} take more than {} MiB",
        super::MAX_PATHS >> 20
    )]
    TooManyPaths {
        /// The hash of the first commit.
        since: String,
        /// The hash of the second commit.
        commit: String,
    },
    /// The path is of something else than a file.
    #[error("`{}` is {kind} in commit {commit}, not a file", printable(.path))]
    NotFile {
        /// The path.
        path: String,
        /// The hash of the commit.
        commit: String,
        /// What it is, with an article.
        kind: &'static str,
    },
    /// A file that is too large for a policy.
    #[error("`{}` has {size} bytes in commit {commit}; a policy can read files of 1 MiB", printable(.path))]
    FileTooLarge {
        /// The path.
        path: String,
        /// The hash of the commit.
        commit: String,
        /// Its size in bytes.
        size: u64,
    },
    /// A file that is not a text.
    #[error("`{}` is not UTF-8 in commit {commit}", printable(.path))]
    NotText {
        /// The path.
        path: String,
        /// The hash of the commit.
        commit: String,
    },
    /// A partial clone without the file.
    #[error(
        "the clone does not contain the content of `{}` in commit {commit}; make the clone without `--filter`, or run \
         `git cat-file blob {object}` before, which fetches it",
        printable(.path)
    )]
    MissingContent {
        /// The path.
        path: String,
        /// The hash of the commit.
        commit: String,
        /// The hash of the content.
        object: String,
    },
    /// A command failed in another way.
    #[error("`{command}` failed: {message}")]
    Failed {
        /// The program and its command.
        command: String,
        /// Git's message, or its exit status.
        message: String,
    },
}

/// The commit of an annotated tag, which has a hash of its own.
fn peeling(object: &str, kind: &str) -> String {
    match kind {
        ANNOTATED_TAG => {
            format!("; pass the hash of its commit, which `git rev-parse '{object}^{{commit}}'` prints")
        }
        _ => String::new(),
    }
}

/// The kind of an annotated tag.
const ANNOTATED_TAG: &str = "an annotated tag";

/// The kind of an object, as `git cat-file` names it, with an article; `None` for a commit.
pub(super) fn other_than_commit(object_type: &str) -> Option<&'static str> {
    match object_type {
        "tree" => Some("a tree"),
        "blob" => Some("the content of a file"),
        "tag" => Some(ANNOTATED_TAG),
        _ => None,
    }
}

fn remedy(commit: &str, is_shallow: bool) -> String {
    if commit.bytes().all(|byte| byte == b'0') {
        // As for the commit before the first one of a branch.
        ", because git writes this hash where there is no commit".to_owned()
    } else if is_shallow {
        format!(
            ", because the clone is shallow; run `git fetch --depth=1 origin {commit}` before, or clone the whole \
             history (Travis CI: `git: {{depth: false}}`)"
        )
    } else {
        format!("; if the remote still has it, run `git fetch origin {commit}` before")
    }
}

impl GitError {
    /// The error of a command with this stderr.
    pub(super) fn from_output(command: &str, stderr: &str, status: &str) -> Self {
        let line_with = |part: &str| stderr.lines().map(str::trim).find(|line| line.contains(part));
        if let Some(message) = line_with("dubious ownership") {
            let folder = message.split_once("repository at '").and_then(|(_, rest)| rest.strip_suffix('\''));
            let folder = folder.map_or_else(|| "DIRECTORY".to_owned(), |folder| command_line([folder]));
            return Self::DubiousOwnership { message: printable(message), folder };
        }
        if line_with("not a git repository").is_some() {
            return Self::NoRepository;
        }
        let message = message_after(stderr, "fatal: ").or_else(|| message_after(stderr, "error: "));
        let last = || stderr.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        let message = message.or_else(last);
        // Git cannot read a tree that a partial clone does not contain ("could not fetch"), or that is damaged.
        let is_of_tree = |part| line_with(part).is_some();
        let hint = if ["unable to read tree", "not a tree object", "promisor"].into_iter().any(is_of_tree) {
            "; if this is a partial clone, make it without `--filter`, or with `--filter=blob:none`"
        } else {
            ""
        };
        let message = format!("{}{hint}", printable(message.as_deref().unwrap_or(status)));
        Self::Failed { command: command.to_owned(), message }
    }
}

/// The first line of an error with a part. Git lists what a colon at its end announces in the lines after it, each after a
/// tab.
fn message_after(stderr: &str, part: &str) -> Option<String> {
    let mut lines = stderr.lines().skip_while(|line| !line.contains(part));
    let message = lines.next()?.trim();
    let items = lines.take_while(|line| line.starts_with('\t')).map(str::trim);
    let items: Vec<&str> = items.filter(|_| message.ends_with(':')).collect();
    Some(if items.is_empty() { message.to_owned() } else { format!("{message} {}", items.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_that_another_user_owns_is_that_of_the_message() {
        let stderr = "fatal: detected dubious ownership in repository at '/a b'\nTo add an exception for this directory";
        let error = GitError::from_output("git cat-file", stderr, "exit status: 128").to_string();
        assert_eq!(
            error,
            "git does not read the repository: fatal: detected dubious ownership in repository at '/a b'; run `git \
             config --global --add safe.directory '/a b'` before"
        );
    }

    #[test]
    fn other_errors_have_the_message_of_git_or_its_status() {
        for (stderr, expected) in [
            ("warning: a\nfatal: b\u{1b}[31m\nc\n", "`git x` failed: fatal: b\\u{1b}[31m"),
            (
                "fatal: unknown repository extensions found:\n\tfoo\n\tbar\nhint: x",
                "`git x` failed: fatal: unknown repository extensions found: foo, bar",
            ),
            (
                "fatal: not a tree object",
                "`git x` failed: fatal: not a tree object; if this is a partial clone, make it without `--filter`, or \
                 with `--filter=blob:none`",
            ),
            ("a\nb\n\n", "`git x` failed: b"),
            ("", "`git x` failed: exit status: 1"),
        ] {
            assert_eq!(GitError::from_output("git x", stderr, "exit status: 1").to_string(), expected);
        }
    }
}
