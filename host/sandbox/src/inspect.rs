//! Inspecting a component without a build or a plan: its manifest, its imports, and its toolchain.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use wasmparser::{KnownCustom, Parser, Payload};

use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::composition::{self, Part};
use crate::contract::SUPPORTED;
use crate::engine::Compilation;
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::guard::Guard;
use crate::kind::ComponentKind;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::policy::Policy;
use crate::world::{Import, find_contract, find_kind, imports};
use model::lookup::Grant;
use model::names::Digest;
use model::source::ComponentSource;
use model::text::printable;

/// The files of the contract's WIT package, name and text.
pub const WIT: [(&str, &str); 7] = [
    ("world.wit", include_str!("../../../wit/world.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("policy.wit", include_str!("../../../wit/policy.wit")),
    ("guard.wit", include_str!("../../../wit/guard.wit")),
    ("services.wit", include_str!("../../../wit/services.wit")),
    ("registry.wit", include_str!("../../../wit/registry.wit")),
    ("source.wit", include_str!("../../../wit/source.wit")),
];

/// The result of inspecting a component.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// Whether it is a policy or a guard.
    pub kind: ComponentKind,
    /// Where the component comes from.
    pub source: ComponentSource,
    /// The digest of the component's bytes.
    pub digest: Digest,
    /// The size of the component in bytes.
    pub size: usize,
    /// The interface of the contract that the component exports, with its version, if this host supports it.
    pub contract: Option<String>,
    /// Why this host does not support the exports.
    pub contract_mismatch: Option<String>,
    /// The versions of that interface that this host supports. It also supports later ones of the same line (`0.2.7` for
    /// `0.2.0`), if it knows all interfaces of the component.
    pub supported_contracts: Vec<String>,
    /// The imports.
    pub imports: Vec<Import>,
    /// The components that it is composed of. Empty if it is no composition.
    pub parts: Vec<Part>,
    /// Whether the component has more parts than [`Inspection::parts`] contains.
    #[serde(rename = "parts-cut")]
    pub has_more_parts: bool,
    /// The tools that built the component, with their versions.
    pub producers: Vec<String>,
    /// The time of compiling, or of reading the compiled form from the compiler's cache. In JSON, in seconds.
    #[serde(rename = "compile-seconds", serialize_with = "serialize_seconds")]
    pub compile_time: Duration,
    /// The manifest, if it could be read.
    pub manifest: Option<Manifest>,
    /// Whether a guard also reviews rollbacks; `None` for a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviews_rollbacks: Option<bool>,
    /// Why the manifest could not be read.
    pub problem: Option<String>,
}

fn serialize_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl Inspection {
    /// Compiles a component and reads its manifest. Its exports decide whether it is a policy or a guard. A component that
    /// no run accepts has [`Inspection::problem`].
    ///
    /// # Errors
    /// [`ComponentError`] if compiling fails.
    pub fn new(
        binary: &Binary,
        compiler: &Compiler,
        allowed_secrets: BTreeSet<String>,
        limits: Limits,
    ) -> Result<Self, ComponentError> {
        let start = Instant::now();
        let compilation = compilation::compile(binary, compiler, &limits)?;
        let compile_time = start.elapsed();
        // `describe` makes no lookups, so inspecting needs no grants.
        let grants = Grant::ALL.into_iter().collect();
        let Compilation { engine, component, .. } = &compilation;
        let kind = find_kind(engine, component);
        let binary = &binary.clone().of_kind(kind);
        let options = SandboxOptions { limits, allowed_secrets, ..SandboxOptions::default() };
        let described = match kind {
            ComponentKind::Policy => Policy::link(binary, &compilation, &grants, &options.limits, SUPPORTED)
                .and_then(|policy| Ok((policy.describe(&options)?, None))),
            ComponentKind::Guard => Guard::link(binary, &compilation, &grants, &options.limits, SUPPORTED)
                .and_then(|guard| guard.describe(&options))
                .map(|found| (found.manifest, Some(found.reviews_rollbacks))),
        };
        let (manifest, reviews_rollbacks, problem) = match described {
            Ok((manifest, reviews_rollbacks)) => (Some(manifest), reviews_rollbacks, None),
            Err(error) => (None, None, Some(error.to_string())),
        };
        let (contract, contract_mismatch, version) = match find_contract(engine, component, SUPPORTED, kind) {
            Ok(found) => (Some(found.interface), None, Some(found.contract)),
            Err(mismatch) => (None, Some(mismatch), SUPPORTED.first().copied()),
        };
        let (parts, has_more_parts) = composition::parts(&binary.bytes);
        Ok(Self {
            kind,
            source: binary.source.clone(),
            digest: binary.digest().clone(),
            size: binary.bytes.len(),
            contract,
            contract_mismatch,
            supported_contracts: SUPPORTED.iter().map(|contract| contract.interface(kind)).collect(),
            imports: version.map(|version| imports(engine, component, version, kind)).unwrap_or_default(),
            parts,
            has_more_parts,
            producers: producers(&binary.bytes),
            compile_time,
            manifest,
            reviews_rollbacks,
            problem,
        })
    }
}

/// The tools that built a component, from the custom sections `producers` of its modules:
/// <https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md>
fn producers(bytes: &[u8]) -> Vec<String> {
    let mut producers = BTreeSet::new();
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        let Payload::CustomSection(section) = payload else { continue };
        let KnownCustom::Producers(fields) = section.as_known() else { continue };
        for field in fields.into_iter().map_while(Result::ok) {
            for value in field.values.into_iter().map_while(Result::ok) {
                producers.insert(printable(&format!("{} {}", value.name, value.version)).trim().to_owned());
            }
        }
    }
    producers.into_iter().collect()
}

/// The names of a component's imports, and those of its exports. The component need not be valid.
#[must_use]
pub fn world_names(component: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            // A nested module or component has imports and exports of its own.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().flatten().map(|import| import.name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().flatten().map(|export| export.name.name.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports)
}
