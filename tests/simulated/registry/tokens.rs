//! The token of a registry's token service, and the requests that contain it.

use serde_json::json;

use crate::artifact::{bare, release, sha256, verb};
use crate::server::{Reply, Server};

#[test]
fn a_token_is_sent_to_its_registry_only() {
    let app = bare("tokens");
    let bytes = std::fs::read(release()).unwrap();
    let manifest = json!({
        "config": {"mediaType": "application/vnd.wasm.config.v0+json"},
        "layers": [{"mediaType": "application/wasm", "digest": sha256(&bytes), "size": bytes.len()}],
    });
    let storage = Server::new(move |_| Reply::new(200, &[], bytes.clone()));
    let tokens = Server::new(|_| Reply::new(200, &[], r#"{"token": "for-this-repository-alone"}"#));
    let realm = format!("http://{}/token", tokens.address());
    let location = format!("http://{}/layer", storage.address());
    let registry = Server::new(move |request| {
        if request.header("authorization") != Some("Bearer for-this-repository-alone") {
            let challenge = format!("Bearer realm=\"{realm}\",service=\"the registry\",scope=\"x\"");
            return Reply::new(401, &[("WWW-Authenticate", "Basic"), ("WWW-Authenticate", &challenge)], "");
        }
        if request.target().contains("/manifests/") {
            return Reply::new(200, &[], manifest.to_string());
        }
        Reply::new(307, &[("Location", &location)], "")
    });
    let login = app.own_login(&registry.address().to_string());
    let name = format!("oci://{}/team/policy:1", registry.address());
    let run = verb(&app, "inspect").arg(&name).set("DOCKER_CONFIG", &login).exits(0);
    run.prints("Policy    release ").does_not_print("for-this-repository-alone");
    assert_eq!(
        tokens.requests(),
        ["GET /token?service=the%20registry&scope=repository%3Ateam%2Fpolicy%3Apull"]
    );
    assert!(tokens.logins()[0].as_deref().is_some_and(|login| login.starts_with("Basic ")));
    assert_eq!(storage.logins(), [None]);
    // The first request has no token, and the next two have it.
    assert_eq!(registry.requests().len(), 3);
}
