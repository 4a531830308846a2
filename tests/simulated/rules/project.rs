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
fn a_project_has_a_language_or_rules() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [&["new", "a"][..], &["new", "a", "--rules", "--lang", "rust"]] {
        let output = host(place.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
