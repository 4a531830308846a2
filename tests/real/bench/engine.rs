//! A docker engine of the bench's own.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;

use super::{Kept, REGIONS, Registry, keep, program};
use crate::aws::ecr_host;

/// A running engine. It lives in a mount and a process namespace of its own:
/// there the bench's registry has ECR's host names, and nothing of the engine
/// outlives it.
pub struct Engine {
    socket: PathBuf,
    _kept: Kept,
}

/// Gives the namespace its hosts file, then becomes the engine.
const WITH_HOSTS: &str = r#"mount --bind "$1" /etc/hosts && shift && exec "$@""#;

impl Engine {
    /// Starts an engine that finds and trusts a registry behind ECR's names.
    ///
    /// # Errors
    /// Where it is not installed, or does not start.
    pub fn start(ecr: &Registry) -> anyhow::Result<Self> {
        let dockerd = program("dockerd")?;
        let folder = keep::folder("engine")?;
        let names: Vec<String> = REGIONS.iter().map(|region| ecr_host(region)).collect();
        let hosts = format!("127.0.0.1 localhost\n{} {}\n", ecr.address().ip(), names.join(" "));
        std::fs::write(folder.path().join("hosts"), hosts)?;
        std::fs::write(folder.path().join("daemon.json"), "{}")?;
        let at = |option: &str, name: &str| format!("{option}{}", folder.path().join(name).display());
        let socket = folder.path().join("docker.sock");
        let arguments = [
            "-c".to_owned(),
            WITH_HOSTS.to_owned(),
            "engine".to_owned(),
            at("", "hosts"),
            dockerd.display().to_string(),
            at("--config-file=", "daemon.json"),
            at("--host=unix://", "docker.sock"),
            at("--data-root=", "data"),
            at("--exec-root=", "exec"),
            at("--pidfile=", "pid"),
            // It leaves the machine's network as it is; builds from `scratch` need none.
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

    /// What `DOCKER_HOST` says to reach it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }
}

/// Says it at once where no engine can be started here.
///
/// # Errors
/// Where this user is not root.
pub fn startable() -> anyhow::Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "only root can start a docker engine: run `make test` or `make demo` as root"
    );
    Ok(())
}

/// Whether a docker engine answers on a socket.
pub fn answers(socket: &Path) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.ends_with("OK"))
}
