//! `ecs-host lock`, and runs with a lock.

use super::{open, publish};
use crate::artifact::{bare, digest_of, echo_policy, release, verb};

fn name(repository: &str) -> String {
    format!("oci://{}/{repository}:1", open().address())
}

#[test]
fn a_locked_policy_is_unchanged_when_its_tag_moves() {
    let app = bare("locked");
    let name = name("locked");
    publish(&app, &release(), &name);
    let manifest = open().tags("locked")["1"].clone();
    let (old, new) = (digest_of(release()), digest_of(echo_policy()));
    verb(&app, "lock").arg(&name).exits(0).prints(&old).prints(&manifest);
    let lock = std::fs::read_to_string(app.path("project/ecs-host.lock")).unwrap();
    let lines = format!("version = 1\npolicy = \"{name}\"\ndigest = \"{old}\"\nmanifest = \"{manifest}\"\n");
    assert!(lock.ends_with(&lines), "{lock}");

    publish(&app, &echo_policy(), &name);
    let fresh = app.path("another-cache").display().to_string();
    for verb_name in ["run", "plan"] {
        // This cache is empty: the run fetches the policy from the registry by its manifest.
        let run = verb(&app, verb_name).set("XDG_CACHE_HOME", &format!("{fresh}-{verb_name}"));
        run.arg(&name).arg("--json").branch("elsewhere").exits(0).prints(&old).does_not_print(&new);
    }
    // Without a policy on the command line, the run uses the locked one.
    verb(&app, "plan").arg("--json").branch("elsewhere").exits(0).prints(&old);
    let by_manifest = format!("{}@{manifest}", name.trim_end_matches(":1"));
    verb(&app, "plan").arg(by_manifest).branch("elsewhere").exits(0).prints("release 0.1.0");
    // The flag selects the policy that the tag refers to now. It overrides the lock.
    let run = verb(&app, "plan").arg(&name).arg("--policy-digest").arg(&new).arg("--json");
    run.exits(3).prints("echo-policy");

    verb(&app, "lock").exits(0).prints(&new).prints(&format!("before: {old}"));
    verb(&app, "plan").arg(&name).exits(3).prints("policy `echo-policy` rejected the build");
}

#[test]
fn a_link_of_the_checkout_leads_no_lock_out_of_it() {
    let app = bare("locked-outside");
    let name = name("locked-outside");
    publish(&app, &release(), &name);
    app.write("outside/ecs-host.toml", "timeout = 60\n");
    std::os::unix::fs::symlink(app.path("outside"), app.path("project/out")).unwrap();
    let run = verb(&app, "lock").arg(&name).arg("--config").arg("out/ecs-host.toml").exits(5);
    run.prints("cannot write the lock `out/ecs-host.lock`: `out` is a link of the checkout to `");
    assert!(!app.path("outside/ecs-host.lock").exists());
}

#[test]
fn a_run_of_a_policy_that_is_not_the_locked_one_is_rejected() {
    let app = bare("locked-another");
    let name = name("locked-another");
    publish(&app, &release(), &name);
    verb(&app, "lock").arg(&name).exits(0);
    let other = name.replace(":1", ":2");
    let cases = "[[case]]\nname = \"one\"\nbuild.branch = \"x\"\n\
                 settings = { DEPLOY_BRANCHES = \"y\", IMAGE_NAME = \"z\" }\nexpect.skip = { matches = \".\" }\n";
    app.write("project/cases/one.toml", cases);
    let built_in = Some("built-in".to_owned());
    for (policy, named) in
        [(Some(other.clone()), other), (Some(release()), release()), (built_in, "built-in".to_owned())]
    {
        let verify = policy.iter().fold(verb(&app, "verify"), |run, policy| run.arg(policy)).exits(5);
        verify.prints("FAILED    policy: `ecs-host.lock` locks ");
        for verb_name in ["run", "plan", "decide"] {
            let run = policy.iter().fold(verb(&app, verb_name), |run, policy| run.arg(policy)).exits(5);
            run.prints(&format!("`ecs-host.lock` locks {name}, but this run uses")).prints(&named);
            run.prints("as `policy` in ecs-host.toml");
            run.changed_nothing();
        }
    }
    let test = |policy: &str| verb(&app, "test").arg(policy).arg("cases");
    test(&name.replace(":1", ":2")).exits(5).prints("`ecs-host.lock` locks");
    test(&name).exits(0);
    // The lock does not apply to the test of a file.
    test(&release()).exits(0);
    verb(&app, "inspect").exits(0).prints("built in");
}

#[test]
fn an_invalid_lock_is_an_error() {
    let app = bare("locked-badly");
    let policy = name("locked-badly");
    for (text, expected) in [
        ("", "missing field `version`"),
        ("version = 2", "its version is 2, and this ecs-host supports version 1"),
        ("version = 1\npolicy = \"x\"\ndigest = \"\"\nmanifest = \"\"", "expected `oci://"),
        ("<html>", "invalid lock"),
    ] {
        app.write("project/ecs-host.lock", text);
        verb(&app, "plan")
            .arg(&policy)
            .exits(5)
            .prints("invalid lock `./ecs-host.lock`")
            .prints(expected)
            .called_nothing();
    }
    std::fs::remove_file(app.path("project/ecs-host.lock")).unwrap();
    std::fs::create_dir(app.path("project/ecs-host.lock")).unwrap();
    verb(&app, "plan").arg(&policy).exits(5).prints("cannot read the lock");
    // `ecs-host lock` replaces an invalid lock.
    std::fs::remove_dir(app.path("project/ecs-host.lock")).unwrap();
    app.write("project/ecs-host.lock", "<html>");
    publish(&app, &release(), &policy);
    verb(&app, "lock").arg(&policy).exits(0);
    verb(&app, "plan").arg(&policy).branch("elsewhere").exits(0);
}

#[test]
fn only_a_policy_in_a_registry_can_be_locked() {
    let app = bare("unlockable");
    verb(&app, "lock").exits(5).prints("no policy to lock: name one");
    let run = verb(&app, "lock").arg(release()).exits(5);
    run.prints("it is not in a registry").prints(&format!("`--policy-digest {}`", digest_of(release())));
    verb(&app, "lock").arg(name("unlockable")).exits(5).prints("the registry returned HTTP status 404");
    assert!(!app.path("project/ecs-host.lock").exists());
}
