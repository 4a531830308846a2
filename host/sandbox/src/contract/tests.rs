//! Versions of the contract beside each other.

mod v0_3;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::limits::Limits;
use crate::policy::Policy;
use model::Environment;
use model::build::Build;
use model::build::BuildEvent;
use model::decision::Decision;
use model::source::BuiltIn;

const BOTH: Contracts = &[&v0_3::V0_3, &v0_2::V0_2];

/// A policy of version 0.3: `describe` returns `third` and `of 0.3`, and `decide` returns `no, 0.3`.
const THIRD: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 0) "\30\00\00\00\05\00\00\00\40\00\00\00\06\00\00\00")
    (data (i32.const 16) "\50\00\00\00\07\00\00\00")
    (data (i32.const 48) "third") (data (i32.const 64) "of 0.3") (data (i32.const 80) "no, 0.3")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
    (func (export "describe") (result i32) i32.const 0)
    (func (export "decide") (param i32 i32) (result i32) i32.const 16))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func $describe (result (tuple string string))
    (canon lift (core func $i "describe") (memory $memory)))
  (func $decide (param "branch" string) (result string)
    (canon lift (core func $i "decide") (memory $memory) (realloc $realloc)))
  (instance $policy (export "describe" (func $describe)) (export "decide" (func $decide)))
  (export "ecs-host:policy/policy@0.3.0" (instance $policy)))"#;

fn binary(bytes: Vec<u8>) -> Binary {
    let mut binary = Binary::built_in(BuiltIn::Travis).unwrap();
    binary.bytes = Arc::new(bytes.into());
    binary
}

/// The built-in policy, as if it were built for another version of the same types.
fn built_for(version: &str) -> Vec<u8> {
    let mut bytes = Binary::built_in(BuiltIn::Travis).unwrap().bytes.to_vec();
    let (old, new) = (b"@0.2.0", format!("@{version}"));
    assert_eq!(old.len(), new.len());
    for at in 0..bytes.len() - old.len() {
        let is_contract = bytes[..at].ends_with(b"/policy") || bytes[..at].ends_with(b"/types");
        if is_contract && bytes[at..].starts_with(old) {
            bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
        }
    }
    bytes
}

fn compile(bytes: Vec<u8>, contracts: Contracts) -> Result<Policy, ComponentError> {
    let (binary, limits) = (binary(bytes), Limits::default());
    let compilation = compilation::compile(&binary, &Compiler::default(), &limits)?;
    Policy::link(&binary, &compilation, &BTreeSet::new(), &limits, contracts)
}

fn evaluate(policy: &Policy) -> (String, Decision) {
    let build = Build {
        provider: "none".into(),
        repository: None,
        branch: "develop".into(),
        commit: "a".repeat(40),
        commit_message: None,
        commit_time: None,
        base_commit: None,
        event: BuildEvent::Push,
        provider_event: None,
        tag: None,
        pull_request: None,
        number: None,
        number_scope: None,
        job: None,
        actor: None,
        started_at: 0,
    };
    let environment = Environment::from_iter([("DEPLOY_BRANCHES", "master")]);
    let evaluation = policy.evaluate(&build, &environment, &SandboxOptions::default()).unwrap();
    (evaluation.policy_name, evaluation.decision.unwrap())
}

fn skips(policy: &Policy, name: &str, expected: &str) {
    let (found, decision) = evaluate(policy);
    let Decision::Skip { reason } = decision else { panic!("it deploys") };
    assert!(found == name && reason.contains(expected), "{found}: {reason}");
}

#[test]
fn a_host_of_two_versions_runs_a_policy_of_each() {
    let third = wat::parse_str(THIRD).unwrap();
    skips(&compile(third.clone(), BOTH).unwrap(), "third", "no, 0.3");
    skips(&compile(built_for("0.2.0"), BOTH).unwrap(), "travis", "`develop`");
    // A host of one version names both.
    let error = compile(third, SUPPORTED).err().unwrap().to_string();
    let expected = "it exports ecs-host:policy/policy@0.3.0, and this host supports ecs-host:policy/policy@0.2.0; \
                    rebuild it for that version, or use an ecs-host that supports the version of the component";
    assert!(error.contains(expected), "{error}");
    let error = compile(built_for("0.1.0"), BOTH).err().unwrap().to_string();
    let expected =
        "supports ecs-host:policy/policy@0.3.0 and ecs-host:policy/policy@0.2.0; rebuild it for that version";
    assert!(error.contains(expected) && !error.contains("or use an ecs-host"), "{error}");
}

#[test]
fn a_policy_of_a_later_patch_version_runs() {
    skips(&compile(built_for("0.2.7"), SUPPORTED).unwrap(), "travis", "`develop`");
}

#[test]
fn compatible_versions_have_the_same_types() {
    let second: &dyn Contract = &v0_2::V0_2;
    for (version, expected) in [
        ("0.2.0", true),
        ("0.2.99", true),
        ("0.2.1-rc.1", false),
        ("0.1.0", false),
        ("0.3.0", false),
        ("1.2.0", false),
    ] {
        assert_eq!(second.accepts(&Version::parse(version).unwrap()), expected, "{version}");
    }
    assert_eq!(split_version("a:b/c@1.2.3"), ("a:b/c", Some(Version::new(1, 2, 3))));
    assert_eq!(split_version("a:b/c@x"), ("a:b/c", None));
}
