//! The variables that each provider sets, and the build that they describe.

use std::fs;

use model::Environment;
use model::build::{Build, PartialBuild};

use crate::ci::{self, Ci, Sources};

const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";
const BASE: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

/// The build that these variables describe. `COMMIT` and `BASE` stand for hashes.
fn build(variables: &[&[(&str, &str)]]) -> Build {
    let variables = variables.iter().flat_map(|some| some.iter().copied());
    let value = |value: &str| value.replace("COMMIT", COMMIT).replace("BASE", BASE);
    let environment: Environment = variables.map(|(name, text)| (name, value(text))).collect();
    ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap().build
}

/// The fields that are set, each once, in one line.
fn summary(variables: &[&[(&str, &str)]]) -> String {
    let build = build(variables);
    let mut words = vec![format!("{}:", build.provider), format!("{:?}", build.event), build.branch.clone()];
    let mut add =
        |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name}={value}")));
    add("tag", build.tag);
    add("repository", build.repository);
    add("number", build.number.map(|number| number.to_string()));
    add("scope", build.number_scope);
    add("job", build.job.map(|job| job.to_string()));
    add("by", build.actor);
    add("word", build.provider_event);
    add("base", build.base_commit.map(|base| base.replace(BASE, "BASE")));
    add("message", build.commit_message);
    if let Some(request) = build.pull_request {
        add("request", Some(request.number));
        add("source", request.source_branch);
        add("fork", request.is_fork.map(|is_fork| is_fork.to_string()));
    }
    assert_eq!(build.commit, COMMIT);
    words.join(" ")
}

const TRAVIS: &[(&str, &str)] = &[
    ("CI", "true"),
    ("TRAVIS", "true"),
    ("TRAVIS_BUILD_NUMBER", "57"),
    ("TRAVIS_JOB_NUMBER", "57.2"),
    ("TRAVIS_COMMIT", "COMMIT"),
    ("TRAVIS_COMMIT_MESSAGE", "a\n\nb"),
    ("TRAVIS_REPO_SLUG", "acme/shop"),
    ("TRAVIS_COMMIT_RANGE", "0f1e2d3c4b5a...3f2a9c10d1e2"),
];

#[test]
fn travis() {
    let push = [
        TRAVIS,
        &[("TRAVIS_BRANCH", "master"), ("TRAVIS_EVENT_TYPE", "push"), ("TRAVIS_PULL_REQUEST", "false")],
    ];
    assert_eq!(
        summary(&push),
        "travis: Push master repository=acme/shop number=57 job=2 word=push message=a\n\nb"
    );
    let request = [
        TRAVIS,
        &[
            ("TRAVIS_BRANCH", "master"),
            ("TRAVIS_EVENT_TYPE", "pull_request"),
            ("TRAVIS_PULL_REQUEST", "7"),
            ("TRAVIS_PULL_REQUEST_BRANCH", "fix"),
            ("TRAVIS_PULL_REQUEST_SLUG", "stranger/shop"),
        ],
    ];
    assert_eq!(
        summary(&request),
        "travis: PullRequest master repository=acme/shop number=57 job=2 word=pull_request message=a\n\nb request=7 \
         source=fix fork=true"
    );
    for (word, expected) in [("cron", "Schedule"), ("api", "Manual")] {
        let other = [TRAVIS, &[("TRAVIS_BRANCH", "master"), ("TRAVIS_EVENT_TYPE", word)]];
        assert!(summary(&other).starts_with(&format!("travis: {expected} master ")), "{word}");
    }
    let tag =
        [TRAVIS, &[("TRAVIS_BRANCH", "v1.0.0"), ("TRAVIS_TAG", "v1.0.0"), ("TRAVIS_EVENT_TYPE", "push")]];
    assert!(summary(&tag).starts_with("travis: Tag v1.0.0 tag=v1.0.0 "));
}

