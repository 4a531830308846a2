//! A secret appears in no output and on no command line.

use crate::app::App;
use crate::fixtures::policy;
use crate::run::Run;
use crate::variables::SECRET;

/// A value that JSON escapes.
const PASSWORD: &str = r#"hunter2"with\quotes"#;

fn secret_reading(app: &App) -> Run<'_> {
    let run = app.run().arg(policy("secret-reading-policy").display().to_string());
    run.arg("--allow-secret").arg("AWS_SECRET_ACCESS_KEY")
}

#[test]
fn a_secret_that_docker_prints_is_not_shown() {
    let app = App::new("printed-secret");
    let docker = app.docker(r#"printf 'connecting with %s now\n' "$DB_PASSWORD"; exit 1"#);
    let run = || app.run().set("DB_PASSWORD", PASSWORD).docker(&docker);
    for outcome in [run().exits(6), run().arg("--json").exits(6)] {
        outcome
            .prints("connecting with *** now")
            .does_not_print("hunter2")
            .does_not_print(r"with\quotes")
            .changed_nothing();
    }
}

#[test]
fn a_secret_build_argument_under_another_name_is_rejected() {
    let app = App::new("renamed-secret");
    let docker = app.recording_docker();
    let run = secret_reading(&app).branch("passes-secret-under-other-name").docker(docker).exits(6);
    run.prints("the build argument `OTHER_NAME` has the value of a secret").changed_nothing();
    assert!(!app.docker_was_called());
    // A dry run rejects what a run rejects.
    let dry = secret_reading(&app).branch("passes-secret-under-other-name").set("DRYRUN", "1").exits(6);
    dry.prints("the build argument `OTHER_NAME` has the value of a secret").changed_nothing();
}

#[test]
fn a_secret_under_its_own_name_is_on_no_command_line() {
    let app = App::new("named-secret");
    let record = app.path("arguments");
    let digest = "d".repeat(64);
    let docker = app.docker(&format!(
        r#"echo "$@" >> '{}'; echo "$AWS_SECRET_ACCESS_KEY" > '{}'
        echo "x: digest: sha256:{digest} size: 1""#,
        record.display(),
        app.path("value").display(),
    ));
    let run = secret_reading(&app).branch("passes-secret-as-argument").docker(docker).exits(0);
    run.prints("--build-arg=AWS_SECRET_ACCESS_KEY ").prints("deployed");
    let arguments = std::fs::read_to_string(record).unwrap();
    assert!(arguments.contains(" --build-arg=AWS_SECRET_ACCESS_KEY ."), "{arguments}");
    assert!(!arguments.contains(SECRET), "{arguments}");
    // Docker reads the value from its environment.
    assert_eq!(std::fs::read_to_string(app.path("value")).unwrap().trim(), SECRET);
}

#[test]
fn a_withheld_variable_is_named() {
    let app = App::new("withheld");
    let run = app.run().arg(policy("misbehaving-policy").display().to_string()).branch("prints");
    let run = run.set("ECS_CLUSTER_FEATURE_RESET_PASSWORD", "a-cluster").exits(0);
    run.prints("warning: ECS_CLUSTER_FEATURE_RESET_PASSWORD is named like a secret")
        .prints("withheld from policy `misbehaving-policy`")
        .prints("--allow-secret ECS_CLUSTER_FEATURE_RESET_PASSWORD passes it")
        .called_nothing();
}
