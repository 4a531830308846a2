//! Files that are no policies, or policies of another world.

use super::guest::Guest;
use super::{Row, all};
use crate::app::{App, REGION};
use crate::fixtures::{exporting, from_text, importing};

const CONTRACT: &str = "ecs-host:policy/policy@0.1.0";

#[test]
fn a_file_that_is_not_there_is_a_question_of_usage() {
    let app = App::bare("no-file", REGION);
    app.run().arg("no-such.wasm").exits(2).says("cannot read policy `no-such.wasm`").asked_nobody();
    app.run().arg(".").exits(2).says("cannot read policy `.`").asked_nobody();
}

#[test]
fn a_file_without_an_end_is_read_to_the_limit() {
    let app = App::bare("no-end", REGION);
    let run = app.run().arg("/dev/zero").arg("--policy-size=2").begin().ends_within(super::MOST, 4);
    run.says("larger than the limit of 2 MiB of file; `--policy-size MIB` raises it").asked_nobody();
}

#[test]
fn a_file_that_is_no_component_is_told_what_it_is() {
    let whole = Guest::default().bytes();
    let cut = |length: usize| whole[..length].to_vec();
    let flipped = |at: usize, bit: u8| {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        bytes
    };
    let damaged = "policy.wasm` is not a policy: the component is damaged";
    let section = |id: u8| [&b"\0asm\x0d\0\x01\0"[..], &[id, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    all([
        Row::new("text", b"#!/bin/sh\necho deploy\n".to_vec()).says("the file is not WebAssembly"),
        Row::new("empty", Vec::new()).says("the file is empty"),
        Row::new("core-module", from_text("(module (func (export \"run\")))"))
            .says("a core module, not a component"),
        Row::new("other-layer", b"\0asm\x0e\0\x01\0".to_vec()).says("of an unsupported binary version"),
        Row::new("zip", b"PK\x03\x04".repeat(1000)).says("the file is not WebAssembly"),
        Row::new("cut-in-header", cut(6)).says("of an unsupported binary version"),
        Row::new("cut-in-half", cut(whole.len() / 2)).says(damaged),
        Row::new("cut-at-end", cut(whole.len() - 3)).says(damaged),
        Row::new("flipped-section", flipped(8, 0x40)).says(damaged),
        Row::new("flipped-length", flipped(9, 0x20)).says(damaged),
        Row::new("appended", [&whole[..], &[0xff; 64]].concat()).says(damaged),
        Row::new("section-of-gigabytes", section(1)).says(damaged),
        Row::new("types-of-gigabytes", section(7)).says(damaged),
        Row::new("too-large", vec![0; 3 << 20])
            .flags(&["--policy-size=2"])
            .says("larger than the limit of 2 MiB of file"),
    ]);
}

#[test]
fn a_component_of_another_world_is_told_what_it_exports() {
    let other = exporting("wasi:cli/run@0.2.0", "");
    let later = exporting("ecs-host:policy/policy@0.2.0", "");
    let much_later = exporting("ecs-host:policy/policy@1.0.0", "");
    let types = |found: &str| format!("its types differ from those of {CONTRACT}: {found}");
    let less = Guest::default().text().replace("(export \"targets\" (func $targets))", "");
    let another = Guest::default()
        .text()
        .replace("\"description\" string) (field \"required\" bool", "\"required\" bool");
    assert!(less.len() + another.len() < 2 * Guest::default().text().len() - 50);
    let function = r#"(component (core module $m (func (export "d"))) (core instance $m (instantiate $m))
          (func $d (canon lift (core func $m "d"))) (export "ecs-host-policy" (func $d)))"#;
    all([
        Row::new("no-exports", from_text("(component)"))
            .says(format!("it exports nothing; a policy exports {CONTRACT}")),
        Row::new("other-world", other)
            .says("does not implement the policy contract")
            .says("it exports wasi:cli/run@0.2.0"),
        Row::new("a-function", from_text(function)).says("it exports ecs-host-policy; a policy exports"),
        Row::new("later-contract", later)
            .says("it exports ecs-host:policy/policy@0.2.0")
            .says(format!("this host supports {CONTRACT}; rebuild it for that version")),
        Row::new("much-later-contract", much_later).says(format!("this host supports {CONTRACT}")),
        Row::new("name-only", importing(&[])).says(types("")),
        Row::new("an-export-less", from_text(&less)).says(types("")).says("does not have export `targets`"),
        Row::new("another-answer", from_text(&another)).says(types("")).says("expected record of"),
    ]);
}

/// A component around another one. The text form takes no bytes for a component.
fn nested(inner: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x0d\0\x01\0\x04".to_vec();
    let mut length = inner.len();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes.extend(inner);
    bytes
}

#[test]
fn a_component_in_a_component_is_asked_only_where_it_is_exported() {
    let once = nested(&Guest::default().bytes());
    let deep = (0..900).fold(from_text("(component)"), |inner, _| nested(&inner));
    all([
        Row::new("component-in-component", once).says("it exports nothing"),
        Row::new("deep-components", deep).says("it exports nothing"),
    ]);
}

#[test]
fn a_component_that_wants_more_is_told_all_of_it_at_once() {
    let wants = [
        "wasi:sockets/tcp@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:clocks/wall-clock@0.3.0",
        "acme:vault/secrets@1.0.0",
    ];
    let more = Row::new("wants-more", importing(&wants))
        .says("a policy has no network")
        .says("rebuild with a wasm32-wasip2 toolchain")
        .says("not part of the world");
    let more = wants.into_iter().fold(more, Row::says);
    let facts = ["ecs-host:policy/services@0.2.0", "ecs-host:policy/registry@0.1.0"];
    let facts = facts.into_iter().fold(Row::new("wants-facts", importing(&facts)), Row::says);
    let hundred: Vec<String> = (0..100).map(|n| format!("acme:vault/part{n}@1.0.0")).collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    let function = Guest { imports: "(import \"system\" (func))", ..Guest::default() };
    let misused = Guest {
        imports: "(import \"wasi:cli/environment@0.2.0\" (instance (export \"get-environment\" (func))))",
        ..Guest::default()
    };
    all([
        more,
        facts.says("this host supports ecs-host:policy/services@0.1.0").says("`--allow ecr:read` grants it"),
        Row::new("wants-a-hundred", importing(&hundred)).says("acme:vault/part0").says("and 70 more"),
        Row::new("wants-a-function", function.bytes()).says("system: not part of the world"),
        Row::new("wants-another-type", misused.bytes())
            .says("its types differ from those")
            .says("environment"),
    ]);
}

#[test]
fn features_that_this_host_does_not_run_are_told() {
    let row = |name, items: &str| Row::new(name, Guest { items: items.into(), ..Guest::default() }.bytes());
    let asynchronous = Guest { options: "async", ..Guest::default() };
    let types = |first: &str, next: fn(usize) -> String, count: usize| {
        let types: String = (1..count).map(|n| format!("(type $t{n} {})", next(n - 1))).collect();
        let last = count - 1;
        from_text(&format!(
            "(component (type $t0 {first}) {types} (import \"f\" (func (param \"x\" $t{last}))))"
        ))
    };
    let deep = types("(list u8)", |n| format!("(list $t{n})"), 5000);
    let wide = types("(tuple u8 u8)", |n| format!("(tuple $t{n} $t{n})"), 60);
    all([
        Row::new("deep-types", deep).says("type nesting is too deep"),
        Row::new("wide-types", wide).says("effective type size exceeds the limit"),
        row("threads", "(memory 1 1 shared)").says("uses features that this host does not support"),
        Row::new("asynchronous", asynchronous.bytes()).says("uses features that this host does not support"),
    ]);
}
