//! Artifacts of other tools.

use serde_json::{Value, json};

use super::{open, tag, upload};
use crate::artifact::{bare, digest_of, release, verb};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Publishes an artifact as wkg 0.16 writes it, with a change of the manifest.
fn artifact(repository: &str, change: impl Fn(&mut Value)) -> String {
    let bytes = std::fs::read(release()).unwrap();
    let layer = upload(open().address(), repository, &bytes);
    let config = json!({
        "created": "2026-01-31T12:00:00.083572992Z",
        "author": null,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [layer],
        "component": {
            "exports": ["ecs-host:policy/policy@0.2.0"],
            "imports": ["ecs-host:policy/types@0.2.0"],
            "target": null,
        },
    })
    .to_string();
    let config_digest = upload(open().address(), repository, config.as_bytes());
    let mut manifest = json!({
        "config": {
            "digest": config_digest,
            "mediaType": "application/vnd.wasm.config.v0+json",
            "size": config.len(),
        },
        "layers": [{
            "annotations": {"org.opencontainers.image.title": "policy.wasm"},
            "digest": layer,
            "mediaType": "application/wasm",
            "size": bytes.len(),
        }],
        "mediaType": MANIFEST,
        "schemaVersion": 2,
    });
    change(&mut manifest);
    let kind = manifest["mediaType"].as_str().unwrap_or(MANIFEST).to_owned();
    tag(open().address(), repository, "1", &kind, &manifest.to_string());
    format!("oci://{}/{repository}:1", open().address())
}

#[test]
fn a_policy_published_by_wkg_runs() {
    let app = bare("of-wkg");
    let name = artifact("of-wkg", |_| {});
    verb(&app, "inspect").arg(name).exits(0).prints("Policy    release ").prints(&digest_of(release()));
}

#[test]
fn artifacts_of_other_kinds_are_rejected_by_kind() {
    let app = bare("other-kinds");
    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 5] = [
        (
            "image",
            |manifest| manifest["config"]["mediaType"] = json!("application/vnd.oci.image.config.v1+json"),
            "it is a container image",
        ),
        (
            "actor",
            |manifest| {
                manifest["config"]["mediaType"] = json!("application/vnd.wasmcloud.actor.archive.config");
            },
            "`application/vnd.wasmcloud.actor.archive.config`, not `application/vnd.wasm.config.v0+json`",
        ),
        (
            "layers",
            |manifest| {
                let layer = manifest["layers"][0].clone();
                manifest["layers"] = json!([layer, layer]);
            },
            "it has 2 layers, and a component has exactly one",
        ),
        (
            "tar",
            |manifest| {
                manifest["layers"][0]["mediaType"] = json!("application/vnd.oci.image.layer.v1.tar+gzip");
            },
            "its layer has the type `application/vnd.oci.image.layer.v1.tar+gzip`",
        ),
        (
            "index",
            |manifest| {
                *manifest = json!({
                    "schemaVersion": 2,
                    "mediaType": "application/vnd.oci.image.index.v1+json",
                    "manifests": [],
                });
            },
            "it is an image index",
        ),
    ];
    for (repository, change, expected) in changes {
        let name = artifact(&format!("foreign/{repository}"), change);
        verb(&app, "inspect").arg(name).exits(5).prints("is not a policy: ").prints(expected);
    }
}

#[test]
fn a_layer_that_is_not_a_component_is_rejected_like_a_file() {
    let app = bare("core-module-layer");
    let bytes = b"\0asm\x01\0\0\0";
    let name = artifact("core-module", |manifest| {
        manifest["layers"][0]["digest"] = json!(upload(open().address(), "core-module", bytes));
        manifest["layers"][0]["size"] = json!(bytes.len());
    });
    verb(&app, "inspect").arg(&name).exits(4).prints("it is a core module, not a component");
    verb(&app, "lock").arg(&name).exits(4).prints("it is a core module");
    assert!(!app.path("project/ecs-host.lock").exists());
}
