//! Files that are not policies, or that are policies of another WIT world.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::guest::Guest;
use super::{Row, run_all};
use crate::app::{App, REGION};
use crate::fixtures::{exporting, from_text, importing};

const CONTRACT: &str = "ecs-host:policy/policy@0.2.0";

#[test]
fn a_missing_policy_file_is_a_usage_error() {
    let app = App::bare("no-file", REGION);
    app.run().arg("no-such.wasm").exits(2).prints("cannot read policy `no-such.wasm`").called_nothing();
    app.run().arg(".").exits(2).prints("cannot read policy `.`").called_nothing();
}

/// Makes a named pipe, which nobody writes to.
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("it starts").success());
}

#[test]
fn a_policy_that_is_no_regular_file_is_not_read() {
    let app = App::bare("no-file-of-its-own", REGION);
    pipe(&app.path("project/pipe.wasm"));
    for policy in ["/dev/zero", "pipe.wasm"] {
        let run = app.run().arg(policy).begin().ends_within(super::TIME_LIMIT, 2);
        run.prints(&format!("cannot read policy `{policy}`: it is not a regular file")).called_nothing();
    }
}

#[test]
fn a_lock_that_is_no_regular_file_is_not_read() {
    let app = App::bare("lock-without-end", REGION);
    let lock = app.path("project/ecs-host.lock");
    let is_rejected = |reason: &str| {
        app.run()
            .begin()
            .ends_within(super::TIME_LIMIT, 5)
            .prints("ecs-host.lock")
            .prints(reason)
            .called_nothing();
        std::fs::remove_file(&lock).expect("it exists");
    };
    pipe(&lock);
    is_rejected("it is a named pipe, not a file");
    symlink("/dev/zero", &lock).expect("a link");
    is_rejected("it is a device, not a file");
    symlink("missing", &lock).expect("a link");
    is_rejected("No such file");
    std::fs::File::create(&lock).and_then(|file| file.set_len(5 << 30)).expect("a file of holes");
    is_rejected("larger than the maximum of 1 MiB");
}

