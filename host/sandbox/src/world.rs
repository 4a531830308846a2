//! The imports and exports of a component, compared with the contract.

use std::collections::BTreeSet;

use semver::Version;
use serde::Serialize;
use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};

use crate::binary::Binary;
use crate::contract::{Contract, Contracts, PACKAGE, split_version};
use crate::error::ComponentError;
use crate::kind::ComponentKind;
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
    /// To every component.
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
pub(crate) fn imports(
    engine: &Engine,
    component: &Component,
    contract: &dyn Contract,
    kind: ComponentKind,
) -> Vec<Import> {
    let world = component.component_type();
    let imports = world.imports(engine).filter(|(_, item)| !has_only_types(engine, &item.ty));
    let import =
        |name: &str| Import { name: name.to_owned(), availability: availability(name, contract, kind) };
    imports.map(|(name, _)| import(name)).collect()
}

/// The kind of a component, by the interface that it exports; a policy if it exports that of neither kind.
pub(crate) fn find_kind(engine: &Engine, component: &Component) -> ComponentKind {
    let world = component.component_type();
    ComponentKind::of_exports(world.exports(engine).map(|(name, _)| name))
}

/// Finds the version of the contract that a component of this kind exports.
///
/// # Errors
/// How its exports differ from those of every version.
pub(crate) fn find_contract(
    engine: &Engine,
    component: &Component,
    contracts: Contracts,
    kind: ComponentKind,
) -> Result<ExportedContract, String> {
    let world = component.component_type();
    let exports: Vec<&str> = world.exports(engine).map(|(name, _)| name).collect();
    let own_interface = kind.interface();
    let contracts: Vec<&'static dyn Contract> =
        contracts.iter().copied().filter(|contract| !contract.exports(kind).is_empty()).collect();
    let supported: Vec<String> = contracts.iter().map(|contract| contract.interface(kind)).collect();
    let supported = supported.join(" and ");
    let find = |contract: &&'static dyn Contract| {
        let interface = exports.iter().find(|name| match split_version(name) {
            (interface, Some(version)) => interface == own_interface && contract.accepts(&version),
            _ => false,
        })?;
        Some(ExportedContract { contract: *contract, interface: (*interface).to_owned() })
    };
    let Some(found) = contracts.iter().find_map(find) else {
        return Err(match exports.iter().find(|name| split_version(name).0 == own_interface) {
            Some(other) => {
                let version = split_version(other).1;
                let is_newer = contracts.iter().all(|own| is_newer(version.as_ref(), *own));
                format!(
                    "it exports {}, and this host supports {supported}; rebuild it for that version{}",
                    printable(other),
                    if is_newer { NEWER_HOST } else { "" }
                )
            }
            None if exports.is_empty() => format!("it exports nothing; a {kind} exports {supported}"),
            None => {
                let other = kind.other();
                let is_other = exports.iter().any(|name| split_version(name).0 == other.interface());
                let hint = match (is_other, other) {
                    (false, _) => "",
                    (true, ComponentKind::Guard) => "; it is a guard: name it with `--guard`",
                    (true, ComponentKind::Policy) => "; it is a policy: name it without `--guard`",
                };
                format!("it exports {}; a {kind} exports {supported}{hint}", printable(&exports.join(", ")))
            }
        });
    };
    // Wasmtime ignores an export that nothing calls, and the answer would lack what the policy returns there.
    let unknown = world.exports(engine).find_map(|(name, item)| {
        let (interface, version) = split_version(name);
        let version = version.filter(|version| found.contract.accepts(version))?;
        let is_known = !interface.starts_with(PACKAGE) || found.contract.exports(kind).contains(&interface);
        if is_known || has_only_types(engine, &item.ty) {
            return None;
        }
        let problem = match interface == kind.other().interface() {
            true => "a component is either a policy or a guard; build one of each".to_owned(),
            false => unknown_interface(&version, found.contract, kind),
        };
        Some(format!("it exports {}: {problem}", printable(name)))
    });
    match unknown {
        Some(unknown) => Err(unknown),
        None => Ok(found),
    }
}

