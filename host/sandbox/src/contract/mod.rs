//! The contract between components and the host: the WIT package `ecs-host:policy`, one module per version.
//!
//! Each version converts its generated types to those of the model. Nothing else in this crate sees them.

use semver::Version;

pub(crate) mod v0_2;
mod version;

pub(crate) use version::{
    CallError, Contract, GuardInstance, Linked, LinkedGuard, LinkedPolicy, PolicyInstance,
};

/// The package of the contract, as its interfaces begin.
pub(crate) const PACKAGE: &str = "ecs-host:policy/";

/// Versions of the contract, the newest first.
pub(crate) type Contracts = &'static [&'static dyn Contract];

/// The versions that this host supports.
pub(crate) const SUPPORTED: Contracts = &[&v0_2::V0_2];

/// The name of an interface, such as `ecs-host:policy/policy@0.2.0`, without its version, and the version.
pub(crate) fn split_version(name: &str) -> (&str, Option<Version>) {
    match name.split_once('@') {
        Some((interface, version)) => (interface, Version::parse(version).ok()),
        None => (name, None),
    }
}

#[cfg(test)]
mod tests;
