//! The backend of this target: the bench, which all tests share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::bench::Bench;

/// The bench. It starts with the first test that uses it.
pub fn bench() -> &'static Bench {
    static BENCH: OnceLock<Result<Bench, String>> = OnceLock::new();
    let bench = BENCH.get_or_init(|| Bench::start().map_err(|error| format!("{error:#}")));
    bench.as_ref().unwrap_or_else(|error| panic!("the bench does not start: {error}"))
}

/// The bench, for one app.
pub struct Backend;

impl Backend {
    /// The calls that watch a rollout which is complete at the first. moto has no service deployments.
    pub const WATCH: [&str; 3] = ["ecs:ListServiceDeployments", "ecs:DescribeServices", "ecs:ListTasks"];

    /// moto reports a rollout as complete at once.
    pub fn new(_region: &str) -> Self {
        Self
    }

    /// The same moto: it never completes the rollout of a service with more than one task.
    pub fn without_rollouts(region: &str) -> Self {
        Self::new(region)
    }

    /// The parameters of a service whose task definition has the network mode `awsvpc`. moto accepts it
    /// without a network, and rejects a subnet that does not exist.
    pub fn awsvpc_service() -> Value {
        json!({})
    }

    /// The parent of the apps' folders. It is removed even if this process is killed.
    pub fn folder(&self) -> &Path {
        bench().emulator.folder()
    }

    pub fn address(&self) -> SocketAddr {
        bench().emulator.address()
    }

    /// Calls an action of AWS.
    ///
    /// # Errors
    /// If moto answers with an error.
    pub fn call(&self, region: &str, action: &str, body: &Value) -> anyhow::Result<Value> {
        bench().emulator.call(region, action, body)
    }

    /// The variables with which a run finds docker and its engine.
    pub fn docker(&self, _folder: &Path) -> [(&'static str, String); 2] {
        [("PATH", std::env::var("PATH").unwrap_or_default()), ("DOCKER_HOST", bench().engine.host())]
    }

    /// The tags of a repository in the registry behind ECR's names, and their digests.
    pub fn pushed(&self, _folder: &Path, repository: &str) -> BTreeMap<String, String> {
        bench().ecr.tags(repository)
    }

    /// Adds pushed tags to the ECR of a region.
    ///
    /// # Errors
    /// If moto answers with an error.
    pub fn add_to_ecr(
        &self,
        region: &str,
        repository: &str,
        tags: &BTreeMap<String, String>,
    ) -> anyhow::Result<()> {
        for (tag, digest) in tags {
            let image = json!({
                "repositoryName": repository,
                "imageManifest": bench().ecr.manifest(digest)?,
                "imageDigest": digest,
                "imageTag": tag,
            });
            match bench().emulator.call(region, "ecr:PutImage", &image) {
                Err(error) if error.to_string().contains("ImageAlreadyExistsException") => {}
                answer => drop(answer?),
            }
        }
        Ok(())
    }
}