const GITHUB: &[(&str, &str)] = &[
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
fn github_actions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("event.json");
    let path = path.to_str().unwrap();
    let common = "repository=acme/shop number=41 scope=acme/shop/.github/workflows/deploy.yml by=hubot";
    fs::write(path, format!(r#"{{"before": "{BASE}", "head_commit": {{"message": "a change"}}}}"#)).unwrap();
    let push = |event, kind, name| {
        let variables = [
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", path),
            ("GITHUB_REF_TYPE", kind),
            ("GITHUB_REF_NAME", name),
        ];
        summary(&[GITHUB, &variables])
    };
    assert_eq!(
        push("push", "branch", "main"),
        format!("github-actions: Push main {common} word=push base=BASE message=a change")
    );
    assert!(push("push", "tag", "v1").starts_with("github-actions: Tag v1 tag=v1 "));
    assert!(push("schedule", "branch", "main").starts_with("github-actions: Schedule main "));
    assert!(push("workflow_dispatch", "branch", "main").starts_with("github-actions: Manual main "));

    let request = |event, reference, payload: &str| {
        fs::write(path, payload).unwrap();
        let variables = [
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_EVENT_PATH", path),
            ("GITHUB_REF", reference),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_REF_NAME", "7/merge"),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_HEAD_REF", "fix"),
        ];
        summary(&[GITHUB, &variables])
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
    let environment = GITHUB.iter().chain(&variables).copied().collect();
    let error = ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap_err().to_string();
    assert!(error.contains("/nowhere/event.json") && error.contains("GITHUB_EVENT_PATH"), "{error}");
}

#[test]
fn gitea_counts_within_the_repository() {
    let variables = [
        ("GITEA_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REF_NAME", "main"),
    ];
    assert_eq!(
        summary(&[GITHUB, &variables]),
        "gitea: Push main repository=acme/shop number=41 scope=gitea by=hubot word=push"
    );
}

const GITLAB: &[(&str, &str)] = &[
    ("CI", "true"),
    ("GITLAB_CI", "true"),
    ("CI_COMMIT_MESSAGE", "a change"),
    ("CI_COMMIT_SHA", "COMMIT"),
    ("CI_PIPELINE_ID", "90210"),
    ("CI_PIPELINE_IID", "41"),
    ("CI_PROJECT_PATH", "acme/team/shop"),
    ("GITLAB_USER_LOGIN", "ada"),
];

#[test]
fn gitlab() {
    let common = "repository=acme/team/shop number=41 scope=gitlab";
    let branch = |source, job: &[(&str, &str)]| {
        let variables =
            [("CI_PIPELINE_SOURCE", source), ("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_BEFORE_SHA", "BASE")];
        summary(&[GITLAB, &variables, job])
    };
    assert_eq!(
        branch("push", &[]),
        format!("gitlab: Push main {common} by=ada word=push base=BASE message=a change")
    );
    assert!(branch("schedule", &[]).starts_with("gitlab: Schedule main "));
    assert!(branch("parent_pipeline", &[]).starts_with("gitlab: Manual main "));
    assert!(branch("push", &[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")]).contains(" job=2 "));
    let tag = [("CI_PIPELINE_SOURCE", "push"), ("CI_COMMIT_TAG", "v1")];
    assert!(summary(&[GITLAB, &tag]).starts_with("gitlab: Tag v1 tag=v1 "));
    let request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_COMMIT_BEFORE_SHA", "0000000000000000000000000000000000000000"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix"),
        ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/team/shop"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "stranger/shop"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "BASE"),
    ];
    assert_eq!(
        summary(&[GITLAB, &request]),
        format!(
            "gitlab: PullRequest main {common} by=ada word=merge_request_event base=BASE message=a change request=7 \
             source=fix fork=true"
        )
    );
}

const CIRCLECI: &[(&str, &str)] = &[
    ("CI", "true"),
    ("CIRCLECI", "true"),
    ("CIRCLE_BUILD_NUM", "41"),
    ("CIRCLE_JOB", "deploy"),
    ("CIRCLE_NODE_INDEX", "0"),
    ("CIRCLE_NODE_TOTAL", "1"),
    ("CIRCLE_PROJECT_REPONAME", "shop"),
    ("CIRCLE_PROJECT_USERNAME", "acme"),
    ("CIRCLE_SHA1", "COMMIT"),
    ("CIRCLE_USERNAME", "ada"),
];

#[test]
fn circleci() {
    let common = "repository=acme/shop number=41 scope=circleci/deploy job=1 by=ada";
    // A branch with an open pull request is a branch.
    let push = [("CIRCLE_BRANCH", "main"), ("CIRCLE_PULL_REQUEST", "https://github.com/acme/shop/pull/7")];
    assert_eq!(summary(&[CIRCLECI, &push]), format!("circleci: Push main {common}"));
    assert_eq!(summary(&[CIRCLECI, &[("CIRCLE_TAG", "v1")]]), format!("circleci: Tag v1 tag=v1 {common}"));
    let fork = [
        ("CIRCLE_BRANCH", "pull/7"),
        ("CIRCLE_PR_NUMBER", "7"),
        ("CIRCLE_PR_USERNAME", "stranger"),
        ("CIRCLE_PULL_REQUEST", "https://github.com/acme/shop/pull/7"),
    ];
    assert_eq!(
        summary(&[CIRCLECI, &fork]),
        format!("circleci: PullRequest pull/7 {common} request=7 fork=true")
    );
}

const BUILDKITE: &[(&str, &str)] = &[
    ("CI", "true"),
    ("BUILDKITE", "true"),
    ("BUILDKITE_BUILD_CREATOR", "Ada"),
    ("BUILDKITE_BUILD_NUMBER", "41"),
    ("BUILDKITE_COMMIT", "COMMIT"),
    ("BUILDKITE_MESSAGE", "a change"),
    ("BUILDKITE_ORGANIZATION_SLUG", "acme"),
    ("BUILDKITE_PIPELINE_SLUG", "shop-deploy"),
    ("BUILDKITE_REPO", "git@github.com:acme/shop.git"),
    ("BUILDKITE_TAG", ""),
];

#[test]
fn buildkite() {
    let common = "repository=acme/shop number=41 scope=buildkite/acme/shop-deploy";
    let branch = |source, more: &[(&str, &str)]| {
        let variables =
            [("BUILDKITE_SOURCE", source), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "false")];
        summary(&[BUILDKITE, &variables, more])
    };
    assert_eq!(
        branch("webhook", &[]),
        format!("buildkite: Push main {common} by=Ada word=webhook message=a change")
    );
    assert!(branch("schedule", &[]).starts_with("buildkite: Schedule main "));
    assert!(branch("ui", &[]).starts_with("buildkite: Manual main "));
    assert!(branch("webhook", &[("BUILDKITE_PARALLEL_JOB", "1")]).contains(" job=2 "));
    assert!(branch("webhook", &[("BUILDKITE_TAG", "v1")]).starts_with("buildkite: Tag main tag=v1 "));
    let request = [
        ("BUILDKITE_SOURCE", "webhook"),
        ("BUILDKITE_BRANCH", "stranger:fix"),
        ("BUILDKITE_PULL_REQUEST", "7"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
        ("BUILDKITE_PULL_REQUEST_REPO", "git://github.com/stranger/shop.git"),
    ];
    assert_eq!(
        summary(&[BUILDKITE, &request]),
        format!(
            "buildkite: PullRequest main {common} by=Ada word=webhook message=a change request=7 source=stranger:fix \
             fork=true"
        )
    );
}

const JENKINS: &[(&str, &str)] = &[
    ("JENKINS_URL", "https://jenkins.example.com/"),
    ("BUILD_NUMBER", "41"),
    ("GIT_COMMIT", "COMMIT"),
    ("GIT_URL", "https://github.com/acme/shop.git"),
    ("JOB_NAME", "shop/main"),
];

#[test]
fn jenkins() {
    let common = "repository=acme/shop number=41 scope=jenkins/shop/main";
    let branch = [("BRANCH_NAME", "main"), ("GIT_PREVIOUS_COMMIT", "BASE"), ("BUILD_USER_ID", "ada")];
    assert_eq!(summary(&[JENKINS, &branch]), format!("jenkins: Push main {common} by=ada base=BASE"));
    // A job of one branch, without the plugin for several.
    assert!(
        summary(&[JENKINS, &[("GIT_BRANCH", "origin/release/2")]]).starts_with("jenkins: Push release/2 ")
    );
    let tag = [("BRANCH_NAME", "v1"), ("TAG_NAME", "v1")];
    assert_eq!(summary(&[JENKINS, &tag]), format!("jenkins: Tag v1 tag=v1 {common}"));
    let request = [
        ("BRANCH_NAME", "PR-7"),
        ("CHANGE_ID", "7"),
        ("CHANGE_TARGET", "main"),
        ("CHANGE_BRANCH", "fix"),
        ("CHANGE_FORK", "stranger"),
        ("CHANGE_AUTHOR", "stranger"),
    ];
    assert_eq!(
        summary(&[JENKINS, &request]),
        format!("jenkins: PullRequest main {common} by=stranger request=7 source=fix fork=true")
    );
}

const BITBUCKET: &[(&str, &str)] = &[
    ("CI", "true"),
    ("BITBUCKET_BUILD_NUMBER", "41"),
    ("BITBUCKET_COMMIT", "COMMIT"),
    ("BITBUCKET_REPO_FULL_NAME", "acme/shop"),
    ("BITBUCKET_PARALLEL_STEP", "1"),
    ("BITBUCKET_STEP_TRIGGERER_UUID", "{8c2f}"),
];

#[test]
fn bitbucket() {
    let common = "repository=acme/shop number=41 scope=bitbucket by={8c2f}";
    let push = [("BITBUCKET_BRANCH", "main")];
    assert_eq!(summary(&[BITBUCKET, &push]), format!("bitbucket: Push main {common}"));
    assert_eq!(
        summary(&[BITBUCKET, &[("BITBUCKET_TAG", "v1")]]),
        format!("bitbucket: Tag v1 tag=v1 {common}")
    );
    let request = [
        ("BITBUCKET_BRANCH", "fix"),
        ("BITBUCKET_PR_ID", "7"),
        ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
        // It is abbreviated.
        ("BITBUCKET_PR_DESTINATION_COMMIT", "0f1e2d3c4b5a"),
    ];
    assert_eq!(
        summary(&[BITBUCKET, &request]),
        format!("bitbucket: PullRequest main {common} request=7 source=fix fork=false")
    );
}

const CODEBUILD: &[(&str, &str)] = &[
    ("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:eu-west-1:123456789012:build/shop:1d0c"),
    ("CODEBUILD_BUILD_ID", "shop:1d0c"),
    ("CODEBUILD_BUILD_NUMBER", "41"),
    ("CODEBUILD_INITIATOR", "GitHub-Hookshot/f4f6e1a"),
    ("CODEBUILD_RESOLVED_SOURCE_VERSION", "COMMIT"),
    ("CODEBUILD_SOURCE_REPO_URL", "https://github.com/acme/shop.git"),
];

#[test]
fn codebuild() {
    let common = "repository=acme/shop number=41 scope=codebuild/shop";
    let push = [
        ("CODEBUILD_WEBHOOK_EVENT", "PUSH"),
        ("CODEBUILD_WEBHOOK_TRIGGER", "branch/main"),
        ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"),
        ("CODEBUILD_WEBHOOK_PREV_COMMIT", "BASE"),
        ("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "123"),
    ];
    assert_eq!(
        summary(&[CODEBUILD, &push]),
        format!("codebuild: Push main {common} by=123 word=PUSH base=BASE")
    );
    let tag = [
        ("CODEBUILD_WEBHOOK_EVENT", "PUSH"),
        ("CODEBUILD_WEBHOOK_TRIGGER", "tag/v1"),
        ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/tags/v1"),
    ];
    assert!(summary(&[CODEBUILD, &tag]).starts_with("codebuild: Tag v1 tag=v1 "));
    let request = [
        ("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_UPDATED"),
        ("CODEBUILD_WEBHOOK_TRIGGER", "pr/7"),
        ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/fix"),
        ("CODEBUILD_WEBHOOK_BASE_REF", "refs/heads/main"),
        ("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "123"),
    ];
    assert_eq!(
        summary(&[CODEBUILD, &request]),
        format!("codebuild: PullRequest main {common} by=123 word=PULL_REQUEST_UPDATED request=7 source=fix")
    );
    // A person starts a build of a branch.
    let manual = [("CODEBUILD_SOURCE_VERSION", "main"), ("CODEBUILD_INITIATOR", "ada")];
    assert_eq!(summary(&[CODEBUILD, &manual]), format!("codebuild: Manual main {common} by=ada word=ada"));
}

#[test]
fn a_source_version_of_codebuild_that_is_no_branch_is_none() {
    for version in [COMMIT, "refs/tags/v1", "pr/7", "arn:aws:s3:::bucket/source.zip"] {
        let variables = [("CODEBUILD_SOURCE_VERSION", version)];
        let value = |(name, value): &(&str, &str)| ((*name).to_owned(), value.replace("COMMIT", COMMIT));
        let environment = CODEBUILD.iter().chain(&variables).map(value).collect();
        let error =
            ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap_err().to_string();
        assert!(error.contains("AWS CodeBuild") && error.contains("--branch"), "{error}");
    }
}

const AZURE: &[(&str, &str)] = &[
    ("TF_BUILD", "True"),
    ("BUILD_BUILDID", "41"),
    ("BUILD_REPOSITORY_NAME", "acme/shop"),
    ("BUILD_REQUESTEDFOR", "Ada"),
    ("BUILD_SOURCEVERSION", "COMMIT"),
    ("BUILD_SOURCEVERSIONMESSAGE", "a change"),
    ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
    ("SYSTEM_JOBPOSITIONINPHASE", "1"),
];

#[test]
fn azure_pipelines() {
    let common = "repository=acme/shop number=41 scope=https://dev.azure.com/acme/ job=1 by=Ada";
    let branch =
        |reason, reference| summary(&[AZURE, &[("BUILD_REASON", reason), ("BUILD_SOURCEBRANCH", reference)]]);
    assert_eq!(
        branch("IndividualCI", "refs/heads/main"),
        format!("azure-pipelines: Push main {common} word=IndividualCI message=a change")
    );
    assert!(branch("Schedule", "refs/heads/main").starts_with("azure-pipelines: Schedule main "));
    assert!(branch("Manual", "refs/heads/main").starts_with("azure-pipelines: Manual main "));
    assert!(branch("IndividualCI", "refs/tags/v1").starts_with("azure-pipelines: Tag v1 tag=v1 "));
    for (target, number) in [
        ("main", ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7")),
        ("refs/heads/main", ("SYSTEM_PULLREQUEST_PULLREQUESTID", "7")),
    ] {
        let request = [
            number,
            ("BUILD_REASON", "PullRequest"),
            ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
            ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", target),
            ("SYSTEM_PULLREQUEST_ISFORK", "True"),
        ];
        assert_eq!(
            summary(&[AZURE, &request]),
            format!(
                "azure-pipelines: PullRequest main {common} word=PullRequest message=a change request=7 source=fix \
                 fork=true"
            )
        );
    }
}

const DRONE: &[(&str, &str)] = &[
    ("CI", "true"),
    ("DRONE", "true"),
    ("DRONE_BRANCH", "main"),
    ("DRONE_BUILD_NUMBER", "41"),
    ("DRONE_BUILD_TRIGGER", "ada"),
    ("DRONE_COMMIT_MESSAGE", "a change"),
    ("DRONE_COMMIT_SHA", "COMMIT"),
    ("DRONE_REPO", "acme/shop"),
    ("DRONE_STAGE_NUMBER", "2"),
];

#[test]
fn drone() {
    let common = "repository=acme/shop number=41 scope=drone by=ada";
    let event = |event, more: &[(&str, &str)]| summary(&[DRONE, &[("DRONE_BUILD_EVENT", event)], more]);
    assert_eq!(
        event("push", &[("DRONE_COMMIT_BEFORE", "BASE"), ("DRONE_SOURCE_BRANCH", "main")]),
        format!("drone: Push main {common} word=push base=BASE message=a change")
    );
    assert!(event("tag", &[("DRONE_TAG", "v1")]).starts_with("drone: Tag main tag=v1 "));
    assert!(event("cron", &[]).starts_with("drone: Schedule main "));
    assert!(event("promote", &[]).starts_with("drone: Manual main "));
    assert!(event("push", &[("HARNESS_PIPELINE_ID", "deploy")]).contains(" scope=harness/deploy "));
    let request =
        [("DRONE_PULL_REQUEST", "7"), ("DRONE_SOURCE_BRANCH", "fix"), ("DRONE_TARGET_BRANCH", "main")];
    assert_eq!(
        event("pull_request", &request),
        format!("drone: PullRequest main {common} word=pull_request message=a change request=7 source=fix")
    );
}

const WOODPECKER: &[(&str, &str)] = &[
    ("CI", "woodpecker"),
    ("CI_COMMIT_BRANCH", "main"),
    ("CI_COMMIT_MESSAGE", "a change"),
    ("CI_COMMIT_SHA", "COMMIT"),
    ("CI_PIPELINE_AUTHOR", "ada"),
    ("CI_PIPELINE_NUMBER", "41"),
    ("CI_PREV_COMMIT_SHA", "BASE"),
    ("CI_REPO", "acme/shop"),
    ("CI_WORKFLOW_NUMBER", "2"),
];

#[test]
fn woodpecker() {
    let common = "repository=acme/shop number=41 scope=woodpecker by=ada";
    let event = |event, more: &[(&str, &str)]| summary(&[WOODPECKER, &[("CI_PIPELINE_EVENT", event)], more]);
    assert_eq!(
        event("push", &[]),
        format!("woodpecker: Push main {common} word=push base=BASE message=a change")
    );
    assert!(event("tag", &[("CI_COMMIT_TAG", "v1")]).starts_with("woodpecker: Tag main tag=v1 "));
    assert!(event("cron", &[]).starts_with("woodpecker: Schedule main "));
    assert!(event("deployment", &[]).starts_with("woodpecker: Manual main "));
    let request = [
        ("CI_COMMIT_PULL_REQUEST", "7"),
        ("CI_COMMIT_SOURCE_BRANCH", "fix"),
        ("CI_COMMIT_TARGET_BRANCH", "main"),
    ];
    assert_eq!(
        event("pull_request", &request),
        format!(
            "woodpecker: PullRequest main {common} word=pull_request message=a change request=7 source=fix"
        )
    );
}

#[test]
fn the_command_line_chooses_the_provider() {
    let environment =
        GITLAB.iter().chain(TRAVIS).chain(&[("CI_COMMIT_BRANCH", "main"), ("TRAVIS_BRANCH", "old")]);
    let environment: Environment =
        environment.map(|(name, value)| ((*name).to_owned(), value.replace("COMMIT", COMMIT))).collect();
    let branch = |ci: Option<&str>| {
        let sources = Sources { ci: ci.and_then(Ci::named), ..Sources::of(&environment) };
        ci::resolve(sources, PartialBuild::default(), 1).map(|resolved| resolved.build.branch)
    };
    assert_eq!(branch(None).unwrap(), "old");
    assert_eq!(branch(Some("gitlab")).unwrap(), "main");
    let error = branch(Some("none")).unwrap_err().to_string();
    assert!(error.contains("--branch NAME --commit"), "{error}");
}
