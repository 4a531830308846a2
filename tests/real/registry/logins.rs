//! The logins that registries require, and the hosts that receive them.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::publish;
use crate::app::{App, REGION};
use crate::artifact::{bare, release, verb};
use crate::aws::{USER, ecr_host};
use crate::backend::bench;

#[test]
fn an_error_for_a_missing_or_wrong_login_does_not_contain_it() {
    let app = bare("logins");
    let registry = bench().other.address().to_string();
    let name = format!("oci://{registry}/logins:1");
    let run = verb(&app, "push").arg(release()).arg(&name).exits(5);
    run.prints("the registry requires credentials, and docker has none for it")
        .prints(&format!("`docker login {registry}`"));
    // The password of another user.
    let config = json!({"auths": {registry: {"auth": "bm9ib2R5OndpdGggYSBwYXNzd29yZA=="}}});
    app.write("wrong/config.json", &config.to_string());
    let wrong = app.path("wrong").display().to_string();
    let run = verb(&app, "inspect").set("DOCKER_CONFIG", &wrong).arg(&name).exits(5);
    run.prints("the registry returned HTTP status 401")
        .does_not_print("bm9ib2R5")
        .does_not_print("with a password");
    app.write("wrong/config.json", "{");
    let run = verb(&app, "inspect").set("DOCKER_CONFIG", &wrong).arg(&name).exits(5);
    run.prints("/wrong/config.json`: it is not a JSON file in docker's format");
}

#[test]
fn a_credential_helper_is_called_and_its_output_is_not_printed() {
    let app = bare("helped-registry");
    let registry = bench().other.address().to_string();
    let name = format!("oci://{registry}/helped:1");
    let config = json!({"credHelpers": {registry: "bench"}});
    app.write("helped/config.json", &config.to_string());
    let push = |script: &str| {
        let helper = app.write("bin/docker-credential-bench", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", app.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let run = verb(&app, "push").arg(release()).arg(&name).set("PATH", &path);
        run.set("DOCKER_CONFIG", &app.path("helped").display().to_string())
    };
    let answer =
        json!({"ServerURL": bench().other.address().to_string(), "Username": USER.0, "Secret": USER.1});
    let answer = app.write("answer", &answer.to_string()).display().to_string();
    push(&format!("cat > /dev/null; cat {answer}")).exits(0).prints("Pushed ").does_not_print(USER.1);
    let run = push(&format!("cat {answer} -; exit 1")).exits(5);
    run.prints("its credential helper `docker-credential-bench` failed").does_not_print(USER.1);
    push("cat > /dev/null; echo credentials not found in native keychain; exit 1")
        .exits(5)
        .prints("docker has none for it");
    std::fs::remove_file(app.path("bin/docker-credential-bench")).unwrap();
    let run =
        verb(&app, "inspect").arg(&name).set("DOCKER_CONFIG", &app.path("helped").display().to_string());
    run.exits(5).prints("its credential helper could not be started");
}

/// The run uses ECR's own host name and TLS. In its mount namespace, the hosts file maps the name to the
/// bench's registry.
#[test]
fn the_login_to_ecr_uses_a_token_of_aws() {
    let app = App::bare("from-ecr", REGION);
    let host = ecr_host(REGION);
    let hosts = app.write("hosts", &format!("127.0.0.1 localhost\n{} {host}\n", bench().ecr.address().ip()));
    let hosts = hosts.display().to_string();
    let certificate = bench().ecr.certificate().display().to_string();
    let bind = r#"mount --bind "$1" /etc/hosts && shift && exec "$@""#;
    let run = |name: &str| {
        let run = verb(&app, name).wrapped_by(&["unshare", "--mount", "sh", "-c", bind, "sh", &hosts]);
        run.set("SSL_CERT_FILE", &certificate)
    };
    let name = format!("oci://{host}/from-ecr:1");
    let pushed = run("push").arg(release()).arg(&name).exits(0);
    pushed.prints("Pushed ").calls(&["ecr:GetAuthorizationToken"]);
    let plan = run("plan").arg(&name).branch("elsewhere").exits(0);
    plan.prints("release 0.1.0").calls(&["ecr:GetAuthorizationToken"]);
    // A run without credentials is rejected. A run that does not know the certificate does not trust it.
    let run_without = run("inspect").unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    run_without.arg(&name).exits(5).prints("ecr:GetAuthorizationToken");
    let untrusted = run("inspect").unset("SSL_CERT_FILE").arg(&name).exits(5);
    untrusted.prints("the connection to the registry failed").prints("certificate");
}

#[test]
fn a_public_registry_needs_no_login() {
    let app = bare("no-login");
    let name = format!("oci://{}/no-login:1", super::open().address());
    // The run does not read a docker configuration, which would fail.
    app.write("broken/config.json", "{");
    let broken = app.path("broken").display().to_string();
    publish(&app, &release(), &name);
    verb(&app, "inspect").arg(&name).set("DOCKER_CONFIG", &broken).exits(0).prints("Policy    release ");
}
