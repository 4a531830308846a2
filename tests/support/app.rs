//! The app of one test: a project to build, its repository, its services.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::aws::{USER, ecr_host};
use crate::backend::Backend;
use crate::proxy::Proxy;
use crate::run::Run;

/// The region of every app but the example's.
pub const REGION: &str = "eu-west-1";

/// The user's own docker configuration. No run may change it.
pub const DOCKER_CONFIG: &str =
    r#"{"auths": {"registry.example": {"auth": "bWU6bXkgb3du"}}, "psFormat": "table"}"#;

/// A project with a Dockerfile. Its repository, its cluster and its service have the name of the app.
/// Each test has an app of its own.
pub struct App {
    pub name: String,
    pub region: &'static str,
    pub proxy: Proxy,
    pub backend: Backend,
    folder: TempDir,
}

impl App {
    /// An app with one running service of one container.
    pub fn new(name: &str) -> Self {
        Self::serving(name, &json!({}))
    }

    /// An app whose service runs the task definition that `definition` returns for its repository.
    pub fn of(name: &str, definition: impl FnOnce(&str) -> Value) -> Self {
        Self::with(name, definition, &json!({}))
    }

    /// An app whose service never completes a rollout.
    pub fn slow(name: &str) -> Self {
        let app = Self::bare_on(Backend::without_rollouts(REGION), name, REGION);
        // moto runs one task for each service: five are never running.
        app.create(web, &json!({"desiredCount": 5}));
        app
    }

    /// An app whose service has these parameters.
    pub fn serving(name: &str, parameters: &Value) -> Self {
        Self::with(name, web, parameters)
    }

    /// An app whose service has this task definition and these parameters.
    pub fn with(name: &str, definition: impl FnOnce(&str) -> Value, parameters: &Value) -> Self {
        let app = Self::bare(name, REGION);
        app.create(definition, parameters);
        app
    }

    /// Creates the repository and the service of the app.
    fn create(&self, definition: impl FnOnce(&str) -> Value, parameters: &Value) {
        let name = self.name.as_str();
        self.aws("ecr:CreateRepository", &json!({"repositoryName": name}));
        self.register(name, definition(&self.repository()));
        self.serve_with(name, name, name, parameters);
    }

    /// An app without any resource in AWS.
    pub fn bare(name: &str, region: &'static str) -> Self {
        Self::bare_on(Backend::new(region), name, region)
    }

    fn bare_on(backend: Backend, name: &str, region: &'static str) -> Self {
        static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let new = NAMES.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        assert!(new, "two tests use the app name `{name}`, and would share resources in AWS");
        let folder = TempDir::with_prefix_in("app-", backend.folder()).expect("a folder");
        let app =
            Self { name: name.to_owned(), region, proxy: Proxy::start(backend.address()), backend, folder };
        for (path, text) in [
            ("project/Dockerfile", "FROM scratch\nCOPY app.txt /\n"),
            ("project/app.txt", name),
            ("home/.docker/config.json", DOCKER_CONFIG),
            ("tmp/.keep", ""),
        ] {
            app.write(path, text);
        }
        app
    }

    /// The address of the app's repository.
    pub fn repository(&self) -> String {
        format!("{}/{}", ecr_host(self.region), self.name)
    }

