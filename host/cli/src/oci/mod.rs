//! Policies in OCI registries: fetched, published, locked.
//!
//! A policy is found by its name and known by its digest. Every answer of a
//! registry is bounded in size and time, and none is believed before its
//! digest is right.

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

pub use cache::Cache;
pub use error::RegistryError;
use error::excerpt;
pub use lock::{Lock, LockError};
pub use pull::{Fetched, Pulled, fetch, pull};
pub use push::{Publication, Pushed, push};

use model::names::Artifact;

/// The largest component that is fetched.
const LARGEST: u64 = 64 << 20;

/// The largest manifest, as the distribution specification proposes it.
const LARGEST_MANIFEST: u64 = 4 << 20;

/// How long fetching or publishing may take, all in all.
const TIME: Duration = Duration::from_secs(60);

/// Does the work of a network to its end, and waits for nothing beyond that:
/// the resolver of host names, or a credential helper, may hang in a thread of its own.
fn within_the_time<T>(
    doing: &'static str,
    artifact: &Artifact,
    work: impl Future<Output = Result<T, RegistryError>>,
) -> Result<T, RegistryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async { tokio::time::timeout(TIME, work).await });
    runtime.shutdown_background();
    ended.unwrap_or_else(|_| {
        let (artifact, seconds) = (format!("`{artifact}`"), TIME.as_secs());
        Err(RegistryError::TimedOut { doing, artifact, seconds })
    })
}
