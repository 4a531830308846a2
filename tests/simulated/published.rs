//! How an image gets its tags: that of the commit first, the others by ECR.

use serde_json::json;

use crate::app::App;

/// Writes the calls of docker, which succeeds, into a file of the app.
fn recorded_docker(app: &App) -> String {
    let (real, calls) = (app.path("engine/docker"), app.path("docker-calls"));
    app.docker(&format!("echo \"$1 $2\" >> '{}'; exec '{}' \"$@\"", calls.display(), real.display()))
}

fn pushes(app: &App) -> Vec<String> {
    let calls = std::fs::read_to_string(app.path("docker-calls")).unwrap_or_default();
    let tag =
        |line: &str| line.strip_prefix("push ").and_then(|name| name.rsplit(':').next()).map(str::to_owned);
    calls.lines().filter_map(tag).collect()
}

/// ECR has every image that is asked for, as it is the registry itself in AWS.
fn ecr_has_images(app: &App) {
    let manifest = json!({"images": [{"imageManifest": "{}", "imageManifestMediaType": "m"}]});
    app.proxy.answer("ecr:BatchGetImage", &manifest);
    app.proxy.answer("ecr:PutImage", &json!({}));
}

#[test]
fn an_image_is_pushed_once_and_ecr_adds_its_other_tags() {
    let app = App::new("pushed-once");
    ecr_has_images(&app);
    let run = app.run().docker(recorded_docker(&app)).exits(0);
    assert_eq!(pushes(&app), [app.commit_tag("master")]);
    let put = run.call("ecr:PutImage");
    assert_eq!((&put["imageTag"], &put["imageManifest"]), (&json!("master"), &json!("{}")));
    run.prints("Pushed    pushed-once as master, master-");
    let plan = app.plan().set("TRAVIS_COMMIT", &"5".repeat(40)).exits(0);
    plan.prints(":master-5555").does_not_print(&format!("docker push {}:master\n", app.repository()));
}

#[test]
fn docker_pushes_the_tag_of_the_commit_before_that_of_the_branch() {
    for (name, prepare) in [
        // ECR does not have the image, as if the registry were another one.
        ("pushed-twice", (|_: &App| {}) as fn(&App)),
        ("pushed-denied", |app| app.proxy.refuse("ecr:BatchGetImage", 9, "AccessDeniedException", "no")),
    ] {
        let app = App::new(name);
        prepare(&app);
        app.run().docker(recorded_docker(&app)).exits(0);
        assert_eq!(pushes(&app), [app.commit_tag("master"), "master".to_owned()]);
    }
}

#[test]
fn a_half_push_moves_no_tag() {
    let app = App::new("half-push");
    app.run().exits(0);
    app.sync_ecr();
    let (before, next) = (app.pushed()["master"].clone(), "6".repeat(40));
    app.write("project/app.txt", "the next commit");
    let real = app.path("engine/docker").display().to_string();
    let docker = app.docker(&format!("case \"$1 $2\" in push*:master) exit 1;; esac; exec '{real}' \"$@\""));
    app.run().docker(docker).set("TRAVIS_COMMIT", &next).exits(6);
    assert_eq!(app.pushed()["master"], before);
    assert!(app.pushed().contains_key(&format!("master-{next}")), "{:?}", app.pushed());
}

#[test]
fn a_tag_that_an_immutable_repository_has_is_a_problem_of_the_plan() {
    let app = App::new("immutable");
    app.run().exits(0);
    app.sync_ecr();
    let described =
        json!({"repositories": [{"repositoryName": "immutable", "imageTagMutability": "IMMUTABLE"}]});
    app.proxy.answer("ecr:DescribeRepositories", &described);
    let next = "6".repeat(40);
    let docker = app.recording_docker();
    for run in [app.plan(), app.run()] {
        let run = run.docker(&docker).set("TRAVIS_COMMIT", &next).exits(5);
        run.prints("the repository immutable is IMMUTABLE and already has `master`, so ECR rejects a push");
    }
    assert!(!app.docker_was_called());
    // The image of the deployed commit has all its tags.
    app.run().exits(0).prints("unchanged");
    let excluded = json!({"repositories": [{
        "repositoryName": "immutable",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "mas*"}],
    }]});
    let other = App::new("immutable-excluded");
    other.run().exits(0);
    other.sync_ecr();
    other.proxy.answer("ecr:DescribeRepositories", &excluded);
    other.plan().set("TRAVIS_COMMIT", &next).exits(0);
    // The permission to know it is not required.
    let denied = App::new("immutable-denied");
    denied.proxy.refuse("ecr:DescribeRepositories", usize::MAX, "AccessDeniedException", "no");
    denied.run().exits(0).does_not_print("DescribeRepositories");
}
