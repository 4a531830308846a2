use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;
use crate::evaluate::SandboxOptions;
use crate::kind::ComponentKind;
use crate::limits::Limit;
use crate::world;

fn imports(compilation: &Compilation) -> Vec<world::Import> {
    world::imports(&compilation.engine, &compilation.component, SUPPORTED[0], ComponentKind::Policy)
}

#[test]
fn the_built_in_policy_is_small_and_imports_nothing() {
    let binary = Binary::built_in(BuiltIn::Travis).unwrap();
    let compilation = compilation::compile(&binary, &Compiler::default(), &Limits::default()).unwrap();
    assert_eq!(imports(&compilation), []);
    assert!(binary.bytes.len() < 40_000, "{} bytes", binary.bytes.len());
}

#[test]
fn the_choice_of_rules_grants_the_source_and_nothing_else_does() {
    let rules = Binary::built_in(BuiltIn::Rules).unwrap();
    let compilation = compilation::compile(&rules, &Compiler::default(), &Limits::default()).unwrap();
    let imports = imports(&compilation);
    let names: Vec<&str> = imports.iter().map(|import| import.name.as_str()).collect();
    assert_eq!(names, ["ecs-host:policy/source@0.2.0"]);
    let link = |binary: &Binary| {
        Policy::link(binary, &compilation, &BTreeSet::new(), &Limits::default(), SUPPORTED).map(drop)
    };
    link(&rules).unwrap();
    // The same component from elsewhere requires the flag.
    let mut file = rules.clone();
    file.source = ComponentSource::File("rules.wasm".into());
    let error = link(&file).unwrap_err().to_string();
    assert!(error.contains("`--allow source:read` grants it"), "{error}");
}

/// A change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        1 => at().prop_map(Change::Cut),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at(), 1..64_u8).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn apply_changes(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let at = |at: &prop::sample::Index| at.index(bytes.len().max(1)).min(bytes.len());
        match change {
            Change::Flip(place, bit) => {
                let place = at(place);
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= bit);
            }
            Change::Cut(place) => bytes.truncate(at(place)),
            Change::Insert(place, more) => {
                let place = at(place);
                bytes.splice(place..place, more.iter().copied()).for_each(drop);
            }
            Change::Repeat(place, length) => {
                let place = at(place);
                let part: Vec<u8> = bytes.iter().skip(place).take((*length).into()).copied().collect();
                bytes.splice(place..place, part).for_each(drop);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// A short version of the fuzz target `load`.
    #[test]
    fn a_policy_with_changed_bytes_is_rejected_or_runs_within_its_limits(
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let mut binary = Binary::built_in(BuiltIn::Travis).unwrap();
        binary.bytes = Arc::new(apply_changes(binary.bytes.to_vec(), &changes).into());
        let limits = Limits { fuel: 1_000_000, ..Limits::default() };
        match Policy::compile(&binary, &Compiler::default(), &BTreeSet::new(), &limits) {
            Ok(policy) => {
                let options = SandboxOptions { limits, ..SandboxOptions::default() };
                if let Err(error) = policy.describe(&options) {
                    prop_assert!(!matches!(error, ComponentError::Sandbox { .. }), "{error}");
                }
            }
            Err(ComponentError::NotComponent { found, .. }) => {
                prop_assert!(!found.contains("the compiler panicked"), "{found}");
            }
            Err(ComponentError::LimitExceeded { limit, .. }) => {
                prop_assert!(!matches!(limit, Limit::Compile(_)), "{limit}");
            }
            Err(_) => {}
        }
    }
}
