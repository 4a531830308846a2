//! What the demo plays on: everything that a deployment needs, on this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ecs_simulator::{
    Change, Delay, Delays, RepositorySetup, Resources, Scenario, ServiceSetup, Simulator, TaskBehaviour,
    TaskFilter, TaskRule, Time,
};
use serde_json::json;

use crate::aws::{ecr_host, ecr_password};
use crate::bench::{Engine, Registry, engine};

/// The region of the readme's example.
pub const REGION: &str = "eu-central-1";

/// How many times faster than in AWS its time passes.
const SPEED: f64 = 5.0;

/// Two commits of the project.
pub const COMMITS: [&str; 2] =
    ["3f2a9c10d1e2f30415263748596a7b8c9d0e1f20", "9b1d0c7e5f4a39281706f5e4d3c2b1a098765432"];

/// Everything that the demo started. Dropping it ends and removes all of it.
pub struct Stage {
    /// The user's engine, or the demo's own.
    pub docker: Docker,
    registry: Registry,
    aws: Simulator,
}

/// A docker engine.
pub enum Docker {
    /// One that was there, behind this socket.
    Found(PathBuf),
    /// One that was started for the demo.
    Own(Engine),
}

impl Stage {
    /// Sets everything up.
    ///
    /// # Errors
    /// Where a part is missing or does not start.
    pub fn set() -> anyhow::Result<Self> {
        let (docker, registry) = match found() {
            // Docker takes any registry on the loopback interface, but not without a word under ECR's name.
            Some(socket) => (Docker::Found(socket), Registry::plain(None)?),
            None => {
                engine::startable()?;
                let registry = Registry::behind_ecr_names()?;
                (Docker::Own(Engine::start(&registry)?), registry)
            }
        };
        let aws = Simulator::start(&scenario(&repository(&docker, &registry)))?;
        for folder in ["project", "home"] {
            std::fs::create_dir(registry.folder().join(folder))?;
        }
        let stage = Self { docker, registry, aws };
        stage.write_project("Hello from master")?;
        Ok(stage)
    }

    /// Writes the project; its text makes the image another one.
    ///
    /// # Errors
    /// Where there is no room.
    pub fn write_project(&self, text: &str) -> anyhow::Result<()> {
        std::fs::write(self.project().join("Dockerfile"), "FROM scratch\nCOPY hello.txt /\n")?;
        std::fs::write(self.project().join("hello.txt"), text)?;
        Ok(())
    }

    /// The project's folder.
    pub fn project(&self) -> PathBuf {
        self.registry.folder().join("project")
    }

    /// The folder of a user who has set up nothing.
    pub fn home(&self) -> PathBuf {
        self.registry.folder().join("home")
    }

    /// The image's repository.
    pub fn repository(&self) -> String {
        repository(&self.docker, &self.registry)
    }

    /// Makes the simulated ECR know what was pushed, which in AWS is one thing.
    ///
    /// # Errors
    /// Where it refuses.
    pub fn sync_ecr(&self) -> anyhow::Result<()> {
        for (tag, digest) in self.registry.tags("simple-todo") {
            let change = Change::PutImage { repository: "simple-todo".to_owned(), tag, digest };
            self.aws.apply(&change).map_err(|refusal| anyhow::anyhow!("ECR: {refusal:?}"))?;
        }
        Ok(())
    }

