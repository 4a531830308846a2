//! Deployments, skips and errors.

use serde_json::json;

use super::{BASE, Checkout, RULES};
use crate::world::{DIGEST, scenario, service, serving};

#[test]
fn a_build_deploys_by_the_rules_of_its_commit() {
    let checkout = Checkout::with(RULES);
    let run = checkout.run().exits(0);
    run.prints(concat!("Policy    rules ", env!("CARGO_PKG_VERSION"), ", built in\n"))
        .prints("Lookup    the file `deploy-rules.toml` of commit 3f2a9c10d1e2\n");
    run.prints("Verdict   main/web deployed");
    assert_eq!(run.verdict("main/web")["verdict"], "deployed", "{}", run.transcript());
    let registered = run.done("ecs:RegisterTaskDefinition");
    let container = &registered[0].body["containerDefinitions"][0];
    assert!(container["image"].as_str().unwrap().ends_with(DIGEST), "{container}");
    let stamp = container["dockerLabels"]["ecs-host.policy"].as_str().unwrap();
    let loaded = run.events().into_iter().find(|event| event["event"] == "policy-loaded").unwrap();
    assert_eq!((&loaded["name"], &loaded["source"]), (&json!("rules"), &json!("rules")));
    assert_eq!(stamp, format!("rules@{}", loaded["digest"].as_str().unwrap()));
    checkout.run().exits(0).prints("Verdict   main/web unchanged");
    // The digest pins the policy, as any other.
    let digest = loaded["digest"].as_str().unwrap();
    checkout.verb("plan").args(&["--policy-digest", digest]).exits(0);
    let other =
        checkout.verb("plan").args(&["--policy-digest", &format!("sha256:{}", "0".repeat(64))]).exits(5);
    other.prints("the built-in policy `rules` has the digest sha256:");
}

#[test]
fn every_verb_accepts_rules() {
    let checkout = Checkout::with(RULES);
    checkout.verb("plan").exits(0).prints("service main/web:");
    checkout.verb("decide").exits(0).prints("Decision  deploy 1 image to 1 service");
    checkout
        .verb("verify")
        .ends()
        .prints(concat!("policy: rules ", env!("CARGO_PKG_VERSION"), ", built in"))
        .prints("decision: deploy; images: 1");
    let inspected = checkout.0.verb("inspect").args(&["rules"]).output();
    let text =
        String::from_utf8_lossy(&inspected.stderr).into_owned() + &String::from_utf8_lossy(&inspected.stdout);
    assert!(text.contains("ecs-host:policy/source@0.2.0  granted") && text.contains("DEPLOY_*"), "{text}");
    let lock = checkout.0.verb("lock").args(&["rules"]).output();
    assert_eq!(lock.status.code(), Some(5), "{lock:?}");
    std::fs::write(checkout.0.path("project/ecs-host.toml"), "policy = \"rules\"\n").unwrap();
    std::fs::create_dir(checkout.0.path("project/rules")).unwrap();
    let path = format!("{}:{}", checkout.0.path("git").display(), std::env::var("PATH").unwrap_or_default());
    checkout.0.verb("plan").set("PATH", &path).exits(0).prints(concat!(
        "Policy    rules ",
        env!("CARGO_PKG_VERSION"),
        ", built in"
    ));
    // A path is a file.
    checkout.0.verb("plan").args(&["./rules"]).exits(2).prints("cannot read policy `./rules`");
}

#[test]
fn what_no_rule_matches_is_skipped_with_a_reason() {
    let rules = format!("[[rule]]\nmessage = \"*[skip deploy]*\"\nskip = \"As {{branch}} says.\"\n{RULES}");
    let checkout = Checkout::with(&rules);
    let skipped = checkout.run().set("TRAVIS_BRANCH", "develop").exits(0);
    skipped.prints("Decision  skip: No rule of deploy-rules.toml matches branch `develop`.\n");
    assert!(skipped.calls.is_empty(), "{}", skipped.transcript());
    let message = checkout.run().set("TRAVIS_COMMIT_MESSAGE", "Fix it\n\n[skip deploy]").exits(0);
    message.prints("Decision  skip: As master says.\n");
    let request =
        checkout.run().set("TRAVIS_PULL_REQUEST", "12").set("TRAVIS_EVENT_TYPE", "pull_request").exits(0);
    request.prints("skip: Pull request 12 does not deploy");
    checkout.run().set("TRAVIS_JOB_NUMBER", "57.2").exits(0).prints("skip: Job 2 does not deploy");
}

#[test]
fn mistakes_are_reported_together_and_fit_a_terminal() {
    let rules = RULES
        .replace("branch = ", "brnach = ")
        .replace("environment = \"master\"", "environment = \"mastre\"");
    let checkout = Checkout::with(&rules);
    let run = checkout.verb("plan").exits(3);
    run.prints("error: policy `rules` rejected the build: deploy-rules.toml has 2 problems:\n");
    run.prints("  - deploy-rules.toml:3:1: unknown key `brnach` in [[rule]]; did you mean `branch`?\n");
    run.prints("  - deploy-rules.toml:4:15: unknown environment `mastre`; did you mean `master`?\n");
    assert!(run.calls.is_empty(), "{}", run.transcript());
    let verified = checkout.verb("verify").exits(3);
    verified.prints("FAILED    decision: policy `rules` rejected the build: ");
    verified.prints("          - deploy-rules.toml:4:15: unknown environment `mastre`; did you mean\n          `master`?\n");
}

