//! Builds with buildx: several platforms, secrets, SSH, caches and contexts.

use serde_json::{Value, json};

use crate::app::App;
use crate::builds::{building, is_rejected};
use crate::run::Run;

/// A run that lets builds read these variables.
fn granting<'a>(run: Run<'a>, variables: &[(&str, &str)]) -> Run<'a> {
    variables
        .iter()
        .fold(run, |run, (name, value)| run.set(name, value).arg(format!("--allow-build-secret={name}")))
}

#[test]
fn several_platforms_are_one_index_that_the_build_pushes() {
    let app = App::new("two-platforms");
    let build = json!({"platforms": ["linux/amd64", "linux/arm64"], "tags": ["master", app.commit_tag("a")]});
    let plan = building(&app, "plan", &build).exits(0);
    plan.prints("    platforms linux/amd64, linux/arm64\n").changed_nothing();
    let (repository, tag) = (app.repository(), app.commit_tag("a"));
    // The tag of the commit is pushed first.
    let tags = format!("--tag={repository}:{tag} --tag={repository}:master");
    let lines = tags.replace(' ', " \\\n          ");
    plan.prints(&format!(
        "$ docker buildx build --push \\\n          {lines} \\\n          --platform=linux/amd64,linux/arm64 .\n"
    ));
    plan.does_not_print("docker push");
    let run = building(&app, "run", &build).exits(0);
    run.prints(&format!(" {tags} ")).does_not_print("docker push").prints("deployed");
    let pushed = app.pushed();
    assert_eq!(pushed.len(), 2, "{pushed:?}");
    assert_eq!(app.image(), format!("{repository}@{}", pushed["master"]));
    assert_eq!(pushed["master"], pushed[&tag]);
}

#[test]
fn an_index_is_not_pushed_before_the_plan_is_valid() {
    let app = App::new("early-index");
    for build in [
        json!({"platforms": ["linux/amd64", "linux/arm64"]}),
        json!({"cache_to": ["registry.example/web:cache"]}),
    ] {
        let docker = app.docker(&format!(
            "case \"$2\" in version) exit 0 ;; esac; echo \"$@\" >> '{}'; exit 1",
            app.path("docker-was-called").display()
        ));
        let wrong =
            building(&app, "run", &build).set("DECISION", &elsewhere(&app, &build)).docker(docker).exits(5);
        wrong.prints("elsewhere").changed_nothing();
        assert!(!app.docker_was_called());
    }
}

/// A decision with a service that does not exist.
fn elsewhere(app: &App, build: &Value) -> String {
    let mut image = json!({"name": "web", "repository": app.repository(), "tags": ["master"]});
    for (name, value) in build.as_object().into_iter().flatten() {
        image[name] = value.clone();
    }
    json!({"images": [image], "targets": [{"cluster": app.name, "service": "elsewhere"}]}).to_string()
}

#[test]
fn a_build_reads_a_secret_that_the_operator_grants_and_no_output_contains_it() {
    let app = App::new("build-secret");
    let build = json!({"secrets": {"npm": "OF_THE_BUILD"}});
    is_rejected(&app, &build, "--allow-build-secret OF_THE_BUILD");
    let variables = [("OF_THE_BUILD", "hunter2 hunter2")];
    let unset = granting(building(&app, "run", &build), &variables).unset("OF_THE_BUILD").exits(5);
    unset.prints("the build reads OF_THE_BUILD as a secret, and it is not set").changed_nothing();

    let plan = granting(building(&app, "plan", &build), &variables).exits(0);
    plan.prints("    secret npm from OF_THE_BUILD\n").prints("--secret=id=npm,env=OF_THE_BUILD");
    let verify = granting(building(&app, "verify", &build), &variables).exits(0);
    verify.prints("image web");
    for verb in ["--json", "--rebuild"] {
        let run = granting(building(&app, "run", &build), &variables).arg(verb).exits(0);
        run.prints("the secret is ***").does_not_print("hunter2");
    }
    assert_eq!(app.pushed().len(), 1);
}

#[test]
fn a_secret_of_builds_does_not_reach_the_policy() {
    let app = App::new("build-secret-setting");
    let build = json!({});
    // The policy declares its decision, and the operator grants this variable to builds.
    let run = building(&app, "plan", &build).arg("--allow-build-secret=DECISION").exits(5);
    run.prints("--allow-secret DECISION (the operator grants it to builds, as a secret)").called_nothing();
}

