//! What a build may read, and whose program builds.

use serde_json::{Value, json};

use crate::app::App;
use crate::fixtures::policy;
use crate::run::Run;

/// A run whose policy builds the image of the app with these fields.
fn building<'a>(app: &'a App, verb: &str, build: &Value) -> Run<'a> {
    let mut image = json!({"name": "web", "repository": app.repository(), "tags": ["master"]});
    for (name, value) in build.as_object().into_iter().flatten() {
        image[name] = value.clone();
    }
    let target = json!({"cluster": app.name, "service": app.name});
    let decision = json!({"images": [image], "targets": [target]}).to_string();
    app.start(verb).arg(policy("echo-policy").display().to_string()).set("DECISION", &decision)
}

/// Asserts that every verb about a build reports the problem before it starts docker.
fn is_rejected(app: &App, build: &Value, problem: &str) {
    for verb in ["plan", "verify", "run"] {
        let run = building(app, verb, build).docker(app.recording_docker()).exits(5);
        run.prints(problem);
        // `verify` probes permissions by calls that AWS rejects.
        if verb != "verify" {
            run.changed_nothing();
        }
        let called = std::fs::read_to_string(app.path("docker-was-called")).unwrap_or_default();
        assert!(!called.contains("build") && !called.contains("push"), "{called}");
    }
}

#[test]
fn a_context_that_is_a_link_out_of_the_project_is_rejected() {
    let app = App::new("linked-context");
    app.write("elsewhere/Dockerfile", "FROM scratch\n");
    std::os::unix::fs::symlink(app.path("elsewhere"), app.path("project/out")).unwrap();
    is_rejected(&app, &json!({"context": "out"}), "the folder `out` is a link to");
    app.write("project/api/.keep", "");
    std::os::unix::fs::symlink(app.path("elsewhere/Dockerfile"), app.path("project/api/Dockerfile")).unwrap();
    is_rejected(&app, &json!({"context": "api"}), "the Dockerfile `api/Dockerfile` is a link to");
}

#[test]
fn a_dockerfile_that_is_no_file_is_rejected() {
    let app = App::new("odd-dockerfile");
    let file = app.path("project/Dockerfile");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    is_rejected(&app, &json!({}), "the Dockerfile `Dockerfile` is a folder, not a file");
    std::fs::remove_dir(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    is_rejected(&app, &json!({}), "the Dockerfile `Dockerfile` is a named pipe, not a file");
    std::fs::remove_file(&file).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
    is_rejected(&app, &json!({}), "the Dockerfile `Dockerfile` is a socket, not a file");
    drop(socket);
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(".", &file).unwrap();
    is_rejected(&app, &json!({}), "the Dockerfile `Dockerfile` is a folder, not a file");
    // The context is a folder.
    is_rejected(&app, &json!({"context": "app.txt"}), "the build context `app.txt` is a file");
}

#[test]
fn a_dockerfile_may_be_outside_of_its_context() {
    let app = App::new("outer-dockerfile");
    app.write("project/api/app.txt", "api");
    app.write("project/docker/Dockerfile.api", "FROM scratch\n");
    let run =
        building(&app, "run", &json!({"context": "api", "dockerfile": "docker/Dockerfile.api"})).exits(0);
    run.prints("--file=./docker/Dockerfile.api").prints(" ./api\n").prints("deployed");
    let outside = json!({"context": "api", "dockerfile": "../Dockerfile"});
    building(&app, "run", &outside).exits(4).prints("invalid Dockerfile path").called_nothing();
}

#[test]
fn the_builder_of_a_stranger_requires_the_operator_s_permission() {
    let app = App::new("foreign-builder");
    let syntax = json!({"arguments": {"BUILDKIT_SYNTAX": "registry.example/builder"}});
    is_rejected(&app, &syntax, "--allow-build-syntax");
    let allowed = building(&app, "run", &syntax).arg("--allow-build-syntax").exits(0);
    allowed.prints("--build-arg=BUILDKIT_SYNTAX=registry.example/builder");
    app.write("project/ecs-host.toml", "allow-build-syntax = true\n");
    building(&app, "plan", &syntax)
        .exits(2)
        .prints("`allow-build-syntax` is a flag of the command line only");
    std::fs::remove_file(app.path("project/ecs-host.toml")).unwrap();
    let harmless = json!({"arguments": {"BUILDKIT_INLINE_CACHE": "1"}});
    building(&app, "plan", &harmless).arg("--rebuild").exits(0).prints("--build-arg=BUILDKIT_INLINE_CACHE=1");
}

#[test]
fn a_switch_named_like_a_secret_forbids_no_build_argument() {
    let app = App::new("true-argument");
    let build = json!({"arguments": {"DEBUG": "true"}});
    building(&app, "run", &build).set("BASIC_AUTH", "true").exits(0).prints("--build-arg=DEBUG=true");
}

#[test]
fn a_password_of_the_policy_is_on_no_command_line() {
    let app = App::new("own-password");
    let build = json!({"arguments": {"DB_PASSWORD": "hunter2-hunter2"}});
    let run = building(&app, "run", &build).arg("--allow-secret").arg("DECISION");
    let run = run.docker(app.recording_docker()).exits(6);
    run.prints("the build argument `DB_PASSWORD` contains a secret")
        .does_not_print("hunter2")
        .changed_nothing();
    assert!(!app.docker_was_called());
}

#[test]
fn no_password_is_in_the_build_context() {
    let app = App::new("inner-tmp");
    app.write("project/tmp/.keep", "");
    std::fs::create_dir_all(app.path("runtime")).unwrap();
    let docker = app.docker(&format!(
        r#"echo "config in $DOCKER_CONFIG"; find -L . -name config.json | sed 's/^/leaked /' >> '{}'; exit 1"#,
        app.path("leaks").display()
    ));
    let run = app.run().docker(docker).set("TMPDIR", &app.path("project/tmp").display().to_string());
    let run = run.set("XDG_RUNTIME_DIR", &app.path("runtime").display().to_string()).exits(6);
    run.prints(&format!("config in {}", app.path("runtime").canonicalize().unwrap().display()));
    assert_eq!(std::fs::read_to_string(app.path("leaks")).unwrap(), "");
    assert_eq!(std::fs::read_dir(app.path("runtime")).unwrap().count(), 0);
}

#[test]
fn an_image_is_published_without_a_target() {
    let app = App::new("published");
    let image = |only: bool| json!({"name": "docs", "repository": app.repository(), "tags": ["docs"], "publish_only": only});
    let run = |decision: Value| {
        app.start("run")
            .arg(policy("echo-policy").display().to_string())
            .set("DECISION", &decision.to_string())
    };
    let published = run(json!({"images": [image(true)]})).exits(0);
    published.prints("Decision  publish 1 image").prints("for no target").prints("Pushed    docs as docs");
    run(json!({"images": [image(false)]}))
        .exits(4)
        .prints("image `docs` is not `publish-only`")
        .called_nothing();
    run(json!({})).exits(4).prints("both lists are empty").called_nothing();
}
