//! Policies that break, or take more than they are given.

use crate::app::{App, REGION};
use crate::fixtures::policy;

/// On this branch the policy breaks.
fn breaks(branch: &str, flags: &[&str], says: &[&str]) {
    let app = App::bare(branch, REGION);
    let policy = policy("misbehaving").display().to_string();
    let run = flags.iter().fold(app.run().arg(policy).branch(branch), |run, flag| run.arg(*flag)).exits(4);
    run.says("policy `misbehaving`").says("`select`");
    for text in says {
        run.says(text);
    }
    run.asked_nobody().within(15);
}

#[test]
fn a_policy_that_panics_is_shown_with_its_own_words() {
    breaks("panics", &[], &["it panicked", "the moon is full", "src/lib.rs"]);
}

#[test]
fn a_policy_that_traps_has_broken() {
    breaks("traps", &[], &["broke in `select`"]);
}

#[test]
fn a_policy_that_exits_has_broken() {
    breaks("exits", &[], &["broke in `select`"]);
}

#[test]
fn a_policy_without_an_end_runs_out_of_fuel() {
    breaks(
        "loops",
        &[],
        &["reached its limit of 1000000000 units of fuel", "`--policy-fuel UNITS` raises it"],
    );
}

#[test]
fn a_policy_with_fuel_for_ever_runs_out_of_time() {
    let app = App::bare("time", REGION);
    let policy = policy("misbehaving").display().to_string();
    let run =
        app.run().arg(policy).branch("loops").arg("--policy-fuel=10000000000000").arg("--policy-time=1");
    run.exits(4)
        .says("its limit of 1 seconds")
        .says("`--policy-time SECONDS` raises it")
        .asked_nobody()
        .within(10);
}

#[test]
fn a_recursion_without_an_end_overflows_the_policys_stack_alone() {
    breaks("recurses", &[], &["its stack overflowed"]);
}

#[test]
fn a_policy_that_grabs_memory_reaches_its_limit() {
    let says = ["reached its limit of 64 MiB of memory", "`--policy-memory MIB` raises it"];
    breaks("grabs-memory", &[], &says);
}

#[test]
fn a_policy_that_prints_without_an_end_reaches_its_limit() {
    let says = [
        "[misbehaving] and another thing",
        "reached its limit of 64 KiB of output",
        "`--policy-output KIB` raises it",
    ];
    breaks("prints", &[], &says);
}

#[test]
fn a_policy_that_sleeps_for_an_hour_wakes_at_once() {
    let app = App::bare("sleeps", REGION);
    let policy = policy("misbehaving").display().to_string();
    app.run().arg(policy).branch("sleeps").exits(0).says("Slept well.").asked_nobody().within(10);
}
