//! The bench: a docker engine, two registries and an AWS emulator. All of them are real programs, on the
//! loopback interface and in temporary folders.

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

/// The regions for which the bench has a registry under ECR's host name.
pub const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];

/// The services that a deployment uses.
pub struct Bench {
    /// A docker engine of the bench's own.
    pub engine: Engine,
    /// The registry that the engine reaches under ECR's host names.
    pub ecr: Registry,
    /// A registry that is not ECR.
    pub other: Registry,
    pub emulator: Emulator,
}

impl Bench {
    /// Starts all of them.
    ///
    /// # Errors
    /// If one is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        engine::startable()?;
        // The emulator starts slowest, so the others start at the same time.
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

/// The path of a program that the set-up installs.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .with_context(|| format!("`{name}` is not installed: `make test` and `make demo` install it"))
}

/// The environment of the bench's programs: a path, and no variable that selects a proxy or a user's
/// configuration.
fn environment() -> [(&'static str, String); 2] {
    let path = std::env::var("PATH").unwrap_or_default();
    [("PATH", format!("{path}:/usr/sbin:/sbin")), ("LC_ALL", "C.UTF-8".to_owned())]
}

/// Runs a command to its end, and returns its standard output.
fn output(command: &mut std::process::Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}");
    let output = command.env_clear().envs(environment()).output().with_context(|| shown.clone())?;
    if !output.status.success() {
        bail!("{shown} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
