//! The operator's file confines `rules` as it confines every policy, and the project's file does not widen it.

use std::fs;

use super::{Checkout, RULES};
use crate::world::{Job, scenario};

const CONFINEMENT: &str = "allowed-registries = [\"123456789012.dkr.ecr.eu-west-1.amazonaws.com\"]
allowed-regions = [\"eu-west-1\"]
allowed-accounts = [\"123456789012\"]
allowed-roles = [\"arn:aws:iam::123456789012:role/deploy-*\"]
";

/// A commit of these rules on a machine with [`CONFINEMENT`].
fn confined(rules: &str) -> Checkout {
    let checkout = Checkout::of(&scenario(), rules);
    fs::create_dir(checkout.0.path("operator")).expect("a folder");
    fs::write(checkout.0.path("operator/ecs-host.toml"), CONFINEMENT).expect("a file");
    checkout
}

/// Asserts that a run goes beyond the operator's file, at the key in this line of it, and that it calls nothing.
fn is_beyond(run: Job<'_>, violation: &str, line: usize) {
    let run = run.exits(3);
    run.prints("policy `rules` goes beyond what the operator's file allows, and nothing was changed");
    run.prints(&format!("{violation} is not allowed; `allowed-"));
    run.prints(&format!("operator/ecs-host.toml:{line}) allows "));
    assert!(run.calls.is_empty(), "{}", run.transcript());
}

#[test]
fn rules_beyond_the_operator_s_file_are_rejected() {
    let checkout = confined(RULES);
    checkout.run().exits(0).prints("Verdict   main/web deployed");
    let environment =
        |line: &str| RULES.replace("cluster = \"main\"", &format!("cluster = \"main\"\n{line}"));
    let image = |line: &str| RULES.replace("\n[[target]]", &format!("{line}\n\n[[target]]"));
    for (rules, violation, line) in [
        (
            RULES.replace("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "evil.example"),
            "image `simple-todo`: repository evil.example/simple-todo",
            1,
        ),
        (
            image("cache-to = \"evil.example/cache:x\""),
            "image `simple-todo`, cache: repository evil.example/cache",
            1,
        ),
        (environment("region = \"us-east-1\""), "region us-east-1", 2),
        (
            RULES.replace("\"main\"", "\"arn:aws:ecs:eu-west-1:999999999999:cluster/main\""),
            "account 999999999999",
            3,
        ),
        (
            environment("role = \"arn:aws:iam::123456789012:role/admin\""),
            "role arn:aws:iam::123456789012:role/admin",
            4,
        ),
    ] {
        checkout.write("deploy-rules.toml", &rules);
        is_beyond(checkout.run(), violation, line);
    }
    // A setting of the job counts as the text itself.
    checkout.write("deploy-rules.toml", &environment("region = \"{settings.DEPLOY_REGION}\""));
    is_beyond(checkout.run().set("DEPLOY_REGION", "us-east-1"), "region us-east-1", 2);
    checkout.run().set("DEPLOY_REGION", "eu-west-1").exits(0);
}

#[test]
fn a_project_s_file_does_not_widen_what_confines_rules() {
    let elsewhere = RULES.replace("cluster = \"main\"", "cluster = \"main\"\nregion = \"us-east-1\"");
    let checkout = confined(&elsewhere);
    let project = |text: &str| {
        fs::write(checkout.0.path("project/ecs-host.toml"), format!("policy = \"rules\"\n{text}\n")).unwrap();
    };
    // What a project may grant to its policy, and where it may deploy, stay within the operator's file.
    project("allow = [\"ecs:read\", \"ecr:read\", \"source:read\"]");
    is_beyond(checkout.run(), "region us-east-1", 2);
    checkout.write("deploy-rules.toml", RULES);
    project("region = \"us-east-1\"");
    is_beyond(checkout.run().unset("AWS_REGION"), "region us-east-1", 2);
    for (text, expected) in [
        (
            "allowed-regions = [\"*\"]",
            "`allowed-regions`: it confines policies, and belongs in the operator's file",
        ),
        ("allow = [\"build:ssh\"]", "a project's file cannot grant `build:ssh` to builds"),
        ("allow-secret = [\"AWS_SECRET_ACCESS_KEY\"]", "a project's file cannot grant a secret to a policy"),
    ] {
        project(text);
        let run = checkout.run().exits(2);
        run.prints(expected);
        assert!(run.calls.is_empty(), "{}", run.transcript());
    }
}
