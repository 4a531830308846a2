//! The bench: a docker engine, two registries and an AWS emulator, all of them
//! the real programs, on the loopback interface and in temporary folders.

pub mod emulator;
pub mod engine;
pub mod keep;
pub mod registry;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::aws::USER;

pub use emulator::Emulator;
pub use engine::Engine;
pub use keep::Kept;
pub use registry::Registry;

/// The regions in which the bench has a registry under ECR's own name.
pub const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];

/// Everything that a deployment touches.
pub struct Bench {
    /// A docker engine of the bench's own.
    pub engine: Engine,
    /// What the engine finds behind ECR's host names.
    pub ecr: Registry,
    /// A registry that is none of ECR's.
    pub other: Registry,
    /// AWS.
    pub emulator: Emulator,
}

impl Bench {
    /// Starts all of it.
    ///
    /// # Errors
    /// Where a part is not installed, or does not start.
    pub fn start() -> anyhow::Result<Self> {
        engine::startable()?;
        // The emulator takes the longest, so the others start while it does.
        std::thread::scope(|scope| {
            let emulator = scope.spawn(Emulator::start);
            let ecr = Registry::behind_ecr_names()?;
            let other = Registry::plain(Some(USER))?;
            let engine = Engine::start(&ecr)?;
            let emulator =
                emulator.join().map_err(|_| anyhow::anyhow!("starting the emulator panicked"))??;
            Ok(Self { engine, ecr, other, emulator })
        })
    }
}

/// A program's path. The set-up installs them all.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .with_context(|| format!("`{name}` is not installed: `make test` and `make demo` install it"))
}

/// What the bench's programs get of the environment: a path, and nothing that
/// could send them to a proxy or to anybody's own configuration.
fn environment() -> [(&'static str, String); 2] {
    let path = std::env::var("PATH").unwrap_or_default();
    [("PATH", format!("{path}:/usr/sbin:/sbin")), ("LC_ALL", "C.UTF-8".to_owned())]
}

/// Runs a command to its end, and gives what it printed.
fn output(command: &mut std::process::Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}");
    let output = command.env_clear().envs(environment()).output().with_context(|| shown.clone())?;
    if !output.status.success() {
        bail!("{shown} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
