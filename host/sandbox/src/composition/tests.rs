use super::*;

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A component with code that imports `i`, if it does, and exports `e`.
fn part(id: &str, name: &str, imports: bool) -> String {
    let import = if imports { "(import \"i\" (instance))" } else { "" };
    format!("(component ${id} {import} (core module ${name}) (instance $e) (export \"e\" (instance $e)))")
}

/// What `wac plug` makes of an inner and an outer component.
fn plugged() -> String {
    format!(
        "(import \"host\" (instance $host)) {} {}
         (instance $inner (instantiate $a (with \"i\" (instance $host))))
         (alias export $inner \"e\" (instance $plug))
         (instance $outer (instantiate $b (with \"i\" (instance $plug))))
         (alias export $outer \"e\" (instance $policy))
         (export \"policy\" (instance $policy))",
        part("a", "first", true),
        part("b", "second", true)
    )
}

fn names(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.name.as_deref().unwrap_or("?")).collect()
}

#[test]
fn the_parts_of_a_composition_are_listed_with_what_is_plugged_into_them() {
    let (parts, is_cut) = parts(&wat(&format!("(component {})", plugged())));
    let [inner, outer] = &parts[..] else { panic!("{parts:#?}") };
    assert!(!is_cut);
    assert_eq!((inner.number, outer.number), (1, 2));
    let import = |source| vec![PartImport { name: "i".into(), source }];
    assert_eq!(inner.imports, import(ImportSource::Import));
    assert_eq!(outer.imports, import(ImportSource::Part { part: 1 }));
    let export = |is_exported| vec![PartExport { name: "e".into(), is_exported }];
    assert_eq!((&inner.exports, &outer.exports), (&export(false), &export(true)));
}

#[test]
fn the_digest_of_a_part_is_that_of_its_file() {
    let file = wat("(component (core module $m))");
    let mut whole = wat("(component)");
    // A section 4 with the file, and an instance of it.
    whole.extend([4, u8::try_from(file.len()).unwrap()]);
    whole.extend(&file);
    whole.extend([5, 4, 1, 0, 0, 0]);
    let (parts, _) = parts(&whole);
    assert_eq!((parts[0].size, &parts[0].digest), (file.len(), &Digest::sha256(&file)));
}

#[test]
fn the_name_is_the_compositions_then_the_components_then_that_of_its_largest_module() {
    let anonymous = "(component (component (core module $small) (core module $large (func nop)))
                     (instance (instantiate 0)))";
    assert_eq!(names(&parts(&wat(anonymous)).0), ["large"]);
    let own = "(component (component (@name \"own\") (core module $m)) (instance (instantiate 0)))";
    assert_eq!(names(&parts(&wat(own)).0), ["own"]);
    // A section with names: of sort 4, components, the name of the one at index 0.
    let mut outer = wat("(component (component (@name \"own\") (core module)) (instance (instantiate 0)))");
    outer.extend([&[0, 22, 14], &b"component-name"[..], &[1, 5, 4, 1, 0, 1, b'x']].concat());
    assert_eq!(names(&parts(&outer).0), ["x"]);
}

#[test]
fn a_component_without_code_or_instance_is_no_part() {
    let shim = "(component (import \"f\" (func $f)) (export \"g\" (func $f)))";
    let component = format!(
        "(component (import \"f\" (func $f)) {shim} (instance (instantiate 0 (with \"f\" (func $f)))) {})",
        part("unused", "m", false)
    );
    assert_eq!(parts(&wat(&component)), (vec![], false));
    let Ok(binary) = crate::binary::Binary::built_in(model::source::BuiltIn::Travis) else { panic!() };
    assert_eq!(parts(&binary.bytes), (vec![], false));
}

#[test]
fn a_composition_in_a_composition_has_parts_of_its_own() {
    let component = format!(
        "(component (import \"host\" (instance $host)) (component $both {})
         (instance (instantiate $both (with \"host\" (instance $host)))))",
        plugged()
    );
    let (parts, _) = parts(&wat(&component));
    assert_eq!((names(&parts), names(&parts[0].parts)), (vec!["both"], vec!["a", "b"]));
    assert_eq!(parts[0].parts[1].imports[0].source, ImportSource::Part { part: 1 });
}

#[test]
fn many_parts_and_deep_compositions_are_cut() {
    let nested = |levels: usize| {
        let mut text = part("c", "m", false);
        for _ in 0..levels {
            text = format!("(component $c {text} (instance (instantiate $c)))");
        }
        wat(&format!("(component {text} (instance (instantiate $c)))"))
    };
    let depth = |(parts, is_cut): &(Vec<Part>, bool)| {
        let mut depth = 0;
        let mut parts = parts;
        while let Some(part) = parts.first() {
            (depth, parts) = (depth + 1, &part.parts);
        }
        (depth, *is_cut)
    };
    assert_eq!(depth(&parts(&nested(MAX_DEPTH - 1))), (MAX_DEPTH, false));
    assert_eq!(depth(&parts(&nested(90))), (MAX_DEPTH, true));
    let many = |count: usize| {
        let instances = "(instance (instantiate $c))".repeat(count);
        let (parts, is_cut) = parts(&wat(&format!("(component {} {instances})", part("c", "m", false))));
        (parts.len(), is_cut)
    };
    assert_eq!(many(MAX_PARTS), (MAX_PARTS, false));
    assert_eq!(many(20_000), (MAX_PARTS, true));
}

#[test]
fn hostile_names_are_escaped_and_cut() {
    let name = "\\1b[2J".to_owned() + &"x".repeat(1000);
    let component =
        format!("(component (component (@name \"{name}\") (core module)) (instance (instantiate 0)))");
    let (parts, _) = parts(&wat(&component));
    let name = parts[0].name.as_deref().unwrap();
    assert!(name.starts_with("\\u{1b}[2J") && name.chars().count() < 300, "{name}");
}

#[test]
fn a_damaged_component_has_no_parts() {
    let whole = wat(&format!("(component {})", plugged()));
    for end in 0..whole.len() {
        parts(&whole[..end]);
    }
    for at in 8..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        parts(&damaged);
    }
}
