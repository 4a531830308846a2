//! A docker engine that does not run, and commands that it rejects.

use std::io::Read as _;
use std::net::TcpListener;

use base64::Engine as _;
use rustix::process::Signal;
use serde_json::json;

use crate::app::App;

#[test]
fn an_unreachable_docker_engine_is_an_error() {
    let app = App::new("no-engine");
    let run = app.run().set("DOCKER_HOST", "unix:///nowhere/docker.sock").exits(6);
    run.prints("docker build").prints("start the docker engine").prints("DOCKER_HOST").changed_nothing();
}

#[test]
fn a_failed_docker_build_is_reported_with_its_command() {
    let app = App::new("failing-build");
    app.write("project/Dockerfile", "FROM scratch\nCOPY no-such-file /\n");
    let run = app.run().exits(6);
    run.prints("no-such-file").prints("docker build --tag=").prints("failed (exit code 1)").changed_nothing();
}

#[test]
fn a_rejected_push_changes_nothing_in_ecs() {
    let app = App::new("refused-push");
    let token = base64::engine::general_purpose::STANDARD.encode("AWS:the wrong password");
    let answer = json!({"authorizationData": [{"authorizationToken": token, "expiresAt": 1.8e9}]});
    app.proxy.answer("ecr:GetAuthorizationToken", &answer);
    let run = app.run().exits(6);
    run.prints("docker push ").prints("failed").changed_nothing();
}

#[test]
fn a_signal_ends_a_build_in_a_real_engine() {
    let app = App::new("real-build");
    // The build waits for a file that the server never sends.
    let file = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", file.local_addr().unwrap());
    app.write("project/Dockerfile", &format!("FROM scratch\nADD {url} /\n"));
    let running = app.run().begin();
    let (mut request, _) = file.accept().unwrap();
    request.read_exact(&mut [0; 4]).unwrap();
    running.send_signal(Signal::TERM).ends(143).prints("interrupted").changed_nothing().within(5);
}
