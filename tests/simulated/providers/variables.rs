//! What the jobs of each provider have in their environment.

/// The variables of a push to `master`, and those that a pull request sets instead or beside.
pub struct Provider {
    pub name: &'static str,
    pub title: &'static str,
    pub push: &'static [(&'static str, &'static str)],
    pub request: &'static [(&'static str, &'static str)],
}

/// In place of the hash of the commit.
pub const HASH: &str = "HASH";

pub const PROVIDERS: [Provider; 12] = [
    Provider {
        name: "github-actions",
        title: "GitHub Actions",
        push: &[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF", "refs/heads/master"),
            ("GITHUB_REF_NAME", "master"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_RUN_NUMBER", "3"),
            ("GITHUB_SHA", HASH),
        ],
        request: &[
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/12/merge"),
            ("GITHUB_BASE_REF", "master"),
        ],
    },
    Provider {
        name: "gitea",
        title: "Gitea Actions",
        push: &[
            ("GITHUB_ACTIONS", "true"),
            ("GITEA_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF_NAME", "master"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_SHA", HASH),
        ],
        request: &[
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/12/head"),
            ("GITHUB_BASE_REF", "master"),
        ],
    },
    Provider {
        name: "gitlab",
        title: "GitLab CI",
        push: &[
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_SOURCE", "push"),
            ("CI_COMMIT_BRANCH", "master"),
            ("CI_COMMIT_SHA", HASH),
            ("CI_PIPELINE_IID", "3"),
        ],
        request: &[
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_IID", "12"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "master"),
        ],
    },
    Provider {
        name: "circleci",
        title: "CircleCI",
        push: &[
            ("CIRCLECI", "true"),
            ("CIRCLE_BRANCH", "master"),
            ("CIRCLE_SHA1", HASH),
            ("CIRCLE_NODE_INDEX", "0"),
        ],
        request: &[("CIRCLE_BRANCH", "pull/12"), ("CIRCLE_PR_NUMBER", "12")],
    },
    Provider {
        name: "buildkite",
        title: "Buildkite",
        push: &[
            ("BUILDKITE", "true"),
            ("BUILDKITE_BRANCH", "master"),
            ("BUILDKITE_COMMIT", HASH),
            ("BUILDKITE_SOURCE", "webhook"),
            ("BUILDKITE_PULL_REQUEST", "false"),
        ],
        request: &[("BUILDKITE_PULL_REQUEST", "12"), ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "master")],
    },
    Provider {
        name: "bitbucket",
        title: "Bitbucket Pipelines",
        push: &[
            ("BITBUCKET_BUILD_NUMBER", "3"),
            ("BITBUCKET_BRANCH", "master"),
            ("BITBUCKET_COMMIT", HASH),
            // Of a group of steps, which differ.
            ("BITBUCKET_PARALLEL_STEP", "1"),
        ],
        request: &[("BITBUCKET_PR_ID", "12"), ("BITBUCKET_PR_DESTINATION_BRANCH", "master")],
    },
    Provider {
        name: "codebuild",
        title: "AWS CodeBuild",
        push: &[
            ("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:eu-west-1:123456789012:build/web:1d0c"),
            ("CODEBUILD_RESOLVED_SOURCE_VERSION", HASH),
            ("CODEBUILD_WEBHOOK_EVENT", "PUSH"),
            ("CODEBUILD_WEBHOOK_TRIGGER", "branch/master"),
            ("CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/master"),
        ],
        request: &[
            ("CODEBUILD_WEBHOOK_EVENT", "PULL_REQUEST_CREATED"),
            ("CODEBUILD_WEBHOOK_TRIGGER", "pr/12"),
            ("CODEBUILD_WEBHOOK_BASE_REF", "refs/heads/master"),
        ],
    },
    Provider {
        name: "azure-pipelines",
        title: "Azure Pipelines",
        push: &[
            ("TF_BUILD", "True"),
            ("BUILD_REASON", "IndividualCI"),
            ("BUILD_SOURCEBRANCH", "refs/heads/master"),
            ("BUILD_SOURCEVERSION", HASH),
            ("SYSTEM_JOBPOSITIONINPHASE", "1"),
        ],
        request: &[
            ("BUILD_REASON", "PullRequest"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "12"),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/master"),
        ],
    },
    Provider {
        name: "drone",
        title: "Drone",
        push: &[
            ("DRONE", "true"),
            ("DRONE_BUILD_EVENT", "push"),
            ("DRONE_BRANCH", "master"),
            ("DRONE_COMMIT_SHA", HASH),
            // A build of two pipelines, of which the second one deploys.
            ("DRONE_STAGE_NUMBER", "2"),
        ],
        request: &[("DRONE_BUILD_EVENT", "pull_request"), ("DRONE_PULL_REQUEST", "12")],
    },
    Provider {
        name: "woodpecker",
        title: "Woodpecker CI",
        push: &[
            ("CI", "woodpecker"),
            ("CI_PIPELINE_EVENT", "push"),
            ("CI_COMMIT_BRANCH", "master"),
            ("CI_COMMIT_SHA", HASH),
            ("CI_WORKFLOW_NUMBER", "2"),
        ],
        request: &[("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_PULL_REQUEST", "12")],
    },
    Provider {
        name: "jenkins",
        title: "Jenkins",
        push: &[
            ("JENKINS_URL", "https://jenkins.example.com/"),
            ("BRANCH_NAME", "master"),
            ("GIT_COMMIT", HASH),
            ("BUILD_NUMBER", "3"),
            ("JOB_NAME", "web/master"),
        ],
        request: &[("BRANCH_NAME", "PR-12"), ("CHANGE_ID", "12"), ("CHANGE_TARGET", "master")],
    },
    Provider {
        name: "travis",
        title: "Travis CI",
        push: &[
            ("TRAVIS", "true"),
            ("TRAVIS_EVENT_TYPE", "push"),
            ("TRAVIS_BRANCH", "master"),
            ("TRAVIS_COMMIT", HASH),
            ("TRAVIS_PULL_REQUEST", "false"),
            ("TRAVIS_JOB_NUMBER", "57.1"),
        ],
        request: &[("TRAVIS_EVENT_TYPE", "pull_request"), ("TRAVIS_PULL_REQUEST", "12")],
    },
];
