//! `ecs-host.toml`, and `ecs-host config`, which prints the effective settings.

use serde_json::Value;

use crate::app::App;
use crate::fixtures::policy;
use crate::run::Run;

/// An app whose project has this `ecs-host.toml`.
fn project(name: &str, text: &str) -> App {
    let app = App::new(name);
    app.write("project/ecs-host.toml", text);
    app
}

#[test]
fn the_file_sets_flags_and_the_command_line_overrides_it() {
    let echo_policy = policy("echo-policy").display().to_string();
    let app = project("configured", &format!("policy = \"{echo_policy}\"\nregion = \"eu-west-1\"\n"));
    let plan = || Run::new(&app, "plan").unset("AWS_REGION");
    plan().exits(3).prints("policy `echo-policy` rejected the build");
    plan().arg("built-in").exits(0).prints("Plan      in eu-west-1").changed_nothing();
    plan().arg("--no-config").exits(5).prints("AWS_REGION");
    // A lookup without a region exits with 5: the policy does not reject the build.
    let lookup_policy = policy("lookup-policy").display().to_string();
    let grants = ["--allow=ecs:read", "--allow=ecr:read"];
    let run = grants.iter().fold(plan().arg("--no-config").arg(lookup_policy), |run, grant| run.arg(*grant));
    run.set("LOOKUPS", "list-services main").exits(5).prints("set AWS_REGION");
    plan().arg("--config=none.toml").exits(2).prints("cannot read `none.toml`");
    app.write("project/other/other.toml", "policy = \"none.wasm\"");
    plan().arg("--config=other/other.toml").exits(2).prints("`other/none.wasm`");
}

#[test]
fn a_project_s_grants_are_for_its_own_policy() {
    let lookup_policy = policy("lookup-policy").display().to_string();
    let app =
        project("configured-grants", &format!("policy = \"{lookup_policy}\"\nallow = [\"ecs:read\"]\n"));
    Run::new(&app, "inspect").exits(0).prints("granted\n").does_not_print("`--allow ecs:read`");
    app.write("project/ecs-host.toml", "policy = \"built-in\"\nallow = [\"ecs:read\"]\n");
    Run::new(&app, "inspect").arg(&lookup_policy).exits(0).prints("`--allow ecs:read` grants it");
    Run::new(&app, "plan").arg(&lookup_policy).exits(5).prints("`--allow ecs:read` grants it");
}

#[test]
fn an_invalid_file_ends_every_verb_but_help() {
    let app = project("configured-wrong", "\ntiemout = 60\n");
    for verb in ["run", "plan", "verify", "config", "inspect"] {
        let run = Run::new(&app, verb).exits(2);
        run.prints("error: ecs-host.toml:2: unknown key `tiemout`; did you mean `timeout`?")
            .changed_nothing();
    }
    Run::new(&app, "run").arg("--help").exits(0).prints("Usage: ecs-host run");
    Run::new(&app, "config").arg("--no-config").exits(0);
}

#[test]
fn config_prints_a_file_with_the_effective_settings() {
    let text =
        "timeout = 60 # as long as that\nallow = ['ecs:read']\nfail-fast = true\npolicy = 'built-in'\n";
    let app = project("configured-shown", text);
    let config = || Run::new(&app, "config").arg("--keep=3");
    let shown = config().exits(0);
    for line in [
        "policy = \"built-in\"                     # ecs-host.toml:4\n",
        "allow = [\"ecs:read\"]                    # ecs-host.toml:2\n",
        "timeout = 60                            # ecs-host.toml:1\n",
        "region = \"eu-west-1\"                    # AWS_REGION\n",
        "keep = 3                                # command line\n",
        "# max-parallel is not set: all targets of a wave roll out at once\n",
    ] {
        shown.prints(line);
    }
    let values = |text: &str| -> Vec<(String, Value)> {
        let settings: serde_json::Map<String, Value> = serde_json::from_str(text).expect("one object");
        settings.into_iter().map(|(key, setting)| (key, setting["value"].clone())).collect()
    };
    let before = values(&config().arg("--json").exits(0).stdout);
    app.write("project/ecs-host.toml", &shown.stdout);
    let after = Run::new(&app, "config").arg("--json").unset("AWS_REGION").exits(0);
    assert_eq!(values(&after.stdout), before);
    assert!(after.stdout.contains("{\"value\":60,\"from\":\"ecs-host.toml:"), "{}", after.stdout);
}

#[test]
fn config_shows_the_lock() {
    let name = "oci://registry.example.com/team/policy:1";
    let app = project("configured-locked", &format!("policy = \"{name}\""));
    let digest = format!("sha256:{}", "a".repeat(64));
    let lock = format!("version = 1\npolicy = \"{name}\"\ndigest = \"{digest}\"\nmanifest = \"{digest}\"\n");
    app.write("project/ecs-host.lock", &lock);
    Run::new(&app, "config").exits(0).prints(&format!("policy-digest = \"{digest}\" # ecs-host.lock\n"));
    // Without a configured policy, the run uses the locked one.
    app.write("project/ecs-host.toml", "");
    Run::new(&app, "config").exits(0).prints(&format!("policy = \"{name}\" # ecs-host.lock\n"));
    // `--policy-digest` overrides the locked digest. The policy is still the locked one.
    let other = format!("sha256:{}", "b".repeat(64));
    let pinned = Run::new(&app, "config").arg(format!("--policy-digest={other}")).exits(0);
    pinned.prints(&format!("policy = \"{name}\" # ecs-host.lock\n"));
    pinned.prints(&format!("policy-digest = \"{other}\" # command line\n"));
    // The lock is next to the configuration file, not in the working directory.
    app.write("project/deep/ecs-host.toml", "");
    app.write("project/deep/ecs-host.lock", &lock.replace(":1\"", ":2\""));
    let deep = Run::new(&app, "config").arg("--config=deep/ecs-host.toml").exits(0);
    deep.prints("team/policy:2\" # ecs-host.lock");
    let other = Run::new(&app, "config").arg("built-in").exits(5);
    other.prints("policy = \"built-in\"").prints("`ecs-host.lock` locks");
}

#[test]
fn cases_run_without_an_argument() {
    let app =
        project("configured-cases", "policy = 'built-in'\ncases = ['cases']\nrequire-outcomes = ['all']\n");
    let case = "[[case]]\nname = \"one\"\nbuild.branch = \"x\"\n\
                settings = { DEPLOY_BRANCHES = \"y\", IMAGE_NAME = \"z\" }\nexpect.skip = { matches = \".\" }\n";
    app.write("project/cases/one.toml", case);
    Run::new(&app, "test")
        .exits(1)
        .prints("1 passed")
        .prints("no case reaches a required outcome: deploy, error,");
    Run::new(&app, "test").arg("--require-outcomes=skip").exits(0).prints("1 passed");
}

#[test]
fn config_states_what_applies_while_nothing_sets_a_key() {
    let app = App::new("configured-unset");
    Run::new(&app, "config")
        .exits(0)
        .prints("# timeout is not set: 900 seconds and the bake time of the service's strategy apply\n");
}
