//! The components that a composition consists of, and how they are plugged into each other.
//!
//! `wac plug` embeds the bytes of each component unchanged, so the digest of a part is that of the file that was
//! plugged. A component that a compiler produced also contains components, which only give names to its functions and
//! types. They contain no code, and are no parts.

mod read;
#[cfg(test)]
mod tests;

use serde::Serialize;

use model::names::Digest;
use model::text::abbreviate;
use read::{Definition, Origin};

/// The most parts of a composition that are listed, those of its parts included.
const MAX_PARTS: usize = 32;

/// The most levels of compositions that are listed. Each level is read once more for its digests.
const MAX_DEPTH: usize = 4;

/// A component that is instantiated in another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    /// The number of the part in its composition, from 1, in the order of instantiation.
    pub number: usize,
    /// The name that tools wrote into it. It is no proof of anything.
    pub name: Option<String>,
    /// The size in bytes.
    pub size: usize,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its imports, each with its source.
    pub imports: Vec<PartImport>,
    /// The interfaces that it exports.
    pub exports: Vec<PartExport>,
    /// The parts of this part, if it is a composition.
    pub parts: Vec<Part>,
}

/// An import of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PartImport {
    /// The interface, with its version.
    pub name: String,
    /// What is plugged into it.
    #[serde(flatten)]
    pub source: ImportSource,
}

/// What is plugged into an import of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum ImportSource {
    /// An import of the whole composition.
    Import,
    /// An export of another part.
    Part {
        /// The number of the other part.
        part: usize,
    },
    /// Something that the composition itself defines.
    Composition,
}

/// An export of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PartExport {
    /// The interface, with its version.
    pub name: String,
    /// Whether the whole composition exports it.
    #[serde(rename = "exported")]
    pub is_exported: bool,
}

/// The parts of a component, and whether some are not listed because there are too many. Both are empty for a component
/// that is no composition.
pub(crate) fn parts(bytes: &[u8]) -> (Vec<Part>, bool) {
    let definitions = read::read(bytes);
    let mut list = PartList { bytes, definitions: &definitions, left: MAX_PARTS, is_cut: false };
    let parts = definitions.last().map(|whole| list.parts(whole, MAX_DEPTH)).unwrap_or_default();
    (parts, list.is_cut)
}

struct PartList<'a> {
    bytes: &'a [u8],
    definitions: &'a [Definition<'a>],
    left: usize,
    is_cut: bool,
}

impl PartList<'_> {
    fn parts(&mut self, whole: &Definition<'_>, depth: usize) -> Vec<Part> {
        // The numbers of the instances that are parts.
        let mut count = 0;
        let number = |definition: usize| {
            let has_code = self.definitions.get(definition).is_some_and(|part| part.has_code);
            count += usize::from(has_code);
            has_code.then_some(count)
        };
        let definitions = whole.instances.iter().map(|instance| instance.definition);
        let numbers: Vec<Option<usize>> = definitions.map(number).collect();
        let mut parts = Vec::new();
        for (index, (instance, number)) in whole.instances.iter().zip(&numbers).enumerate() {
            let (Some(number), Some(definition)) = (number, self.definitions.get(instance.definition)) else {
                continue;
            };
            if self.left == 0 || depth == 0 {
                self.is_cut = true;
                break;
            }
            self.left -= 1;
            let imports = instance.arguments.iter().map(|(name, origin)| PartImport {
                name: abbreviate(name),
                source: import_source(*origin, &numbers),
            });
            let exports = definition.exports.iter().map(|name| PartExport {
                name: abbreviate(name),
                is_exported: whole.exported.contains(&(index, *name)),
            });
            parts.push(Part {
                number: *number,
                name: instance.name.or(definition.name).map(abbreviate),
                size: definition.range.len(),
                digest: Digest::sha256(self.bytes.get(definition.range.clone()).unwrap_or_default()),
                imports: imports.collect(),
                exports: exports.collect(),
                parts: self.parts(definition, depth - 1),
            });
        }
        parts
    }
}

/// `numbers` are those of the instances, if they are parts.
fn import_source(origin: Origin<'_>, numbers: &[Option<usize>]) -> ImportSource {
    match origin {
        Origin::Import => ImportSource::Import,
        Origin::Instance(instance, _) => match numbers.get(instance).copied().flatten() {
            Some(part) => ImportSource::Part { part },
            None => ImportSource::Composition,
        },
        Origin::Other => ImportSource::Composition,
    }
}
