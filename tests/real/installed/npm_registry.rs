//! A registry of npm packages on this machine, from which npm and yarn install as from the public one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use tempfile::TempDir;

use super::{VERSION, ends, folder, package};
use crate::bench::emulator::cache;
use crate::server::{Reply, Server};

/// A registry, and the folder of a user.
pub struct NpmRegistry {
    server: Server,
    folder: TempDir,
}

/// An installer of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Npm,
    Yarn,
}

impl NpmRegistry {
    /// A registry with the packages of these binaries.
    pub fn new(binaries: &Path) -> Self {
        let folder = folder("npm");
        let out = folder.path().join("packages");
        package("npm/build", binaries, &out);
        let mut packages = BTreeMap::new();
        for file in fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = fs::read(&file).unwrap();
            let mut tar = Command::new("tar");
            let manifest = ends(tar.arg("xzOf").arg(&file).arg("package/package.json")).stdout;
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            packages.insert(manifest["name"].as_str().unwrap().to_owned(), (manifest, bytes));
        }
        Self { server: Server::new(move |request| answer(request, &packages)), folder }
    }

    /// A new project with the `package.json` of the readme of travis-ecs-deploy.
    pub fn project(&self, name: &str) -> std::path::PathBuf {
        let project = self.folder.path().join(name);
        fs::create_dir_all(&project).unwrap();
        fs::write(project.join("package.json"), include_str!("travis/package.json")).unwrap();
        project
    }

    /// A command of npm or yarn in a folder. No other registry is known to it.
    pub fn command(&self, client: Client, project: &Path) -> Command {
        let home = self.folder.path().display();
        let mut command = match client {
            Client::Npm => Command::new("npm"),
            Client::Yarn => Command::new("yarn"),
        };
        command.current_dir(project).env_clear().env("PATH", path());
        command.env("HOME", self.folder.path());
        for (name, value) in [
            ("npm_config_registry", format!("http://{}/", self.server.address())),
            ("npm_config_cache", format!("{home}/npm-cache")),
            ("npm_config_audit", "false".to_owned()),
            ("npm_config_fund", "false".to_owned()),
            ("npm_config_update_notifier", "false".to_owned()),
            ("YARN_CACHE_FOLDER", format!("{home}/yarn-cache")),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Adds travis-ecs-deploy to a project, with these flags.
    pub fn add(&self, client: Client, project: &Path, flags: &[&str]) {
        let arguments: &[&str] = match client {
            Client::Npm => &["install", "--save-dev", "travis-ecs-deploy"],
            Client::Yarn => &["add", "--dev", "--non-interactive", "travis-ecs-deploy"],
        };
        super::succeeds(self.command(client, project).args(arguments).args(flags));
    }

    /// What was asked for.
    pub fn requests(&self) -> Vec<String> {
        self.server.requests()
    }
}

/// The folders of programs, with node and yarn.
pub fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let yarn = std::fs::read_dir(cache()).into_iter().flatten().flatten().map(|entry| entry.path());
    let yarn =
        yarn.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("yarn-")));
    let yarn = yarn.max().expect("yarn: `make test` installs it");
    format!("{}:{}:{path}", cache().join("node/bin").display(), yarn.join("node_modules/.bin").display())
}

fn answer(request: &ecs_simulator::http::Message, packages: &BTreeMap<String, (Value, Vec<u8>)>) -> Reply {
    let target = request.target().trim_start_matches('/').replace("%2f", "/").replace("%2F", "/");
    if let Some((_, bytes)) = target.strip_suffix(".tgz").and_then(|name| packages.get(name)) {
        return Reply::new(200, &[("content-type", "application/octet-stream")], bytes.clone());
    }
    let Some((manifest, bytes)) = packages.get(&target) else {
        return Reply::new(404, &[("content-type", "application/json")], "{\"error\": \"not found\"}");
    };
    let host = request.header("host").unwrap_or_default();
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(bytes));
    let mut version = manifest.clone();
    version["dist"] =
        json!({"tarball": format!("http://{host}/{target}.tgz"), "integrity": format!("sha512-{digest}")});
    let document = json!({"name": target, "dist-tags": {"latest": VERSION}, "versions": {VERSION: version}});
    Reply::new(200, &[("content-type", "application/json")], document.to_string())
}
