//! Loading a policy: from its bytes to something that can be asked.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, types::ComponentItem};
use wasmtime::{Cache, CacheConfig, Config, Engine, Strategy};

use super::PolicyError;
use super::bindings::DeployPolicyPre;
use super::lookup::Grant;
use super::sandbox::{self, State};

/// The default policy: the Travis convention, built from `guest/travis`.
const TRAVIS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/travis.wasm"));

/// The package and version of the contract that this host speaks.
const CONTRACT: &str = "ecs-host:policy/policy@0.1.0";

/// The contract's version.
const VERSION: &str = "0.1.0";

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The default policy, which is part of this host.
    BuiltIn,
    /// A file.
    File(PathBuf),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// A compiled policy.
pub struct Policy {
    pub(super) pre: DeployPolicyPre<State>,
    /// Where it came from.
    pub source: Source,
    /// `sha256:` and the digest of the component's bytes.
    pub digest: String,
    /// Why what was compiled is not kept for the next run, where it is not.
    pub not_cached: Option<String>,
}

impl Policy {
    /// Reads, checks and compiles a policy. What was compiled before comes out
    /// of the cache folder; a folder that can't be used is a reason to compile
    /// again, never to fail.
    ///
    /// # Errors
    /// [`PolicyError`] where the file can't be read, is no component, is one of
    /// another world, imports what a policy is not given, or what was not granted.
    pub fn load(source: Source, cache: Option<&Path>, grants: &BTreeSet<Grant>) -> Result<Self, PolicyError> {
        let file;
        let bytes = match &source {
            Source::BuiltIn => TRAVIS,
            Source::File(path) => {
                file = std::fs::read(path)
                    .map_err(|source| PolicyError::Unreadable { path: path.clone(), source })?;
                &file
            }
        };
        let name = match &source {
            Source::BuiltIn => "the built-in policy".to_owned(),
            Source::File(path) => format!("`{}`", path.display()),
        };
        check_kind(&name, bytes)?;
        let sandbox = |source| PolicyError::Sandbox { policy: name.clone(), source };
        let (engine, not_cached) = engine(cache).map_err(sandbox)?;
        let component = Component::new(&engine, bytes).map_err(|error| PolicyError::NoComponent {
            policy: name.clone(),
            found: format!("it is a damaged component, or one of features this host does not run: {error:#}"),
        })?;
        check_world(&name, &engine, &component, grants)?;
        let linker = sandbox::linker(&engine).map_err(sandbox)?;
        let other_world = |error: wasmtime::Error| PolicyError::OtherWorld {
            policy: name.clone(),
            found: format!("its types are not those of {CONTRACT}: {error:#}"),
        };
        let pre = linker.instantiate_pre(&component).and_then(DeployPolicyPre::new).map_err(other_world)?;
        Ok(Self { pre, source, digest: sha256(bytes), not_cached })
    }
}

/// `sha256:` and the digest in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// The engine with every setting that bears on a policy's answer, and why its
/// cache is off where it is. Fuel depends on the compiler, so the compiler is named.
fn engine(cache: Option<&Path>) -> wasmtime::Result<(Engine, Option<String>)> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .consume_fuel(true)
        .epoch_interruption(true)
        .wasm_component_model(true)
        .max_wasm_stack(512 << 10);
    let mut not_cached = None;
    if let Some(folder) = cache {
        let mut settings = CacheConfig::new();
        settings.with_directory(folder);
        match Cache::new(settings) {
            Ok(cache) => {
                config.cache(Some(cache));
            }
            Err(error) => not_cached = Some(format!("{error:#}")),
        }
    }
    Ok((Engine::new(&config)?, not_cached))
}

/// Tells a component from what people pass by mistake.
fn check_kind(policy: &str, bytes: &[u8]) -> Result<(), PolicyError> {
    // Magic number, then version and layer:
    // https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
    const CORE: &[u8] = b"\0asm\x01\0\0\0";
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    let found = if bytes.starts_with(COMPONENT) {
        return Ok(());
    } else if bytes.starts_with(CORE) {
        "it is a core module, not a component; build it with `cargo build --target wasm32-wasip2`"
    } else if bytes.starts_with(b"\0asm") {
        "it is a component of a version that this host does not know"
    } else if bytes.is_empty() {
        "the file is empty"
    } else {
        "the file is no WebAssembly at all; a policy is built with `cargo build --target wasm32-wasip2`"
    };
    Err(PolicyError::NoComponent { policy: policy.to_owned(), found: found.to_owned() })
}

