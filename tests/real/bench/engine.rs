//! A docker engine of the bench's own.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;

use super::emulator::cache;
use super::{Kept, REGIONS, Registry, keep, program};
use crate::aws::ecr_host;

/// A running engine in a mount and a process namespace of its own. In the mount namespace, ECR's host names
/// refer to the bench's registry. The process namespace ends all processes of the engine with it.
pub struct Engine {
    socket: PathBuf,
    _kept: Kept,
}

/// Mounts the hosts file of the namespace, then executes the engine.
const WITH_HOSTS: &str = r#"mount --bind "$1" /etc/hosts && shift && exec "$@""#;

impl Engine {
    /// Starts an engine that uses and trusts a registry under ECR's names.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start(ecr: &Registry) -> anyhow::Result<Self> {
        Self::start_program(&program("dockerd")?, "{}", ecr)
    }

    /// Starts an engine whose BuildKit has every feature: that of the set-up's part `buildx`, with the containerd image
    /// store.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    #[allow(dead_code, reason = "the demo has no such build")]
    pub fn with_image_store(ecr: &Registry) -> anyhow::Result<Self> {
        let config = r#"{"features": {"containerd-snapshotter": true}}"#;
        Self::start_program(&buildx_part("usr/sbin/dockerd")?, config, ecr)
    }

    fn start_program(dockerd: &Path, config: &str, ecr: &Registry) -> anyhow::Result<Self> {
        let folder = keep::folder("engine")?;
        let names: Vec<String> = REGIONS.iter().map(|region| ecr_host(region)).collect();
        let hosts = format!("127.0.0.1 localhost\n{} {}\n", ecr.address().ip(), names.join(" "));
        std::fs::write(folder.path().join("hosts"), hosts)?;
        std::fs::write(folder.path().join("daemon.json"), config)?;
        let argument = |option: &str, name: &str| format!("{option}{}", folder.path().join(name).display());
        let socket = folder.path().join("docker.sock");
        let arguments = [
            "-c".to_owned(),
            WITH_HOSTS.to_owned(),
            "engine".to_owned(),
            argument("", "hosts"),
            dockerd.display().to_string(),
            argument("--config-file=", "daemon.json"),
            argument("--host=unix://", "docker.sock"),
            argument("--data-root=", "data"),
            argument("--exec-root=", "exec"),
            argument("--pidfile=", "pid"),
            // The engine does not change the network of the machine. Builds from `scratch` need no network.
            "--bridge=none".to_owned(),
            "--iptables=false".to_owned(),
            "--ip-forward=false".to_owned(),
        ];
        let trusted = ecr.certificate();
        let variables = [("SSL_CERT_FILE", trusted.to_str().unwrap_or_default())];
        let namespaces = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"];
        let kept = Kept::start(folder, &namespaces, Path::new("/bin/sh"), arguments, &variables)?;
        kept.ready("the docker engine starts", |_| answers(&socket).then_some(()))?;
        Ok(Self { socket, _kept: kept })
    }

    /// The value of `DOCKER_HOST` for this engine.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }
}

/// A file of the set-up's part `buildx`.
///
/// # Errors
/// If it is not installed.
#[allow(dead_code, reason = "the demo has no such build")]
pub fn buildx_part(path: &str) -> anyhow::Result<PathBuf> {
    let file = cache().join("buildx").join(path);
    ensure!(file.is_file(), "`{}` is missing: `make test` installs it", file.display());
    Ok(file)
}

/// Checks that this user can start an engine.
///
/// # Errors
/// If this user is not root.
pub fn startable() -> anyhow::Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can start a docker engine: run `make test` or `make demo` as root"
    );
    Ok(())
}

/// Whether a docker engine answers on a socket.
pub fn answers(socket: &Path) -> bool {
    let ping = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ping().is_ok_and(|answer| answer.ends_with("OK"))
}
