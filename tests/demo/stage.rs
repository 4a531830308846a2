//! The stage of the demo and of the tutorial: everything that a deployment needs, on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use ecs_simulator::{
    Change, Delay, Delays, RepositorySetup, Resources, Scenario, ServiceSetup, Simulator, TaskBehaviour,
    TaskFilter, TaskRule, Time,
};
use serde_json::json;

use crate::aws::{ecr_host, ecr_password};
use crate::bench::{Engine, Registry, engine};

/// The region of the readme's example.
pub const REGION: &str = "eu-central-1";

/// Two commits of the project.
pub const COMMITS: [&str; 2] =
    ["3f2a9c10d1e2f30415263748596a7b8c9d0e1f20", "9b1d0c7e5f4a39281706f5e4d3c2b1a098765432"];

/// The programs and files of the demo. Dropping the stage stops the programs and removes the files.
pub struct Stage {
    /// The user's engine, or the demo's own.
    pub docker: Docker,
    registry: Registry,
    aws: Simulator,
    /// The tags of the registry that the simulated ECR has received, with their digests.
    received: Mutex<BTreeMap<String, String>>,
}

/// A docker engine.
pub enum Docker {
    /// An engine that was running before the demo, with its socket.
    Found(PathBuf),
    /// An engine that the demo started.
    Own(Engine),
}

impl Stage {
    /// Starts the programs and writes the files. The simulated time runs at a speed relative to AWS.
    ///
    /// # Errors
    /// If a program is missing or does not start.
    pub fn set(speed: f64) -> anyhow::Result<Self> {
        let (docker, registry) = match found() {
            // Docker accepts any registry on the loopback interface. Under ECR's name it needs a certificate.
            Some(socket) => (Docker::Found(socket), Registry::plain(None)?),
            None => {
                engine::startable()?;
                let registry = Registry::behind_ecr_names()?;
                (Docker::Own(Engine::start(&registry)?), registry)
            }
        };
        let aws = Simulator::start(&scenario(&repository(&docker, &registry), speed))?;
        for folder in ["project", "home"] {
            std::fs::create_dir(registry.folder().join(folder))?;
        }
        let stage = Self { docker, registry, aws, received: Mutex::default() };
        stage.write_project("Hello from master")?;
        Ok(stage)
    }

