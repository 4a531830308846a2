//! The operator's file, `/etc/ecs-host/ecs-host.toml`: what it wins, what the project's file leaves to it, and what it
//! confines policies to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::app::App;
use crate::fixtures::policy;

/// An app with an operator's file of this text.
fn app(name: &str, text: &str) -> App {
    let app = App::new(name);
    app.write("operator/ecs-host.toml", text);
    app
}

#[test]
fn a_project_s_file_names_no_program() {
    let app = App::new("operator-docker");
    // `sh` runs the file `build` of the checkout, because docker's first argument is `build`.
    app.write("project/build", &format!("touch '{}'", app.path("was-executed").display()));
    app.write("project/ecs-host.toml", "timeout = 60\ndocker = \"sh\"\n");
    let text = "ecs-host.toml:2: `docker`: a project's file cannot name a program to execute, because a checkout can \
                contain any file; pass `--docker` on the command line, or set it in the operator's file, \
                /etc/ecs-host/ecs-host.toml";
    for verb in ["run", "plan", "verify", "config"] {
        app.start(verb).exits(2).prints(text).called_nothing();
    }
    assert!(!app.path("was-executed").exists());
    // The operator names one.
    app.write("project/ecs-host.toml", "timeout = 60\n");
    app.write("operator/ecs-host.toml", &format!("docker = \"{}\"\n", app.recording_docker()));
    app.run().exits(6);
    assert!(app.docker_was_called());
    app.write("operator/ecs-host.toml", "docker = \"./build\"\n");
    app.run()
        .exits(2)
        .prints("`docker`: expected the name of a program in a folder of PATH, or an absolute path");
}

#[test]
fn a_project_s_file_grants_no_secret_and_raises_no_limit() {
    let curious = policy("secret-reading-policy").display().to_string();
    let app = App::new("operator-grants");
    let project = |text: &str| app.write("project/ecs-host.toml", &format!("policy = \"{curious}\"\n{text}"));
    project("allow-secret = [\"AWS_SECRET_ACCESS_KEY\"]\n");
    let run = app.plan().exits(2);
    run.prints("ecs-host.toml:2: `allow-secret`: a project's file cannot grant a secret to a policy")
        .called_nothing();
    for limit in
        ["policy-fuel = 1000000001", "policy-memory = 65", "policy-compile-memory = 1025", "policy-time = 11"]
    {
        project(limit);
        let run = app.plan().exits(2);
        run.prints("a project's file can lower the limit of")
            .prints("not raise it; pass `--policy-")
            .called_nothing();
    }
    project("policy-fuel = 1000\n");
    app.plan().arg("--allow-secret=AWS_SECRET_ACCESS_KEY").exits(4).prints("its limit of 1000 units of fuel");
    // The operator's file grants, and its limit wins.
    app.write(
        "operator/ecs-host.toml",
        "allow-secret = [\"AWS_SECRET_ACCESS_KEY\"]\npolicy-fuel = 2000000000\n",
    );
    app.plan().exits(0).prints("The secret has 40 characters.");
    app.plan().arg("--policy-fuel=999").exits(4).prints("its limit of 999 units of fuel");
}

#[test]
fn config_shows_the_operator_s_file() {
    let app =
        app("operator-config", "timeout = 70\nallowed-regions = [\"eu-*\"]\npolicy-fuel = 2000000000\n");
    app.write("project/ecs-host.toml", "timeout = 60\npoll = 3\npolicy-fuel = 1500000000\n");
    let file = app.path("operator/ecs-host.toml").display().to_string();
    let config = app.start("config").exits(0);
    config.prints(&format!("timeout = 70                            # {file}:1\n"));
    config.prints(&format!("policy-fuel = 2000000000                # {file}:3\n"));
    config.prints(&format!("allowed-regions = [\"eu-*\"]              # {file}:2\n"));
    config.prints("poll = 3                                # ecs-host.toml:2\n");
    let pinned = app.start("config").arg("--timeout=5").arg("--no-config").arg("--json").exits(0);
    let values: Value = serde_json::from_str(&pinned.stdout).expect("one object");
    assert_eq!(values["timeout"], json!({"value": 5, "from": "command line"}));
    assert_eq!(values["allowed-regions"], json!({"value": ["eu-*"], "from": format!("{file}:2")}));
    assert_eq!(values["poll"]["from"], "default");
    // The keys of the operator are no keys of a project.
    app.write("project/ecs-host.toml", "allowed-regions = [\"eu-*\"]\n");
    let run = app.run().exits(2);
    run.prints(
        "ecs-host.toml:1: `allowed-regions`: it confines policies, and belongs in the operator's file",
    );
}

#[test]
fn an_operator_s_file_that_others_can_write_is_refused() {
    let app = app("operator-unsafe", "timeout = 70\n");
    let set_mode = |path: &str, mode: u32| {
        fs::set_permissions(app.path(path), fs::Permissions::from_mode(mode)).expect("the test's own file");
    };
    for (path, mode, usual) in [
        ("operator/ecs-host.toml", 0o666, 0o644),
        ("operator/ecs-host.toml", 0o664, 0o644),
        ("operator", 0o777, 0o755),
    ] {
        set_mode(path, mode);
        let run = app.run().exits(2);
        run.prints(&format!("{}` can be written by other users (mode {mode:o})", app.path(path).display()));
        run.prints("can be changed by root and this user only").called_nothing();
        set_mode(path, usual);
    }
    app.plan().exits(0);
    app.write("operator/ecs-host.toml", "tiemout = 70\n");
    app.run().exits(2).prints("ecs-host.toml:1: unknown key `tiemout`; did you mean `timeout`?");
}

