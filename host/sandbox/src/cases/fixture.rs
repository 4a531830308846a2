//! The build of a case: the fields that the case and its file set, and defaults for the others.

use model::build::{Build, BuildEvent, PROVIDERS, PartialBuild};
use model::text::abbreviate;

/// The fields that a case can set.
pub(super) const FIELDS: [&str; 16] = [
    "provider",
    "repository",
    "branch",
    "commit",
    "commit-message",
    "commit-time",
    "base-commit",
    "event",
    "provider-event",
    "tag",
    "pull-request",
    "number",
    "number-scope",
    "job",
    "actor",
    "started-at",
];

/// The default commit.
const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

/// The default start of the run, 2026-01-01T00:00:00Z.
const STARTED_AT: u64 = 1_767_225_600;

/// Whether a build sets this field.
pub(super) fn has_field(build: &PartialBuild, field: &str) -> bool {
    serde_json::to_value(build).is_ok_and(|build| build.get(field).is_some())
}

/// The whole build: a push of a commit to `master`, in the first job of the first build on Travis CI, unless the
/// fixture sets other fields. A tag is its own branch, as on Travis CI.
///
/// # Errors
/// A message about an invalid field.
pub(super) fn complete(fixture: PartialBuild) -> Result<Build, String> {
    let provider = fixture.provider.as_deref().unwrap_or("travis");
    let provider = PROVIDERS.into_iter().find(|known| *known == provider).ok_or_else(|| {
        format!("unknown provider `{}`; expected one of {}", abbreviate(provider), PROVIDERS.join(", "))
    })?;
    let event = fixture.event.or(fixture.implied_event()).unwrap_or(BuildEvent::Push);
    if fixture.pull_request.number.is_none() && !fixture.pull_request.is_empty() {
        return Err("pull-request: expected a `number` beside its other fields".to_owned());
    }
    let branch = fixture.branch.or_else(|| fixture.tag.clone());
    let build = Build {
        provider: provider.into(),
        repository: fixture.repository.or_else(|| Some("example/app".to_owned())),
        branch: branch.unwrap_or_else(|| "master".to_owned()),
        commit: fixture.commit.unwrap_or_else(|| COMMIT.to_owned()),
        commit_message: fixture.commit_message,
        commit_time: fixture.commit_time,
        base_commit: fixture.base_commit,
        event,
        provider_event: fixture.provider_event,
        tag: fixture.tag,
        pull_request: fixture.pull_request.complete(),
        number: fixture.number.or(Some(1)),
        number_scope: fixture.number_scope,
        job: fixture.job.or(Some(1)),
        actor: fixture.actor,
        started_at: fixture.started_at.unwrap_or(STARTED_AT),
    };
    build.checked().map_err(|error| error.to_string())
}
