//! The imports and exports of a component, compared with the contract.

use std::collections::BTreeSet;

use serde::Serialize;
use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};

use crate::contract::v0_2;
use crate::error::PolicyError;
use crate::wasi;
use model::lookup::Grant;
use model::text::printable;

/// The interface that a policy exports, with the version that this host supports.
pub const CONTRACT: &str = v0_2::INTERFACE;

/// An interface that a component imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The interface, with its version.
    pub name: String,
    /// Whether the sandbox provides it.
    #[serde(flatten)]
    pub availability: Availability,
}

/// Whether the sandbox provides an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "availability", rename_all = "kebab-case")]
pub enum Availability {
    /// To every policy.
    Always,
    /// If the operator grants it.
    RequiresGrant {
        /// The grant.
        grant: Grant,
    },
    /// Never.
    Unsupported {
        /// What to do instead.
        remedy: String,
    },
}

/// Every import of a component, except interfaces that contain only types.
pub(crate) fn imports(engine: &Engine, component: &Component) -> Vec<Import> {
    let world = component.component_type();
    let imports = world.imports(engine).filter(|(_, item)| !has_only_types(engine, &item.ty));
    imports.map(|(name, _)| Import { name: name.to_owned(), availability: availability(name) }).collect()
}

/// How a component's exports differ from the contract.
pub(crate) fn export_mismatch(engine: &Engine, component: &Component) -> Option<String> {
    let world = component.component_type();
    let exports: Vec<String> = world.exports(engine).map(|(name, _)| name.to_owned()).collect();
    if exports.iter().any(|name| name == CONTRACT) {
        return None;
    }
    Some(match exports.iter().find(|name| name.starts_with("ecs-host:policy/policy")) {
        Some(other) => {
            format!("it exports {other}, and this host supports {CONTRACT}; rebuild it for that version")
        }
        None if exports.is_empty() => format!("it exports nothing; a policy exports {CONTRACT}"),
        None => format!("it exports {}; a policy exports {CONTRACT}", printable(&exports.join(", "))),
    })
}

/// Compares exports and imports with the contract and the grants.
///
/// # Errors
/// [`PolicyError::WrongWorld`], or one error with every import that is missing.
pub(crate) fn check(
    policy: &str,
    engine: &Engine,
    component: &Component,
    grants: &BTreeSet<Grant>,
) -> Result<(), PolicyError> {
    let policy = policy.to_owned();
    if let Some(found) = export_mismatch(engine, component) {
        return Err(PolicyError::WrongWorld { policy, found });
    }
    let (mut unsupported, mut not_granted) = (Vec::new(), Vec::new());
    for Import { name, availability } in imports(engine, component) {
        match availability {
            Availability::RequiresGrant { grant } if !grants.contains(&grant) => {
                not_granted.push(format!("{name}: `--allow {}` grants it", grant.as_str()));
            }
            Availability::Always | Availability::RequiresGrant { .. } => {}
            Availability::Unsupported { remedy } => unsupported.push(format!("{name}: {remedy}")),
        }
    }
    match (unsupported.is_empty(), not_granted.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(PolicyError::NotGranted { policy, imports: not_granted }),
        (false, _) => {
            unsupported.append(&mut not_granted);
            Err(PolicyError::UnsupportedImports { policy, imports: unsupported })
        }
    }
}

fn has_only_types(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        ComponentItem::Type(_) => true,
        _ => false,
    }
}

fn availability(import: &str) -> Availability {
    let (interface, version) = import.split_once('@').unwrap_or((import, ""));
    let is_provided = wasi::PROVIDED.contains(&interface);
    let remedy = match Grant::ALL.into_iter().find(|grant| grant.interface() == interface) {
        Some(grant) if version == v0_2::VERSION => return Availability::RequiresGrant { grant },
        Some(_) => {
            format!("this host supports {interface}@{}; rebuild the policy for that version", v0_2::VERSION)
        }
        None if is_provided && version.starts_with(wasi::VERSION_PREFIX) => return Availability::Always,
        None if is_provided => {
            "the sandbox provides version 0.2 of it; rebuild with a wasm32-wasip2 toolchain".to_owned()
        }
        None if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => {
            "a policy has no network; pass the data as a setting, or compile it into the policy".to_owned()
        }
        None => "not part of the world `deploy-policy`; build against the package ecs-host:policy".to_owned(),
    };
    Availability::Unsupported { remedy }
}
