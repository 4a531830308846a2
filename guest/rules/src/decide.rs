//! The decision: the first rule that matches, and what it deploys.

use alloc::{format, string::String, string::ToString as _, vec::Vec};

use ecs_host_policy::{
    Build, Image, Target,
    travis::{commit_tag, variable_suffix},
};

use crate::answer;
use crate::expand::{Use, Values};
use crate::file::File;
use crate::file::rule::{Action, Kind, Rule};
use crate::matching::{self, Changes, has_changed, kind, no_match, subject};
use crate::problem::at_position;
use crate::template::Value;

/// What the file decides for a build.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The build does not deploy, for this reason.
    Skip(String),
    /// The build deploys these images to these targets.
    Deploy(Vec<Image>, Vec<Target>),
}

/// Decides about a build by the text of the file.
///
/// # Errors
/// Every problem of the file, or what is missing to decide, with its position.
pub(crate) fn decide(text: &str, build: &Build, changes: &mut dyn Changes) -> Result<Decision, String> {
    let file = File::parse(text)?;
    if let Some(reason) = job_skip_reason(&file, build).or_else(|| fork_skip_reason(build)) {
        return Ok(Decision::Skip(reason));
    }
    let Some(rule) = matching::find(&file.rules, build, changes, text)? else {
        return Ok(Decision::Skip(no_match(build)));
    };
    let values = Values { build, environment: None, file: text };
    let environment = match &rule.action {
        Action::Skip(reason) => return values.expand(reason, Use::Text).map(Decision::Skip),
        Action::Deploy(environment) => values.expand(environment, Use::Text)?,
    };
    check_collisions(rule, build, text)?;
    let values = Values { environment: Some(&environment), ..values };
    let mut targets = Vec::new();
    for target in &file.targets {
        let is_for_environment = match &target.environments {
            Some(patterns) => patterns.matches(&environment, build, text)?,
            None => true,
        };
        let is_due = is_for_environment
            && match &target.changed {
                Some(patterns) => has_changed(patterns, build, changes, text)?,
                None => true,
            };
        if is_due {
            targets.push(target);
        }
    }
    let publishes = file.images.iter().any(|image| image.is_publish_only);
    if targets.is_empty() && !publishes {
        return Ok(Decision::Skip(format!(
            "No target of environment `{environment}` is due: none is for it, or nothing changed in its paths."
        )));
    }
    let images = answer::images(&file, &targets, &values)?;
    let targets = answer::targets(&file, &targets, &values)?;
    Ok(Decision::Deploy(images, targets))
}

/// Only the first job of a build matrix deploys, unless the file sets `jobs = "all"`. Travis CI numbers every job.
fn job_skip_reason(file: &File, build: &Build) -> Option<String> {
    let subject = match build.job {
        _ if file.has_all_jobs => return None,
        Some(1) => return None,
        Some(job) => format!("Job {job}"),
        None if build.provider == "travis" => "A job without TRAVIS_JOB_NUMBER".to_string(),
        None => return None,
    };
    Some(format!(
        "{subject} does not deploy: only the first of a matrix does. In a build stage pass `--job 1`."
    ))
}

/// The file is that of the build's commit, so a pull request from a fork brings its own: no key of it can allow the
/// deployment.
fn fork_skip_reason(build: &Build) -> Option<String> {
    let is_fork = build.pull_request.as_ref().and_then(|request| request.is_fork);
    let reason = match (kind(build), is_fork) {
        (Kind::PullRequest, Some(false)) => return None,
        (Kind::PullRequest, Some(true)) => "is from a fork.",
        (Kind::PullRequest, None) => {
            "may be from a fork: the CI provider does not report it. If it is not, pass `--fork false`."
        }
        _ => return None,
    };
    let mut subject = subject(build);
    if let Some(first) = subject.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(format!("{subject} does not deploy, because it {reason}"))
}

/// Two branches or tags that one rule lists, and that have the same variables or the same image tag, would overwrite the
/// deployment of each other.
fn check_collisions(rule: &Rule, build: &Build, text: &str) -> Result<(), String> {
    let Action::Deploy(environment) = &rule.action else { return Ok(()) };
    if !environment.value.contains(Value::Branch) && !environment.value.contains(Value::Tag) {
        return Ok(());
    }
    let patterns = rule.branch.as_ref().or(rule.tag.as_ref());
    let names = patterns.map(|patterns| patterns.names(build)).unwrap_or_default();
    let derived: Vec<_> =
        names.iter().map(|name| (*name, variable_suffix(name), commit_tag(name, &build.commit))).collect();
    for (position, (name, suffix, tag)) in derived.iter().enumerate() {
        for (other, other_suffix, other_tag) in derived.iter().take(position) {
            if name != other && (suffix == other_suffix || tag == other_tag) {
                let problem = format!(
                    "`{other}` and `{name}` lead to the same variables ({suffix}) or image tags (`{tag}`): rename one"
                );
                let at = patterns.and_then(|patterns| patterns.0.first()).map_or(rule.at, |entry| entry.at);
                return Err(at_position(text, at, &problem));
            }
        }
    }
    Ok(())
}
