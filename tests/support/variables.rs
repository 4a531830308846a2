//! The variables that a run gets in a test: what the readme sets, and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The secret key of every run, which nobody may repeat.
pub const SECRET: &str = "0Bench0Secret0Bench0Secret0Bench0Secret0";

/// What differs from run to run of a build of `master`.
pub struct Build<'a> {
    /// A folder of the test's own, by its parts: `home` and `tmp`.
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
    /// The variables of this build, as Travis CI tells them.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let folder = |name: &str| (self.folder)(name).display().to_string();
        let (home, tmp, slug) = (folder("home"), folder("tmp"), format!("example/{}", self.project));
        let variables = [
            ("HOME", home.as_str()),
            ("TMPDIR", &tmp),
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
