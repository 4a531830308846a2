//! Reads which components a component contains, instantiates and connects.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentName, ComponentOuterAliasKind,
    ComponentTypeRef, CustomSectionReader, KnownCustom, Name, Parser, Payload,
};

/// A component of the file.
#[derive(Debug, Default)]
pub(super) struct Definition<'a> {
    /// Its place in the file.
    pub(super) range: Range<usize>,
    /// The name that its tools wrote into it: its own, or that of its largest module.
    pub(super) name: Option<&'a str>,
    /// Whether it, or a component in it, contains a module.
    pub(super) has_code: bool,
    /// The instances and functions that it exports, by name.
    pub(super) exports: Vec<&'a str>,
    /// The instances of components that it creates, in order.
    pub(super) instances: Vec<NestedInstance<'a>>,
    /// Which exports of these instances it exports: the instance and the name of its export.
    pub(super) exported: BTreeSet<(usize, &'a str)>,
}

/// An instance that a component creates of another one.
#[derive(Debug)]
pub(super) struct NestedInstance<'a> {
    /// The index of its definition.
    pub(super) definition: usize,
    /// The name that the outer component uses for it.
    pub(super) name: Option<&'a str>,
    /// The imports, each with the origin of what is passed.
    pub(super) arguments: Vec<(&'a str, Origin<'a>)>,
}

/// Where an instance or a function of a component comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// The component imports it.
    Import,
    /// An instance that the component creates, by its index in [`Definition::instances`]; or an export of it.
    Instance(usize, Option<&'a str>),
    /// Anything else.
    Other,
}

/// A module or component that is being read.
#[derive(Default)]
struct Level<'a> {
    definition: Definition<'a>,
    /// The definition of each component of its index space.
    components: Vec<Option<usize>>,
    /// The origin of each instance of its index space.
    instances: Vec<Origin<'a>>,
    /// For each of its nested instances, the index of the component in the index space.
    instantiated: Vec<u32>,
    /// The names of the index space's components.
    component_names: BTreeMap<u32, &'a str>,
    /// Its largest module with a name.
    module: Option<(usize, &'a str)>,
    is_module: bool,
}

/// Reads the components of a file. The last one is the whole file; of invalid bytes the list is empty.
pub(super) fn read(bytes: &[u8]) -> Vec<Definition<'_>> {
    let mut definitions = Vec::new();
    let mut above: Vec<Level<'_>> = Vec::new();
    let mut level = Level::new(0..bytes.len(), false);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload {
            Err(_) => return Vec::new(),
            Ok(Payload::ModuleSection { unchecked_range: range, .. }) => {
                above.push(std::mem::replace(&mut level, Level::new(range, true)));
            }
            Ok(Payload::ComponentSection { unchecked_range: range, .. }) => {
                above.push(std::mem::replace(&mut level, Level::new(range, false)));
            }
            Ok(Payload::End(_)) => {
                let outer = above.pop().unwrap_or_default();
                let inner = std::mem::replace(&mut level, outer);
                level.add(inner, &mut definitions);
            }
            Ok(payload) => level.read(payload, &above),
        }
    }
    definitions
}

impl<'a> Level<'a> {
    fn new(range: Range<usize>, is_module: bool) -> Self {
        Self { definition: Definition { range, ..Definition::default() }, is_module, ..Self::default() }
    }

    /// Adds a module or component that ends.
    fn add(&mut self, inner: Self, definitions: &mut Vec<Definition<'a>>) {
        if inner.is_module {
            self.definition.has_code = true;
            let size = inner.definition.range.len();
            let is_larger = self.module.is_none_or(|(largest, _)| size > largest);
            if let Some(name) = inner.definition.name.filter(|_| is_larger) {
                self.module = Some((size, name));
            }
            return;
        }
        self.definition.has_code |= inner.definition.has_code;
        self.components.push(Some(definitions.len()));
        definitions.push(inner.finish());
    }

