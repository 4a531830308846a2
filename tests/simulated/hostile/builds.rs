//! Hostile builds: whoever may push a branch chooses its name.

use super::{Row, all};

#[test]
fn a_branch_is_no_option_and_no_line() {
    let branch = |name, branch: &'static str| {
        Row::built_in(name, &[("TRAVIS_BRANCH", branch), ("DEPLOY_BRANCHES", branch)])
    };
    let no_target = "has no deployment target: set ECS_CLUSTER_";
    all([
        branch("branch-option", "--privileged").says(no_target).says_not("docker build"),
        branch("branch-shell", "$(reboot)`reboot`;reboot").says(no_target),
        branch("branch-path", "../../etc/passwd").says(no_target),
        branch("branch-command", "::error::x").says(no_target),
        Row::built_in("branch-line", &[("TRAVIS_BRANCH", "a\nVerdict   web deployed")])
            .exits(2)
            .says("a\\nVerdict")
            .says_not("\nVerdict"),
        Row::built_in("branch-colour", &[("TRAVIS_BRANCH", "a\u{1b}[2J")]).exits(2).says("a\\u{1b}[2J"),
        Row::built_in("branch-long", &[("TRAVIS_BRANCH", &"a".repeat(100_000))]).exits(2).says("1024 bytes"),
    ]);
}

#[test]
fn a_tag_or_a_setting_is_no_option_either() {
    let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let row = |name, variable, value: &str, says: &str| Row::built_in(name, &[(variable, value)]).says(says);
    all([
        row("url-option", "REMOTE_IMAGE_URL", "--privileged", "REMOTE_IMAGE_URL is not an image"),
        row(
            "url-password",
            "REMOTE_IMAGE_URL",
            &format!("https://me:pass@{host}/web"),
            "REMOTE_IMAGE_URL is not",
        )
        .says_not("me:pass"),
        row("cluster-line", "ECS_CLUSTER_MASTER", "a\nb", "invalid cluster \"").exits(4),
        row("service-option", "ECS_SERVICE_MASTER", "../admin", "invalid service \"").exits(4),
        row("commit-option", "TRAVIS_COMMIT", "--privileged", "\"--privileged\"").exits(2),
        row("job-overflow", "TRAVIS_JOB_NUMBER", "57.99999999999999999999", "TRAVIS_JOB_NUMBER").exits(2),
        row("number-overflow", "TRAVIS_BUILD_NUMBER", "99999999999999999999999", "TRAVIS_BUILD_NUMBER")
            .exits(2),
        row("region-of-the-run", "AWS_REGION", "evil.example/#", "evil.example/#").exits(5),
    ]);
}