/// A decision with one image and one target, after a change of both.
fn decision(app: &App, change: impl FnOnce(&mut Value)) -> String {
    let mut decision = json!({
        "images": [{"name": "web", "repository": app.repository(), "tags": ["master"]}],
        "targets": [{"cluster": app.name, "service": app.name}],
    });
    change(&mut decision);
    decision.to_string()
}

#[test]
fn an_answer_beyond_the_operator_s_file_is_rejected() {
    let text = "allowed-registries = [\"123456789012.dkr.ecr.eu-west-1.amazonaws.com\", \"registry.example.com/team/*\"]
allowed-regions = [\"eu-west-1\"]
allowed-accounts = [\"123456789012\"]
allowed-roles = [\"arn:aws:iam::123456789012:role/deploy-*\"]
";
    let app = app("operator-confines", text);
    let echo = policy("echo-policy").display().to_string();
    let file = app.path("operator/ecs-host.toml").display().to_string();
    let plan = |verb: &str, change: fn(&mut Value)| {
        app.start(verb).arg(&echo).set("DECISION", &decision(&app, change))
    };
    plan("plan", |_| {}).exits(0).prints("Plan      in eu-west-1");
    type Change = fn(&mut Value);
    let rows: [(Change, &str, usize); 10] = [
        (
            |it| it["images"][0]["repository"] = json!("evil.example/web"),
            "image `web`: repository evil.example/web",
            1,
        ),
        (
            |it| {
                it["images"][0]["repository"] = json!("registry.example.com/other/web");
                it["images"][0]["pushed"] = json!("master");
            },
            "image `web`: repository registry.example.com/other/web",
            1,
        ),
        (
            |it| it["images"][0]["repository"] = json!("999999999999.dkr.ecr.eu-west-1.amazonaws.com/web"),
            "image `web`: account 999999999999",
            3,
        ),
        (
            |it| {
                let host = "999999999999.dkr.ecr.eu-west-1.amazonaws.com:443";
                it["images"][0]["repository"] = json!(format!("{host}/web"));
            },
            "image `web`: account 999999999999",
            3,
        ),
        (
            |it| {
                it["images"][0]["repository"] = json!("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/web")
            },
            "image `web`: region eusc-de-east-1",
            2,
        ),
        (
            |it| it["images"][0]["repository"] = json!("123456789012.dkr.ecr.us-east-1.amazonaws.com/web"),
            "image `web`: region us-east-1",
            2,
        ),
        (|it| it["targets"][0]["region"] = json!("us-east-1"), "region us-east-1", 2),
        (
            |it| it["targets"][0]["role"] = json!("arn:aws:iam::123456789012:role/admin"),
            "role arn:aws:iam::123456789012:role/admin",
            4,
        ),
        (
            |it| it["targets"][0]["role"] = json!("arn:aws:iam::999999999999:role/deploy-web"),
            "account 999999999999",
            3,
        ),
        (
            |it| {
                it["targets"][0]["cluster"] = json!("arn:aws:ecs:eu-west-1:999999999999:cluster/x");
            },
            "account 999999999999",
            3,
        ),
    ];
    for (change, violation, line) in rows {
        let run = plan("run", change).exits(3);
        run.prints(
            "policy `echo-policy` goes beyond what the operator's file allows, and nothing was changed",
        );
        run.prints(&format!("{violation} is not allowed; `allowed-"))
            .prints(&format!("({file}:{line}) allows "));
        run.called_nothing();
    }
    plan("verify", |it| it["targets"][0]["region"] = json!("us-east-1"))
        .exits(3)
        .prints("`operator-confines/operator-confines`: region us-east-1 is");
}

#[test]
fn the_region_of_the_run_and_lookups_are_confined_too() {
    let app = app("operator-run-region", "allowed-regions = [\"us-east-1\"]\n");
    let echo = policy("echo-policy").display().to_string();
    let elsewhere = decision(&app, |it| it["images"][0]["repository"] = json!("registry.example.com/web"));
    let start = |verb| app.start(verb).arg(&echo).set("DECISION", &elsewhere).exits(3);
    for verb in ["run", "plan"] {
        start(verb).prints("region eu-west-1 is not allowed; `allowed-regions`").called_nothing();
    }
    start("verify").prints("FAILED    region: service `operator-run-region/operator-run-region`: region");
    let lookup = policy("lookup-policy").display().to_string();
    let plan = |query: &str| {
        app.plan().arg(&lookup).arg("--allow=ecs:read").arg("--allow=ecr:read").set("LOOKUPS", query)
    };
    plan("list-services main").exits(3).prints("a lookup: region eu-west-1 is not allowed").called_nothing();
    app.write("operator/ecs-host.toml", "allowed-registries = [\"*.dkr.ecr.eu-west-1.amazonaws.com\"]\n");
    let image =
        |region: &str| format!("get-image 123456789012.dkr.ecr.{region}.amazonaws.com/{} master", app.name);
    plan(&image("us-east-1"))
        .exits(3)
        .prints("a lookup: repository 123456789012.dkr.ecr.us-east-1")
        .called_nothing();
    plan(&image("eu-west-1")).exits(0);
}
