//! The environment of a run in this target: the simulator, and a shell script in docker's place.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{anyhow, bail};
use ecs_simulator::{Change, Scenario, Simulator, TaskBehaviour, TaskFilter, TaskRule, Time};
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, ecr_password};

/// The simulated AWS of one app.
pub struct Backend {
    simulator: Simulator,
}

impl Backend {
    /// The calls that watch a rollout which is complete at the first of them.
    pub const WATCH: [&str; 5] = [
        "ecs:ListServiceDeployments",
        "ecs:DescribeServiceRevisions",
        "ecs:DescribeServiceDeployments",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
    ];

    /// An AWS in which a rollout is complete before the run reads its state.
    pub fn new(region: &str) -> Self {
        Self::start(region, Vec::new())
    }

    /// An AWS in which the tasks of a new revision never start.
    pub fn without_rollouts(region: &str) -> Self {
        let filter = TaskFilter { revision: Some(2), ..TaskFilter::default() };
        Self::start(region, vec![TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() }])
    }

    fn start(region: &str, task_rules: Vec<TaskRule>) -> Self {
        let scenario = Scenario {
            time: Time::Step(600.0),
            region: region.to_owned(),
            registry_password: ecr_password(),
            task_rules,
            ..Scenario::default()
        };
        Self { simulator: Simulator::start(&scenario).expect("a simulator") }
    }

    /// The parameters of a service whose task definition has the network mode `awsvpc`.
    pub fn awsvpc_service() -> Value {
        json!({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}})
    }

    /// The folder of the apps' folders.
    pub fn folder(&self) -> &Path {
        Path::new(env!("CARGO_TARGET_TMPDIR"))
    }

    pub fn address(&self) -> SocketAddr {
        self.simulator.address()
    }

    /// Calls an action of AWS. Rollouts are complete afterwards.
    ///
    /// # Errors
    /// If the simulator answers with an error.
    pub fn call(&self, region: &str, action: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.simulator.call_in(ACCOUNT, region, action, body);
        self.simulator.advance(600.0);
        answer.map_err(|error| anyhow!("{error:?}"))
    }

    /// Writes the script into a folder, and returns the variables with which a run finds it.
    pub fn docker(&self, folder: &Path) -> [(&'static str, String); 1] {
        [("PATH", docker_path(folder))]
    }

    /// The tags that the script pushed to a repository of ECR, and their digests.
    pub fn pushed(&self, folder: &Path, repository: &str) -> BTreeMap<String, String> {
        let hosts = fs::read_dir(folder.join("registry")).into_iter().flatten().flatten();
        let tags = hosts.flat_map(|host| fs::read_dir(host.path().join(repository)).into_iter().flatten());
        let tag = |entry: fs::DirEntry| {
            let digest = fs::read_to_string(entry.path()).ok()?;
            Some((entry.file_name().into_string().ok()?, digest.trim_end().to_owned()))
        };
        tags.flatten().filter_map(tag).collect()
    }

    /// Adds pushed tags to the ECR of a region.
    ///
    /// # Errors
    /// If the simulator answers with an error.
    pub fn add_to_ecr(
        &self,
        _region: &str,
        repository: &str,
        tags: &BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        for (tag, digest) in tags {
            let (tag, digest) = (tag.clone(), digest.clone());
            let change = Change::PutImage { repository: repository.to_owned(), tag, digest };
            match self.simulator.apply(&change) {
                Err(error) if error.code == "ImageAlreadyExistsException" => {}
                Err(error) => bail!("{error:?}"),
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// Writes the script into a folder, and returns the variable `PATH` with which a run finds it.
pub fn docker_path(folder: &Path) -> String {
    let docker = folder.join("docker");
    if !docker.exists() {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(&docker, include_str!("docker.sh")).expect("a file");
        fs::set_permissions(&docker, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", folder.display())
}