    /// The commit that is built. Each app has another one.
    pub fn commit(&self) -> String {
        let hex: String = self.name.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}{}", "0".repeat(40)).chars().take(40).collect()
    }

    /// The tag that contains the commit.
    pub fn commit_tag(&self, environment: &str) -> String {
        format!("{environment}-{}", self.commit())
    }

    /// A path in the app's folder, which contains `project`, `home` and `tmp`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file in the app's folder.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        fs::write(&path, text).expect("a file");
        path
    }

    /// Writes a docker configuration with a login to a registry that is not ECR, and returns its folder.
    pub fn own_login(&self, registry: &str) -> String {
        let (user, password) = USER;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let config = json!({"auths": {registry: {"auth": auth}}}).to_string();
        self.write("own-config/config.json", &config);
        self.path("own-config").display().to_string()
    }

    /// Writes a program that replaces docker, and returns its path.
    pub fn docker(&self, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write("docker", &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
        path.display().to_string()
    }

    /// Writes a program that replaces docker, records its calls, and fails.
    pub fn recording_docker(&self) -> String {
        self.docker(&format!("echo \"$@\" >> '{}'; exit 1", self.path("docker-was-called").display()))
    }

    /// Whether the program of [`Self::recording_docker`] was called.
    pub fn docker_was_called(&self) -> bool {
        self.path("docker-was-called").exists()
    }

    /// Calls AWS from the test. The call is not counted as one of a run.
    pub fn aws(&self, action: &str, body: &Value) -> Value {
        self.aws_in(self.region, action, body)
    }

    /// The same in another region.
    pub fn aws_in(&self, region: &str, action: &str, body: &Value) -> Value {
        self.backend.call(region, action, body).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// Registers a task definition.
    pub fn register(&self, family: &str, mut definition: Value) {
        definition["family"] = json!(family);
        self.aws("ecs:RegisterTaskDefinition", &definition);
    }

    /// Creates a service, and its cluster if there is none.
    pub fn serve(&self, cluster: &str, service: &str, family: &str) {
        self.serve_with(cluster, service, family, &json!({}));
    }

    /// The same with these parameters of the service.
    pub fn serve_with(&self, cluster: &str, service: &str, family: &str, parameters: &Value) {
        self.aws("ecs:CreateCluster", &json!({"clusterName": cluster}));
        let mut request =
            json!({"cluster": cluster, "serviceName": service, "taskDefinition": family, "desiredCount": 1});
        for (name, value) in parameters.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        self.aws("ecs:CreateService", &request);
    }

    /// The revision that a service runs, as `family:revision`, and its task definition.
    pub fn runs(&self, cluster: &str, service: &str) -> (String, Value) {
        let services = self.aws("ecs:DescribeServices", &json!({"cluster": cluster, "services": [service]}));
        let arn = services["services"][0]["taskDefinition"].as_str().expect("a task definition").to_owned();
        let described = self.aws("ecs:DescribeTaskDefinition", &json!({"taskDefinition": arn}));
        (arn.rsplit('/').next().unwrap_or_default().to_owned(), described["taskDefinition"].clone())
    }

    /// The image of the first container of the app's service.
    pub fn image(&self) -> String {
        let (_, definition) = self.runs(&self.name, &self.name);
        definition["containerDefinitions"][0]["image"].as_str().expect("an image").to_owned()
    }

    /// The tags in the app's repository, and their digests.
    pub fn pushed(&self) -> BTreeMap<String, String> {
        self.backend.pushed(&self.path("engine"), &self.name)
    }

    /// Adds what was pushed to the ECR of the backend. In AWS, ECR is the registry.
    pub fn sync_ecr(&self) {
        self.backend.add_to_ecr(self.region, &self.name, &self.pushed()).expect("ECR accepts the image");
    }

    /// `ecs-host run` in the first job of a Travis build of `master`.
    pub fn run(&self) -> Run<'_> {
        Run::new(self, "run")
    }

    /// The same for another verb.
    pub fn start(&self, verb: &str) -> Run<'_> {
        Run::new(self, verb)
    }

    /// The same for `ecs-host plan`.
    pub fn plan(&self) -> Run<'_> {
        Run::new(self, "plan")
    }
}

fn web(repository: &str) -> Value {
    json!({"containerDefinitions": [container("web", repository)]})
}

/// A container that runs the image of a repository under the tag `master`.
pub fn container(name: &str, repository: &str) -> Value {
    json!({"name": name, "image": format!("{repository}:master"), "memory": 64, "essential": true})
}
