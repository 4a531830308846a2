//! A docker engine that does not run, and commands that it refuses.

use std::io::Read as _;
use std::net::TcpListener;

use base64::Engine as _;
use rustix::process::Signal;
use serde_json::json;

use crate::app::App;

#[test]
fn an_engine_that_does_not_run_is_told() {
    let app = App::new("no-engine");
    let run = app.run().set("DOCKER_HOST", "unix:///nowhere/docker.sock").exits(6);
    run.says("docker build").says("start the docker engine").says("DOCKER_HOST").changed_nothing();
}

#[test]
fn a_build_that_fails_is_shown_with_its_command() {
    let app = App::new("failing-build");
    app.write("project/Dockerfile", "FROM scratch\nCOPY no-such-file /\n");
    let run = app.run().exits(6);
    run.says("no-such-file").says("docker build --tag=").says("failed (exit code 1)").changed_nothing();
}

#[test]
fn a_push_that_the_registry_refuses_changes_nothing_in_ecs() {
    let app = App::new("refused-push");
    let token = base64::engine::general_purpose::STANDARD.encode("AWS:the wrong password");
    let answer = json!({"authorizationData": [{"authorizationToken": token, "expiresAt": 1.8e9}]});
    app.wire.answer("ecr:GetAuthorizationToken", &answer);
    let run = app.run().exits(6);
    run.says("docker push ").says("failed").changed_nothing();
}

#[test]
fn a_build_in_a_real_engine_is_no_reason_to_stay() {
    let app = App::new("real-build");
    // The build waits for a file that does not come.
    let file = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file", file.local_addr().unwrap());
    app.write("project/Dockerfile", &format!("FROM scratch\nADD {url} /\n"));
    let running = app.run().begin();
    let (mut asked, _) = file.accept().unwrap();
    asked.read_exact(&mut [0; 4]).unwrap();
    running.signalled(Signal::TERM).ends(143).says("interrupted").changed_nothing().within(5);
}
