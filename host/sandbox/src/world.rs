//! What a component offers and wants, held against the contract.

use std::collections::BTreeSet;

use serde::Serialize;
use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};

use super::{PolicyError, sandbox};
use model::lookup::Grant;
use model::text::printable;

/// The package and version of the contract that this host speaks.
pub const CONTRACT: &str = "ecs-host:policy/policy@0.1.0";

/// The contract's version.
const VERSION: &str = "0.1.0";

/// Something that a component imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The interface, with its version.
    pub name: String,
    /// Whether it is to be had.
    #[serde(flatten)]
    pub had: Availability,
}

/// Whether an import is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "had", rename_all = "kebab-case")]
pub enum Availability {
    /// Every policy is given it.
    Always,
    /// By the operator's grant.
    Granted {
        /// The grant.
        grant: Grant,
    },
    /// Never.
    Never {
        /// What to do instead.
        why: String,
    },
}

/// Everything that a component imports but for types, which need no one to give them.
pub(super) fn imports(engine: &Engine, component: &Component) -> Vec<Import> {
    let world = component.component_type();
    let imports = world.imports(engine).filter(|(_, item)| !only_types(engine, &item.ty));
    imports.map(|(name, _)| Import { name: name.to_owned(), had: had(name) }).collect()
}

/// What is wrong with a component's exports, if anything is.
pub(super) fn wrong_exports(engine: &Engine, component: &Component) -> Option<String> {
    let world = component.component_type();
    let exports: Vec<String> = world.exports(engine).map(|(name, _)| name.to_owned()).collect();
    if exports.iter().any(|name| name == CONTRACT) {
        return None;
    }
    Some(match exports.iter().find(|name| name.starts_with("ecs-host:policy/policy")) {
        Some(other) => {
            format!("it exports {other}; this host speaks {CONTRACT}: rebuild it for that version")
        }
        None if exports.is_empty() => format!("it exports nothing; a policy exports {CONTRACT}"),
        None => format!("it exports {}; a policy exports {CONTRACT}", printable(&exports.join(", "))),
    })
}

/// Holds exports and imports against the contract, so that a wrong component
/// is told everything at once instead of the first miss.
pub(super) fn check_world(
    policy: &str,
    engine: &Engine,
    component: &Component,
    grants: &BTreeSet<Grant>,
) -> Result<(), PolicyError> {
    let policy = policy.to_owned();
    if let Some(found) = wrong_exports(engine, component) {
        return Err(PolicyError::WrongWorld { policy, found });
    }
    let (mut never, mut not_granted) = (Vec::new(), Vec::new());
    for Import { name, had } in imports(engine, component) {
        match had {
            Availability::Granted { grant } if !grants.contains(&grant) => {
                not_granted.push(format!("{name}: `--allow {}` grants it", grant.as_str()));
            }
            Availability::Always | Availability::Granted { .. } => {}
            Availability::Never { why } => never.push(format!("{name}: {why}")),
        }
    }
    match (never.is_empty(), not_granted.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(PolicyError::NotGranted { policy, missing: not_granted }),
        (false, _) => {
            never.append(&mut not_granted);
            Err(PolicyError::Imports { policy, missing: never })
        }
    }
}

/// Whether an import is an interface of types alone, which needs no one to give it.
pub(super) fn only_types(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        ComponentItem::Type(_) => true,
        _ => false,
    }
}

/// Whether an import is to be had, by its name.
fn had(name: &str) -> Availability {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    let is_offered = sandbox::OFFERED.contains(&interface);
    let why = match Grant::ALL.into_iter().find(|grant| grant.interface() == interface) {
        Some(grant) if version == VERSION => return Availability::Granted { grant },
        Some(_) => format!("this host speaks {interface}@{VERSION}: rebuild the policy for that version"),
        None if is_offered && version.starts_with("0.2.") => return Availability::Always,
        None if is_offered => {
            "this host gives version 0.2 of it; rebuild with a wasm32-wasip2 toolchain".to_owned()
        }
        None if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => {
            "a policy has no network; put what it reads into its settings or its code".to_owned()
        }
        None => "no part of the world `deploy-policy`; build against the package ecs-host:policy".to_owned(),
    };
    Availability::Never { why }
}
