//! Hostile policies as a compiler makes them, with Rust's std: the branch selects
//! the failure.

use super::{Row, all};
use crate::fixtures::policy;

fn bytes() -> Vec<u8> {
    std::fs::read(policy("misbehaving-policy")).expect("it was built")
}

/// On this branch the policy breaks.
fn on(branch: &'static str) -> Row {
    let mut row = Row::new(branch, bytes());
    row.variables.push(("TRAVIS_BRANCH", branch.to_owned()));
    row
}

#[test]
fn a_policy_that_panics_is_shown_with_its_own_words() {
    all([on("panics")
        .says("policy `misbehaving-policy` failed in `select`: it panicked")
        .says("deliberate panic")
        .says("src/lib.rs")
        .says("\n    at core::panicking::panic_fmt\n")
        .says("\n    at ecs-host:policy/policy@0.1.0#select\n")]);
}

#[test]
fn what_a_policy_said_before_its_panic_does_not_hide_it() {
    all([
        on("prints-then-panics")
            .says("it panicked")
            .says("… 962 earlier lines")
            .says("line 999")
            .says("deliberate panic after output")
            .says_not("line 7\n"),
        // Megabytes are more than it may print, and its panic comes of that or after it.
        on("prints-megabytes-then-panics")
            .says("reached its limit of 64 KiB of output in `select`; `--policy-output KIB` raises it")
            .says("[misbehaving-policy] another line")
            .says("deliberate panic after megabytes"),
    ]);
}

#[test]
fn a_policy_that_breaks_otherwise_is_told_so() {
    all([
        on("traps").says("policy `misbehaving-policy` failed in `select`"),
        on("exits").says("policy `misbehaving-policy` failed in `select`"),
        on("recurses").says("policy `misbehaving-policy` reached its limit of 512 KiB of stack"),
        on("allocates-without-end").says("reached its limit of 64 MiB of memory in `select`"),
        on("prints-without-end")
            .says("[misbehaving-policy] another line")
            .says("reached its limit of 64 KiB of output in `select`"),
        on("loops")
            .flags(&["--policy-fuel=10000000"])
            .says("reached its limit of 10000000 units of fuel in `select`"),
        on("sleeps").exits(0).says("Slept for an hour."),
        on("returns-error")
            .exits(3)
            .says("policy `misbehaving-policy` rejected the build: Deployments are frozen."),
        on("skips-with-control-characters").exits(0).says("Later.\\n\\u{1b}[1mVerdict").says_not("\nVerdict"),
    ]);
}

#[test]
fn nonsense_is_refused_with_the_rule_that_it_breaks() {
    let row = |branch, says: &str| on(branch).says("returned an invalid answer").says(says);
    all([
        row("no-images", "images: the list is empty"),
        row("no-tags", "it has no tag"),
        row("bad-tag", "invalid image tag \"feature/x\"").says("invalid image tag \"--all-tags\""),
        row("bad-repository", "invalid image repository \"").says("remove the scheme"),
        row("same-names", "two have the same name"),
        row("no-targets", "targets: the list is empty"),
        row("same-targets", "is named twice; name it once"),
        row("empty-target", "invalid cluster \"\""),
        row("unknown-image", "`nobody`"),
        row("same-tasks", "two of its one-off tasks have the same name"),
        row("no-command", "the one-off task `migrate`: it has no command"),
        row("family-with-tasks", "one-off tasks run in a service's cluster and network"),
        row("invalid-role", "invalid IAM role \"deployer\""),
    ]);
}