/// Holds exports and imports against the contract, so that a wrong component
/// is told everything at once instead of the first miss.
fn check_world(
    policy: &str,
    engine: &Engine,
    component: &Component,
    grants: &BTreeSet<Grant>,
) -> Result<(), PolicyError> {
    let world = component.component_type();
    let exports: Vec<String> = world.exports(engine).map(|(name, _)| name.to_owned()).collect();
    if !exports.iter().any(|name| name == CONTRACT) {
        let found = match exports.iter().find(|name| name.starts_with("ecs-host:policy/policy")) {
            Some(other) => {
                format!("it exports {other}; this host speaks {CONTRACT}: rebuild it for that version")
            }
            None if exports.is_empty() => format!("it exports nothing; a policy exports {CONTRACT}"),
            None => format!("it exports {}; a policy exports {CONTRACT}", exports.join(", ")),
        };
        return Err(PolicyError::OtherWorld { policy: policy.to_owned(), found });
    }
    let imports = || world.imports(engine).filter(|(_, item)| !only_types(engine, &item.ty));
    let missing: Vec<String> = imports().filter_map(|(name, _)| why_missing(name)).collect();
    let ungranted = imports().filter_map(|(name, _)| ungranted(name, grants));
    match (missing.is_empty(), ungranted.collect::<Vec<_>>()) {
        (true, ungranted) if ungranted.is_empty() => Ok(()),
        (true, missing) => Err(PolicyError::NotGranted { policy: policy.to_owned(), missing }),
        (false, ungranted) => {
            let missing = missing.into_iter().chain(ungranted).collect();
            Err(PolicyError::Imports { policy: policy.to_owned(), missing })
        }
    }
}

/// Whether an import is an interface of types alone, which needs no one to give it.
fn only_types(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).all(|(_, item)| matches!(item.ty, ComponentItem::Type(_)))
        }
        ComponentItem::Type(_) => true,
        _ => false,
    }
}

fn is_contract(interface: &str) -> bool {
    Grant::ALL.iter().any(|grant| grant.interface() == interface)
}

/// What to say of an import that the operator has not granted; none where it
/// was, or needs no grant.
fn ungranted(name: &str, grants: &BTreeSet<Grant>) -> Option<String> {
    let interface = name.split_once('@').map_or(name, |(interface, _)| interface);
    let grant = Grant::ALL.into_iter().find(|grant| grant.interface() == interface)?;
    let flag = grant.as_str();
    (!grants.contains(&grant)).then(|| format!("{name}: `--allow {flag}` grants it"))
}

/// What to say of an import that the sandbox does not give; none where it does.
fn why_missing(name: &str) -> Option<String> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    if sandbox::OFFERED.contains(&interface) && version.starts_with("0.2.") {
        return None;
    }
    Some(match interface {
        _ if is_contract(interface) && version == VERSION => return None,
        _ if is_contract(interface) => {
            format!("{name}: this host speaks {interface}@{VERSION}: rebuild the policy for that version")
        }
        _ if sandbox::OFFERED.contains(&interface) => {
            format!("{name}: this host gives version 0.2 of it; rebuild with a wasm32-wasip2 toolchain")
        }
        _ if interface.starts_with("wasi:sockets/") || interface.starts_with("wasi:http/") => {
            format!("{name}: a policy has no network; put what it reads into its settings or its code")
        }
        _ => {
            format!("{name}: no part of the world `deploy-policy`; build against the package ecs-host:policy")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policy_is_small_and_imports_nothing() {
        let policy = Policy::load(Source::BuiltIn, None, &BTreeSet::new()).unwrap();
        let pre = policy.pre.instance_pre();
        let world = pre.component().component_type();
        let imports =
            world.imports(policy.pre.engine()).filter(|(_, item)| !only_types(policy.pre.engine(), &item.ty));
        assert_eq!(imports.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&str>::new());
        assert!(TRAVIS.len() < 40_000, "{} bytes", TRAVIS.len());
    }
}
