//! What can be told of a policy without a build: what it is, what it wants, and
//! what made it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use wasmparser::{KnownCustom, Parser, Payload};

use super::lookup::Nothing;
use super::world::{Availability, CONTRACT, Import, imports, wrong_exports};
use super::{Binary, Limits, Manifest, Policy, PolicyError, Terms, component};
use model::lookup::Grant;
use model::names::Digest;
use model::source::PolicySource;
use model::text::printable;

/// The contract, as its package is written.
pub const WIT: [(&str, &str); 5] = [
    ("world.wit", include_str!("../../../wit/world.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("policy.wit", include_str!("../../../wit/policy.wit")),
    ("services.wit", include_str!("../../../wit/services.wit")),
    ("registry.wit", include_str!("../../../wit/registry.wit")),
];

/// What there is to know of a policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// Where it came from.
    pub source: PolicySource,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: usize,
    /// The contract that this host speaks.
    pub contract: &'static str,
    /// Why it is none of that contract, where it is not.
    pub other_world: Option<String>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What made it: each tool once, with its version.
    pub producers: Vec<String>,
    /// How long compiling it took, with nothing kept from before.
    #[serde(serialize_with = "seconds")]
    pub compiled_in: Duration,
    /// What it says of itself, where it can be asked.
    pub manifest: Option<Manifest>,
    /// Why it can't be asked, where it can't.
    pub problem: Option<String>,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl Inspection {
    /// Looks at a policy as it would be with these grants.
    ///
    /// # Errors
    /// [`PolicyError`] where it is no component at all.
    pub fn of(
        binary: &Binary,
        allowed_secrets: BTreeSet<String>,
        limits: Limits,
    ) -> Result<Self, PolicyError> {
        let started = Instant::now();
        let (engine, compiled, _) = component::compiled(binary, None, &limits)?;
        let compiled_in = started.elapsed();
        let mut inspection = Self {
            source: binary.source.clone(),
            digest: binary.digest().clone(),
            size: binary.bytes.len(),
            contract: CONTRACT,
            other_world: wrong_exports(&engine, &compiled),
            imports: imports(&engine, &compiled),
            producers: producers(&binary.bytes),
            compiled_in,
            manifest: None,
            problem: None,
        };
        let terms = Terms { limits: limits.clone(), allowed_secrets, lookup: Arc::new(Nothing) };
        // Asking what it is looks nothing up, so every grant may be presumed.
        let every = Grant::ALL.into_iter().collect();
        let policy = Policy::of_component(binary, &engine, &compiled, &every, &limits);
        match policy.and_then(|policy| policy.ask(|asker| asker.describe(&terms))) {
            Ok(manifest) => inspection.manifest = Some(manifest),
            Err(error) => inspection.problem = Some(error.to_string()),
        }
        Ok(inspection)
    }

    /// Whether a run with these grants would ask it.
    #[must_use]
    pub fn is_runnable(&self, grants: &BTreeSet<Grant>) -> bool {
        let to_be_had = |import: &Import| match &import.had {
            Availability::Always => true,
            Availability::Granted { grant } => grants.contains(grant),
            Availability::Never { .. } => false,
        };
        self.manifest.is_some() && self.imports.iter().all(to_be_had)
    }
}

/// The tools that the modules of a component name as their makers: the custom
/// section `producers` of WebAssembly's tool conventions.
fn producers(bytes: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        let Payload::CustomSection(section) = payload else { continue };
        let KnownCustom::Producers(fields) = section.as_known() else { continue };
        for field in fields.into_iter().map_while(Result::ok) {
            for value in field.values.into_iter().map_while(Result::ok) {
                found.insert(printable(&format!("{} {}", value.name, value.version)).trim().to_owned());
            }
        }
    }
    found.into_iter().collect()
}

/// The names of what a component imports and exports.
#[must_use]
pub fn world_names(component: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            // The parts of a component have worlds of their own.
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
