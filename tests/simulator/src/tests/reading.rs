use serde_json::json;

use super::*;
use crate::{Consistency, StaleReads};

#[test]
fn a_service_deployment_is_listed_only_after_a_while() {
    let mut scenario = world(1, json!({}));
    scenario.consistency = Consistency { list_lag: 3.0, current_deployment_lag: 8.0, stale_reads: None };
    let story = Story::of(scenario);
    story.deploy("app:2");
    let listed = || {
        let answer = story.call("ecs:ListServiceDeployments", json!({ "cluster": "main", "service": "web" }));
        answer["serviceDeployments"].as_array().unwrap().len()
    };
    let truth = story.0.snapshot("main", "web");
    let [old, new] = truth.deployments.as_slice() else { panic!("two deployments") };
    assert_eq!(listed(), 1);
    story.at(4.0);
    assert_eq!(listed(), 2);
    assert_eq!(story.service()["currentServiceDeployment"], json!(old.arn));
    story.at(9.0);
    assert_eq!(story.service()["currentServiceDeployment"], json!(new.arn));
}

#[test]
fn listing_filters_by_status_and_time() {
    let story = Story::of(world(1, json!({})));
    story.deploy("app:2");
    story.at(1.0);
    let list = |more: Value| {
        let mut request = crate::json::into_members(more);
        request.insert("cluster".into(), json!("main"));
        request.insert("service".into(), json!("web"));
        let answer = story.call("ecs:ListServiceDeployments", Value::Object(request));
        answer["serviceDeployments"].as_array().unwrap().len()
    };
    assert_eq!(list(json!({})), 2);
    assert_eq!(list(json!({ "status": ["PENDING", "IN_PROGRESS"] })), 1);
    assert_eq!(list(json!({ "createdAt": { "after": 1_767_225_599.0 } })), 1);
    assert_eq!(list(json!({ "createdAt": { "before": 1_767_225_599.0 } })), 1);
}

#[test]
fn the_same_seed_and_calls_give_the_same_answers() {
    let run = || {
        let story = Story::of(Scenario {
            task_rules: deployed(crash()),
            delays: Delays::default(),
            ..world(3, breaker(true))
        });
        let mut answers = vec![story.deploy("app:2")];
        for _ in 0..60 {
            story.0.advance(3.0);
            answers.push(story.service());
            answers.push(story.newest());
        }
        answers
    };
    assert_eq!(run(), run());
}

#[test]
fn a_tag_is_resolved_once_for_a_deployment() {
    let mut scenario = world(1, json!({}));
    let image = crate::ImageSetup { tags: vec!["live".into()], digest: Some("sha256:one".into()) };
    scenario.resources.repositories =
        vec![crate::RepositorySetup { name: "app".into(), mutability: None, images: vec![image] }];
    let story = Story::of(scenario);
    story.deploy("registry.example.com:5000/app:live");
    story.at(60.0);
    let push =
        crate::Change::PutImage { repository: "app".into(), tag: "live".into(), digest: "sha256:two".into() };
    story.0.apply(&push).unwrap();
    story.update(json!({ "desiredCount": 2 }));
    story.at(120.0);
    let digests = |story: &Story| -> Vec<String> {
        story.0.snapshot("main", "web").tasks.iter().map(|task| task.image_digests["app"].clone()).collect()
    };
    assert_eq!(digests(&story), ["sha256:one", "sha256:one"]);
    story.update(json!({ "forceNewDeployment": true }));
    story.at(240.0);
    assert_eq!(digests(&story), ["sha256:two", "sha256:two"]);
}

#[test]
fn images_are_found_and_immutable_tags_are_kept() {
    let mut scenario = world(1, json!({}));
    let image = crate::ImageSetup { tags: vec!["v1".into()], digest: Some("sha256:one".into()) };
    scenario.resources.repositories = vec![crate::RepositorySetup {
        name: "app".into(),
        mutability: Some("IMMUTABLE".into()),
        images: vec![image],
    }];
    let story = Story::of(scenario);
    let by_tag = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }] });
    assert_eq!(story.call("ecr:DescribeImages", by_tag)["imageDetails"][0]["imageDigest"], "sha256:one");
    let missing = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v2" }] });
    assert!(story.refused("ecr:DescribeImages", missing).starts_with("ImageNotFoundException"));
    assert!(
        story
            .refused("ecr:DescribeImages", json!({ "repositoryName": "x" }))
            .starts_with("RepositoryNotFoundException")
    );
    let put = |tag: &str, manifest: &str| json!({ "repositoryName": "app", "imageTag": tag, "imageManifest": manifest });
    assert!(story.refused("ecr:PutImage", put("v1", "{}")).starts_with("ImageTagAlreadyExistsException"));
    story.call("ecr:PutImage", put("v2", "{}"));
    assert!(story.refused("ecr:PutImage", put("v2", "{}")).starts_with("ImageAlreadyExistsException"));
    let other = json!({ "repositoryName": "app", "imageManifest": "[]", "imageDigest": "sha256:one" });
    assert!(story.refused("ecr:PutImage", other).starts_with("ImageDigestDoesNotMatchException"));
}

#[test]
fn nothing_is_stale_for_the_tests_own_calls() {
    let mut scenario = world(1, json!({}));
    scenario.consistency.stale_reads =
        Some(StaleReads { max_age: 100.0, window: 100.0, ..Default::default() });
    let story = Story::of(scenario);
    let service = story.deploy("app:2");
    assert_eq!(story.service()["taskDefinition"], service["taskDefinition"]);
}
