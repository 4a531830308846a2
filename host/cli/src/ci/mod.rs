//! Stage 1: what is being built.
//!
//! ```
//! use ecs_host::ci::{self, Sources};
//! use model::Environment;
//! use model::build::PartialBuild;
//!
//! let environment = Environment::from_iter([
//!     ("TRAVIS_BRANCH", "master"),
//!     ("TRAVIS_COMMIT", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"),
//!     ("TRAVIS_JOB_NUMBER", "12.1"),
//! ]);
//! let sources = Sources::of(&environment);
//! let build = ci::resolve(sources, PartialBuild::default(), 1_767_225_600).unwrap().build;
//! assert_eq!((build.provider.as_ref(), build.branch.as_str(), build.job), ("travis", "master", Some(1)));
//! ```

mod commit;
mod contradiction;
mod error;
mod page;
mod providers;
#[cfg(test)]
mod tests;
mod variables;
pub(crate) mod working_tree;

use std::path::Path;

pub use commit::resolve_commit;
pub use error::BuildError;
use model::Environment;
use model::build::{Build, BuildEvent, PartialBuild, PartialPullRequest};
pub(crate) use page::build_page;
use providers::{PROVIDERS, Provider};
use variables::{FieldVariables, Variables};

/// The name of a build that the working tree describes.
const GIT: &str = "git";

/// The name of a build that the command line alone describes.
const NONE: &str = "none";

/// What describes the build beside the command line.
#[derive(Debug, Clone, Copy)]
pub enum Ci {
    /// A CI provider.
    Provider(ProviderRef),
    /// The git repository that contains the working directory.
    Git,
    /// Nothing.
    None,
}

/// A CI provider that the host knows.
#[derive(Debug, Clone, Copy)]
pub struct ProviderRef(&'static Provider);

impl Ci {
    /// The names that [`Ci::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROVIDERS.iter().map(|provider| provider.name).chain([GIT, NONE])
    }

    /// What a name of `--ci` stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            GIT => Some(Self::Git),
            NONE => Some(Self::None),
            _ => PROVIDERS
                .iter()
                .find(|provider| provider.name == name)
                .map(|found| Self::Provider(ProviderRef(found))),
        }
    }
}

/// What is read to describe a build.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The variables of the process.
    pub environment: &'a Environment,
    /// What describes the build; `None` to detect it.
    pub ci: Option<Ci>,
    /// The folder whose git repository describes a build without a provider; `None` for none.
    pub folder: Option<&'a Path>,
}

impl<'a> Sources<'a> {
    /// The variables of a process, and nothing else.
    #[must_use]
    pub fn of(environment: &'a Environment) -> Self {
        Self { environment, ci: None, folder: None }
    }
}

/// A build, and what a person has to know of how it was resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct ResolvedBuild {
    /// The build.
    pub build: Build,
    /// How the working tree differs from the commit, if the working tree describes the build.
    pub warning: Option<String>,
}

/// The name of a provider as its users write it; of `git` and `none`, what they stand for.
#[must_use]
pub fn provider_title(name: &str) -> &str {
    match name {
        GIT => "the git repository",
        NONE => "the command line",
        _ => providers::title(name).unwrap_or(name),
    }
}

/// The name of the provider that shows the log of this process.
pub(crate) fn log_provider(environment: &Environment) -> Option<&'static str> {
    providers::running(environment).map(|provider| provider.name)
}

/// The fields of a build as the provider or the working tree sets them.
#[derive(Debug, Default)]
struct Detected {
    name: &'static str,
    fields: PartialBuild,
    /// The variables that set each field.
    variables: FieldVariables,
    warning: Option<String>,
    /// Why the working tree describes nothing.
    reason: Option<String>,
}

/// Resolves the build from the provider's variables or the working tree, and from `overrides`, which the command line
/// sets. `started_at` is the start of the run, in seconds since 1970.
///
/// # Errors
/// [`BuildError`] if the branch or the commit is not known, or a field is invalid.
pub fn resolve(
    sources: Sources<'_>,
    overrides: PartialBuild,
    started_at: u64,
) -> Result<ResolvedBuild, BuildError> {
    let Detected { name, fields, variables, warning, reason } = detect(sources, &overrides)?;
    let (event, detected_event) = (overrides.event, fields.event);
    let PartialPullRequest { source_branch, is_fork, .. } = &overrides.pull_request;
    let pull_request_flag = source_branch.as_ref().map(|_| "--source-branch").or(is_fork.map(|_| "--fork"));
    let merged = overrides.clone().or(fields);
    contradiction::check(&overrides, &merged)?;
    if let Some(flag) = pull_request_flag.filter(|_| merged.pull_request.number.is_none()) {
        return Err(BuildError::NoPullRequest(flag));
    }
    let implied_event = merged.implied_event();
    // Without a branch, the tag is the branch, as on Travis CI.
    let branch = merged.branch.clone().or_else(|| merged.tag.clone());
    let (Some(branch), Some(commit)) = (branch.clone(), merged.commit.clone()) else {
        return Err(BuildError::unknown(branch.is_none(), merged.commit.is_none(), name, &variables, reason));
    };
    let build = Build {
        provider: name.into(),
        branch,
        commit,
        event: event.or(implied_event).or(detected_event).unwrap_or(BuildEvent::Manual),
        repository: merged.repository,
        commit_message: merged.commit_message,
        commit_time: merged.commit_time,
        base_commit: merged.base_commit,
        provider_event: merged.provider_event,
        tag: merged.tag,
        pull_request: merged.pull_request.complete(),
        number: merged.number,
        number_scope: merged.number_scope,
        job: merged.job,
        actor: merged.actor,
        started_at: merged.started_at.unwrap_or(started_at),
    };
    let build = build.checked().map_err(|error| {
        let variable = variables.get(error.field).and_then(|names| names.first().copied());
        BuildError::invalid(error, variable)
    })?;
    Ok(ResolvedBuild { build, warning })
}

/// Reads what describes the build beside the command line.
fn detect(sources: Sources<'_>, overrides: &PartialBuild) -> Result<Detected, BuildError> {
    let Sources { environment, ci, folder } = sources;
    let is_complete = overrides.branch.is_some() && overrides.commit.is_some();
    let provider = match ci {
        Some(Ci::Provider(ProviderRef(provider))) => Some(provider),
        Some(Ci::Git | Ci::None) => None,
        None => providers::detect(environment),
    };
    if let Some(provider) = provider {
        let mut variables = Variables::new(environment);
        let mut fields = (provider.read)(&mut variables)?;
        if fields.commit.is_none() && overrides.commit.is_none() {
            fields.commit = folder.and_then(working_tree::head);
        }
        let variables = variables.into_fields();
        return Ok(Detected { name: provider.name, fields, variables, ..Detected::default() });
    }
    let is_git = match ci {
        Some(Ci::Git) => true,
        Some(_) => false,
        // A provider that is not known may have merged a pull request into the branch that is checked out.
        None if environment.is_enabled("CI") && !is_complete => {
            let reason = "the checkout, which may contain a pull request because CI is set, is used only with --ci git";
            let reason = Some(reason.to_owned());
            return Ok(Detected { name: NONE, reason, ..Detected::default() });
        }
        None => !is_complete,
    };
    match folder.filter(|_| is_git) {
        Some(folder) => working_tree::read(folder, ci.is_some()),
        None => Ok(Detected { name: NONE, ..Detected::default() }),
    }
}