#[test]
fn a_project_s_file_grants_nothing_to_builds() {
    let app = App::new("project-grants");
    for (text, problem) in [
        (
            "allow-build-secret = [\"A\"]",
            "`allow-build-secret`: a project's file cannot grant a secret to a build",
        ),
        ("allow = [\"build:ssh\"]", "`allow`: a project's file cannot grant `build:ssh` to builds"),
    ] {
        // A file without a policy is rejected for the same reason: a policy in it would not help.
        for policy in ["policy = \"built-in\"\n", ""] {
            app.write("project/ecs-host.toml", &format!("{policy}{text}\n"));
            app.plan().exits(2).prints(problem);
        }
    }
    std::fs::remove_file(app.path("project/ecs-host.toml")).unwrap();
    app.write("operator/ecs-host.toml", "allow-build-secret = [\"A\"]\nallow = [\"build:ssh\"]\n");
    let build = json!({"secrets": {"a": "A"}, "ssh": ["default"]});
    let plan = building(&app, "plan", &build).set("A", "hunter2-hunter2").exits(0);
    plan.prints("--secret=id=a,env=A --ssh=default");
    let config = app.start("config").exits(0);
    config.prints("allow-build-secret = [\"A\"]").prints("allow = [\"build:ssh\"]");
    std::fs::remove_file(app.path("operator/ecs-host.toml")).unwrap();
}

#[test]
fn the_agent_of_the_job_requires_the_operator_s_permission_and_a_socket() {
    let app = App::new("build-ssh");
    let build = json!({"ssh": ["default"]});
    is_rejected(&app, &build, "pass `--allow build:ssh`");
    let unset = building(&app, "run", &build).arg("--allow=build:ssh").unset("SSH_AUTH_SOCK").exits(5);
    unset.prints("SSH_AUTH_SOCK is not set").changed_nothing();
    building(&app, "run", &build)
        .arg("--allow=build:ssh")
        .exits(0)
        .prints("--ssh=default")
        .prints("deployed");
}

#[test]
fn a_missing_plugin_is_reported_with_the_option_that_needs_it() {
    let app = App::new("no-buildx");
    for (build, options) in [
        (json!({"platforms": ["linux/amd64", "linux/arm64"]}), "several platforms"),
        (
            json!({"cache_to": ["registry.example/web:cache"], "images": {"base": "h.example/a:b"}}),
            "cache-to, contexts",
        ),
    ] {
        for verb in ["plan", "verify", "run"] {
            let run = building(&app, verb, &build).set("NO_BUILDX", "1").exits(5);
            // `verify` wraps its lines.
            let printed = format!("{}{}", run.stdout, run.stderr);
            let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            let problem =
                format!("needs docker's plugin buildx for {options}, and `docker buildx version` failed");
            assert!(printed.contains(&problem) && printed.contains("`docker-buildx-plugin`"), "{printed}");
            if verb != "verify" {
                run.changed_nothing();
            }
        }
    }
    // No other build needs it.
    let plain = json!({"platforms": ["linux/arm64"], "labels": {"team": "a"}, "pull": true});
    building(&app, "run", &plain).set("NO_BUILDX", "1").exits(0).prints("$ docker build --tag=");
    let run = building(&app, "run", &plain).set("NO_BUILDX", "1").arg("--force").exits(0);
    run.prints("--platform=linux/arm64 --pull --label=team=a");
}

#[test]
fn the_engine_s_own_builder_that_lacks_a_feature_has_a_remedy() {
    let app = App::new("docker-driver");
    for build in [
        json!({"platforms": ["linux/amd64", "linux/arm64"]}),
        json!({"cache_to": ["registry.example/web:cache"]}),
    ] {
        let run = building(&app, "run", &build).set("BUILDX_DRIVER", "docker").exits(6);
        run.prints("`docker buildx build` of").prints("is not supported for the docker driver.");
        run.prints("create another builder with `docker buildx create --use`").changed_nothing();
    }
    let inline = json!({"cache_to": ["type=inline"]});
    building(&app, "run", &inline).set("BUILDX_DRIVER", "docker").exits(0).prints("deployed");
}

#[test]
fn an_additional_context_is_checked_as_the_main_one() {
    let app = App::new("additional-context");
    app.write("elsewhere/secret.txt", "x");
    std::os::unix::fs::symlink(app.path("elsewhere"), app.path("project/out")).unwrap();
    is_rejected(&app, &json!({"directories": {"libs": "out"}}), "the folder `out` is a link to");
    is_rejected(&app, &json!({"directories": {"libs": "none"}}), "there is no folder `none`");
    is_rejected(&app, &json!({"directories": {"libs": "app.txt"}}), "the build context `app.txt` is a file");
    for bad in ["../elsewhere", "/etc", "https://h.example/x.git"] {
        let build = json!({"directories": {"libs": bad}});
        building(&app, "run", &build).exits(4).prints("invalid build context").called_nothing();
    }
    app.write("project/libs/a.txt", "a");
    let build = json!({"directories": {"libs": "libs"}, "images": {"base": "registry.example/base:1"}});
    let run = building(&app, "run", &build).exits(0);
    run.prints("    context libs: `libs`\n").prints("    context base: registry.example/base:1\n");
    run.prints("--build-context=libs=./libs --build-context=base=docker-image://registry.example/base:1 .");
}

