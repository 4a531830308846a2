//! `ecs-host new --rules`: from a new project to a plan.

use std::fs;

use super::Checkout;
use crate::project::{host, text};
use crate::world::{repository, scenario};

#[test]
fn a_new_project_of_rules_is_tested_and_planned() {
    let place = tempfile::tempdir().unwrap();
    let output = host(place.path(), &["new", "shop-rules", "--rules"]);
    assert!(output.status.success(), "{}", text(&output));
    let created = text(&output);
    assert!(created.contains("To test it:\n\n  cd shop-rules\n  ecs-host test\n"), "{created}");
    assert!(created.contains("Then write into deploy-rules.toml what deploys where"), "{created}");
    let folder = place.path().join("shop-rules");
    let tested = host(&folder, &["test"]);
    assert_eq!(tested.status.code(), Some(0), "{}", text(&tested));
    assert!(text(&tested).contains("7 passed"), "{}", text(&tested));
    // The first line names the schema for editors.
    let rules = fs::read_to_string(folder.join("deploy-rules.toml")).unwrap();
    assert!(
        rules.starts_with("#:schema ./deploy-rules.schema.json\n")
            && folder.join("deploy-rules.schema.json").exists()
    );

    // The rules of the project, as a commit of the world's repository.
    let checkout = Checkout::without_rules(&scenario());
    let rules = rules.replace("123456789012.dkr.ecr.eu-central-1.amazonaws.com/web", &repository());
    checkout.write("deploy-rules.toml", &rules.replace("cluster = \"staging\"", "cluster = \"main\""));
    let plan = checkout.verb("plan").exits(0);
    plan.prints("Decision  deploy 1 image to 1 service")
        .prints("service main/web:")
        .prints("tags staging, staging-");
}

#[test]
fn rules_are_created_beside_the_files_of_a_repository() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("My_Shop");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".travis.yml"), "language: rust\n").unwrap();
    let created = host(&folder, &["new", ".", "--rules"]);
    assert!(created.status.success(), "{}", text(&created));
    let lines = text(&created);
    let start = "Created the policy `my-shop` in this folder. Kept what exists: .travis.yml. To test it:\n\n  ecs-host test\n";
    assert!(lines.contains(start), "{lines}");
    assert!(lines.lines().all(|line| line.len() <= 88), "{lines}");
    assert_eq!(fs::read_to_string(folder.join(".travis.yml")).unwrap(), "language: rust\n");
    let tested = host(&folder, &["test"]);
    assert!(tested.status.success() && text(&tested).contains("7 passed"), "{}", text(&tested));
    // In a folder below, the file of the project is not read, and the message names it.
    fs::create_dir(folder.join("web")).unwrap();
    let tested = host(&folder.join("web"), &["test"]);
    assert_eq!(tested.status.code(), Some(2), "{}", text(&tested));
    let hint = "`../ecs-host.toml` is not read: run this in `..`, or pass `--config ../ecs-host.toml`";
    assert!(text(&tested).contains(hint), "{}", text(&tested));
    let inspected = host(&folder.join("web"), &["inspect"]);
    assert!(text(&inspected).contains(&format!("warning: {hint}")), "{}", text(&inspected));
    for named in
        [&["inspect", "rules"][..], &["inspect", "--no-config"], &["inspect", "--config", "../ecs-host.toml"]]
    {
        let inspected = host(&folder.join("web"), named);
        assert!(inspected.status.success() && !text(&inspected).contains("warning"), "{}", text(&inspected));
    }
    let again = host(&folder, &["new", ".", "--rules"]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
    assert!(
        text(&again).contains("`deploy-rules.toml`, `ecs-host.toml` would be overwritten"),
        "{}",
        text(&again)
    );
}

#[test]
fn new_without_arguments_states_what_there_is() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [&["new"][..], &["new", "shop"], &["new", "--rules"]] {
        let output = host(place.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("ecs-host new NAME --rules "), "{}", text(&output));
        assert!(text(&output).contains("LANGUAGE is one of rust, javascript, python;"), "{}", text(&output));
        assert!(text(&output).lines().all(|line| line.len() <= 80), "{}", text(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_built_in_policy_is_pinned_and_not_locked() {
    let place = tempfile::tempdir().unwrap();
    for policy in ["rules", "built-in"] {
        fs::write(place.path().join("ecs-host.toml"), format!("policy = \"{policy}\"\n")).unwrap();
        for arguments in [&["lock"][..], &["lock", policy]] {
            let output = host(place.path(), arguments);
            assert_eq!(output.status.code(), Some(5), "{}", text(&output));
            let pins = format!("`policy = \"{policy}\"` and `policy-digest = \"sha256:");
            assert!(text(&output).contains("it is a part of ecs-host"), "{}", text(&output));
            assert!(text(&output).contains(&pins), "{}", text(&output));
        }
    }
}

#[test]
fn a_project_has_a_language_or_rules() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [&["new", "a"][..], &["new", "a", "--rules", "--lang", "rust"]] {
        let output = host(place.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
