//! Logins to registries: ECR under its own host name, other registries with the user's login.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use crate::app::{App, container};
use crate::backend::bench;

#[test]
fn the_login_to_ecr_is_private_and_keeps_the_users_own_settings() {
    let app = App::new("private-login");
    // A script that records its configuration, then executes docker.
    let records = app.path("records");
    let docker = app.docker(&format!(
        "mkdir -p {0}; cp \"$DOCKER_CONFIG/config.json\" {0}/$1.json; stat -c %a \"$DOCKER_CONFIG\" \
         \"$DOCKER_CONFIG/config.json\" > {0}/modes; echo \"$DOCKER_CONFIG\" > {0}/folder; exec docker \"$@\"",
        records.display()
    ));
    app.run().docker(docker).exits(0).prints("deployed");

    let read = |name: &str| std::fs::read_to_string(records.join(name)).unwrap();
    let config: serde_json::Value = serde_json::from_str(&read("push.json")).unwrap();
    assert_eq!(config["psFormat"], json!("table"));
    assert_eq!(config["auths"]["registry.example"]["auth"], json!("bWU6bXkgb3du"));
    assert!(config["auths"]["123456789012.dkr.ecr.eu-west-1.amazonaws.com"]["auth"].is_string());
    assert_eq!(read("modes"), "700\n600\n");
    assert!(!PathBuf::from(read("folder").trim()).exists());
}

#[test]
fn a_credential_store_is_not_called_for_ecr() {
    let app = App::new("helped");
    let config = app.write(
        "own-config/config.json",
        r#"{"credsStore": "nowhere", "credHelpers": {"registry.example": "elsewhere"}}"#,
    );
    let folder = config.parent().unwrap().display().to_string();
    app.run().set("DOCKER_CONFIG", &folder).exits(0).prints("deployed");
}

#[test]
fn a_registry_other_than_ecr_is_used_with_the_users_login() {
    let registry = bench().other.address();
    let repository = format!("{registry}/team/own-login");
    let app = App::of("own-login", |_| json!({"containerDefinitions": [container("web", &repository)]}));
    let folder = app.own_login(&registry.to_string());
    let run = app.run().set("REMOTE_IMAGE_URL", &repository).set("DOCKER_CONFIG", &folder).exits(0);

    let pushed = bench().other.tags("team/own-login");
    assert_eq!(
        pushed.keys().cloned().collect::<BTreeSet<_>>(),
        BTreeSet::from(["master".into(), app.commit_tag("master")])
    );
    assert_eq!(app.image(), format!("{repository}@{}", pushed["master"]));
    assert!(run.calls.iter().all(|call| call.action.starts_with("ecs:")), "{:?}", run.calls);
}

#[test]
fn a_digest_that_push_does_not_print_is_read_by_inspect() {
    let app = App::new("silent-push");
    // Like podman, this client does not print the digest that it pushed.
    let docker = app.docker(r#"case $1 in push) exec docker "$@" >/dev/null ;; esac; exec docker "$@""#);
    app.run().docker(docker).exits(0).prints("deployed");
    assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["master"]));
}

#[test]
fn every_docker_client_on_this_machine_can_deploy() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let clients = std::env::split_paths(&path).map(|folder| folder.join("docker"));
    let clients: BTreeSet<PathBuf> = clients.filter_map(|client| client.canonicalize().ok()).collect();
    assert!(!clients.is_empty());
    for (number, client) in clients.iter().enumerate() {
        for buildkit in ["", "0"] {
            let app = App::new(&format!("client-{number}{buildkit}"));
            let client = client.display().to_string();
            app.run().docker(&client).set("DOCKER_BUILDKIT", buildkit).exits(0).prints("deployed");
            assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["master"]));
        }
    }
}

#[test]
fn an_unreadable_registry_gets_the_image_again() {
    let registry = bench().other.address();
    let repository = format!("{registry}/pushed-again");
    let app = App::of("pushed-again", |_| json!({"containerDefinitions": [container("web", &repository)]}));
    let folder = app.own_login(&registry.to_string());
    let run = || app.run().set("REMOTE_IMAGE_URL", &repository).set("DOCKER_CONFIG", &folder);
    run().exits(0).prints("deployed");
    let again = run().exits(0);
    again
        .prints("docker push")
        .prints("unchanged")
        .calls(&["ecs:DescribeServices", "ecs:DescribeTaskDefinition"]);
}
