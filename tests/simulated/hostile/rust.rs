//! Hostile policies as a compiler makes them, with Rust's std: the branch says
//! how each misbehaves.

use super::{Row, all};
use crate::fixtures::policy;

fn bytes() -> Vec<u8> {
    std::fs::read(policy("misbehaving")).expect("it was built")
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
        .says("policy `misbehaving` broke in `select`: it panicked")
        .says("the moon is full")
        .says("src/lib.rs")
        .says("\n    at core::panicking::panic_fmt\n")
        .says("\n    at ecs-host:policy/policy@0.1.0#select\n")]);
}

#[test]
fn what_a_policy_said_before_its_panic_does_not_hide_it() {
    all([
        on("rambles")
            .says("it panicked")
            .says("… 962 lines before these")
            .says("rambling 999")
            .says("the moon is still full")
            .says_not("rambling 7\n"),
        // Megabytes are more than it may print, and its panic comes of that or after it.
        on("prints-megabytes")
            .says("reached its limit of 64 KiB of output in `select`; `--policy-output KIB` raises it")
            .says("[misbehaving] and another thing")
            .says("the moon is over full"),
    ]);
}

#[test]
fn a_policy_that_breaks_otherwise_is_told_so() {
    all([
        on("traps").says("policy `misbehaving` broke in `select`"),
        on("exits").says("policy `misbehaving` broke in `select`"),
        on("recurses").says("policy `misbehaving` reached its limit of 512 KiB of stack"),
        on("grabs-memory").says("reached its limit of 64 MiB of memory in `select`"),
        on("prints")
            .says("[misbehaving] and another thing")
            .says("reached its limit of 64 KiB of output in `select`"),
        on("loops")
            .flags(&["--policy-fuel=10000000"])
            .says("reached its limit of 10000000 units of fuel in `select`"),
        on("sleeps").exits(0).says("Slept well."),
        on("says-no").exits(3).says("policy `misbehaving` says no: Not on a Friday."),
        on("forges").exits(0).says("Later.\\n\\u{1b}[1mVerdict").says_not("\nVerdict"),
    ]);
}

#[test]
fn nonsense_is_refused_with_the_rule_that_it_breaks() {
    let row = |branch, says: &str| on(branch).says("gave an answer that can't be used").says(says);
    all([
        row("no-images", "images: there are none"),
        row("no-tags", "it has no tag"),
        row("bad-tag", "`feature/x` is no valid image tag").says("`--all-tags` is no valid image tag"),
        row("bad-repository", "is no valid image repository").says("it has no scheme"),
        row("same-names", "two have the same name"),
        row("no-targets", "targets: there are none"),
        row("same-targets", "is named twice; name it once"),
        row("empty-target", "`` is no valid cluster"),
        row("unknown-image", "the image `nobody`, which is none of the images"),
        row("same-tasks", "two of its one-off tasks have the same name"),
        row("no-command", "the one-off task `migrate`: it has no command"),
        row("family-with-tasks", "one-off tasks run in a service's cluster and network"),
        row("no-role", "`deployer` is no valid IAM role"),
    ]);
}
