use serde_json::json;

use super::*;
use crate::{Change, ImageSetup, RepositorySetup};

#[test]
fn a_tag_is_resolved_once_for_each_deployment() {
    let mut scenario = web_scenario(1, json!({}));
    let image = ImageSetup { tags: vec!["live".into()], digest: Some("sha256:one".into()), manifest: None };
    scenario.resources.repositories =
        vec![RepositorySetup { name: "app".into(), mutability: None, images: vec![image] }];
    let web = WebService::start(scenario);
    web.deploy("registry.example.com:5000/app:live");
    web.advance_to(60.0);
    let push = Change::PutImage { repository: "app".into(), tag: "live".into(), digest: "sha256:two".into() };
    web.simulator.apply(&push).unwrap();
    web.update(json!({ "desiredCount": 2 }));
    web.advance_to(120.0);
    let digests = || -> Vec<String> {
        web.snapshot().tasks.iter().map(|task| task.image_digests["app"].clone()).collect()
    };
    assert_eq!(digests(), ["sha256:one", "sha256:one"]);
    web.update(json!({ "forceNewDeployment": true }));
    web.advance_to(240.0);
    assert_eq!(digests(), ["sha256:two", "sha256:two"]);
}

#[test]
fn images_are_found_and_immutable_tags_cannot_be_moved() {
    let mut scenario = web_scenario(1, json!({}));
    let image = ImageSetup { tags: vec!["v1".into()], digest: Some("sha256:one".into()), manifest: None };
    scenario.resources.repositories = vec![RepositorySetup {
        name: "app".into(),
        mutability: Some("IMMUTABLE".into()),
        images: vec![image],
    }];
    let web = WebService::start(scenario);
    let by_tag = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }] });
    assert_eq!(web.call("ecr:DescribeImages", by_tag)["imageDetails"][0]["imageDigest"], "sha256:one");
    let missing = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v2" }] });
    assert!(web.call_error("ecr:DescribeImages", missing).starts_with("ImageNotFoundException"));
    assert!(
        web.call_error("ecr:DescribeImages", json!({ "repositoryName": "x" }))
            .starts_with("RepositoryNotFoundException")
    );
    let put = |tag: &str, manifest: &str| json!({ "repositoryName": "app", "imageTag": tag, "imageManifest": manifest });
    assert!(web.call_error("ecr:PutImage", put("v1", "{}")).starts_with("ImageTagAlreadyExistsException"));
    web.call("ecr:PutImage", put("v2", "{}"));
    assert!(web.call_error("ecr:PutImage", put("v2", "{}")).starts_with("ImageAlreadyExistsException"));
    let other = json!({ "repositoryName": "app", "imageManifest": "[]", "imageDigest": "sha256:one" });
    assert!(web.call_error("ecr:PutImage", other).starts_with("ImageDigestDoesNotMatchException"));
}