#[test]
fn a_hostile_option_of_a_build_is_rejected() {
    let app = App::new("hostile-buildkit");
    for (build, problem) in [
        (json!({"secrets": {"a,src=/etc/passwd": "A"}}), "invalid build secret"),
        (json!({"secrets": {"a": "A,src=/etc/passwd"}}), "invalid variable of a build secret"),
        (json!({"ssh": ["default=/root/.ssh/id_rsa"]}), "invalid SSH agent"),
        (json!({"cache_to": ["type=local,dest=/etc"]}), "invalid build cache"),
        (json!({"cache_from": ["type=gha,url=https://h.example/"]}), "expected no `url` and no token"),
        (json!({"cache_to": ["h.example/a:b,mode=max"]}), "invalid build cache"),
        (json!({"images": {"base": "oci-layout:///etc"}}), "invalid"),
        (json!({"platforms": ["linux/amd64,linux/arm64"]}), "invalid platform"),
        (json!({"labels": {"a=b": "c"}}), "invalid label"),
    ] {
        building(&app, "run", &build).exits(4).prints(problem).called_nothing();
    }
}

#[test]
fn the_login_covers_caches_and_contexts_in_ecr() {
    let app = App::new("cache-login");
    let host = |account: &str, region: &str| format!("{account}.dkr.ecr.{region}.amazonaws.com");
    let (cache, base) = (host("123456789012", "us-east-1"), host("123456789012", "eu-central-1"));
    let build =
        json!({"cache_from": [format!("{cache}/web:cache")], "images": {"base": format!("{base}/base:1")}});
    let docker = app.docker(&format!(
        "case \"$2\" in version) exit 0 ;; esac; cp \"$DOCKER_CONFIG/config.json\" '{}'; exit 1",
        app.path("used.json").display()
    ));
    building(&app, "run", &build).docker(docker).exits(6);
    let config: Value =
        serde_json::from_str(&std::fs::read_to_string(app.path("used.json")).unwrap()).unwrap();
    for host in [cache, base, host("123456789012", app.region)] {
        assert!(config["auths"][&host]["auth"].is_string(), "{host}: {config}");
    }
}

#[test]
fn the_private_folder_is_outside_of_an_additional_context() {
    let app = App::new("additional-tmp");
    app.write("project/api/Dockerfile", "FROM scratch\n");
    app.write("project/tmp/.keep", "");
    std::fs::create_dir_all(app.path("runtime")).unwrap();
    let docker =
        app.docker("case \"$2\" in version) exit 0 ;; esac; echo \"config in $DOCKER_CONFIG\"; exit 1");
    let build = json!({"context": "api", "directories": {"all": "tmp"}});
    let run = building(&app, "run", &build)
        .docker(docker)
        .set("TMPDIR", &app.path("project/tmp").display().to_string());
    let run = run.set("XDG_RUNTIME_DIR", &app.path("runtime").display().to_string()).exits(6);
    run.prints(&format!("config in {}", app.path("runtime").canonicalize().unwrap().display()));
}

#[test]
fn the_operator_s_file_confines_caches_and_contexts() {
    let app = App::new("confined-caches");
    app.write(
        "operator/ecs-host.toml",
        "allowed-registries = [\"123456789012.dkr.ecr.*.amazonaws.com\"]\nallowed-regions = [\"eu-west-1\"]\n",
    );
    for (build, violation) in [
        (
            json!({"cache_from": ["h.example/a:b"]}),
            "image `web`, cache: repository h.example/a is not allowed",
        ),
        (json!({"cache_to": ["type=registry,ref=h.example/a:b"]}), "repository h.example/a is not allowed"),
        (
            json!({"images": {"base": "h.example/a:b"}}),
            "image `web`, context: repository h.example/a is not allowed",
        ),
        (
            json!({"cache_to": ["123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b"]}),
            "image `web`, cache: region us-east-1 is not allowed",
        ),
    ] {
        building(&app, "run", &build).exits(3).prints(violation).changed_nothing();
    }
    let allowed = json!({"cache_to": [format!("{}:cache", app.repository())]});
    building(&app, "plan", &allowed)
        .exits(0)
        .prints(&format!("    cache to\n      {}:cache\n", app.repository()));
}

#[test]
fn the_events_have_the_options_of_a_build() {
    let app = App::new("buildkit-events");
    let cache = format!("{}:cache", app.repository());
    let build = json!({
        "platforms": ["linux/amd64"], "secrets": {"npm": "NPM_TOKEN"}, "cache_from": [cache], "cache_to": [cache],
        "images": {"base": "h.example/a:b"},
    });
    let run =
        granting(building(&app, "plan", &build), &[("NPM_TOKEN", "hunter2-hunter2")]).arg("--json").exits(0);
    run.does_not_print("hunter2");
    let events = run.events();
    let plan = events.iter().find(|event| event["event"] == "plan-created").expect("a plan");
    let built = &plan["plan"]["images"][0]["action"]["build"];
    assert_eq!(built["platforms"], json!(["linux/amd64"]));
    let expected = json!({
        "secrets": [{"id": "npm", "variable": "NPM_TOKEN"}], "ssh": [],
        "cache_from": [cache], "cache_to": [cache],
        "contexts": [{"name": "base", "content": {"image": "h.example/a:b"}}],
    });
    assert_eq!(built["buildkit"], expected);
}
