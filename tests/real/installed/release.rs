//! A server with a release: archives, checksums and the script that installs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::{TARGET, VERSION, folder, program, read, succeeds};
use crate::server::{Reply, Server};

/// Where the releases are that files name.
pub const RELEASES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download");

/// The script that installs a release.
pub const SCRIPT: &str = "install.sh";

/// A release on this machine.
pub struct Release {
    server: Server,
    /// The SHA-256 of the file `SHA256SUMS`.
    pub sums_sha256: String,
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An archive of a release with this binary.
pub fn archive(target: &str, binary: &Path) -> Vec<u8> {
    let folder = folder("archive");
    let name = format!("ecs-host-{VERSION}-{target}");
    fs::create_dir(folder.path().join(&name)).unwrap();
    fs::copy(binary, folder.path().join(&name).join("ecs-host")).unwrap();
    let file = folder.path().join("archive.tar.gz");
    succeeds(Command::new("tar").arg("czf").arg(&file).arg("-C").arg(folder.path()).arg(&name));
    fs::read(file).unwrap()
}

/// A script as the binary of an archive.
pub fn script_archive(target: &str, script: &str) -> Vec<u8> {
    let folder = folder("script");
    let binary = folder.path().join("ecs-host");
    program(&binary, script);
    archive(target, &binary)
}

/// The files of a release with these archives, by their names.
pub fn files(archives: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    let name = |target: &str| format!("ecs-host-{VERSION}-{target}.tar.gz");
    let mut files: BTreeMap<_, _> =
        archives.iter().map(|(target, bytes)| (name(target), bytes.clone())).collect();
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect();
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    files.insert(SCRIPT.to_owned(), read("packaging/install.sh").into_bytes());
    files
}

impl Release {
    /// A server of these files. The script without `--from` downloads from here, too, and the checksums list it.
    pub fn of(mut files: BTreeMap<String, Vec<u8>>) -> Self {
        let served: Arc<OnceLock<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let shared = Arc::clone(&served);
        let server = Server::new(move |request| {
            let name = request.target().strip_prefix(&format!("/v{VERSION}/")).unwrap_or_default();
            match shared.get().and_then(|files| files.get(name)) {
                Some(bytes) => Reply::new(200, &[], bytes.clone()),
                None => Reply::new(404, &[], "not found"),
            }
        });
        let here = format!("http://{}", server.address());
        let script = files.get(SCRIPT).map(|script| String::from_utf8_lossy(script).replace(RELEASES, &here));
        let script = script.unwrap_or_default().into_bytes();
        if let Some(sums) = files.get_mut("SHA256SUMS")
            && !String::from_utf8_lossy(sums).contains(SCRIPT)
        {
            sums.extend(format!("{}  {SCRIPT}\n", sha256(&script)).bytes());
        }
        files.insert(SCRIPT.to_owned(), script);
        let sums_sha256 = files.get("SHA256SUMS").map(|sums| sha256(sums)).unwrap_or_default();
        served.set(files).expect("files once");
        Self { server, sums_sha256 }
    }

    /// A release of this binary for this machine.
    pub fn new(binary: &Path) -> Self {
        Self::of(files(&[(TARGET, archive(TARGET, binary))]))
    }

    /// The address of the releases.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }
}
