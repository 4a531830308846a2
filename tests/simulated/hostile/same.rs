//! The same build has the same answer and uses the same fuel: at any time of any
//! clock, in any environment, with and without a cache, and in parallel with others.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::app::App;
use crate::fixtures::policy;
use crate::run::Run;

/// The fuel that the policy used, and the event with its decision.
fn answer(run: Run<'_>) -> (u64, Value) {
    let events = run.arg("--json").exits(0).events();
    let find = |kind: &str| events.iter().find(|event| event["event"] == kind).expect("the event").clone();
    let fuel = find("policy-loaded")["fuel"].as_u64().expect("its fuel");
    assert!(fuel > 0);
    let mut decision = find("decision-made");
    // The times differ between runs.
    decision.as_object_mut().expect("an object").retain(|name, _| name != "time" && name != "elapsed");
    (fuel, decision)
}

/// A library that changes every clock of a program, the wall clock by decades.
fn other_clocks(app: &App) -> PathBuf {
    let (source, library) = (app.write("clocks.c", include_str!("clocks.c")), app.path("clocks.so"));
    let compiler =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(compiler.expect("the C compiler that links Rust programs").success());
    let year = Command::new("date").arg("+%Y").env("LD_PRELOAD", &library).output().expect("`date` starts");
    let year: u32 = String::from_utf8_lossy(&year.stdout).trim().parse().expect("a year");
    assert!(year < 2010, "the clocks were not set back: {year}");
    library
}

#[test]
fn a_policy_is_deterministic_in_answer_and_fuel() {
    let app = App::new("same");
    let clocks = other_clocks(&app).display().to_string();
    // A policy with std, on a branch that probes the sandbox and on one that deploys; a smaller
    // policy; and the built-in policy, which has no std.
    let std = policy("misbehaving-policy").display().to_string();
    let small = policy("ecs-host-release-example").display().to_string();
    for (policy, branch) in
        [(&*std, "probes-sandbox"), (&std, "master"), (&small, "master"), ("built-in", "master")]
    {
        let decide = |run: Run<'_>| answer(run.arg(policy).branch(branch));
        let fresh = app.path("fresh").display().to_string();
        let first = decide(app.plan());
        // A run that fills the cache, a run that reads it, and a run that cannot write one.
        assert_eq!(first, decide(app.plan().set("XDG_CACHE_HOME", &fresh)));
        assert_eq!(first, decide(app.plan().set("XDG_CACHE_HOME", &fresh)));
        assert_eq!(first, decide(app.plan().set("XDG_CACHE_HOME", "/proc/no-such-folder")));
        // Another time on every clock.
        assert_eq!(first, decide(app.plan().set("LD_PRELOAD", &clocks)));
        // Another environment.
        let variables = ["TZ", "LANG", "LC_ALL", "USER", "RUST_BACKTRACE", "RUST_LOG", "WASMTIME_LOG", "CI"];
        let run = variables.iter().fold(app.plan(), |run, name| run.set(name, "1"));
        assert_eq!(first, decide(run));
        std::fs::remove_dir_all(&fresh).expect("the cache was used");
    }
}

#[test]
fn cases_side_by_side_use_the_fuel_of_a_run_alone() {
    let app = App::new("side-by-side");
    let policy = policy("misbehaving-policy").display().to_string();
    let folder = app.path("cases");
    std::fs::create_dir(&folder).expect("a folder");
    let recorded = folder.join("0.toml");
    let record = recorded.display().to_string();
    let run = app.plan().arg(policy.as_str()).branch("probes-sandbox").arg("--record").arg(record);
    let (fuel, decision) = answer(run);
    for copy in 1..30 {
        std::fs::copy(&recorded, folder.join(format!("{copy}.toml"))).expect("a copy");
    }
    let run = app.start("test").arg(policy).arg(folder.display().to_string());
    let tested = run.arg("--format").arg("json").exits(0);
    let results: Value = serde_json::from_str(&tested.stdout).expect("JSON");
    let cases = results["cases"].as_array().expect("the cases");
    assert_eq!(cases.len(), 30);
    for case in cases {
        assert_eq!(case["fuel"], fuel, "{case}");
        assert_eq!(case["passed"], true, "{case}, recorded from {decision}");
    }
}