    /// Writes the project. Another text results in another image.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_project(&self, text: &str) -> anyhow::Result<()> {
        std::fs::write(self.project().join("Dockerfile"), "FROM scratch\nCOPY hello.txt /\n")?;
        std::fs::write(self.project().join("hello.txt"), text)?;
        Ok(())
    }

    /// The project's folder.
    pub fn project(&self) -> PathBuf {
        self.registry.folder().join("project")
    }

    /// A home folder without any configuration.
    pub fn home(&self) -> PathBuf {
        self.registry.folder().join("home")
    }

    /// The image's repository.
    pub fn repository(&self) -> String {
        repository(&self.docker, &self.registry)
    }

    /// Adds what docker has pushed since the last time to the simulated ECR. In AWS, ECR is the registry. A tag that the
    /// host has moved in ECR alone stays where it is.
    fn sync_ecr(&self) -> anyhow::Result<()> {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        for (tag, digest) in self.registry.tags("simple-todo") {
            if received.get(&tag) == Some(&digest) {
                continue;
            }
            let (repository, own) = ("simple-todo".to_owned(), (tag.clone(), digest.clone()));
            match self.aws.apply(&Change::PutImage { repository, tag: own.0, digest: own.1 }) {
                Err(refusal) if refusal.code != "ImageAlreadyExistsException" => bail!("ECR: {refusal:?}"),
                _ => drop(received.insert(tag, digest)),
            }
        }
        Ok(())
    }

    /// Does work, and adds what it pushes to the simulated ECR meanwhile.
    pub fn while_syncing<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Stop<'a>(&'a AtomicBool);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let has_ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !has_ended.load(Ordering::Relaxed) {
                    // A tag that is being pushed is there at the next turn.
                    if let Err(e) = self.sync_ecr() {
                        eprintln!("SYNC {e:?}");
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            let _stop = Stop(&has_ended);
            work()
        })
    }

    /// The settings of the job on Travis CI, in the order of the readme.
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

    /// The variables that Travis CI sets in a build.
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

    /// The variables that select the stage instead of AWS and the default docker engine.
    pub fn directions(&self) -> Vec<(&'static str, String)> {
        let docker = match &self.docker {
            Docker::Own(engine) => engine.host(),
            Docker::Found(socket) => format!("unix://{}", socket.display()),
        };
        [("AWS_ENDPOINT_URL", self.aws.url()), ("DOCKER_HOST", docker)].into()
    }

    /// The variables of the shell of the tutorial. It has no others of the caller's, which could lead to a real AWS.
    ///
    /// # Errors
    /// If the path of the program cannot be put into `PATH`.
    pub fn shell(&self, programs: &Path) -> anyhow::Result<BTreeMap<String, String>> {
        let inherited = ["TERM", "COLORTERM", "NO_COLOR", "LANG", "USER", "CARGO_HOME", "RUSTUP_HOME"];
        let inherited =
            inherited.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
        let mut variables: BTreeMap<String, String> = inherited.collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths([programs.to_owned()].into_iter().chain(std::env::split_paths(&path)))?;
        let own = [
            ("PATH", path.to_string_lossy().into_owned()),
            ("HOME", self.home().display().to_string()),
            ("PS1", "tutorial$ ".to_owned()),
            // The identity that `git commit` requires.
            ("GIT_AUTHOR_NAME", "You".to_owned()),
            ("GIT_AUTHOR_EMAIL", "you@example.com".to_owned()),
            ("GIT_COMMITTER_NAME", "You".to_owned()),
            ("GIT_COMMITTER_EMAIL", "you@example.com".to_owned()),
            // What `aws configure` would set.
            ("AWS_ACCESS_KEY_ID", "made-up".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "made-up".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("REPOSITORY", self.repository()),
        ];
        variables
            .extend(own.into_iter().chain(self.directions()).map(|(name, value)| (name.to_owned(), value)));
        Ok(variables)
    }

    /// Removes the demo's images from an engine that was running before the demo.
    pub fn clear_images(&self) {
        let Docker::Found(socket) = &self.docker else { return };
        // The tags of the built-in policy.
        let tags = COMMITS.iter().map(|commit| format!("master-{commit}"));
        let tags = tags.chain(["master".to_owned()]).map(|tag| format!("{}:{tag}", self.repository()));
        // This fails for images that the demo did not build.
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

/// AWS with the resources that users of `travis-ecs-deploy` create according to its readme. The tasks of the
/// second deployment of `master` fail.
fn scenario(repository: &str, speed: f64) -> Scenario {
    let logs = json!({"logDriver": "awslogs", "options": {
        "awslogs-group": "/simple-todo", "awslogs-region": REGION, "awslogs-stream-prefix": "todo",
    }});
    let image = format!("{repository}:master");
    let definition = |family: &str| {
        let web = json!({"name": "web", "image": image, "memory": 128, "essential": true, "logConfiguration": logs});
        json!({"family": family, "containerDefinitions": [web]})
    };
    // ECS starts two tasks at a time in addition to the four running ones.
    let configuration = json!({
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": true, "rollback": true},
    });
    // The family of each branch has the name of its cluster.
    let service = |cluster: &str| ServiceSetup {
        cluster: cluster.to_owned(),
        name: "simple-todo".to_owned(),
        task_definition: definition(cluster),
        desired_count: 4,
        parameters: [("deploymentConfiguration".to_owned(), configuration.clone())].into_iter().collect(),
    };
    let log_lines = ["simple-todo 2.0 starts", "error: DATABASE_URL is not set"].map(str::to_owned).to_vec();
    let broken = TaskRule {
        filter: TaskFilter {
            family: Some("simple-todo-master".to_owned()),
            deployment_number: Some(2),
            ..TaskFilter::default()
        },
        behaviour: TaskBehaviour::Exit {
            exit_code: 1,
            container_exit_codes: BTreeMap::new(),
            after: 2.0,
            logs: [("web".to_owned(), log_lines)].into(),
        },
        ..TaskRule::default()
    };
    Scenario {
        time: Time::Speed(speed),
        region: REGION.to_owned(),
        resources: Resources {
            services: vec![service("simple-todo-master"), service("simple-todo-prod")],
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

/// The socket of a running docker engine on this machine. An engine on another machine cannot reach the
/// demo's registry.
fn found() -> Option<PathBuf> {
    let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    let host = named.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned());
    let socket = PathBuf::from(host.strip_prefix("unix://")?);
    engine::answers(&socket).then_some(socket)
}
