//! The bytes of a policy or a guard: read or fetched, and checked against the digest that pins it.

use model::event::EventSink as _;
use thiserror::Error;

use super::{Context, Error};
use crate::cli::CompilerArgs;
use crate::oci;
use crate::oci::Cache;
use crate::output::Report;
use model::event::Event;
use model::names::Digest;
use model::source::ComponentSource;
use sandbox::{Binary, ComponentKind};

/// A component with another digest than the one that the run is pinned to.
#[derive(Debug, Error)]
#[error("{component} has the digest {found}, but {by} pins {pinned}; the {kind} was not run")]
pub(super) struct DigestMismatch {
    pub(super) component: String,
    pub(super) kind: ComponentKind,
    pub(super) by: String,
    pub(super) found: Digest,
    pub(super) pinned: Digest,
}

/// What pins a component.
#[derive(Debug)]
pub(super) struct Pin<'p> {
    /// The digest of the component.
    pub(super) digest: Option<&'p Digest>,
    /// What sets it.
    pub(super) by: &'p str,
    /// The digest of the manifest to fetch: a tag may name another one by now.
    pub(super) manifest: Option<&'p Digest>,
}

/// Reads or fetches a component and checks its digest.
pub(super) fn fetch(
    kind: ComponentKind,
    source: &ComponentSource,
    pin: &Pin<'_>,
    args: &CompilerArgs,
    context: &Context<'_>,
) -> Result<Binary, Error> {
    let limits = &args.limits();
    let binary = match source {
        ComponentSource::BuiltIn(policy) => Binary::built_in(*policy)?,
        ComponentSource::File(path) => Binary::read(kind, path, limits)?,
        ComponentSource::Oci(artifact) => {
            let exact = pin.manifest.map_or_else(|| artifact.clone(), |manifest| artifact.pinned(manifest));
            let cache = if args.no_policy_cache { Cache::new(None) } else { fetched_components(context) };
            let fetched = oci::fetch(&exact, pin.digest, context.login(), &cache)?;
            warn_if_not_cached(kind, fetched.cache_error, context.report);
            Binary::new(kind, source.clone(), fetched.bytes.into(), limits)?
        }
    };
    match pin.digest {
        Some(pinned) if pinned != binary.digest() => {
            let (component, found) = (binary.source.subject(), binary.digest().clone());
            let (by, pinned) = (pin.by.to_owned(), pinned.clone());
            Err(DigestMismatch { component, kind, by, found, pinned }.into())
        }
        _ => Ok(binary),
    }
}

/// Reports why a fetched component is not cached.
pub(super) fn warn_if_not_cached(kind: ComponentKind, reason: Option<String>, report: &Report) {
    if let Some(reason) = reason {
        let message = format!("the {kind} is not cached for a run without its registry: {reason}");
        report.emit(&Event::Warning { message });
    }
}

/// The cache of components fetched from registries.
pub(super) fn fetched_components(context: &Context<'_>) -> Cache {
    Cache::new(context.directories.fetched_policies.clone())
}
