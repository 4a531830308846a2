//! Files that are no policies.

use crate::app::{App, REGION};
use crate::fixtures::{exporting, from_text, importing};

/// A file of these bytes is refused as a policy.
fn refused(name: &str, bytes: &[u8], says: &[&str]) {
    let app = App::bare(name, REGION);
    let path = app.path("policy.wasm");
    std::fs::write(&path, bytes).unwrap();
    let run = app.run().arg(path.display().to_string()).exits(4);
    run.says("policy.wasm");
    for text in says {
        run.says(text);
    }
    run.asked_nobody().within(10);
}

#[test]
fn a_file_that_is_not_there_is_a_question_of_usage() {
    let app = App::bare("no-file", REGION);
    app.run().arg("no-such.wasm").exits(2).says("`no-such.wasm` can't be read").asked_nobody();
    app.run().arg(".").exits(2).says("`.` can't be read").asked_nobody();
}

#[test]
fn a_file_that_is_no_component_is_told_what_it_is() {
    refused("text-file", b"#!/bin/sh\necho deploy\n", &["no WebAssembly at all"]);
    refused("empty-file", b"", &["the file is empty"]);
    refused(
        "core-module",
        &from_text("(module (func (export \"run\")))"),
        &["a core module, not a component"],
    );
    refused("other-layer", b"\0asm\x0e\0\x01\0", &["of a version that this host does not know"]);
    let mut cut = importing(&[]);
    cut.truncate(cut.len() - 3);
    refused("cut-off", &cut, &["a damaged component"]);
}

#[test]
fn a_component_of_another_world_is_told_what_it_exports() {
    refused("no-exports", &from_text("(component)"), &["it exports nothing", "ecs-host:policy/policy@0.1.0"]);
    refused(
        "other-world",
        &exporting("wasi:cli/run@0.2.0", ""),
        &["of another world", "it exports wasi:cli/run@0.2.0"],
    );
}

#[test]
fn a_component_of_another_contract_is_told_both_versions() {
    let later = exporting("ecs-host:policy/policy@0.2.0", "");
    let says = ["it exports ecs-host:policy/policy@0.2.0", "this host speaks ecs-host:policy/policy@0.1.0"];
    refused("later-contract", &later, &says);
}

#[test]
fn a_component_of_the_contract_in_name_only_is_refused() {
    refused("name-only", &importing(&[]), &["its types are not those of ecs-host:policy/policy@0.1.0"]);
}

#[test]
fn a_component_that_wants_more_is_told_all_of_it_at_once() {
    let wants = [
        "wasi:sockets/tcp@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:clocks/wall-clock@0.3.0",
        "acme:vault/secrets@1.0.0",
    ];
    let says = ["a policy has no network", "rebuild with a wasm32-wasip2 toolchain", "no part of the world"];
    refused("wants-more", &importing(&wants), &[&wants[..], &says[..]].concat());
}

#[test]
fn a_policy_that_asks_for_facts_of_another_version_is_told_so() {
    let wants = ["ecs-host:policy/services@0.2.0", "ecs-host:policy/registry@0.1.0"];
    let says = ["this host speaks ecs-host:policy/services@0.1.0", "`--allow ecr:read` grants it"];
    refused("wants-facts", &importing(&wants), &[&wants[..], &says[..]].concat());
}
