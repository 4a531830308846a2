//! AWS: moto, an emulator of another project.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Kept, keep};
use crate::aws::TARGETS;
use ecs_simulator::http::Message;

/// A running emulator. Each of its services has one running task. So a rollout with a desired count of one is
/// complete at once, and a rollout with a higher count never is.
pub struct Emulator {
    address: SocketAddr,
    kept: Kept,
}

impl Emulator {
    /// Starts the emulator.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let moto = cache().join("emulator/bin/moto_server");
        ensure!(
            moto.is_file(),
            "the AWS emulator is not installed ({} is not there): `make test` and `make demo` install it",
            moto.display()
        );
        let variables = [("MOTO_ECS_SERVICE_RUNNING", "1"), ("PYTHONUNBUFFERED", "1")];
        let folder = keep::folder("emulator")?;
        let kept = Kept::start(folder, &[], &moto, ["-H", "127.0.0.1", "-p", "0"], &variables)?;
        let address = kept.ready("the AWS emulator starts", |kept| {
            let log = kept.log();
            log.split_once("Running on http://")?.1.split_whitespace().next()?.parse().ok()
        })?;
        Ok(Self { address, kept })
    }

    /// A folder that is removed when the emulator ends, even if this process is killed.
    pub fn folder(&self) -> &Path {
        self.kept.folder()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls an action, such as `ecs:CreateCluster`.
    ///
    /// # Errors
    /// If the response is an error.
    pub fn call(&self, region: &str, action: &str, body: &Value) -> anyhow::Result<Value> {
        let (service, operation) = action.split_once(':').context("an action is `service:Operation`")?;
        let (_, prefix) = TARGETS.iter().find(|(name, _)| *name == service).context("an unknown service")?;
        let signed = format!("AWS4-HMAC-SHA256 Credential=bench/20260101/{region}/{service}/aws4_request");
        let headers = [
            ("Host", "127.0.0.1"),
            ("X-Amz-Target", &format!("{prefix}.{operation}")),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Authorization", &format!("{signed}, SignedHeaders=host, Signature=none")),
        ];
        let response = Message::new("POST / HTTP/1.1", &headers, body.to_string()).send(self.address)?;
        let text = String::from_utf8_lossy(&response.body);
        ensure!(
            response.start_line.contains(" 200 "),
            "{action} in the emulator: {} {text}",
            response.start_line
        );
        Ok(serde_json::from_str(&text)?)
    }
}

/// The folder into which the set-up installs programs. The Makefile has the same rule.
pub fn cache() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ECS_HOST_CACHE").unwrap_or_else(|| {
        let parent = set("XDG_CACHE_HOME");
        parent.unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache")).join("ecs-host")
    })
}