#[test]
fn a_working_copy_that_differs_from_the_commit_is_a_warning() {
    let checkout = Checkout::with(RULES);
    let file = checkout.0.path("project/deploy-rules.toml");
    std::fs::create_dir(checkout.0.path("project/.git")).unwrap();
    std::fs::write(&file, RULES.replace('\n', "\r\n")).unwrap();
    checkout.verb("plan").exits(0).does_not_print("working copy");
    std::fs::write(&file, RULES.replace("\"web\"", "\"api\"")).unwrap();
    let differs = "the policy read `deploy-rules.toml` of commit 3f2a9c10d1e2, and the working copy differs: an edit \
                   counts once it is committed";
    let plan = checkout.verb("plan").exits(0);
    plan.prints(&format!("warning: {differs}\n"));
    let lookup = plan.events().into_iter().find(|event| event["event"] == "policy-lookup").unwrap();
    assert_eq!(lookup["commit"], "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20");
    for verb in ["decide", "verify", "run"] {
        checkout.verb(verb).ends().prints(differs);
    }
    // The commit lacks the file, which is why the policy rejects the build.
    std::fs::remove_file(checkout.0.path("git/deploy-rules.toml")).unwrap();
    let added = checkout.verb("plan").exits(3);
    added.prints("commit 3f2a9c10d1e2 does not contain `deploy-rules.toml`, and the working tree does:");
}

#[test]
fn a_missing_file_and_git_errors_state_what_to_do() {
    let checkout = Checkout::without_rules(&scenario());
    let missing = checkout.verb("plan").exits(3);
    missing.prints("commit 3f2a9c10d1e2 contains no deploy-rules.toml").prints("`ecs-host new NAME --rules`");
    let moved = checkout.verb("plan").set("DEPLOY_RULES", "ci/rules.toml").exits(3);
    moved.prints("contains no ci/rules.toml");
    checkout.replace_git("#!/bin/sh\necho 'fatal: not a git repository' >&2; exit 128");
    checkout
        .verb("plan")
        .args(&["--commit-time", "1"])
        .exits(3)
        .prints("cannot read deploy-rules.toml: ")
        .prints("run ecs-host in the checkout of the build");
}

#[test]
fn only_what_changed_since_the_base_is_deployed() {
    let rules = RULES.replace(
        "service = \"web\"",
        "service = \"web\"\nchanged = [\"web/**\"]\n[[target]]\nservice = \"api\"",
    );
    let checkout = Checkout::of(&serving(vec![service("web"), service("api")]), &rules);
    checkout.write("changed", "api/main.rs\0README.md\0");
    let plan = |checkout: &Checkout| checkout.verb("plan").args(&["--base-commit", BASE]).exits(0);
    plan(&checkout).prints("service main/api:").does_not_print("service main/web:");
    checkout.write("changed", "web/index.html\0");
    plan(&checkout).prints("service main/api:").prints("service main/web:");
    // Travis CI reports no base.
    checkout.write("changed", "");
    checkout.verb("plan").exits(0).prints("service main/web:");
    let shallow = super::GIT.replace("*\"diff-tree", "*is-shallow*) echo true ;;\n*\"diff-tree");
    let shallow = shallow.replace(
        "do echo \"$hash commit\";",
        "do echo \"$hash commit\" | sed 's/^\\(1*\\) commit/\\1 missing/';",
    );
    checkout.replace_git(&shallow);
    let run = checkout.verb("plan").args(&["--base-commit", BASE]).exits(3);
    run.prints("deploy-rules.toml:14:12: `changed` cannot be decided: ").prints("git fetch --depth=1 origin");
}

#[test]
fn waves_and_migrations_run_in_their_order() {
    let rules = format!(
        "{RULES}wave = 1\n[[target.tasks-before]]\nname = \"migrate\"\ncontainer = \"web\"\ncommand = [\"bin/migrate\"]\n\
         [[target]]\nservice = \"api\"\nbake-seconds = 1\n"
    );
    let checkout = Checkout::of(&serving(vec![service("web"), service("api")]), &rules);
    let run = checkout.run().exits(0);
    let updated: Vec<String> = run
        .done("ecs:UpdateService")
        .iter()
        .map(|call| call.body["service"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(updated[0].ends_with("api") && updated[1].ends_with("web"), "{updated:?}");
    assert_eq!(run.count("ecs:RunTask"), 1, "{}", run.transcript());
    let mutations = run.mutations();
    let position = |action: &str| mutations.iter().position(|own| *own == action).unwrap();
    assert!(position("ecs:UpdateService") < position("ecs:RunTask"), "{mutations:?}");
}

#[test]
fn settings_fill_the_rules_and_secrets_do_not() {
    let rules = RULES.replace("cluster = \"main\"", "cluster = \"{settings.DEPLOY_CLUSTER}\"");
    let checkout = Checkout::with(&rules);
    checkout.verb("plan").exits(3).prints("deploy-rules.toml:7:11: DEPLOY_CLUSTER is not set");
    checkout.verb("plan").set("DEPLOY_CLUSTER", "main").exits(0).prints("service main/web:");
    let secret = RULES.replace("cluster = \"main\"", "cluster = \"{settings.DEPLOY_TOKEN}\"");
    checkout.write("deploy-rules.toml", &secret);
    let run = checkout.verb("plan").set("DEPLOY_TOKEN", "hunter2-hunter2-hunter2").exits(3);
    run.prints("DEPLOY_TOKEN is not set").does_not_print("hunter2");
    assert!(run.events().iter().any(|event| event["event"] == "setting-withheld"), "{}", run.transcript());
}
