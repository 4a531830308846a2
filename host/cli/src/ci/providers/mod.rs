//! The CI providers, one file each. A provider maps its documented variables to the fields of a build.

mod azure_pipelines;
mod bitbucket;
mod buildkite;
mod circleci;
mod codebuild;
mod drone;
mod gitea;
mod github_actions;
mod gitlab;
mod jenkins;
#[cfg(test)]
mod tests;
mod travis;
mod woodpecker;

use model::Environment;
use model::build::PartialBuild;

use super::BuildError;
use super::variables::Variables;

/// A CI provider.
pub(super) struct Provider {
    /// The name in the contract (`build.provider`) and of `--ci`.
    pub(super) name: &'static str,
    /// The name as its users write it.
    pub(super) title: &'static str,
    /// Whether it runs this process.
    pub(super) is_active: fn(&Environment) -> bool,
    /// Reads its variables. The event is the one that started the build where the provider reports it; a pull request or
    /// a git tag implies another one.
    pub(super) read: fn(&mut Variables<'_>) -> Result<PartialBuild, BuildError>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// Every provider, in the order of their detection: one that also sets the variables of another is before it.
pub(super) const PROVIDERS: [&Provider; 12] = [
    &travis::PROVIDER,
    &gitea::PROVIDER,
    &github_actions::PROVIDER,
    &gitlab::PROVIDER,
    &circleci::PROVIDER,
    &buildkite::PROVIDER,
    &bitbucket::PROVIDER,
    &codebuild::PROVIDER,
    &azure_pipelines::PROVIDER,
    &drone::PROVIDER,
    &woodpecker::PROVIDER,
    // Its agents may run inside of jobs of the others.
    &jenkins::PROVIDER,
];

/// The provider that runs this process. `TRAVIS_BRANCH` without `TRAVIS` is what a team sets by hand, so another provider
/// precedes it.
pub(super) fn detect(environment: &Environment) -> Option<&'static Provider> {
    running(environment).or_else(|| travis::is_described(environment).then_some(&travis::PROVIDER))
}

/// The provider whose job this process is a part of.
pub(super) fn running(environment: &Environment) -> Option<&'static Provider> {
    PROVIDERS.into_iter().find(|provider| (provider.is_active)(environment))
}

/// The number of the pull request whose changes a reference contains, in the forms of GitHub, Bitbucket and GitLab.
fn pull_request_of_reference(reference: &str) -> Option<&str> {
    let prefixes = ["refs/pull/", "refs/pull-requests/", "refs/merge-requests/"];
    let rest = prefixes.iter().find_map(|prefix| reference.strip_prefix(prefix))?;
    rest.split('/').next().filter(|number| !number.is_empty())
}

/// The title of a provider, by its name.
pub(super) fn title(name: &str) -> Option<&'static str> {
    PROVIDERS.iter().find(|provider| provider.name == name).map(|provider| provider.title)
}

/// A branch without the prefix of its full name.
fn short_branch(reference: &str) -> &str {
    reference.strip_prefix("refs/heads/").unwrap_or(reference)
}
