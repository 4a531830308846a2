//! A hostile policy that is compiled from Rust with std. The branch selects the
//! failure.

use super::{Row, run_all};
use crate::fixtures::policy;

fn bytes() -> Vec<u8> {
    std::fs::read(policy("misbehaving-policy")).expect("it was built")
}

/// The policy `misbehaving-policy` on this branch.
fn on(branch: &'static str) -> Row {
    let mut row = Row::new(branch, bytes());
    row.variables.push(("TRAVIS_BRANCH", branch.to_owned()));
    row
}

#[test]
fn the_panic_message_of_a_policy_is_printed() {
    run_all([on("panics")
        .prints("policy `misbehaving-policy` failed in `select`: it panicked")
        .prints("deliberate panic")
        .prints("src/lib.rs")
        .does_not_print("RUST_BACKTRACE")
        .does_not_print("panic_fmt")]);
}

#[test]
fn output_before_a_panic_does_not_hide_it() {
    run_all([
        on("prints-then-panics")
            .prints("it panicked")
            .prints("… 962 earlier lines")
            .prints("line 999")
            .prints("deliberate panic after output")
            .does_not_print("line 7\n"),
        // The output exceeds its limit. The panic is a consequence of that, or follows it.
        on("prints-megabytes-then-panics")
            .prints("reached its limit of 64 KiB of output in `select`; `--policy-output KIB` raises it")
            .prints("[misbehaving-policy] another line")
            .prints("deliberate panic after megabytes"),
    ]);
}

#[test]
fn a_policy_that_fails_in_another_way_is_reported() {
    run_all([
        on("traps").prints("policy `misbehaving-policy` failed in `select`"),
        on("exits").prints("policy `misbehaving-policy` failed in `select`"),
        on("recurses").prints("policy `misbehaving-policy` reached its limit of 4096 KiB of stack"),
        on("allocates-without-end").prints("reached its limit of 64 MiB of memory in `select`"),
        on("prints-without-end")
            .prints("[misbehaving-policy] another line")
            .prints("reached its limit of 64 KiB of output in `select`"),
        on("loops")
            .flags(&["--policy-fuel=10000000"])
            .prints("reached its limit of 10000000 units of fuel (an endless loop?) in `select`"),
        on("sleeps").exits(0).prints("Slept for an hour."),
        on("returns-error")
            .exits(3)
            .prints("policy `misbehaving-policy` rejected the build: Deployments are frozen."),
        on("skips-with-control-characters")
            .exits(0)
            .prints("Later.\\n\\u{1b}[1mVerdict")
            .does_not_print("\nVerdict"),
    ]);
}

#[test]
fn an_invalid_answer_is_rejected_with_the_violated_rule() {
    let row = |branch, expected: &str| on(branch).prints("returned an invalid answer").prints(expected);
    run_all([
        row("no-images", "nothing can change"),
        row("no-tags", "it has no tag"),
        row("bad-tag", "invalid image tag \"feature/x\"").prints("invalid image tag \"--all-tags\""),
        row("bad-repository", "invalid image repository \"").prints("remove the scheme"),
        row("same-names", "two have the same name"),
        row("no-targets", "targets: the list is empty, and image"),
        row("same-targets", "is named twice; name it once"),
        row("empty-target", "invalid cluster \"\""),
        row("unknown-image", "`nobody`"),
        row("same-tasks", "two of its one-off tasks have the same name"),
        row("no-command", "the one-off task `migrate`: it has no command"),
        row("family-with-tasks", "one-off tasks run in a service's cluster and network"),
        row("invalid-role", "invalid IAM role \"deployer\""),
    ]);
}
