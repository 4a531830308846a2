//! `ecs-host push`, and a run of the published policy.

use std::process::Command;

use serde_json::{Value, json};

use super::{open, publish, tag, upload};
use crate::app::App;
use crate::artifact::{bare, digest_of, echo_policy, release, verb};
use crate::aws::USER;
use crate::backend::bench;
use crate::bench::emulator::cache;
use crate::fixtures::{exporting, policy};

#[test]
fn a_published_policy_decides_a_deploy() {
    let app = App::new("from-a-registry");
    let registry = bench().other.address();
    let login = app.own_login(&registry.to_string());
    let name = format!("oci://{registry}/team/policy:1.0");
    let digest = digest_of(release());
    let pushed = verb(&app, "push").set("DOCKER_CONFIG", &login).arg(release()).arg(&name).exits(0);
    let manifest = bench().other.tags("team/policy")["1.0"].clone();
    pushed.prints(&format!("Pushed    {name}\n")).prints(&format!("Manifest  {manifest}\n"));
    pushed.prints(&format!("Digest    {digest}\n"));
    pushed.prints(&format!("ecs-host run {name} --policy-digest {digest}\n"));

    let run = verb(&app, "run")
        .set("DOCKER_CONFIG", &login)
        .arg(&name)
        .arg("--json")
        .branch("release/1.2")
        .set("DEPLOY_BRANCHES", "master staging")
        .set("ECS_CLUSTER_STAGING", &app.name)
        .set("ECS_SERVICE_STAGING", &app.name)
        .exits(0);
    run.does_not_print(USER.1);
    let events = run.events();
    let policy = events.iter().find(|event| event["event"] == "policy-loaded").expect("the policy's event");
    assert_eq!((&policy["source"], &policy["digest"]), (&json!(name), &json!(digest)));
    let (_, definition) = app.runs(&app.name, &app.name);
    let labels = &definition["containerDefinitions"][0]["dockerLabels"];
    assert_eq!(labels["ecs-host.policy"], json!(format!("release@{digest}")));
}

#[test]
fn a_published_guard_is_pinned_as_a_guard_and_is_no_policy() {
    let app = bare("published-guard");
    let name = format!("oci://{}/published-guard:1", open().address());
    let guard = policy("scripted-guard").display().to_string();
    let digest = digest_of(&guard);
    let pushed = verb(&app, "push").arg(&guard).arg(&name).exits(0);
    pushed.prints("\nGuard     scripted ");
    pushed.prints(&format!(
        "Pin it    [[guards]]\n          source = \"{name}\"\n          digest = \"{digest}\"\n"
    ));
    pushed.does_not_print("ecs-host run").does_not_print("ecs-host lock");
    let locked = verb(&app, "lock").arg(&name).exits(5);
    locked.prints(&format!("cannot lock `{name}`: it is a guard")).prints(&digest);
    assert!(!app.path("project/ecs-host.lock").exists());
}

#[test]
fn publishing_again_changes_nothing() {
    let app = bare("published-twice");
    let name = format!("oci://{}/published-twice:1", open().address());
    publish(&app, &release(), &name);
    let first = open().tags("published-twice");
    verb(&app, "push").arg(release()).arg(&name).exits(0).prints("Unchanged ").prints(&first["1"]);
    assert_eq!(open().tags("published-twice"), first);
    // Another policy under the same tag replaces the first.
    let moved = verb(&app, "push").arg(echo_policy()).arg(&name).exits(0);
    moved.prints(&format!("Pushed    {name}\n          before: {}\n", digest_of(release())));
    assert_ne!(open().tags("published-twice"), first);
    // A policy in a registry can be published under another name.
    let copy = name.replace("published-twice:1", "published-copy:1");
    verb(&app, "push").arg(&name).arg(&copy).exits(0).prints(&digest_of(echo_policy()));
}

