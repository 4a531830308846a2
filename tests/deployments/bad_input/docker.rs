//! A docker client that is missing or does not work.

use crate::app::App;

#[test]
fn a_missing_docker_client_is_an_error() {
    let app = App::new("no-docker");
    app.run()
        .docker("no-such-docker")
        .exits(6)
        .prints("cannot start `no-such-docker`")
        .prints("--docker")
        .changed_nothing();
    app.run()
        .set("PATH", "/nowhere")
        .exits(6)
        .prints("cannot start `docker`")
        .prints("install docker")
        .changed_nothing();
}

#[test]
fn a_missing_dockerfile_is_an_error() {
    let app = App::new("no-dockerfile");
    std::fs::remove_file(app.path("project/Dockerfile")).unwrap();
    for run in [app.run(), app.plan()] {
        let run = run.docker(app.recording_docker()).exits(5);
        run.prints("there is no `Dockerfile` in the folder `.`").prints("project's folder").changed_nothing();
    }
    assert!(!app.docker_was_called());
    // It is reported together with other problems.
    let run = app.plan().set("ECS_SERVICE_MASTER", "elsewhere").exits(5);
    run.prints("there is no `Dockerfile`").prints("has no such service");
}

#[test]
fn a_push_without_a_digest_changes_nothing_in_ecs() {
    let app = App::new("mute-docker");
    let docker = app.docker("exit 0");
    app.run().docker(docker).exits(6).prints("reported no digest").changed_nothing();
}

#[test]
fn two_digests_for_one_image_are_rejected() {
    let app = App::new("two-digests");
    let docker = app.docker(
        r#"case "$*" in push*:master) d=1 ;; push*) d=2 ;; *) exit 0 ;; esac
        echo "x: digest: sha256:$(printf "$d%.0s" $(seq 64)) size: 1""#,
    );
    app.run().docker(docker).exits(6).prints("different digests").changed_nothing();
}

#[test]
fn a_docker_configuration_that_is_not_json_is_an_error() {
    let app = App::new("odd-config");
    let config = app.write("own-config/config.json", "{oops");
    let folder = config.parent().unwrap().display().to_string();
    let run = app.run().set("DOCKER_CONFIG", &folder).exits(6);
    run.prints("your docker configuration").prints(&config.display().to_string()).changed_nothing();
}

#[test]
fn a_docker_configuration_that_cannot_be_read_is_a_warning() {
    let app = App::new("unread-config");
    let config = app.path("own-config/config.json");
    std::fs::create_dir_all(&config).unwrap();
    let run = app.run().set("DOCKER_CONFIG", &app.path("own-config").display().to_string()).exits(0);
    run.prints("warning: cannot read your docker configuration")
        .prints(&config.display().to_string())
        .prints("deployed");
}
