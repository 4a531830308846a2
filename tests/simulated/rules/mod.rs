//! The built-in policy `rules`, run by the real binary against the simulator. A script replaces git, and serves the files
//! `deploy-rules.toml` and `changed` of the test.

mod cases;
mod confined;
mod deployments;
mod hostile;
mod project;

use std::os::unix::fs::PermissionsExt as _;

use ecs_simulator::Scenario;

use crate::world::{Job, World, scenario};

/// The commit that a build is compared with.
const BASE: &str = "1111111111111111111111111111111111111111";

const GIT: &str = r#"#!/bin/sh
case "$*" in
*'cat-file --batch-check=%(objectname) %(objecttype)'*) while read hash; do echo "$hash commit"; done ;;
*"diff-tree "*) cat FOLDER/changed ;;
*"ls-tree "*" -- PATH")
    if test -e FOLDER/deploy-rules.toml; then
        printf '100644 blob 2222222222222222222222222222222222222222\tPATH\0'
    fi ;;
*"ls-tree "*) ;;
*"cat-file --batch-check=%(objectsize)") wc -c < FOLDER/deploy-rules.toml ;;
*"cat-file blob 2222222222222222222222222222222222222222") cat FOLDER/deploy-rules.toml ;;
*) exit 1 ;;
esac
"#;

/// Rules that deploy `master` to the service of the world.
const RULES: &str = r#"
[[rule]]
branch = "master"
environment = "master"

[environments.master]
cluster = "main"

[images.simple-todo]
repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/simple-todo"

[[target]]
service = "web"
"#;

/// A world, and its repository.
struct Checkout(World);

impl Checkout {
    /// A commit with these rules.
    fn with(rules: &str) -> Self {
        Self::of(&scenario(), rules)
    }

    fn of(scenario: &Scenario, rules: &str) -> Self {
        let checkout = Self::without_rules(scenario);
        checkout.write("deploy-rules.toml", rules);
        checkout
    }

    fn without_rules(scenario: &Scenario) -> Self {
        let checkout = Self(World::new(scenario));
        std::fs::create_dir(checkout.0.path("git")).expect("a folder");
        checkout.replace_git(GIT);
        checkout
    }

    /// Replaces a file of the repository.
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path("git").join(name), text).expect("a file");
    }

    fn replace_git(&self, script: &str) {
        let folder = self.0.path("git").display().to_string();
        self.write("git", &script.replace("FOLDER", &folder).replace("PATH", "deploy-rules.toml"));
        let program = self.0.path("git/git");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// A verb with the policy `rules`, without the settings of the convention.
    fn verb(&self, verb: &str) -> Job<'_> {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.0.path("git").display());
        let job = self.0.verb(verb).args(&["rules"]).set("PATH", &path);
        let settings =
            ["DEPLOY_BRANCHES", "IMAGE_NAME", "REMOTE_IMAGE_URL", "ECS_CLUSTER_MASTER", "ECS_SERVICE_MASTER"];
        settings.into_iter().fold(job, Job::unset)
    }

    fn run(&self) -> Job<'_> {
        self.verb("run").args(&["--poll", "0.01"])
    }
}
