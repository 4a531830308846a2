//! Connections by TLS: the CAs of `AWS_CA_BUNDLE` and of a profile, and the settings that an error names.

use std::io::BufReader;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecs_simulator::http::Message;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::app::App;

fn fixture(name: &str) -> PathBuf {
    Path::new(crate::support::WORKSPACE).join("tests/support/tls").join(name)
}

fn ca() -> String {
    fixture("ca.pem").display().to_string()
}

/// A server whose certificate the CA of the fixtures signed. It forwards requests to another one without TLS.
fn tls_server(target: SocketAddr) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_file(fixture("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("a configuration"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            std::thread::spawn(move || {
                let mut requests = BufReader::new(StreamOwned::new(connection, stream));
                // An error closes the connection, and the run's call fails.
                while let Ok(Some(request)) = Message::read_request(&mut requests) {
                    let response = request.send(target);
                    if response.and_then(|response| response.write(requests.get_mut())).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("https://localhost:{}", address.port())
}

#[test]
fn a_certificate_of_the_bundle_is_trusted() {
    let app = App::new("ca-bundle");
    let url = tls_server(app.backend.address());
    app.plan().set("AWS_ENDPOINT_URL", &url).set("AWS_CA_BUNDLE", &ca()).exits(0);
    app.run().set("AWS_ENDPOINT_URL", &url).set("AWS_CA_BUNDLE", &ca()).exits(0).prints("deployed");
    let profile = format!("[profile other]\nca_bundle = /nowhere\n[profile ci]\nca_bundle = {}\n", ca());
    let config = app.write("aws-config", &profile).display().to_string();
    let plan = app.plan().set("AWS_ENDPOINT_URL", &url).set("AWS_CONFIG_FILE", &config);
    plan.set("AWS_PROFILE", "ci").exits(0);
}

#[test]
fn an_untrusted_certificate_names_the_setting() {
    let app = App::new("untrusted");
    let url = tls_server(app.backend.address());
    let plan = || app.plan().set("AWS_ENDPOINT_URL", &url);
    plan()
        .exits(5)
        .prints("no CA of this machine signed the certificate")
        .prints("set AWS_CA_BUNDLE to a file");
    // A bundle that signed nothing of this server.
    let other = fixture("server.pem").display().to_string();
    plan()
        .set("AWS_CA_BUNDLE", &other)
        .exits(5)
        .prints(&format!("nor AWS_CA_BUNDLE (`{other}`) signed the certificate"));
    let registry = url.strip_prefix("https://localhost").unwrap_or_default();
    let policy = format!("oci://localtest.invalid{registry}/policies/x:1");
    plan().arg(policy).set("HTTPS_PROXY", "http://127.0.0.1:9").exits(5).prints("(HTTPS_PROXY)");
}

#[test]
fn a_bundle_without_certificates_is_rejected_by_its_variable() {
    let app = App::new("no-bundle");
    let missing = app.path("missing.pem").display().to_string();
    let plan = app.plan().set("AWS_CA_BUNDLE", &missing).exits(5);
    plan.prints(&format!("AWS_CA_BUNDLE names `{missing}`, which cannot be read: ")).called_nothing();
    for (file, text) in
        [("empty.pem", ""), ("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    {
        let path = app.write(file, text).display().to_string();
        let plan = app.plan().set("AWS_CA_BUNDLE", &path).exits(5);
        plan.prints(&format!("AWS_CA_BUNDLE names `{path}`, which contains no certificate")).called_nothing();
        // A policy in a registry is fetched by the same rules.
        let run = app.run().arg("oci://127.0.0.1:9/policies/x:1").set("AWS_CA_BUNDLE", &path).exits(5);
        run.prints("AWS_CA_BUNDLE names");
    }
}

#[test]
fn a_proxy_that_is_to_blame_is_named_with_its_variable() {
    let app = App::new("dead-proxy");
    let plan = app.plan().set("HTTP_PROXY", "http://me:pass-word@127.0.0.1:9").exits(5);
    plan.prints("the request goes through the proxy http://127.0.0.1:9 (HTTP_PROXY)")
        .does_not_print("pass-word");
    app.plan().set("HTTP_PROXY", "http://127.0.0.1:9").set("NO_PROXY", "127.0.0.1").exits(0);
}
