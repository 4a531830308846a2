//! Broken and malicious registries.

use serde_json::{Value, json};

use crate::app::App;
use crate::artifact::{bare, release, sha256, verb};
use crate::server::{Reply, Server};

const MANIFEST: [(&str, &str); 1] = [("Content-Type", "application/vnd.oci.image.manifest.v1+json")];

/// The manifest of a component.
fn manifest(component: &[u8]) -> Value {
    json!({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.wasm.config.v0+json", "digest": sha256(b"{}"), "size": 2},
        "layers": [{"mediaType": "application/wasm", "digest": sha256(component), "size": component.len()}],
    })
}

/// A registry with the policy `release`. `respond` makes the response from the component's bytes.
fn sending(respond: impl Fn(Vec<u8>) -> Reply + Send + Sync + 'static) -> Server {
    let bytes = std::fs::read(release()).unwrap();
    Server::new(move |request| {
        if request.target().contains("/manifests/") {
            Reply::new(200, &MANIFEST, manifest(&bytes).to_string())
        } else {
            respond(bytes.clone())
        }
    })
}

/// Checks that `plan` rejects the policy of a registry with this message.
fn rejects(app: &App, server: &Server, expected: &str) {
    let name = format!("oci://{}/policy:1", server.address());
    verb(app, "plan")
        .arg(name)
        .exits(5)
        .prints(expected)
        .does_not_print("\u{1b}")
        .called_nothing()
        .within(20);
}

#[test]
fn a_wrong_name_in_a_response_is_rejected() {
    let app = bare("senseless");
    let page = "<html>\u{1b}[2J<title>Sign in</title>";
    for (reply, expected) in [
        (Reply::new(200, &[], page), "is not a policy: its manifest is not a JSON object: `<html>\\u{1b}[2J"),
        (Reply::new(200, &MANIFEST, ""), "its manifest is not a JSON object"),
        (Reply::new(200, &MANIFEST, "{}"), "its config has the type `none`"),
        (Reply::new(404, &[], page), "returned HTTP status 404 (`<html>\\u{1b}[2J"),
        (Reply::new(503, &[], "later"), "returned HTTP status 503 (`later`)"),
        (Reply::new(204, &[], ""), "returned HTTP status 204"),
        (Reply::new(302, &[], ""), "the location returned by http://127.0.0.1:"),
        (Reply::new(401, &[], ""), "without a supported authentication scheme"),
        (
            Reply::new(401, &[("WWW-Authenticate", "Basic realm=\"x\"")], ""),
            "docker has none for it; run `docker login 127",
        ),
        (
            Reply::new(401, &[("WWW-Authenticate", "Bearer realm=\"http://t.example/\"")], ""),
            "does not use TLS",
        ),
        (
            Reply::new(200, &[("Docker-Content-Digest", &sha256(b"another"))], manifest(b"").to_string()),
            "has the wrong digest: expected sha256:",
        ),
    ] {
        let Reply::Message(message) = reply else { unreachable!("every reply is a whole message") };
        let server = Server::new(move |_| Reply::Message(message.clone()));
        rejects(&app, &server, expected);
    }
}

#[test]
fn an_endless_body_is_read_up_to_the_limit() {
    let app = bare("endless");
    let endless = |status: &str| {
        let message =
            ecs_simulator::http::Message::new(&format!("HTTP/1.1 {status}"), &[], vec![b' '; 1 << 16]);
        Server::new(move |_| Reply::Endless(message.clone()))
    };
    rejects(&app, &endless("200 OK"), "is too large: it has more than 4194304 bytes");
    rejects(&app, &endless("404 Not Found"), "the registry returned HTTP status 404");
    let server =
        sending(|bytes| Reply::Endless(ecs_simulator::http::Message::new("HTTP/1.1 200 OK", &[], bytes)));
    let size = std::fs::metadata(release()).unwrap().len();
    rejects(&app, &server, &format!("is too large: it has more than {size} bytes"));
}

#[test]
fn an_artifact_that_is_too_large_is_not_downloaded() {
    let app = bare("too-large");
    let server = Server::new(|_| {
        let mut manifest = manifest(b"component");
        manifest["layers"][0]["size"] = json!((64 << 20) + 1);
        Reply::new(200, &MANIFEST, manifest.to_string())
    });
    rejects(&app, &server, "is too large: it has more than 67108864 bytes");
    assert_eq!(server.requests(), ["GET /v2/policy/manifests/1"]);
}

#[test]
fn bytes_that_do_not_match_the_digest_are_rejected() {
    let app = bare("other-bytes");
    let server = sending(|mut bytes| {
        bytes[100] ^= 1;
        Reply::new(200, &[], bytes)
    });
    rejects(&app, &server, "has the wrong digest: expected sha256:");
    rejects(&app, &sending(|bytes| Reply::new(200, &[], &bytes[..1000])), "has the wrong digest");
    let cut = sending(|bytes| {
        Reply::Broken(ecs_simulator::http::Message::new("HTTP/1.1 200 OK", &[], &bytes[..1000]))
    });
    rejects(&app, &cut, "the connection to the registry failed");
    assert!(
        !app.path("cache/ecs-host/fetched")
            .read_dir()
            .unwrap()
            .flatten()
            .any(|entry| { entry.path().extension().is_some_and(|extension| extension == "wasm") })
    );
}

#[test]
fn a_registry_may_redirect_to_its_storage_only() {
    let app = bare("followed-to-storage");
    let to = |location: &'static str| sending(move |_| Reply::new(307, &[("Location", location)], ""));
    rejects(
        &app,
        &to("http://169.254.169.254/latest/meta-data"),
        "redirects to http://169.254.169.254/latest",
    );
    rejects(&app, &to("file:///etc/passwd"), "is invalid: `file:///etc/passwd`");
    rejects(&app, &to("/v2/policy/blobs/again"), "redirected more than 3 times");

    let bytes = std::fs::read(release()).unwrap();
    let storage = Server::new(move |_| Reply::new(200, &[], bytes.clone()));
    let location = format!("http://{}/layer?X-Signature=abc", storage.address());
    let server = sending(move |_| Reply::new(307, &[("Location", &location)], ""));
    let name = format!("oci://{}/policy:1", server.address());
    verb(&app, "inspect").arg(name).exits(0).prints("Policy    release ");
    assert_eq!(storage.requests(), ["GET /layer?X-Signature=abc"]);
}

#[test]
fn a_request_to_a_busy_registry_is_retried() {
    let app = bare("busy");
    let bytes = std::fs::read(release()).unwrap();
    let times = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::new(move |request| match times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Reply::new(429, &[], ""),
        2 => Reply::new(502, &[], ""),
        _ if request.target().contains("/manifests/") => {
            Reply::new(200, &MANIFEST, manifest(&bytes).to_string())
        }
        _ => Reply::new(200, &[], bytes.clone()),
    });
    let name = format!("oci://{}/policy:1", server.address());
    verb(&app, "inspect").arg(name).exits(0).prints("Policy    release ");
    assert_eq!(server.requests().len(), 4);
}
