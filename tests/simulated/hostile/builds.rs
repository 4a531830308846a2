//! Hostile builds: anyone with permission to push a branch chooses its name.

use super::{Row, run_all};

#[test]
fn a_branch_is_never_parsed_as_an_option_or_printed_as_a_line() {
    let branch = |name, branch: &'static str| {
        Row::built_in(name, &[("TRAVIS_BRANCH", branch), ("DEPLOY_BRANCHES", branch)])
    };
    let no_target = "has no deployment target: set ECS_CLUSTER_";
    run_all([
        branch("branch-option", "--privileged").prints(no_target).does_not_print("docker build"),
        branch("branch-shell", "$(reboot)`reboot`;reboot").prints(no_target),
        branch("branch-path", "../../etc/passwd").prints(no_target),
        branch("branch-command", "::error::x").prints(no_target),
        Row::built_in("branch-line", &[("TRAVIS_BRANCH", "a\nVerdict   web deployed")])
            .exits(2)
            .prints("a\\nVerdict")
            .does_not_print("\nVerdict"),
        Row::built_in("branch-colour", &[("TRAVIS_BRANCH", "a\u{1b}[2J")]).exits(2).prints("a\\u{1b}[2J"),
        Row::built_in("branch-long", &[("TRAVIS_BRANCH", &"a".repeat(100_000))])
            .exits(2)
            .prints("1024 bytes"),
    ]);
}

#[test]
fn a_tag_or_a_setting_is_never_parsed_as_an_option() {
    let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let row = |name, variable, value: &str, expected: &str| {
        Row::built_in(name, &[(variable, value)]).prints(expected)
    };
    run_all([
        row("url-option", "REMOTE_IMAGE_URL", "--privileged", "REMOTE_IMAGE_URL is not an image"),
        row(
            "url-password",
            "REMOTE_IMAGE_URL",
            &format!("https://me:pass@{host}/web"),
            "REMOTE_IMAGE_URL is not",
        )
        .does_not_print("me:pass"),
        row("cluster-line", "ECS_CLUSTER_MASTER", "a\nb", "ECS_CLUSTER_MASTER contains `a"),
        row("service-option", "ECS_SERVICE_MASTER", "../admin", "ECS_SERVICE_MASTER contains `../admin`"),
        row("commit-option", "TRAVIS_COMMIT", "--privileged", "\"--privileged\"").exits(2),
        row("job-overflow", "TRAVIS_JOB_NUMBER", "57.99999999999999999999", "TRAVIS_JOB_NUMBER").exits(2),
        row("number-overflow", "TRAVIS_BUILD_NUMBER", "99999999999999999999999", "TRAVIS_BUILD_NUMBER")
            .exits(2),
        row("region-of-the-run", "AWS_REGION", "evil.example/#", "evil.example/#").exits(5),
    ]);
}
