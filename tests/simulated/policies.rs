//! Policies from files.

use std::fs;

use crate::app::App;
use crate::fixtures::policy;

fn path(name: &str) -> String {
    policy(name).display().to_string()
}

#[test]
fn a_custom_policy_decides_the_deployment() {
    let app = App::new("release");
    app.run()
        .arg(path("ecs-host-release-example"))
        .branch("release/1.2")
        .set("DEPLOY_BRANCHES", "master staging")
        .set("ECS_CLUSTER_STAGING", "release")
        .set("ECS_SERVICE_STAGING", "release")
        .exits(0)
        .prints("release 0.1.0")
        .prints("deployed");
    assert_eq!(app.pushed()["staging"], app.pushed()[&app.commit_tag("staging")]);
}

#[test]
fn a_policy_receives_what_it_declares_and_no_secret() {
    let app = App::new("curious");
    let run = app.run().arg(path("secret-reading-policy")).exits(5);
    run.prints("policy `secret-reading-policy` declares settings that look like secrets");
    run.prints("--allow-secret AWS_SECRET_ACCESS_KEY").called_nothing();
}

#[test]
fn the_operator_can_grant_a_secret_to_a_policy() {
    let app = App::new("allowed");
    let run = app
        .run()
        .arg(path("secret-reading-policy"))
        .arg("--allow-secret")
        .arg("AWS_SECRET_ACCESS_KEY")
        .exits(0);
    run.prints("The secret has 40 characters.").called_nothing();
}

#[test]
fn a_policy_has_no_files_network_or_environment_in_its_sandbox() {
    let app = App::new("peeking");
    let probe = |n: &str| {
        app.run().arg(path("misbehaving-policy")).branch("probes-sandbox").set("N", n).exits(0).stdout.clone()
    };
    let line = |out: &str| out.lines().find(|line| line.contains(" variables, ")).unwrap().to_owned();
    let first = line(&probe("1"));
    assert!(first.contains("0 variables, 0 arguments, 0 files, 0 seconds"), "{first}");
    // The random numbers of the policy are the same in every run.
    assert_eq!(first, line(&probe("2")));
}

#[test]
fn a_policy_may_import_sockets_and_gets_errors() {
    let app = App::new("connecting");
    let run = app.run().arg(path("misbehaving-policy")).branch("connects").exits(0);
    let denied = "PermissionDenied";
    run.prints(&format!("tcp {denied}, listener {denied}, udp {denied}, name false.")).called_nothing();
}

#[test]
fn the_output_of_a_policy_is_prefixed_with_its_name() {
    let app = App::new("talking");
    let run = app.run().arg(path("misbehaving-policy")).branch("prints").exits(0);
    run.prints("[misbehaving-policy] first\\u{1b}[2J line")
        .prints("[misbehaving-policy] second line")
        .does_not_print("\u{1b}");
}

#[test]
fn a_compiled_policy_is_cached_and_a_broken_cache_is_ignored() {
    let app = App::new("cached");
    let cache = app.path("cache");
    let run = || {
        app.plan().set("XDG_CACHE_HOME", &cache.display().to_string()).exits(0).changed_nothing();
    };
    run();
    let cached = files_below(&cache);
    assert!(!cached.is_empty());
    for file in &cached {
        fs::write(file, "not what it was").unwrap();
    }
    run();
    // A file replaces the folder of the cache.
    fs::remove_dir_all(&cache).unwrap();
    fs::write(&cache, "").unwrap();
    run();
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
