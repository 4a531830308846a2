//! The commit in git: its time, which orders builds without numbers, and its message.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::git::{Commit, GitError, GitRepository};
use model::build::{Build, check_time};

/// How long git may take to read one commit, which takes milliseconds.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(2);

/// How much later than the start of the run a commit may be: the clocks of two machines differ.
const MAX_CLOCK_DIFFERENCE: u64 = 24 * 60 * 60;

/// Reads the commit's time and message from git, as far as the build has none. Without a number, the time alone states
/// which of two builds is newer. A time that is later than the run itself is removed: every later build would count as
/// older.
///
/// # Errors
/// A warning, if that order cannot be checked because git does not read the repository, or because of such a time.
pub fn resolve_commit(build: &mut Build) -> Result<(), String> {
    if build.commit_time.is_none() || build.commit_message.is_none() {
        let commit = read_commit(build)?;
        build.commit_time = build.commit_time.or(commit.as_ref().map(|commit| commit.time));
        build.commit_message = build.commit_message.take().or(commit.and_then(|commit| commit.message));
    }
    let latest = build.started_at.saturating_add(MAX_CLOCK_DIFFERENCE);
    match build.commit_time.filter(|time| *time > latest || check_time(*time).is_err()) {
        Some(time) => {
            build.commit_time = None;
            Err(format!(
                "the time of commit {} is not used to recognize an older build: it is {time} in seconds since 1970, and \
                 this run started at {}, so one of the clocks that set them is wrong",
                build.short_commit(),
                build.started_at
            ))
        }
        None => Ok(()),
    }
}

fn read_commit(build: &Build) -> Result<Option<Commit>, String> {
    let repository = GitRepository::containing(Path::new("."));
    match repository.read_commit(&build.commit, Instant::now() + COMMIT_TIMEOUT) {
        Ok(commit) => Ok(Some(commit)),
        Err(error @ GitError::DubiousOwnership { .. })
            if build.number.is_none() && build.commit_time.is_none() =>
        {
            Err(format!(
                "an older build is not recognized, because the time of commit {} is not known: {error}",
                build.short_commit()
            ))
        }
        // There is no git, no repository, or no such commit.
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::{Sources, resolve};
    use model::Environment;
    use model::build::PartialBuild;

    #[test]
    fn a_commit_of_the_future_has_no_time() {
        let commit = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";
        let build = |commit_time| {
            let (branch, commit) = (Some("master".to_owned()), Some(commit.to_owned()));
            let own =
                PartialBuild { branch, commit, commit_time: Some(commit_time), ..PartialBuild::default() };
            let environment = Environment::default();
            let mut build = resolve(Sources::of(&environment), own, 1_800_000_000).unwrap().build;
            (resolve_commit(&mut build).err(), build.commit_time)
        };
        assert_eq!(build(1_800_086_400), (None, Some(1_800_086_400)));
        let (warning, time) = build(1_800_086_401);
        assert_eq!(time, None);
        assert!(warning.unwrap().contains("one of the clocks"), "no warning");
    }
}
