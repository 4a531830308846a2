//! The imports and exports of a component, compared with the contract.

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};

use crate::contract::{Contract, Contracts, PACKAGE, POLICY, split_version};
use crate::error::PolicyError;
use crate::wasi;
use model::lookup::Grant;
use model::text::printable;

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

/// The version of the contract that a component exports.
pub(crate) struct ExportedContract {
    pub(crate) contract: &'static dyn Contract,
    /// The exported interface, with the version of the component.
    pub(crate) interface: String,
}

/// Every import of a component, except interfaces that contain only types. `contract` is the version that it exports.
pub(crate) fn imports(engine: &Engine, component: &Component, contract: &dyn Contract) -> Vec<Import> {
    let world = component.component_type();
    let imports = world.imports(engine).filter(|(_, item)| !has_only_types(engine, &item.ty));
    let import = |name: &str| Import { name: name.to_owned(), availability: availability(name, contract) };
    imports.map(|(name, _)| import(name)).collect()
}

/// Finds the version of the contract that a component exports.
///
/// # Errors
/// How its exports differ from those of every version.
pub(crate) fn find_contract(
    engine: &Engine,
    component: &Component,
    contracts: Contracts,
) -> Result<ExportedContract, String> {
    let world = component.component_type();
    let exports: Vec<&str> = world.exports(engine).map(|(name, _)| name).collect();
    let supported: Vec<String> = contracts.iter().map(|contract| contract.policy_interface()).collect();
    let supported = supported.join(" and ");
    let find = |contract: &&'static dyn Contract| {
        let interface = exports.iter().find(|name| match split_version(name) {
            (POLICY, Some(version)) => contract.accepts(&version),
            _ => false,
        })?;
        Some(ExportedContract { contract: *contract, interface: (*interface).to_owned() })
    };
    let Some(found) = contracts.iter().find_map(find) else {
        return Err(match exports.iter().find(|name| split_version(name).0 == POLICY) {
            Some(other) => {
                let version = split_version(other).1;
                let is_newer = contracts.iter().all(|own| is_newer(version.as_ref(), *own));
                format!(
                    "it exports {}, and this host supports {supported}; rebuild it for that version{}",
                    printable(other),
                    if is_newer { NEWER_HOST } else { "" }
                )
            }
            None if exports.is_empty() => format!("it exports nothing; a policy exports {supported}"),
            None => format!("it exports {}; a policy exports {supported}", printable(&exports.join(", "))),
        });
    };
    // Wasmtime ignores an export that nothing calls, and the answer would lack what the policy returns there.
    let unknown = world.exports(engine).find_map(|(name, item)| {
        let (interface, version) = split_version(name);
        let version = version.filter(|version| found.contract.accepts(version))?;
        let is_known = !interface.starts_with(PACKAGE) || found.contract.exports().contains(&interface);
        if is_known || has_only_types(engine, &item.ty) {
            return None;
        }
        Some(format!("it exports {}: {}", printable(name), unknown_interface(&version, found.contract)))
    });
    match unknown {
        Some(unknown) => Err(unknown),
        None => Ok(found),
    }
}

/// Compares exports and imports with the contract and the grants. Returns the version of the contract.
///
/// # Errors
/// [`PolicyError::WrongWorld`], or one error with every import that is missing.
pub(crate) fn check(
    policy: &str,
    engine: &Engine,
    component: &Component,
    grants: &BTreeSet<Grant>,
    contracts: Contracts,
) -> Result<&'static dyn Contract, PolicyError> {
    let policy = policy.to_owned();
    let contract = match find_contract(engine, component, contracts) {
        Ok(found) => found.contract,
        Err(found) => return Err(PolicyError::WrongWorld { policy, found }),
    };
    let (mut unsupported, mut not_granted) = (Vec::new(), Vec::new());
    for Import { name, availability } in imports(engine, component, contract) {
        match availability {
            Availability::RequiresGrant { grant } if !grants.contains(&grant) => {
                not_granted.push(format!("{name}: `--allow {}` grants it", grant.as_str()));
            }
            Availability::Always | Availability::RequiresGrant { .. } => {}
            Availability::Unsupported { remedy } => unsupported.push(format!("{name}: {remedy}")),
        }
    }
    match (unsupported.is_empty(), not_granted.is_empty()) {
        (true, true) => Ok(contract),
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

fn availability(import: &str, contract: &dyn Contract) -> Availability {
    let (interface, version) = split_version(import);
    if interface.starts_with(PACKAGE) {
        return contract_availability(interface, version, contract);
    }
    let is_provided = wasi::PROVIDED.contains(&interface);
    let version = import.split_once('@').map(|(_, version)| version).unwrap_or_default();
    let remedy = match interface {
        _ if is_provided && version.starts_with(wasi::VERSION_PREFIX) => return Availability::Always,
        _ if is_provided => "the sandbox provides version 0.2 of it; rebuild with a wasm32-wasip2 toolchain",
        _ if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => {
            "a policy has no network; pass the data as a setting, or compile it into the policy"
        }
        _ => "not part of the world `deploy-policy`; build against the package ecs-host:policy",
    };
    Availability::Unsupported { remedy: remedy.to_owned() }
}

/// Whether the host provides an interface of the contract's package.
fn contract_availability(interface: &str, version: Option<Version>, contract: &dyn Contract) -> Availability {
    let found = version.clone();
    let remedy = match version.filter(|version| contract.accepts(version)) {
        None => {
            let newer_host = if is_newer(found.as_ref(), contract) { NEWER_HOST } else { "" };
            format!(
                "this host supports {interface}@{}; rebuild the policy for that version{newer_host}",
                contract.version()
            )
        }
        Some(version) => {
            let grant = contract.grants().iter().find(|grant| grant.interface() == interface);
            if let Some(grant) = grant {
                return Availability::RequiresGrant { grant: *grant };
            }
            if interface == POLICY {
                "the policy wraps another one, and nothing is plugged into this import; compose it with a policy: \
                 `wac plug WRAPPER.wasm --plug INNER.wasm -o policy.wasm`"
                    .to_owned()
            } else {
                unknown_interface(&version, contract)
            }
        }
    };
    Availability::Unsupported { remedy }
}

/// The alternative for a component of a later version of the contract.
const NEWER_HOST: &str = ", or use an ecs-host that supports the version of the component";

/// Whether a version of the contract is a later one than that of a host. A pre-release is part of no host.
fn is_newer(version: Option<&Version>, contract: &dyn Contract) -> bool {
    version.is_some_and(|version| *version > contract.version() && version.pre.is_empty())
}

/// What to do about an interface of the contract that this host does not know. `version` is that of the component, which
/// the version that added the interface does not exceed.
fn unknown_interface(version: &Version, contract: &dyn Contract) -> String {
    let own = contract.version();
    if *version > own {
        format!(
            "this host supports ecs-host:policy@{own}, which does not contain it; the component is built for \
             ecs-host:policy@{version}: use an ecs-host that supports that version, or build the policy without the \
             interface"
        )
    } else {
        format!(
            "ecs-host:policy@{version} does not contain it; build against the package that `ecs-host inspect --wit` prints"
        )
    }
}