    fn finish(self) -> Definition<'a> {
        let mut definition = self.definition;
        definition.name = definition.name.or(self.module.map(|(_, name)| name));
        for (instance, component) in definition.instances.iter_mut().zip(self.instantiated) {
            instance.name = self.component_names.get(&component).copied();
        }
        definition
    }

    fn read(&mut self, payload: Payload<'a>, above: &[Self]) {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.into_iter().map_while(Result::ok) {
                    match import.ty {
                        ComponentTypeRef::Instance(_) => self.instances.push(Origin::Import),
                        ComponentTypeRef::Component(_) => self.components.push(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.into_iter().map_while(Result::ok) {
                    self.instantiate(&instance);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.into_iter().map_while(Result::ok) {
                    self.alias(&alias, above);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.into_iter().map_while(Result::ok) {
                    self.export(export.name.name, export.kind, export.index);
                }
            }
            Payload::CustomSection(section) => self.read_names(&section),
            _ => {}
        }
    }

    fn instantiate(&mut self, instance: &ComponentInstance<'a>) {
        let ComponentInstance::Instantiate { component_index, args } = instance else {
            self.instances.push(Origin::Other);
            return;
        };
        let Some(definition) = self.component(*component_index) else {
            self.instances.push(Origin::Other);
            return;
        };
        let arguments = args.iter().filter_map(|argument| match argument.kind {
            ComponentExternalKind::Instance => Some((argument.name, self.instance(argument.index))),
            ComponentExternalKind::Func => Some((argument.name, Origin::Other)),
            _ => None,
        });
        let arguments = arguments.collect();
        self.instances.push(Origin::Instance(self.definition.instances.len(), None));
        self.definition.instances.push(NestedInstance { definition, name: None, arguments });
        self.instantiated.push(*component_index);
    }

    fn alias(&mut self, alias: &ComponentAlias<'a>, above: &[Self]) {
        match alias {
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Instance,
                instance_index,
                name,
            } => {
                self.instances.push(match self.instance(*instance_index) {
                    Origin::Instance(instance, _) => Origin::Instance(instance, Some(*name)),
                    origin => origin,
                });
            }
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => {
                self.components.push(None);
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                let up = usize::try_from(*count).unwrap_or(usize::MAX).checked_sub(1);
                let component = match up {
                    None => self.component(*index),
                    Some(up) => above.iter().rev().nth(up).and_then(|level| level.component(*index)),
                };
                self.components.push(component);
            }
            _ => {}
        }
    }

    fn export(&mut self, name: &'a str, kind: ComponentExternalKind, index: u32) {
        // An export adds an index to the index space.
        match kind {
            ComponentExternalKind::Component => self.components.push(self.component(index)),
            ComponentExternalKind::Instance => {
                let origin = self.instance(index);
                if let Origin::Instance(instance, Some(export)) = origin {
                    self.definition.exported.insert((instance, export));
                }
                self.instances.push(origin);
                self.definition.exports.push(name);
            }
            ComponentExternalKind::Func => self.definition.exports.push(name),
            _ => {}
        }
    }

    fn read_names(&mut self, section: &CustomSectionReader<'a>) {
        match section.as_known() {
            KnownCustom::Name(names) if self.is_module => {
                for name in names.into_iter().map_while(Result::ok) {
                    if let Name::Module { name, .. } = name {
                        self.definition.name = Some(name);
                    }
                }
            }
            KnownCustom::ComponentName(names) if !self.is_module => {
                for name in names.into_iter().map_while(Result::ok) {
                    match name {
                        ComponentName::Component { name, .. } => self.definition.name = Some(name),
                        ComponentName::Components(names) => {
                            let names = names.into_iter().map_while(Result::ok);
                            self.component_names.extend(names.map(|naming| (naming.index, naming.name)));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn component(&self, index: u32) -> Option<usize> {
        self.components.get(usize::try_from(index).ok()?).copied().flatten()
    }

    fn instance(&self, index: u32) -> Origin<'a> {
        let origin = usize::try_from(index).ok().and_then(|index| self.instances.get(index));
        origin.copied().unwrap_or(Origin::Other)
    }
}
