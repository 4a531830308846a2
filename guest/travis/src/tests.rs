//! The example in the readme of `travis-ecs-deploy`: `simple-todo` with two branches.

extern crate alloc;

use alloc::vec;

use ecs_host_policy::{Build, Image, Selection, Target};

use super::*;

const REPOSITORY: &str = "648568381338.dkr.ecr.eu-central-1.amazonaws.com/simple-todo";

/// Adds the settings of the readme to a build on Travis CI.
fn with_readme_settings(build: Build) -> Build {
    let build = build
        .with_setting("IMAGE_NAME", "simple-todo")
        .with_setting("DEPLOY_BRANCHES", "master production")
        .with_setting("REMOTE_IMAGE_URL", REPOSITORY)
        .with_setting("ECS_CLUSTER_MASTER", "simple-todo-master")
        .with_setting("ECS_SERVICE_MASTER", "simple-todo")
        .with_setting("ECS_CLUSTER_PRODUCTION", "simple-todo-prod")
        .with_setting("ECS_SERVICE_PRODUCTION", "simple-todo");
    Build { provider: "travis".into(), number: Some(57), job: Some(1), ..build }
}

#[test]
fn both_branches_of_the_readme_deploy_to_their_own_cluster() {
    for (branch, cluster) in [("master", "simple-todo-master"), ("production", "simple-todo-prod")] {
        let build = with_readme_settings(Build::on_branch(branch));
        assert_eq!(Travis.select(&build), Ok(Selection::Deploy));
        let commit_tag = [branch, "-", &build.commit].concat();
        let image = Image::from_dockerfile("simple-todo", REPOSITORY, [branch, &commit_tag]);
        assert_eq!(Travis.images(&build), Ok(vec![image]));
        assert_eq!(Travis.targets(&build), Ok(vec![Target::service(cluster, "simple-todo")]));
    }
}

#[test]
fn every_other_branch_is_skipped() {
    let build = with_readme_settings(Build::on_branch("develop"));
    assert_eq!(
        Travis.select(&build),
        Ok(Selection::Skip("Branch `develop` is not one of DEPLOY_BRANCHES (`master production`).".into()))
    );
}

#[test]
fn a_pull_request_into_a_deploy_branch_is_skipped() {
    let build = with_readme_settings(Build::on_pull_request("12", "master"));
    assert!(matches!(Travis.select(&build), Ok(Selection::Skip(_))));
}

#[test]
fn the_manifest_declares_every_setting_that_the_policy_reads() {
    let manifest = Travis.describe();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("travis", env!("CARGO_PKG_VERSION")));
    for setting in with_readme_settings(Build::on_branch("master")).settings {
        let declared = manifest.settings.iter().any(|declaration| match declaration.name.strip_suffix('*') {
            Some(start) => setting.name.starts_with(start),
            None => setting.name == declaration.name,
        });
        assert!(declared, "{} is not declared", setting.name);
    }
}
