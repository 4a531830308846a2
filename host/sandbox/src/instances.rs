//! The number of instances that instantiating a component creates, counted before it is compiled.
//!
//! A compiler copies a nested component to every place that instantiates it. A component that instantiates another
//! one twice, which does the same, doubles with every level: thirty levels fit into two kilobytes, and compiling
//! them does not end.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef,
    Instance, Parser, Payload,
};

/// A number that exceeds every limit.
const UNBOUNDED: u64 = u64::MAX;

/// A module or component that is being read.
#[derive(Default)]
struct Level {
    is_component: bool,
    /// The instances that each component of its index space creates.
    components: Vec<u64>,
    /// The instances that it creates itself.
    instances: u64,
}

/// Counts the instances of modules and components that instantiating a component creates.
///
/// A component that is passed as a value counts as [`UNBOUNDED`]; no toolchain produces one. Of invalid bytes, the
/// part before the first error is counted, and the compiler reports the error.
pub(crate) fn count_instances(bytes: &[u8]) -> u64 {
    let mut above: Vec<Level> = Vec::new();
    let mut level = Level { is_component: true, ..Level::default() };
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        match payload {
            Payload::ComponentSection { .. } | Payload::ModuleSection { .. } => {
                let is_component = matches!(payload, Payload::ComponentSection { .. });
                above.push(std::mem::replace(&mut level, Level { is_component, ..Level::default() }));
            }
            Payload::End(_) => {
                let Some(outer) = above.pop() else { break };
                let inner = std::mem::replace(&mut level, outer);
                if inner.is_component {
                    level.components.push(inner.instances);
                }
            }
            payload => level.read(payload, &above),
        }
    }
    level.instances
}

impl Level {
    fn read(&mut self, payload: Payload<'_>, above: &[Self]) {
        match payload {
            Payload::InstanceSection(section) => {
                let instances = section.into_iter().map_while(Result::ok);
                let count =
                    instances.filter(|instance| matches!(instance, Instance::Instantiate { .. })).count();
                self.add(u64::try_from(count).unwrap_or(UNBOUNDED));
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.into_iter().map_while(Result::ok) {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance {
                        self.add(self.component(component_index).saturating_add(1));
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.into_iter().map_while(Result::ok) {
                    match alias {
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                            self.components.push(self.outer(above, count, index));
                        }
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => {
                            self.components.push(UNBOUNDED);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                let imports = section.into_iter().map_while(Result::ok);
                let components = imports.filter(|i| matches!(i.ty, ComponentTypeRef::Component(_))).count();
                self.components.extend(std::iter::repeat_n(UNBOUNDED, components));
            }
            // An export adds an index to the index space.
            Payload::ComponentExportSection(section) => {
                for export in section.into_iter().map_while(Result::ok) {
                    if export.kind == ComponentExternalKind::Component {
                        self.components.push(self.component(export.index));
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, instances: u64) {
        self.instances = self.instances.saturating_add(instances);
    }

    fn component(&self, index: u32) -> u64 {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        self.components.get(at).copied().unwrap_or(UNBOUNDED)
    }

    /// The component of an enclosing level, `count` levels up.
    fn outer(&self, above: &[Self], count: u32, index: u32) -> u64 {
        let up = usize::try_from(count).unwrap_or(usize::MAX);
        match up.checked_sub(1) {
            None => self.component(index),
            Some(up) => above.iter().rev().nth(up).map_or(UNBOUNDED, |level| level.component(index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> u64 {
        count_instances(&wat::parse_str(text).unwrap())
    }

    /// Nested components, each instantiated twice.
    fn doubled(levels: usize) -> String {
        let inner = if levels == 0 { String::new() } else { doubled(levels - 1) };
        let twice = if levels == 0 { "" } else { "(instance (instantiate $c)) (instance (instantiate $c))" };
        format!("(component $c {inner} {twice})")
    }

    #[test]
    fn only_instantiated_components_are_counted() {
        assert_eq!(count("(component)"), 0);
        assert_eq!(count("(component (core module $m) (core instance (instantiate $m)))"), 1);
        let unused = "(component $c (core module $m) (core instance (instantiate $m)))";
        assert_eq!(count(&format!("(component {unused})")), 0);
        assert_eq!(count(&format!("(component {unused} (instance (instantiate $c)))")), 2);
    }

    #[test]
    fn components_that_double_with_every_level_are_counted() {
        assert_eq!(count(&format!("(component {} (instance (instantiate $c)))", doubled(3))), 15);
        assert!(count(&format!("(component {} (instance (instantiate $c)))", doubled(63))) > 1 << 62);
    }

    #[test]
    fn aliases_exports_and_imports_of_components_are_counted() {
        let one = "(component $c (core module $m) (core instance (instantiate $m)))";
        let alias = "(component $d (alias outer 1 0 (component $a)) (instance (instantiate $a)))";
        assert_eq!(count(&format!("(component {one} {alias} (instance (instantiate $d)))")), 3);
        let export = "(export $e \"again\" (component $c)) (instance (instantiate $e))";
        assert_eq!(count(&format!("(component {one} {export})")), 2);
        let imported = "(import \"c\" (component $c)) (instance (instantiate $c))";
        assert_eq!(count(&format!("(component {imported})")), UNBOUNDED);
    }

    #[test]
    fn a_truncated_component_causes_no_panic() {
        let whole =
            wat::parse_str(format!("(component {} (instance (instantiate $c)))", doubled(3))).unwrap();
        for end in 0..whole.len() {
            count_instances(whole.get(..end).unwrap_or_default());
        }
    }
}