    /// What a job's settings on Travis CI would be, in the order of the readme.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        [
            ("IMAGE_NAME", "simple-todo".to_owned()),
            ("DEPLOY_BRANCHES", "master production".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "made-up".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "made-up".to_owned()),
            ("REMOTE_IMAGE_URL", self.repository()),
            ("ECS_CLUSTER_MASTER", "simple-todo-master".to_owned()),
            ("ECS_SERVICE_MASTER", "simple-todo".to_owned()),
        ]
        .into()
    }

    /// What Travis CI itself would say of a build.
    pub fn build(commit: &str) -> Vec<(&'static str, String)> {
        [
            ("TRAVIS_BRANCH", "master"),
            ("TRAVIS_COMMIT", commit),
            ("TRAVIS_JOB_NUMBER", "57.1"),
            ("TRAVIS_BUILD_NUMBER", "57"),
            ("TRAVIS_PULL_REQUEST", "false"),
            ("TRAVIS_REPO_SLUG", "example/simple-todo"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    /// What leads to the stage instead of into the world.
    pub fn directions(&self) -> Vec<(&'static str, String)> {
        let docker = match &self.docker {
            Docker::Own(engine) => engine.host(),
            Docker::Found(socket) => format!("unix://{}", socket.display()),
        };
        [("AWS_ENDPOINT_URL", self.aws.url()), ("DOCKER_HOST", docker)].into()
    }

    /// Takes the demo's images out of an engine that was there before.
    pub fn clear_images(&self) {
        let Docker::Found(socket) = &self.docker else { return };
        // The tags of the built-in policy.
        let tags = COMMITS.iter().map(|commit| format!("master-{commit}"));
        let tags = tags.chain(["master".to_owned()]).map(|tag| format!("{}:{tag}", self.repository()));
        // Images that the demo did not get to build are not there.
        let _ = std::process::Command::new("docker")
            .arg(format!("--host=unix://{}", socket.display()))
            .args(["image", "rm"])
            .args(tags)
            .output();
    }
}

/// The repository's address.
fn repository(docker: &Docker, registry: &Registry) -> String {
    let host = match docker {
        Docker::Own(_) => ecr_host(REGION),
        Docker::Found(_) => registry.address().to_string(),
    };
    format!("{host}/simple-todo")
}

/// AWS with what the readme of `travis-ecs-deploy` has its users create. What
/// is deployed second is broken.
fn scenario(repository: &str) -> Scenario {
    let logs = json!({"logDriver": "awslogs", "options": {
        "awslogs-group": "/simple-todo", "awslogs-region": REGION, "awslogs-stream-prefix": "todo",
    }});
    let image = format!("{repository}:master");
    let web =
        json!({"name": "web", "image": image, "memory": 128, "essential": true, "logConfiguration": logs});
    // Two tasks at a time beside the four that run.
    let configuration = json!({
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": true, "rollback": true},
    });
    let service = ServiceSetup {
        cluster: "simple-todo-master".to_owned(),
        name: "simple-todo".to_owned(),
        task_definition: json!({"family": "simple-todo-master", "containerDefinitions": [web]}),
        desired_count: 4,
        parameters: [("deploymentConfiguration".to_owned(), configuration)].into_iter().collect(),
    };
    let said = ["simple-todo 2.0 starts", "error: DATABASE_URL is not set"].map(str::to_owned).to_vec();
    let broken = TaskRule {
        filter: TaskFilter {
            service: Some("simple-todo".to_owned()),
            deployment_number: Some(2),
            ..TaskFilter::default()
        },
        behaviour: TaskBehaviour::Exit {
            exit_code: 1,
            container_exit_codes: BTreeMap::new(),
            after: 2.0,
            logs: [("web".to_owned(), said)].into(),
        },
        ..TaskRule::default()
    };
    Scenario {
        time: Time::Speed(SPEED),
        region: REGION.to_owned(),
        resources: Resources {
            services: vec![service],
            repositories: vec![RepositorySetup { name: "simple-todo".to_owned(), ..Default::default() }],
            ..Resources::default()
        },
        task_rules: vec![broken],
        delays: Delays { assume_healthy: Delay::fixed(10.0), ..Delays::default() },
        registry_password: ecr_password(),
        ..Scenario::default()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.clear_images();
    }
}

/// The socket of a docker engine that runs already. One on another machine
/// would not find the demo's registry.
fn found() -> Option<PathBuf> {
    let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    let host = named.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned());
    let socket = PathBuf::from(host.strip_prefix("unix://")?);
    engine::answers(&socket).then_some(socket)
}
