//! Guests that attack the host through the functions that it provides: random numbers,
//! clocks and handles.

use super::guest::Guest;
use super::{Row, run_all};

const RANDOM: &str = r#"
(import "wasi:random/random@0.2.0" (instance $random
  (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
(core func $bytes (canon lower (func $random "get-random-bytes")
  (memory (core memory $library "memory")) (realloc (core func $library "realloc"))))
(core instance $host (export "bytes" (func $bytes)))"#;

const CLOCK: &str = r#"
(import "wasi:io/poll@0.2.0" (instance $poll
  (export "pollable" (type $p (sub resource)))
  (export "[method]pollable.block" (func (param "self" (borrow $p))))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
  (alias outer 1 $pollable (type $q))
  (export "pollable" (type $p (eq $q)))
  (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
(core func $subscribe (canon lower (func $clock "subscribe-duration")))
(core func $block (canon lower (func $poll "[method]pollable.block")))
(core func $drop (canon resource.drop $pollable))
(core instance $host (export "subscribe" (func $subscribe)) (export "block" (func $block))
  (export "drop" (func $drop)))"#;

const EXIT: &str = r#"
(import "wasi:cli/exit@0.2.0" (instance $exit
  (export "exit" (func (param "status" (result))))))
(core func $leave (canon lower (func $exit "exit")))
(core instance $host (export "exit" (func $leave)))"#;

const HOST: &str = r#"(with "host" (instance $host))"#;

fn random(select: &str) -> Vec<u8> {
    let items = r#"(import "host" "bytes" (func $bytes (param i64 i32)))"#.into();
    Guest { imports: RANDOM, arguments: HOST, items, ..Guest::selecting(select) }.bytes()
}

fn clock(select: &str) -> Vec<u8> {
    let items = r#"(import "host" "subscribe" (func $subscribe (param i64) (result i32)))
        (import "host" "block" (func $block (param i32))) (import "host" "drop" (func $drop (param i32)))"#;
    Guest { imports: CLOCK, arguments: HOST, items: items.into(), ..Guest::selecting(select) }.bytes()
}

#[test]
fn an_excessive_request_for_random_bytes_is_rejected() {
    let more = "(call $bytes (i64.const 0x7fffffffffffffff) (i32.const 512)) (unreachable)";
    let some = "(call $bytes (i64.const 0x100000) (i32.const 512)) (unreachable)";
    run_all([
        Row::new("random-without-end", random(more)).prints("failed in `select`").prints("exceeds limit"),
        Row::new("random-beyond-memory", random(some)).prints("failed in `select`").prints("realloc"),
    ]);
}

#[test]
fn a_policy_that_sleeps_returns_at_once_and_uses_fuel() {
    let waits = "(local $p i32) (loop $again
        (local.set $p (call $subscribe (i64.const 0x7fffffffffffffff)))
        (call $block (local.get $p)) (call $drop (local.get $p)) (br $again)) (unreachable)";
    run_all([Row::new("waits", clock(waits))
        .flags(&["--policy-fuel=100000"])
        .prints("reached its limit of 100000 units of fuel (an endless loop?) in `select`")]);
}

#[test]
fn handles_are_limited() {
    let leaks = "(loop $again (drop (call $subscribe (i64.const 1))) (br $again)) (unreachable)";
    let wrong = "(call $block (i32.const 77)) (unreachable)";
    let twice = "(local $p i32) (local.set $p (call $subscribe (i64.const 1)))
        (call $drop (local.get $p)) (call $drop (local.get $p)) (unreachable)";
    run_all([
        Row::new("handles", clock(leaks))
            .prints("reached its limit of 10000 handles in `select`; `--policy-handles COUNT` raises it"),
        Row::new("handles-few", clock(leaks))
            .flags(&["--policy-handles=3"])
            .prints("reached its limit of 3 handles in `select`"),
        Row::new("handle-unknown", clock(wrong))
            .prints("failed in `select`")
            .prints("unknown handle index 77"),
        Row::new("handle-twice", clock(twice)).prints("failed in `select`").prints("unknown handle index"),
    ]);
}

#[test]
fn an_exit_of_a_policy_is_not_an_answer() {
    let items = r#"(import "host" "exit" (func $exit (param i32)))"#.to_owned();
    let leaves = |code: u32| {
        let select = format!("(call $exit (i32.const {code})) (unreachable)");
        Guest { imports: EXIT, arguments: HOST, items: items.clone(), ..Guest::selecting(&select) }.bytes()
    };
    run_all([
        Row::new("leaves", leaves(0)).prints("failed in `select`").prints("it exited with status 0"),
        Row::new("leaves-badly", leaves(1)).prints("failed in `select`").prints("it exited with status 1"),
    ]);
}
