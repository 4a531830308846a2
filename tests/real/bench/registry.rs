//! Registries: the program that Debian packages as docker-registry.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use tempfile::TempDir;

use super::{Kept, REGIONS, keep, output, program};
use crate::aws::{ecr_host, ecr_password};

/// A running registry.
pub struct Registry {
    address: SocketAddr,
    kept: Kept,
}

impl Registry {
    /// Starts a registry for plain HTTP, which docker accepts on the loopback interface. Without a user and a
    /// password, it requires no login.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn plain(login: Option<(&str, &str)>) -> anyhow::Result<Self> {
        Self::start(keep::folder("registry")?, "127.0.0.1:0", login, "")
    }

    /// Starts a registry with a certificate for ECR's host names, which accepts the emulator's token. It has
    /// a loopback address of its own, because ECR's port is always the same.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn behind_ecr_names() -> anyhow::Result<Self> {
        let folder = keep::folder("ecr")?;
        certify(folder.path())?;
        let tls = format!("tls: {{certificate: {0}/cert.pem, key: {0}/key.pem}}", folder.path().display());
        let address = SocketAddr::from((free_address()?, 443));
        Self::start(folder, &address.to_string(), Some(("AWS", &ecr_password())), &tls)
    }

    fn start(folder: TempDir, address: &str, login: Option<(&str, &str)>, tls: &str) -> anyhow::Result<Self> {
        let place = folder.path().display();
        let mut config = format!("version: 0.1\nstorage: {{filesystem: {{rootdirectory: {place}}}}}\n");
        config += &format!("http:\n  addr: {address}\n  {tls}\n");
        if let Some((user, password)) = login {
            let users = output(Command::new(program("htpasswd")?).args(["-Bbn", "-C", "4", user, password]))?;
            std::fs::write(folder.path().join("users"), users)?;
            config += &format!("auth: {{htpasswd: {{realm: bench, path: {place}/users}}}}\n");
        }
        let path = folder.path().join("config.yml");
        std::fs::write(&path, config)?;
        let arguments = ["serve".as_ref(), path.as_os_str()];
        let kept = Kept::start(folder, &[], &program("docker-registry")?, arguments, &[])?;
        let address = kept.ready("the registry starts", |kept| {
            let log = kept.log();
            let after = log.split_once("listening on ")?.1;
            after.split(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()).next()?.parse().ok()
        })?;
        Ok(Self { address, kept })
    }

    /// A folder that is removed when the registry ends, even if this process is killed.
    #[allow(dead_code, reason = "the demo has its project there")]
    pub fn folder(&self) -> &Path {
        self.kept.folder()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The file of the registry's certificate.
    pub fn certificate(&self) -> PathBuf {
        self.kept.folder().join("cert.pem")
    }

    /// The tags of a repository and their digests, read from the disk.
    pub fn tags(&self, repository: &str) -> BTreeMap<String, String> {
        let tags = self.stored().join("repositories").join(repository).join("_manifests/tags");
        let tag = |entry: std::fs::DirEntry| {
            let digest = std::fs::read_to_string(entry.path().join("current/link")).ok()?;
            Some((entry.file_name().into_string().ok()?, digest))
        };
        std::fs::read_dir(tags).into_iter().flatten().flatten().filter_map(tag).collect()
    }

    /// The manifest of an image.
    ///
    /// # Errors
    /// If there is no such image.
    pub fn manifest(&self, digest: &str) -> anyhow::Result<String> {
        let hex = digest.strip_prefix("sha256:").context("a digest of another kind")?;
        let prefix = hex.get(..2).context("a digest that is too short")?;
        Ok(std::fs::read_to_string(self.stored().join("blobs/sha256").join(prefix).join(hex).join("data"))?)
    }

    fn stored(&self) -> PathBuf {
        self.kept.folder().join("docker/registry/v2")
    }
}

/// A random loopback address on which ECR's port is free.
fn free_address() -> anyhow::Result<Ipv4Addr> {
    let any = || Ipv4Addr::new(127, fastrand::u8(1..255), fastrand::u8(1..255), fastrand::u8(1..255));
    let free = |address: &Ipv4Addr| TcpListener::bind((*address, 443)).is_ok();
    std::iter::repeat_with(any)
        .take(20)
        .find(free)
        .context("cannot listen on port 443 of a loopback address: run this as root")
}

/// Writes a self-signed certificate for ECR's host names.
fn certify(folder: &Path) -> anyhow::Result<()> {
    let names: Vec<String> = REGIONS.iter().map(|region| format!("DNS:{}", ecr_host(region))).collect();
    let mut openssl = Command::new(program("openssl")?);
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args([
        "-days",
        "2",
        "-subj",
        "/CN=the bench of ecs-host",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]);
    openssl.args(["-addext", &format!("subjectAltName={}", names.join(","))]);
    // Some clients reject the certificate of an authority for a server.
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]).current_dir(folder);
    output(&mut openssl).map(|_| ())
}
