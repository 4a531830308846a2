//! Builds with the plugin buildx, in engines with the containerd image store.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::App;
use crate::backend::bench;
use crate::bench::Engine;
use crate::bench::engine::buildx_part;
use crate::fixtures::policy;
use crate::run::Run;

/// The first lines of a Dockerfile whose image can execute commands, without a network to pull one.
const BASE: &str = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\n";

/// An app whose docker has the plugin, and whose project contains busybox.
fn app(name: &str, dockerfile: &str) -> App {
    let app = App::new(name);
    app.write("project/Dockerfile", dockerfile);
    std::fs::copy(buildx_part("usr/bin/busybox").unwrap(), app.path("project/busybox")).unwrap();
    std::fs::create_dir_all(app.path("home/.docker/cli-plugins")).unwrap();
    let plugin = buildx_part("usr/libexec/docker/cli-plugins/docker-buildx").unwrap();
    std::os::unix::fs::symlink(plugin, app.path("home/.docker/cli-plugins/docker-buildx")).unwrap();
    app
}

/// A run of a policy that builds the app's image with these options.
fn building<'a>(app: &'a App, engine: &Engine, options: &Value) -> Run<'a> {
    let mut image = json!({"name": "web", "repository": app.repository(), "tags": ["master"]});
    for (name, value) in options.as_object().into_iter().flatten() {
        image[name] = value.clone();
    }
    let decision = json!({"images": [image], "targets": [{"cluster": app.name, "service": app.name}]});
    let run =
        app.run().arg(policy("echo-policy").display().to_string()).set("DECISION", &decision.to_string());
    run.set("DOCKER_HOST", &engine.host())
}

fn engine() -> Engine {
    Engine::with_image_store(&bench().ecr).unwrap()
}

#[test]
fn several_platforms_are_pushed_as_one_index() {
    let app = app("real-index", "FROM scratch\nCOPY app.txt /\n");
    let build = json!({"platforms": ["linux/amd64", "linux/arm64"], "tags": ["master", "main"]});
    building(&app, &engine(), &build).exits(0).prints("docker buildx build --push").prints("deployed");
    let pushed = app.pushed();
    assert_eq!(app.image(), format!("{}@{}", app.repository(), pushed["master"]));
    assert_eq!(pushed["main"], pushed["master"]);
    let index: Value = serde_json::from_str(&bench().ecr.manifest(&pushed["master"]).unwrap()).unwrap();
    let platforms: BTreeSet<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|manifest| manifest["platform"]["architecture"].as_str())
        .collect();
    assert!(platforms.is_superset(&["amd64", "arm64"].into()), "{index}");
}

#[test]
fn a_step_of_a_build_reads_a_secret() {
    let step = "RUN --network=none --mount=type=secret,id=npm \\\n  \
                [ \"$(/bin/busybox cat /run/secrets/npm)\" = hunter2-hunter2 ] && \
                /bin/busybox cat /run/secrets/npm\n";
    let app = app("real-secret", &format!("{BASE}{step}"));
    let (engine, build) = (engine(), json!({"secrets": {"npm": "OF_THE_BUILD"}}));
    let run = building(&app, &engine, &build).set("OF_THE_BUILD", "hunter2-hunter2");
    let run = run.arg("--allow-build-secret=OF_THE_BUILD").exits(0);
    // The Dockerfile prints it.
    run.prints("***").does_not_print("hunter2").prints("docker push").prints("deployed");
}

#[test]
fn an_additional_context_and_a_plain_build_work_in_the_same_engine() {
    let app = app("real-context", "FROM base\nCOPY --from=libs lib.txt /\n");
    let engine = engine();
    app.write("project/libs/lib.txt", "lib");
    app.write("project/base/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    let plain = json!({"context": "base", "tags": ["base"]});
    building(&app, &engine, &plain).exits(0).prints("$ docker build --tag");
    let base = format!("{}:base", app.repository());
    let build = json!({"directories": {"libs": "libs"}, "images": {"base": base}});
    building(&app, &engine, &build).exits(0).prints("--build-context=libs=./libs").prints("deployed");
}

#[test]
fn a_cache_in_the_registry_spares_an_empty_engine_the_work() {
    // Work of which only the cache contains the result. A run without work takes some seconds.
    let work =
        "RUN --network=none /bin/busybox dd if=/dev/zero bs=1M count=6000 | /bin/busybox sha256sum > /out\n";
    let app = app("real-cache", &format!("{BASE}{work}"));
    let cache = format!("{}:cache", app.repository());
    let build = json!({"cache_from": [cache], "cache_to": [cache]});
    let run = || {
        let engine = engine();
        let start = Instant::now();
        let run = building(&app, &engine, &build).arg("--rebuild").arg("--force").begin();
        let run = run.ends_within(Duration::from_secs(240), 0);
        (start.elapsed(), run.stdout.contains("CACHED") || run.stderr.contains("CACHED"))
    };
    let (first, was_cached) = run();
    assert!(!was_cached, "the cache is empty");
    let (second, is_cached) = run();
    assert!(is_cached, "the cache is used");
    let ratio = first.as_secs_f64() / second.as_secs_f64();
    println!(
        "a run in an empty engine: {first:.1?}, with a cache in the registry {second:.1?}, {ratio:.1} times faster"
    );
    assert!(ratio >= 3.0, "{first:?} without a cache, {second:?} with it");
}

#[test]
fn an_engine_without_the_image_store_has_a_remedy() {
    let app = app("real-remedy", "FROM scratch\nCOPY app.txt /\n");
    for build in [
        json!({"platforms": ["linux/amd64", "linux/arm64"]}),
        json!({"cache_to": [format!("{}:cache", app.repository())]}),
    ] {
        let run = building(&app, &bench().engine, &build).exits(6);
        run.prints("docker buildx create --use").changed_nothing();
    }
}

#[test]
fn a_client_without_the_plugin_is_reported_in_the_plan() {
    let app = app("real-no-plugin", "FROM scratch\nCOPY app.txt /\n");
    std::fs::remove_file(app.path("home/.docker/cli-plugins/docker-buildx")).unwrap();
    let build = json!({"platforms": ["linux/amd64", "linux/arm64"]});
    let run = building(&app, &bench().engine, &build).exits(5);
    run.prints("needs docker's plugin buildx for several platforms").changed_nothing();
}