#[test]
fn a_run_after_a_push_does_not_compile_the_policy_again() {
    let app = bare("published-and-compiled");
    publish(&app, &release(), &format!("oci://{}/published-and-compiled:1", open().address()));
    let proofs = || std::fs::read_dir(app.path("cache/ecs-host/compiled/proofs")).map(Iterator::count);
    assert_eq!(proofs().ok(), Some(1));
    verb(&app, "inspect").arg(echo_policy()).exits(0);
    assert_eq!(proofs().ok(), Some(1), "`inspect` measures the time of compiling");
    verb(&app, "plan").arg(release()).branch("elsewhere").exits(0);
    assert_eq!(proofs().ok(), Some(1));
}

#[test]
fn a_component_that_is_not_a_policy_is_not_published() {
    let app = bare("unpublishable");
    let name = format!("oci://{}/unpublishable:1", open().address());
    let file = app.write("other.wasm", "").display().to_string();
    for (bytes, expected) in [
        (b"FROM scratch".to_vec(), "the file is not WebAssembly"),
        (exporting("acme:web/handler@1.0.0", ""), "cannot publish "),
    ] {
        std::fs::write(&file, bytes).unwrap();
        verb(&app, "push").arg(&file).arg(&name).exits(4).prints(expected);
    }
    assert!(open().tags("unpublishable").is_empty());
    let without_tag = name.trim_end_matches(":1");
    verb(&app, "push").arg(release()).arg(without_tag).exits(2).prints("expected a tag or a digest");
    let by_digest = format!("{without_tag}@{}", digest_of(release()));
    verb(&app, "push").arg(release()).arg(by_digest).exits(2).prints("expected a tag and no digest");
}

#[test]
fn the_tag_of_an_image_reference_is_rejected() {
    let app = bare("taken");
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    let config = upload(open().address(), "taken", b"{}");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config, "size": 2},
        "layers": [],
    });
    let digest = tag(open().address(), "taken", "1", kind, &manifest.to_string());
    let name = format!("oci://{}/taken:1", open().address());
    verb(&app, "push")
        .arg(release())
        .arg(&name)
        .exits(5)
        .prints("already exists and is not a policy: it is a container image");
    assert_eq!(open().tags("taken")["1"], digest);
    verb(&app, "inspect").arg(&name).exits(5).prints("is not a policy: it is a container image");
}

#[test]
fn an_artifact_contains_the_description_of_the_policy() {
    let app = bare("described");
    publish(&app, &release(), &format!("oci://{}/described:1", open().address()));
    let manifest = open().manifest(&open().tags("described")["1"]).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["annotations"]["org.opencontainers.image.title"], "release");
    assert_eq!(manifest["layers"][0]["digest"], json!(digest_of(release())));
    let config = open().manifest(manifest["config"]["digest"].as_str().unwrap()).unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["component"]["exports"], json!(["ecs-host:policy/policy@0.2.0"]));
    assert_eq!((&config["os"], &config["architecture"]), (&json!("wasip2"), &json!("wasm")));
}

/// wkg is the tool of the format's authors. It pulls an artifact of ecs-host and pushes one for it.
#[test]
fn artifacts_are_interchangeable_with_wkg() {
    let app = bare("with-wkg");
    let registry = open().address().to_string();
    publish(&app, &release(), &format!("oci://{registry}/with-wkg:ours"));
    let out = app.path("out.wasm");
    let wkg = |arguments: &[&str]| {
        let done = Command::new(cache().join("wkg/bin/wkg"))
            .args(["oci"])
            .args(arguments)
            .args(["--insecure", &registry])
            .env("HOME", app.path("home"))
            .output()
            .expect("wkg starts (`make test` installs it)");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    wkg(&["pull", &format!("{registry}/with-wkg:ours"), "--output", &out.display().to_string()]);
    assert_eq!(digest_of(&out), digest_of(release()));
    wkg(&["push", &format!("{registry}/with-wkg:theirs"), &echo_policy()]);
    let run = verb(&app, "inspect").arg(format!("oci://{registry}/with-wkg:theirs")).exits(0);
    run.prints("Policy    echo-policy ").prints(&digest_of(echo_policy()));
}
