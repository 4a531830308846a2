//! The variables of a run in a test: those of the readme, and those that a shell sets.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The secret key of every run. No output may contain it.
pub const SECRET: &str = "0Bench0Secret0Bench0Secret0Bench0Secret0";

/// The variables of Travis CI among those of [`Build::variables`].
pub const TRAVIS: [&str; 8] = [
    "TRAVIS",
    "TRAVIS_BRANCH",
    "TRAVIS_COMMIT",
    "TRAVIS_EVENT_TYPE",
    "TRAVIS_PULL_REQUEST",
    "TRAVIS_REPO_SLUG",
    "TRAVIS_BUILD_NUMBER",
    "TRAVIS_JOB_NUMBER",
];

/// The parts that differ between builds of `master`.
pub struct Build<'a> {
    /// Returns the test's own `home`, `tmp` or `project`.
    pub folder: &'a dyn Fn(&str) -> PathBuf,
    pub endpoint: &'a str,
    pub region: &'a str,
    pub commit: &'a str,
    /// The name of the project and of its image.
    pub project: &'a str,
    pub repository: &'a str,
    pub cluster: &'a str,
    pub service: &'a str,
}

impl Build<'_> {
    /// The variables of this build on Travis CI.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let folder = |name: &str| (self.folder)(name).display().to_string();
        let (home, tmp, slug) = (folder("home"), folder("tmp"), format!("example/{}", self.project));
        let project = folder("project");
        let operator_file = folder("operator/ecs-host.toml");
        let variables = [
            ("HOME", home.as_str()),
            ("TMPDIR", &tmp),
            // No test depends on the operator's file of the machine.
            ("ECS_HOST_TEST_OPERATOR_FILE", &operator_file),
            // A shell's. Some look like secrets to a careless reader, and what they contain is printed everywhere.
            ("PWD", &project),
            ("OLDPWD", &home),
            ("SHELL", "/bin/sh"),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("USER", self.project),
            ("SSH_AUTH_SOCK", "/tmp/ssh-agent/agent.1"),
            ("ENABLE_AUTH", "true"),
            ("CACHE_KEY", self.repository),
            ("TOKEN_URL", self.endpoint),
            ("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")),
            ("AWS_ENDPOINT_URL", self.endpoint),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", self.region),
            ("AWS_ACCESS_KEY_ID", "BENCHACCESSKEY000000"),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("TRAVIS", "true"),
            ("TRAVIS_BRANCH", "master"),
            ("TRAVIS_COMMIT", self.commit),
            ("TRAVIS_EVENT_TYPE", "push"),
            ("TRAVIS_PULL_REQUEST", "false"),
            ("TRAVIS_REPO_SLUG", &slug),
            ("TRAVIS_BUILD_NUMBER", "57"),
            ("TRAVIS_JOB_NUMBER", "57.1"),
            ("DEPLOY_BRANCHES", "master"),
            ("IMAGE_NAME", self.project),
            ("REMOTE_IMAGE_URL", self.repository),
            ("ECS_CLUSTER_MASTER", self.cluster),
            ("ECS_SERVICE_MASTER", self.service),
        ];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}
