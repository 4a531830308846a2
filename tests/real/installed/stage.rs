//! What a job deploys to: the project's simulator of AWS, with the resources of the readme of travis-ecs-deploy, and the
//! docker engine and the registry of the bench.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use ecs_simulator::{Change, RepositorySetup, Resources, Scenario, ServiceSetup, Simulator, Time};
use serde_json::json;
use tempfile::TempDir;

use super::folder;
use crate::aws::{ecr_host, ecr_password};
use crate::backend::bench;
use crate::variables::Build;

/// The region of the readme.
pub const REGION: &str = "eu-central-1";

/// The cluster of branch `master`, which is the name of its task definition, too.
pub const CLUSTER: &str = "simple-todo-master";

/// The commit of the build.
pub const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

/// A simulated AWS, a project and a repository. Each test has a repository of its own.
pub struct Stage {
    pub simulator: Simulator,
    repository: String,
    folder: TempDir,
}

impl Stage {
    /// A stage whose project has a Dockerfile.
    pub fn new(name: &str) -> Self {
        let repository = format!("{name}/simple-todo");
        let image = format!("{}/{repository}:master", ecr_host(REGION));
        let web = json!({"name": "web", "image": image, "memory": 128, "essential": true});
        let service = ServiceSetup {
            cluster: CLUSTER.to_owned(),
            name: "simple-todo".to_owned(),
            task_definition: json!({"family": CLUSTER, "containerDefinitions": [web]}),
            desired_count: 2,
            ..ServiceSetup::default()
        };
        let resources = Resources {
            services: vec![service],
            repositories: vec![RepositorySetup { name: repository.clone(), ..RepositorySetup::default() }],
            ..Resources::default()
        };
        let scenario = Scenario {
            time: Time::Step(5.0),
            region: REGION.to_owned(),
            resources,
            registry_password: ecr_password(),
            ..Scenario::default()
        };
        let folder = folder("stage");
        for part in ["project", "home", "tmp"] {
            fs::create_dir(folder.path().join(part)).expect("a folder");
        }
        let stage = Self { simulator: Simulator::start(&scenario).expect("a simulator"), repository, folder };
        fs::write(stage.path("project/Dockerfile"), "FROM scratch\nCOPY hello.txt /\n").expect("a file");
        fs::write(stage.path("project/hello.txt"), name).expect("a file");
        stage
    }

    /// A path in the folder, which contains `project`, `home` and `tmp`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The address of the repository.
    pub fn address(&self) -> String {
        format!("{}/{}", ecr_host(REGION), self.repository)
    }

    /// The variables of a job that deploys.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let build = Build {
            folder: &|part| self.path(part),
            endpoint: &self.simulator.url(),
            region: REGION,
            commit: COMMIT,
            project: "simple-todo",
            repository: &self.address(),
            cluster: CLUSTER,
            service: "simple-todo",
        };
        let mut variables = build.variables();
        variables.insert("DOCKER_HOST".to_owned(), bench().engine.host());
        variables
    }

    /// The digest that was pushed with the branch as its tag.
    pub fn pushed(&self) -> Option<String> {
        bench().ecr.tags(&self.repository).get("master").cloned()
    }

    /// Adds what was pushed to the simulated ECR. In AWS, ECR is the registry.
    pub fn sync_ecr(&self) {
        for (tag, digest) in bench().ecr.tags(&self.repository) {
            let change = Change::PutImage { repository: self.repository.clone(), tag, digest };
            self.simulator.apply(&change).expect("ECR accepts the image");
        }
    }

    /// Asserts that the service runs the image that was pushed.
    pub fn is_deployed(&self, log: &str) {
        let digest = self.pushed().unwrap_or_else(|| panic!("nothing was pushed: {log}"));
        let service = self.simulator.snapshot(CLUSTER, "simple-todo");
        assert!(
            service.task_definition.ends_with(&format!("/{CLUSTER}:2")),
            "{}\n{log}",
            service.task_definition
        );
        let calls = self.simulator.calls();
        let registered =
            calls.iter().find(|call| call.action == "ecs:RegisterTaskDefinition").expect("a call");
        let image = &registered.body["containerDefinitions"][0]["image"];
        assert_eq!(*image, json!(format!("{}@{digest}", self.address())), "{log}");
    }
}
