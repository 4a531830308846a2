//! GitHub Actions: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>. What its variables
//! lack is in the event's payload: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.

use std::fs::File;
use std::io::Read as _;

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest, is_same_repository};
use serde::Deserialize;

use super::{BuildError, Provider, Variables, pull_request_of_reference};

pub(super) const PROVIDER: Provider =
    Provider { name: "github-actions", title: "GitHub Actions", is_active, read };

/// The largest payload that is read, in bytes. GitHub sends up to 25 MB.
const MAX_PAYLOAD: u64 = 32 << 20;

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("GITHUB_ACTIONS")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    // `OWNER/NAME/.github/workflows/FILE@REF`. The run number counts within the workflow.
    let workflow = variables.first("number scope", &["GITHUB_WORKFLOW_REF", "GITHUB_WORKFLOW"])?;
    let scope = workflow.map(|workflow| workflow.split_once('@').map_or(workflow, |(path, _)| path));
    let number_scope = scope.map(str::to_owned);
    Ok(PartialBuild { number_scope, ..read_compatible(variables)? })
}

/// Reads the variables that services with the same runner set, too.
pub(super) fn read_compatible(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let name = variables.get("GITHUB_EVENT_NAME")?.unwrap_or_default();
    // With `pull_request_target`, branch and commit are those that the request is to change, and nothing but the
    // payload states its number.
    let reference = variables.get("GITHUB_REF")?.unwrap_or_default();
    let merged = pull_request_of_reference(reference);
    let is_request = name.starts_with("pull_request") || merged.is_some();
    let event = match name {
        _ if is_request => BuildEvent::PullRequest,
        "push" => BuildEvent::Push,
        "schedule" => BuildEvent::Schedule,
        _ => BuildEvent::Manual,
    };
    let payload = match variables.get("GITHUB_EVENT_PATH")? {
        Some(path) => match read_payload(path) {
            Ok(payload) => payload,
            Err(reason) if is_request => {
                return Err(BuildError::Payload { path: path.to_owned(), reason });
            }
            Err(_) => Payload::default(),
        },
        None => Payload::default(),
    };
    // A workflow that follows another one is started by the event that started that one.
    let followed = payload.workflow_run.and_then(|run| run.event).unwrap_or_default();
    let event = if followed.starts_with("pull_request") { BuildEvent::PullRequest } else { event };
    let number = merged.map(str::to_owned);
    let request = payload.pull_request.unwrap_or_default();
    let number = number.or(request.number.map(|number| number.to_string())).filter(|_| is_request);
    let is_tag = variables.get("GITHUB_REF_TYPE")? == Some("tag");
    let tag = match is_tag {
        true => variables.text("git tag", "GITHUB_REF_NAME")?,
        false => None,
    };
    let branches: &[&str] = if is_request { &["GITHUB_BASE_REF"] } else { &["GITHUB_REF_NAME"] };
    let branch = variables.first("branch", branches)?.map(str::to_owned);
    Ok(PartialBuild {
        repository: variables.text("repository", "GITHUB_REPOSITORY")?,
        // Reviews set no variable.
        branch: branch.or(request.base.name.clone().filter(|_| is_request)),
        // Of a pull request, the merge of its changes, which GitHub has made and checked out.
        commit: variables.text("commit", "GITHUB_SHA")?,
        commit_message: payload.head_commit.and_then(|commit| commit.message),
        base_commit: if is_request { request.base.sha.clone() } else { payload.before },
        event: Some(event),
        provider_event: Some(name.to_owned()).filter(|name| !name.is_empty()),
        tag,
        pull_request: PartialPullRequest {
            number,
            source_branch: variables.text("source branch", "GITHUB_HEAD_REF")?.or(request.head.name.clone()),
            is_fork: request.is_fork().filter(|_| is_request),
        },
        // A workflow that runs again keeps its number.
        number: variables.number("GITHUB_RUN_NUMBER")?,
        actor: variables.first("actor", &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"])?.map(str::to_owned),
        ..PartialBuild::default()
    })
}

/// The fields of an event's payload that a build has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    /// The commit of the branch before a push.
    before: Option<String>,
    head_commit: Option<HeadCommit>,
    pull_request: Option<PullRequest>,
    workflow_run: Option<WorkflowRun>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WorkflowRun {
    event: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HeadCommit {
    message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PullRequest {
    number: Option<u64>,
    head: Side,
    base: Side,
}

impl PullRequest {
    /// Whether its changes are in another repository. The payload of a fork that was deleted names none.
    fn is_fork(&self) -> Option<bool> {
        let own = self.base.repo.as_ref()?.full_name.as_deref()?;
        let source = self.head.repo.as_ref().and_then(|repository| repository.full_name.as_deref());
        Some(source.is_none_or(|source| !is_same_repository(source, own)))
    }
}

/// A branch that a pull request merges, or merges into.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Side {
    #[serde(rename = "ref")]
    name: Option<String>,
    sha: Option<String>,
    repo: Option<Repository>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: Option<String>,
}

fn read_payload(path: &str) -> Result<Payload, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_PAYLOAD).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ci::providers::tests::{BASE, summary};
    use crate::ci::{self, Sources};

    pub(in crate::ci::providers) const VARIABLES: &[(&str, &str)] = &[
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "octocat"),
        ("GITHUB_BASE_REF", ""),
        ("GITHUB_HEAD_REF", ""),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_NUMBER", "41"),
        ("GITHUB_RUN_ATTEMPT", "2"),
        ("GITHUB_SHA", "COMMIT"),
        ("GITHUB_TRIGGERING_ACTOR", "hubot"),
        ("GITHUB_WORKFLOW", "Deploy"),
        ("GITHUB_WORKFLOW_REF", "acme/shop/.github/workflows/deploy.yml@refs/heads/main"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        let path = path.to_str().unwrap();
        let common = "repository=acme/shop number=41 scope=acme/shop/.github/workflows/deploy.yml by=hubot";
        std::fs::write(path, format!(r#"{{"before": "{BASE}", "head_commit": {{"message": "a change"}}}}"#))
            .unwrap();
        let push = |event, kind, name| {
            let variables = [
                ("GITHUB_EVENT_NAME", event),
                ("GITHUB_EVENT_PATH", path),
                ("GITHUB_REF_TYPE", kind),
                ("GITHUB_REF_NAME", name),
            ];
            summary(&[VARIABLES, &variables])
        };
        assert_eq!(
            push("push", "branch", "main"),
            format!("github-actions: Push main {common} word=push base=BASE message=a change")
        );
        assert!(push("push", "tag", "v1").starts_with("github-actions: Tag v1 tag=v1 "));
        assert!(push("schedule", "branch", "main").starts_with("github-actions: Schedule main "));
        assert!(push("workflow_dispatch", "branch", "main").starts_with("github-actions: Manual main "));

        std::fs::write(path, r#"{"workflow_run": {"event": "pull_request"}}"#).unwrap();
        assert!(push("workflow_run", "branch", "main").starts_with("github-actions: PullRequest main "));

        let request = |event, reference, payload: &str| {
            std::fs::write(path, payload).unwrap();
            let variables = [
                ("GITHUB_EVENT_NAME", event),
                ("GITHUB_EVENT_PATH", path),
                ("GITHUB_REF", reference),
                ("GITHUB_REF_TYPE", "branch"),
                ("GITHUB_REF_NAME", "7/merge"),
                ("GITHUB_BASE_REF", "main"),
                ("GITHUB_HEAD_REF", "fix"),
            ];
            summary(&[VARIABLES, &variables])
        };
        let payload = |source: &str| {
            format!(
                r#"{{"number": 7, "pull_request": {{"number": 7,
                    "head": {{"ref": "fix", "repo": {source}}},
                    "base": {{"ref": "main", "sha": "{BASE}", "repo": {{"full_name": "acme/shop"}}}}}}}}"#
            )
        };
        assert_eq!(
            request("pull_request", "refs/pull/7/merge", &payload(r#"{"full_name": "Acme/shop"}"#)),
            format!(
                "github-actions: PullRequest main {common} word=pull_request base=BASE request=7 source=fix fork=false"
            )
        );
        // Its branch and commit are those of `main`, and a stranger's changes are one checkout away.
        let target =
            request("pull_request_target", "refs/heads/main", &payload(r#"{"full_name": "stranger/shop"}"#));
        assert!(
            target.ends_with("word=pull_request_target base=BASE request=7 source=fix fork=true"),
            "{target}"
        );
        // A fork that was deleted.
        assert!(request("pull_request", "refs/pull/7/merge", &payload("null")).ends_with("fork=true"));
    }

    #[test]
    fn a_pull_request_on_github_whose_payload_is_unreadable_is_no_push() {
        let variables = [
            ("GITHUB_EVENT_NAME", "pull_request_target"),
            ("GITHUB_EVENT_PATH", "/nowhere/event.json"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_BASE_REF", "main"),
        ];
        let environment = VARIABLES.iter().chain(&variables).copied().collect();
        let error =
            ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap_err().to_string();
        assert!(error.contains("/nowhere/event.json") && error.contains("GITHUB_EVENT_PATH"), "{error}");
    }
}
