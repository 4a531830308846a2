//! Which rule matches a build.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{Build, Event};

use crate::file::rule::{Entry, Kind, Patterns, Rule};
use crate::problem::{FILE, Located, at_position};

/// The paths that changed, read when a rule first needs them; `None` if the provider reports no base.
pub(crate) trait Changes {
    /// The paths that differ between the base of the build and its commit.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn paths(&mut self) -> Result<Option<&[String]>, String>;
}

/// What a build is.
pub(crate) fn kind(build: &Build) -> Kind {
    match build.event {
        _ if build.pull_request.is_some() => Kind::PullRequest,
        Event::PullRequest => Kind::PullRequest,
        _ if build.tag.is_some() => Kind::Tag,
        Event::Tag => Kind::Tag,
        Event::Push => Kind::Push,
        Event::Schedule => Kind::Schedule,
        Event::Manual => Kind::Manual,
    }
}

/// The first rule that matches a build.
///
/// # Errors
/// A condition that cannot be decided, with its position.
pub(crate) fn find<'r>(
    rules: &'r [Rule],
    build: &Build,
    changes: &mut dyn Changes,
    file: &str,
) -> Result<Option<&'r Rule>, String> {
    for rule in rules {
        if matches(rule, build, changes, file)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

fn matches(rule: &Rule, build: &Build, changes: &mut dyn Changes, file: &str) -> Result<bool, String> {
    if !crate::file::kinds(rule).contains(&kind(build)) {
        return Ok(false);
    }
    let texts = [
        (&rule.branch, Some(&build.branch)),
        (&rule.tag, build.tag.as_ref()),
        (&rule.provider_event, build.provider_event.as_ref()),
        (&rule.repository, build.repository.as_ref()),
        (&rule.message, build.commit_message.as_ref()),
    ];
    for (patterns, text) in texts {
        let Some(patterns) = patterns else { continue };
        let Some(text) = text else { return Ok(false) };
        if !patterns.matches(text, build, file)? {
            return Ok(false);
        }
    }
    match &rule.changed {
        Some(patterns) => has_changed(patterns, build, changes, file),
        None => Ok(true),
    }
}

/// Whether one of the paths that changed matches. Without a base everything counts as changed, because a deployment too
/// many does less harm than one too few.
///
/// # Errors
/// Why the paths cannot be read, with the position of the first pattern.
pub(crate) fn has_changed(
    patterns: &Patterns,
    build: &Build,
    changes: &mut dyn Changes,
    file: &str,
) -> Result<bool, String> {
    let at = patterns.0.first().map_or(0, |entry| entry.at);
    let failed = |error: String| at_position(file, at, &format!("`changed` cannot be decided: {error}"));
    let Some(paths) = changes.paths().map_err(failed)? else { return Ok(true) };
    for path in paths {
        if patterns.matches(path, build, file)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Patterns {
    /// Whether an entry matches a text, and none excludes it. A list that only excludes matches the rest.
    ///
    /// # Errors
    /// A setting that is not set, with its position.
    pub(crate) fn matches(&self, text: &str, build: &Build, file: &str) -> Result<bool, String> {
        let words = |entry: &Located<Entry>| match &entry.value {
            Entry::Words(reference) => {
                let words = reference.words(build, None);
                words.map_err(|problem| at_position(file, entry.at, &problem))
            }
            Entry::Matches(_) | Entry::Excludes(_) => Ok(Vec::new()),
        };
        let (mut is_included, mut is_excluded) = (false, false);
        for entry in &self.0 {
            match &entry.value {
                Entry::Matches(pattern) => is_included |= pattern.matches(text),
                Entry::Excludes(pattern) => is_excluded |= pattern.matches(text),
                Entry::Words(_) => is_included |= words(entry)?.contains(&text),
            }
        }
        Ok((is_included || self.only_excludes()) && !is_excluded)
    }

    /// Whether a text can match, if settings may contain anything.
    pub(crate) fn matches_literally(&self, text: &str) -> bool {
        let is_included = self.0.iter().any(|entry| match &entry.value {
            Entry::Matches(pattern) => pattern.matches(text),
            Entry::Words(_) => true,
            Entry::Excludes(_) => false,
        });
        let is_excluded = self.0.iter().any(|entry| match &entry.value {
            Entry::Excludes(pattern) => pattern.matches(text),
            Entry::Matches(_) | Entry::Words(_) => false,
        });
        (is_included || self.only_excludes()) && !is_excluded
    }

    fn only_excludes(&self) -> bool {
        self.0.iter().all(|entry| matches!(entry.value, Entry::Excludes(_)))
    }

    /// The names in the list that are no patterns: literals, and the words of settings.
    pub(crate) fn names<'n>(&'n self, build: &'n Build) -> Vec<&'n str> {
        let mut names = Vec::new();
        for entry in &self.0 {
            match &entry.value {
                Entry::Matches(pattern) => names.extend(pattern.single_text()),
                Entry::Words(reference) => names.extend(reference.words(build, None).unwrap_or_default()),
                Entry::Excludes(_) => {}
            }
        }
        names
    }
}

/// Why no rule matches a build.
pub(crate) fn no_match(build: &Build) -> String {
    let subject = subject(build);
    match kind(build) {
        Kind::PullRequest => {
            format!("No rule of {FILE} matches {subject}; a rule for it has `event = \"pull-request\"`.")
        }
        _ => format!("No rule of {FILE} matches {subject}."),
    }
}

/// What is built, in a sentence.
pub(crate) fn subject(build: &Build) -> String {
    match (kind(build), &build.pull_request, &build.tag) {
        (Kind::PullRequest, Some(request), _) => format!("pull request {}", request.number),
        (Kind::PullRequest, None, _) => "this pull request".into(),
        (_, _, Some(tag)) => format!("tag `{tag}`"),
        (Kind::Schedule, ..) => format!("the scheduled build of branch `{}`", build.branch),
        (Kind::Manual, ..) => format!("the manual build of branch `{}`", build.branch),
        _ => format!("branch `{}`", build.branch),
    }
}
