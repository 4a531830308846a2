//! How large a component is once the components inside of it stand where they
//! are instantiated.
//!
//! A component that instantiates another one twice, which does so itself, and
//! so on, doubles with every level: thirty of them are a file of two kilobytes
//! that no compiler gets to the end of. So it is counted before.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef,
    Instance, Parser, Payload,
};

/// More than any limit.
const COUNTLESS: u64 = u64::MAX;

/// A module or component that is being read.
#[derive(Default)]
struct Level {
    is_component: bool,
    /// What each component of its index space comes to.
    components: Vec<u64>,
    /// What it comes to itself.
    instances: u64,
}

/// The instances of modules and components that instantiating a component makes.
/// A component that is handed over as a value counts as more than any limit: no
/// compiler makes that. Bytes that are no component come to what could be read
/// of them; the compiler tells what is wrong with them.
pub(super) fn instances(bytes: &[u8]) -> u64 {
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
                let made = section.into_iter().map_while(Result::ok);
                let made = made.filter(|made| matches!(made, Instance::Instantiate { .. })).count();
                self.add(u64::try_from(made).unwrap_or(COUNTLESS));
            }
            Payload::ComponentInstanceSection(section) => {
                for made in section.into_iter().map_while(Result::ok) {
                    if let ComponentInstance::Instantiate { component_index, .. } = made {
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
                            self.components.push(COUNTLESS);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                let imports = section.into_iter().map_while(Result::ok);
                let components = imports.filter(|i| matches!(i.ty, ComponentTypeRef::Component(_))).count();
                self.components.extend(std::iter::repeat_n(COUNTLESS, components));
            }
            // An export has an index of its own.
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
        self.components.get(at).copied().unwrap_or(COUNTLESS)
    }

    /// A component of a level above, counted from this one.
    fn outer(&self, above: &[Self], count: u32, index: u32) -> u64 {
        let up = usize::try_from(count).unwrap_or(usize::MAX);
        match up.checked_sub(1) {
            None => self.component(index),
            Some(up) => above.iter().rev().nth(up).map_or(COUNTLESS, |level| level.component(index)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> u64 {
        instances(&wat::parse_str(text).unwrap())
    }

    /// Components in components, each instantiated twice.
    fn doubled(levels: usize) -> String {
        let inner = if levels == 0 { String::new() } else { doubled(levels - 1) };
        let twice = if levels == 0 { "" } else { "(instance (instantiate $c)) (instance (instantiate $c))" };
        format!("(component $c {inner} {twice})")
    }

    #[test]
    fn instances_are_counted_where_they_are_made() {
        assert_eq!(of("(component)"), 0);
        assert_eq!(of("(component (core module $m) (core instance (instantiate $m)))"), 1);
        let unused = "(component $c (core module $m) (core instance (instantiate $m)))";
        assert_eq!(of(&format!("(component {unused})")), 0);
        assert_eq!(of(&format!("(component {unused} (instance (instantiate $c)))")), 2);
    }

    #[test]
    fn what_doubles_with_every_level_is_counted_without_building_it() {
        assert_eq!(of(&format!("(component {} (instance (instantiate $c)))", doubled(3))), 15);
        assert!(of(&format!("(component {} (instance (instantiate $c)))", doubled(63))) > 1 << 62);
    }

    #[test]
    fn a_component_is_counted_behind_every_name_it_has() {
        let one = "(component $c (core module $m) (core instance (instantiate $m)))";
        let alias = "(component $d (alias outer 1 0 (component $a)) (instance (instantiate $a)))";
        assert_eq!(of(&format!("(component {one} {alias} (instance (instantiate $d)))")), 3);
        let export = "(export $e \"again\" (component $c)) (instance (instantiate $e))";
        assert_eq!(of(&format!("(component {one} {export})")), 2);
        let handed = "(import \"c\" (component $c)) (instance (instantiate $c))";
        assert_eq!(of(&format!("(component {handed})")), COUNTLESS);
    }

    #[test]
    fn bytes_that_are_no_component_are_no_trouble() {
        let whole =
            wat::parse_str(format!("(component {} (instance (instantiate $c)))", doubled(3))).unwrap();
        for end in 0..whole.len() {
            instances(whole.get(..end).unwrap_or_default());
        }
    }
}