#[test]
fn the_error_for_a_file_that_is_not_a_component_names_its_kind() {
    let whole = Guest::default().bytes();
    let cut = |length: usize| whole[..length].to_vec();
    let flipped = |at: usize, bit: u8| {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        bytes
    };
    let damaged = "policy.wasm` is not a policy: the component is damaged";
    let section = |id: u8| [&b"\0asm\x0d\0\x01\0"[..], &[id, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    run_all([
        Row::new("text", b"#!/bin/sh\necho deploy\n".to_vec()).prints("the file is not WebAssembly"),
        Row::new("empty", Vec::new()).prints("the file is empty"),
        Row::new("core-module", from_text("(module (func (export \"run\")))"))
            .prints("a core module, not a component"),
        Row::new("other-layer", b"\0asm\x0e\0\x01\0".to_vec()).prints("of an unsupported binary version"),
        Row::new("zip", b"PK\x03\x04".repeat(1000)).prints("the file is not WebAssembly"),
        Row::new("cut-in-header", cut(6)).prints("of an unsupported binary version"),
        Row::new("cut-in-half", cut(whole.len() / 2)).prints(damaged),
        Row::new("cut-at-end", cut(whole.len() - 3)).prints(damaged),
        Row::new("flipped-section", flipped(8, 0x40)).prints(damaged),
        Row::new("flipped-length", flipped(9, 0x20)).prints(damaged),
        Row::new("appended", [&whole[..], &[0xff; 64]].concat()).prints(damaged),
        Row::new("section-of-gigabytes", section(1)).prints(damaged),
        Row::new("types-of-gigabytes", section(7)).prints(damaged),
        Row::new("too-large", vec![0; 3 << 20])
            .flags(&["--policy-size=2"])
            .prints("larger than the limit of 2 MiB for its file"),
    ]);
}

#[test]
fn the_error_for_a_component_of_another_world_lists_its_exports() {
    let other = exporting("wasi:cli/run@0.2.0", "");
    let later = exporting("ecs-host:policy/policy@0.3.0", "");
    let much_later = exporting("ecs-host:policy/policy@1.0.0", "");
    let types = |found: &str| format!("its types differ from those of {CONTRACT}: {found}");
    let less = Guest::default().text().replace("(export \"targets\" (func $targets))", "");
    let another = Guest::default()
        .text()
        .replace("\"description\" string) (field \"required\" bool", "\"required\" bool");
    assert!(less.len() + another.len() < 2 * Guest::default().text().len() - 50);
    let function = r#"(component (core module $m (func (export "d"))) (core instance $m (instantiate $m))
          (func $d (canon lift (core func $m "d"))) (export "ecs-host-policy" (func $d)))"#;
    run_all([
        Row::new("no-exports", from_text("(component)"))
            .prints(format!("it exports nothing; a policy exports {CONTRACT}")),
        Row::new("other-world", other)
            .prints("does not implement the policy contract")
            .prints("it exports wasi:cli/run@0.2.0"),
        Row::new("a-function", from_text(function)).prints("it exports ecs-host-policy; a policy exports"),
        Row::new("later-contract", later)
            .prints("it exports ecs-host:policy/policy@0.3.0")
            .prints(format!("this host supports {CONTRACT}; rebuild it for that version")),
        Row::new("much-later-contract", much_later).prints(format!("this host supports {CONTRACT}")),
        Row::new("name-only", importing(&[])).prints(types("")),
        Row::new("an-export-less", from_text(&less))
            .prints(types(""))
            .prints("does not have export `targets`"),
        Row::new("another-answer", from_text(&another)).prints(types("")).prints("expected record of"),
    ]);
}

/// A component that contains another one. The text format cannot embed the bytes of a component.
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
fn only_an_exported_nested_component_is_called() {
    let once = nested(&Guest::default().bytes());
    let deep = (0..900).fold(from_text("(component)"), |inner, _| nested(&inner));
    run_all([
        Row::new("component-in-component", once).prints("it exports nothing"),
        Row::new("deep-components", deep).prints("it exports nothing"),
    ]);
}

#[test]
fn the_error_for_an_unsupported_component_lists_every_missing_import() {
    let imports = [
        "wasi:sockets/tcp@0.3.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:clocks/wall-clock@0.3.0",
        "acme:vault/secrets@1.0.0",
    ];
    let more = Row::new("imports-more", importing(&imports))
        .prints("a policy has no network")
        .prints("rebuild with a wasm32-wasip2 toolchain")
        .prints("not part of the world");
    let more = imports.into_iter().fold(more, Row::prints);
    let facts = ["ecs-host:policy/services@0.3.0", "ecs-host:policy/registry@0.2.0"];
    let facts = facts.into_iter().fold(Row::new("imports-facts", importing(&facts)), Row::prints);
    let hundred: Vec<String> = (0..100).map(|n| format!("acme:vault/part{n}@1.0.0")).collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    let function = Guest { imports: "(import \"system\" (func))", ..Guest::default() };
    let misused = Guest {
        imports: "(import \"wasi:cli/environment@0.2.0\" (instance (export \"get-environment\" (func))))",
        ..Guest::default()
    };
    run_all([
        more,
        facts
            .prints("this host supports ecs-host:policy/services@0.2.0")
            .prints("`--allow ecr:read` grants it"),
        Row::new("imports-a-hundred", importing(&hundred)).prints("acme:vault/part0").prints("and 70 more"),
        Row::new("imports-a-function", function.bytes()).prints("system: not part of the world"),
        Row::new("imports-another-type", misused.bytes())
            .prints("its types differ from those")
            .prints("environment"),
    ]);
}

#[test]
fn unsupported_wasm_features_are_named() {
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
    run_all([
        Row::new("deep-types", deep).prints("type nesting is too deep"),
        Row::new("wide-types", wide).prints("effective type size exceeds the limit"),
        row("threads", "(memory 1 1 shared)").prints("uses features that this host does not support"),
        Row::new("asynchronous", asynchronous.bytes())
            .prints("uses features that this host does not support"),
    ]);
}
