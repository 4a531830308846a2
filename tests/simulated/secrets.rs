//! A secret appears in no output and on no command line.

mod commands;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecs_simulator::{Fault, FaultKind, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::json;

use crate::app::App;
use crate::builds::building;
use crate::fixtures::policy;
use crate::rollouts::table::decision::to_web;
use crate::run::Run;
use crate::variables::SECRET;
use crate::world::{REGION, World, enable_circuit_breaker, failing_tasks, scenario};

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
fn a_secret_that_is_escaped_or_styled_is_not_shown() {
    let app = App::new("escaped-secret");
    let docker = app.docker(r#"printf 'as %s now\n' "$DB_PASSWORD"; exit 1"#);
    for password in [
        "hunter2\tpass-7141",
        "hunter2\u{1b}[1mpass-7141",
        "hunter2\u{200b}\tpass-7141",
        ":hunter2\tpass-7141",
    ] {
        let run = || app.run().set("DB_PASSWORD", password).docker(&docker);
        for outcome in [run().exits(6), run().arg("--json").exits(6)] {
            outcome.prints("as *** now").does_not_print("hunter2").does_not_print("7141");
        }
    }
}

#[test]
fn a_secret_build_argument_under_another_name_is_rejected() {
    let app = App::new("renamed-secret");
    let docker = app.recording_docker();
    let run = secret_reading(&app).branch("passes-secret-under-other-name").docker(docker).exits(6);
    run.prints("the build argument `OTHER_NAME` contains a secret").changed_nothing();
    assert!(!app.docker_was_called());
    // A dry run rejects what a run rejects.
    let dry = secret_reading(&app).branch("passes-secret-under-other-name").set("DRYRUN", "1").exits(6);
    dry.prints("the build argument `OTHER_NAME` contains a secret").changed_nothing();
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
    let run = run.set("ECS_CLUSTER_CACHE", "redis://:hunter2-hunter2@cache").exits(0);
    run.prints("warning: ECS_CLUSTER_CACHE looks like a secret")
        .prints("withheld from policy `misbehaving-policy`")
        .prints("--allow-secret ECS_CLUSTER_CACHE passes it")
        .called_nothing();
}

/// What docker prints of a password, in every form.
const PRINTS_PASSWORD: &str = r#"printf '%s' "$DB_PASSWORD" | base64
printf 'deployer:%s' "$DB_PASSWORD" | base64 -w 0; echo
printf '%s' "$DB_PASSWORD" | sed 's/?/%3F/g; s/~/%7E/g'; echo
head -c 16380 /dev/zero | tr '\0' x; printf '%s\n' "$DB_PASSWORD"
exit 1"#;

#[test]
fn a_secret_is_hidden_in_every_encoding_and_across_two_pieces() {
    let app = App::new("encoded-secret");
    let password = format!("hunter2?~{}", "hunter2-".repeat(20));
    let encoded = STANDARD.encode(&password);
    let run = || app.run().set("DB_PASSWORD", &password).docker(app.docker(PRINTS_PASSWORD));
    for outcome in [run().exits(6), run().arg("--json").exits(6)] {
        outcome.prints("***").does_not_print("hunter2").changed_nothing();
        let pieces = encoded.as_bytes().chunks(76).map(|piece| std::str::from_utf8(piece).unwrap());
        for piece in pieces.filter(|piece| piece.len() >= 24) {
            outcome.does_not_print(&piece[..24]);
        }
    }
}

#[test]
fn the_token_of_ecr_that_docker_prints_is_hidden() {
    let app = App::new("printed-token");
    let docker = app.docker(
        r#"auth=$(sed -n 's/.*"auth":"\([^"]*\)".*/\1/p' "$DOCKER_CONFIG/config.json"); echo "auth is $auth."
        echo "password is $(printf '%s' "$auth" | base64 -d | cut -d : -f 2)."; exit 1"#,
    );
    for run in [app.run(), app.run().arg("--json")] {
        // That the output contains neither is asserted of every run.
        run.docker(&docker).exits(6).prints("auth is ***.").prints("password is ***.");
    }
}

#[test]
fn the_folder_of_the_job_and_its_switches_are_no_secrets() {
    let app = App::new("shell-folder");
    let record = app.path("recorded.toml");
    let run = app.run().set("PWD", "/shell-folder").set("OLDPWD", "/shell-folder-before");
    let run = run.set("BASIC_AUTH", "true").arg("--record").arg(record.display().to_string()).exits(0);
    run.prints(&app.repository()).does_not_print("***");
    let case = std::fs::read_to_string(record).unwrap();
    assert!(case.contains(&app.repository()) && !case.contains("***"), "{case}");
}

#[test]
fn the_password_in_a_url_is_a_secret_whatever_its_variable() {
    let app = App::new("url-password");
    let docker = app.docker(r#"echo "at $DATABASE_URL with hunter2-hunter2"; exit 1"#);
    let run = app.run().set("DATABASE_URL", "postgres://app:hunter2-hunter2@db.example/app").docker(docker);
    run.exits(6).prints("at postgres://app:***@db.example/app with ***").does_not_print("hunter2");
    let decision =
        json!({"images": [], "targets": [], "at": "postgres://app:hunter2@db.example"}).to_string();
    let run = app.run().arg(policy("echo-policy").display().to_string()).set("DECISION", &decision).exits(5);
    run.prints("--allow-secret DECISION (its value contains a password, a token or a key)").called_nothing();
}

#[test]
fn a_short_value_that_is_granted_to_builds_is_hidden_or_reported() {
    let app = App::new("short-build-secret");
    let build = json!({"secrets": {"npm": "OF_THE_BUILD"}});
    let run = |value: &str, output: &str| {
        let run = building(&app, "run", &build).set("OF_THE_BUILD", value).arg(output);
        run.arg("--allow-build-secret=OF_THE_BUILD").exits(0)
    };
    for output in ["--rebuild", "--json"] {
        let ended = run("hunter2", output);
        ended.prints("the secret is ***").does_not_print("hunter2").does_not_print("is not hidden");
    }
    run("abc", "--rebuild").prints(
        "warning: the value of OF_THE_BUILD is granted to builds as a secret and is not hidden in the output",
    );
}

/// A world whose container has passwords.
fn with_passwords() -> Scenario {
    let mut scenario = scenario();
    let container = &mut scenario.resources.services[0].task_definition["containerDefinitions"][0];
    container["environment"] = json!([
        {"name": "DB_PASSWORD", "value": "hunter2-production"},
        {"name": "DATABASE_URL", "value": "postgres://app:hunter3-production@db/app"},
        {"name": "MODE", "value": "blue"},
    ]);
    let options = json!({"awslogs-group": "web", "awslogs-region": REGION, "awslogs-stream-prefix": "web"});
    container["logConfiguration"] = json!({"logDriver": "awslogs", "options": options});
    scenario
}

#[test]
fn the_plan_shows_that_a_password_changes_and_not_the_password() {
    let world = World::new(&with_passwords());
    let environment = json!({
        "DB_PASSWORD": "hunter4-production",
        "DATABASE_URL": "postgres://app:***@db/app",
        "API_TOKEN": "hunter5-production",
        "MODE": "green",
    });
    let containers = json!([{"container": "web", "image": "todo", "environment": environment}]);
    let task =
        json!({"name": "migrate", "container": "web", "command": ["migrate", "--password", "hunter6-prod"]});
    let answer = to_web(json!({"containers": containers, "tasks_before": [task]}));
    let record = world.path("recorded.toml").display().to_string();
    for verb in ["plan", "run"] {
        let policy = policy("echo-policy").display().to_string();
        let arguments = [policy.as_str(), "--record", &record];
        let run =
            world.verb(verb).args(&arguments).args(if verb == "run" { &["--poll", "0.01"] } else { &[] });
        let run = run.set("DECISION", &answer.to_string()).args(&["--allow-secret", "DECISION"]).exits(0);
        run.prints("      ~ environment[DB_PASSWORD]: *** → ***\n")
            .prints("          - postgres://app:***@db/app\n          + postgres://app:***@db/app\n")
            .prints("      ~ environment[MODE]: blue → green\n")
            .prints("migrate --password '***'")
            .does_not_print("hunter");
        assert!(!run.json().contains("hunter"), "{}", run.json());
        let case = std::fs::read_to_string(&record).unwrap();
        assert!(!case.contains("hunter") && case.contains("matches = "), "{case}");
        std::fs::remove_file(&record).unwrap();
    }
    let registered = world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
    let registered = registered.unwrap().to_string();
    assert!(registered.contains("hunter4-production") && registered.contains("hunter5-production"));
}

#[test]
fn the_passwords_of_a_task_definition_are_hidden_in_errors_and_logs() {
    let mut scenario = with_passwords();
    enable_circuit_breaker(&mut scenario, true);
    let mut rule = failing_tasks();
    let lines =
        vec!["cannot connect with hunter2-production".to_owned(), "nor hunter3-production".to_owned()];
    rule.behaviour = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::from([("web".to_owned(), lines)]),
    };
    scenario.task_rules.push(rule);
    let world = World::new(&scenario);
    let run = world.run().exits(1);
    run.prints("cannot connect with ***").prints("nor ***").does_not_print("-production");
    assert!(!run.json().contains("-production"), "{}", run.json());

    let message = "the environment {DB_PASSWORD=hunter2-production} is invalid".to_owned();
    let refused = FaultKind::Error { code: "ClientException".to_owned(), message };
    let refused = Fault::once("ecs:RegisterTaskDefinition", refused);
    let world = World::new(&Scenario { faults: vec![refused], ..with_passwords() });
    let run = world.run().ends();
    run.prints("{DB_PASSWORD=***}").does_not_print("-production");
    assert!(!run.json().contains("-production"), "{}", run.json());
}

#[test]
fn the_passwords_of_a_container_are_hidden_in_its_log_by_every_verb() {
    let mut scenario = with_passwords();
    enable_circuit_breaker(&mut scenario, false);
    let logs = BTreeMap::from([("web".to_owned(), vec!["no login with hunter2-production".to_owned()])]);
    // The tasks that run already are not affected.
    scenario.task_rules.push(TaskRule {
        filter: TaskFilter { revision: Some(1), ..TaskFilter::default() },
        behaviour: TaskBehaviour::Exit {
            exit_code: 1,
            container_exit_codes: BTreeMap::new(),
            after: 1.0,
            logs,
        },
        ..TaskRule::default()
    });
    let world = World::new(&scenario);
    world.run().exits(0);
    let run = world.verb("rollback").args(&["main/web", "--poll", "0.01"]).exits(1);
    run.prints("no login with ***").does_not_print("hunter2");
    assert!(!run.json().contains("hunter2"), "{}", run.json());
}
