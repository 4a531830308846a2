//! The build of a case: what it names, on top of what its file and an ordinary
//! build are.

use model::build::{Build, BuildEvent, PartialBuild};

/// The names of its parts.
pub(super) const PARTS: [&str; 10] = [
    "provider",
    "repository",
    "branch",
    "commit",
    "commit-message",
    "event",
    "tag",
    "pull-request",
    "number",
    "job",
];

/// The providers that the contract names.
const PROVIDERS: [&str; 6] = ["travis", "github-actions", "gitlab", "circleci", "buildkite", "none"];

/// The commit of a build that names none.
const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

/// Whether a build has a field of this name.
pub(super) fn has_field(build: &PartialBuild, field: &str) -> bool {
    serde_json::to_value(build).is_ok_and(|build| build.get(field).is_some())
}

/// The whole build: a push of a commit to `master`, in the first job of the first build on Travis CI, unless the
/// fixture sets other fields. A tag is its own branch, as on Travis CI.
///
/// # Errors
/// A sentence about an invalid field.
pub(super) fn complete(fixture: PartialBuild) -> Result<Build, String> {
    let provider = fixture.provider.as_deref().unwrap_or("travis");
    let provider = PROVIDERS
        .into_iter()
        .find(|known| *known == provider)
        .ok_or_else(|| format!("`{}` is no provider: {}", provider.escape_debug(), PROVIDERS.join(", ")))?;
    let event = fixture.event.or(fixture.implied_event()).unwrap_or(BuildEvent::Push);
    let branch = fixture.branch.or_else(|| fixture.tag.clone());
    let build = Build {
        provider,
        repository: fixture.repository.or_else(|| Some("example/app".to_owned())),
        branch: branch.unwrap_or_else(|| "master".to_owned()),
        commit: fixture.commit.unwrap_or_else(|| COMMIT.to_owned()),
        commit_message: fixture.commit_message,
        commit_time: None,
        event,
        tag: fixture.tag,
        pull_request: fixture.pull_request,
        number: fixture.number.or(Some(1)),
        job: fixture.job.or(Some(1)),
    };
    build.check().map_err(|error| error.to_string())?;
    Ok(build)
}
