//! Policies in registries: published, fetched, pinned, locked, cached.

mod cached;
mod foreign;
mod locked;
mod logins;
mod pinned;
mod publishing;

use std::net::SocketAddr;
use std::sync::OnceLock;

use ecs_simulator::http::Message;

use crate::app::App;
use crate::artifact::{sha256, verb};
use crate::bench::Registry;

/// A registry that requires no login. All tests share it.
fn open() -> &'static Registry {
    static OPEN: OnceLock<Registry> = OnceLock::new();
    OPEN.get_or_init(|| Registry::plain(None).expect("a registry"))
}

/// Publishes a policy by `ecs-host push`.
fn publish(app: &App, file: &str, to: &str) {
    verb(app, "push").arg(file).arg(to).exits(0);
}

/// Uploads bytes to a registry without ecs-host, and returns their digest.
fn upload(registry: SocketAddr, repository: &str, bytes: &[u8]) -> String {
    let send = |start_line: String, body: &[u8]| {
        let headers = [("Host", "registry"), ("Content-Type", "application/octet-stream")];
        Message::new(&start_line, &headers, body).send(registry).expect("the registry answers")
    };
    let started = send(format!("POST /v2/{repository}/blobs/uploads/ HTTP/1.1"), &[]);
    let location = started.header("location").expect("a location");
    let path = location.strip_prefix("http://registry").unwrap_or(location);
    let digest = sha256(bytes);
    let done = send(format!("PUT {path}&digest={digest} HTTP/1.1"), bytes);
    assert!(done.start_line.contains(" 201 "), "{} {}", done.start_line, String::from_utf8_lossy(&done.body));
    digest
}

/// Uploads a manifest under a tag, and returns its digest.
fn tag(registry: SocketAddr, repository: &str, tag: &str, kind: &str, manifest: &str) -> String {
    let headers = [("Host", "registry"), ("Content-Type", kind)];
    let put = format!("PUT /v2/{repository}/manifests/{tag} HTTP/1.1");
    let done = Message::new(&put, &headers, manifest).send(registry).expect("the registry answers");
    assert!(done.start_line.contains(" 201 "), "{} {}", done.start_line, String::from_utf8_lossy(&done.body));
    sha256(manifest.as_bytes())
}