/// Compares exports and imports with the contract and the grants. Returns the version of the contract.
///
/// # Errors
/// [`ComponentError::WrongWorld`], or one error with every import that is missing.
pub(crate) fn check(
    binary: &Binary,
    engine: &Engine,
    component: &Component,
    grants: &BTreeSet<Grant>,
    contracts: Contracts,
) -> Result<&'static dyn Contract, ComponentError> {
    let (kind, subject) = (binary.kind, binary.source.subject());
    let contract = match find_contract(engine, component, contracts, kind) {
        Ok(found) => found.contract,
        Err(found) => return Err(ComponentError::WrongWorld { component: subject, kind, found }),
    };
    let (mut unsupported, mut not_granted) = (Vec::new(), Vec::new());
    for Import { name, availability } in imports(engine, component, contract, kind) {
        match availability {
            Availability::RequiresGrant { grant } if !grants.contains(&grant) => {
                not_granted.push(format!("{name}: `{} {}` grants it", kind.grant_flag(), grant.as_str()));
            }
            Availability::Always | Availability::RequiresGrant { .. } => {}
            Availability::Unsupported { remedy } => unsupported.push(format!("{name}: {remedy}")),
        }
    }
    match (unsupported.is_empty(), not_granted.is_empty()) {
        (true, true) => Ok(contract),
        (true, false) => Err(ComponentError::NotGranted { component: subject, imports: not_granted }),
        (false, _) => {
            unsupported.append(&mut not_granted);
            Err(ComponentError::UnsupportedImports { component: subject, imports: unsupported })
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

fn availability(import: &str, contract: &dyn Contract, kind: ComponentKind) -> Availability {
    let (interface, version) = split_version(import);
    if interface.starts_with(PACKAGE) {
        return contract_availability(interface, version, contract, kind);
    }
    let is_provided = wasi::PROVIDED.contains(&interface);
    let version = import.split_once('@').map(|(_, version)| version).unwrap_or_default();
    let remedy = match interface {
        _ if is_provided && version.starts_with(wasi::VERSION_PREFIX) => return Availability::Always,
        _ if is_provided => {
            "the sandbox provides version 0.2 of it; rebuild with a wasm32-wasip2 toolchain".to_owned()
        }
        _ if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => {
            format!("a {kind} has no network; pass the data as a setting, or compile it into the {kind}")
        }
        _ => format!("not part of the world `{}`; build against the package ecs-host:policy", kind.world()),
    };
    Availability::Unsupported { remedy }
}

/// Whether the host provides an interface of the contract's package.
fn contract_availability(
    interface: &str,
    version: Option<Version>,
    contract: &dyn Contract,
    kind: ComponentKind,
) -> Availability {
    let found = version.clone();
    let remedy = match version.filter(|version| contract.accepts(version)) {
        None => {
            let newer_host = if is_newer(found.as_ref(), contract) { NEWER_HOST } else { "" };
            format!(
                "this host supports {interface}@{}; rebuild the {kind} for that version{newer_host}",
                contract.version()
            )
        }
        Some(version) => {
            let grant = contract.grants().iter().find(|grant| grant.interface() == interface);
            if let Some(grant) = grant {
                return Availability::RequiresGrant { grant: *grant };
            }
            if kind == ComponentKind::Policy && interface == kind.interface() {
                "the policy wraps another one, and nothing is plugged into this import; compose it with a policy: \
                 `wac plug WRAPPER.wasm --plug INNER.wasm -o policy.wasm`"
                    .to_owned()
            } else {
                unknown_interface(&version, contract, kind)
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
fn unknown_interface(version: &Version, contract: &dyn Contract, kind: ComponentKind) -> String {
    let own = contract.version();
    if *version > own {
        format!(
            "this host supports ecs-host:policy@{own}, which does not contain it; the component is built for \
             ecs-host:policy@{version}: use an ecs-host that supports that version, or build the {kind} without the \
             interface"
        )
    } else {
        format!(
            "ecs-host:policy@{version} does not contain it; build against the package that `ecs-host inspect --wit` prints"
        )
    }
}
