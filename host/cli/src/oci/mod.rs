//! Fetches, publishes and locks policies in OCI registries.
//!
//! The digest identifies a policy. Every response of a registry is limited in size and time, and no component is used
//! before its digest is verified.

pub(crate) mod artifact;
mod cache;
mod credentials;
pub(crate) mod error;
mod http;
pub mod lock;
mod pull;
mod push;
pub(crate) mod session;
pub(crate) mod url;

use std::time::Duration;

use aws::WebIdentity;
use model::Environment;

pub use cache::Cache;
pub use error::RegistryError;
use error::excerpt;
pub use lock::{Lock, LockError};
pub use pull::{Component, RegistryPolicy, fetch, pull};
pub use push::{Publication, PublishedPolicy, push};

use model::names::Artifact;

/// What logs in to registries.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The environment, which names the configuration of docker, and the credentials of AWS.
    pub environment: &'a Environment,
    /// The identity that assumes a role for registries of ECR, instead of the credentials of the environment.
    pub identity: Option<&'a WebIdentity>,
}

/// The maximum size of a component, in bytes.
const MAX_COMPONENT_SIZE: u64 = 64 << 20;

/// The maximum size of a manifest, in bytes. The distribution specification recommends at least 4 MiB.
const MAX_MANIFEST_SIZE: u64 = 4 << 20;

/// The time limit of a whole `fetch` or `publish`.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Runs `work` within [`TIME_LIMIT`]. It does not wait for blocking threads, in which the resolver of host names or a
/// credential helper can hang.
fn run_with_time_limit<T>(
    action: &'static str,
    artifact: &Artifact,
    work: impl Future<Output = Result<T, RegistryError>>,
) -> Result<T, RegistryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(async { tokio::time::timeout(TIME_LIMIT, work).await });
    runtime.shutdown_background();
    result.unwrap_or_else(|_| {
        let (artifact, seconds) = (format!("`{artifact}`"), TIME_LIMIT.as_secs());
        Err(RegistryError::TimeLimitExceeded { action, artifact, seconds })
    })
}
