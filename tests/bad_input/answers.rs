//! Policies that answer, but not what a deployment can be made of.

use crate::app::{App, REGION};
use crate::fixtures::policy;
use crate::outcome::Outcome;

fn answered<'a>(app: &'a App, branch: &str, code: i32) -> Outcome<'a> {
    app.run().arg(policy("misbehaving").display().to_string()).branch(branch).exits(code)
}

#[test]
fn a_policy_that_says_no_ends_the_run_with_its_sentence() {
    let app = App::bare("says-no", REGION);
    answered(&app, "says-no", 3).says("policy `misbehaving` says no: Not on a Friday.").asked_nobody();
}

#[test]
fn a_policy_cannot_forge_the_log() {
    let app = App::bare("forges", REGION);
    let run = answered(&app, "forges", 0);
    run.says("Later.\\n\\u{1b}[1mVerdict").says_not("\u{1b}").asked_nobody();
    assert!(!run.stdout.lines().any(|line| line.starts_with("Verdict")));
}

#[test]
fn nonsense_is_refused_with_the_rule_that_it_breaks() {
    let cases: [(&str, &[&str]); 18] = [
        ("no-images", &["images: there are none"]),
        ("no-tags", &["it has no tag"]),
        ("bad-tag", &["`feature/x` is no valid image tag", "`--all-tags` is no valid image tag"]),
        ("bad-repository", &["is no valid image repository", "it has no scheme"]),
        ("same-names", &["two have the same name"]),
        ("option-as-context", &["`--privileged` is no valid build context"]),
        ("context-outside", &["`../..` is no valid build context"]),
        ("option-as-stage", &["`--network=host` is no valid build stage"]),
        ("option-as-platform", &["`--pull linux` is no valid platform"]),
        ("no-targets", &["targets: there are none"]),
        ("same-targets", &["is named twice; name it once"]),
        ("empty-target", &["`` is no valid cluster"]),
        ("unknown-image", &["the image `nobody`, which is none of the images"]),
        ("same-tasks", &["two of its one-off tasks have the same name"]),
        ("no-command", &["the one-off task `migrate`: it has no command"]),
        ("family-with-tasks", &["one-off tasks run in a service's cluster and network"]),
        ("no-role", &["`deployer` is no valid IAM role"]),
        ("bad-tag", &["gave an answer that can't be used"]),
    ];
    for (number, (branch, says)) in cases.into_iter().enumerate() {
        let app = App::bare(&format!("nonsense-{number}"), REGION);
        let run = answered(&app, branch, 4);
        for text in says {
            run.says(text);
        }
        run.asked_nobody();
    }
}

#[test]
fn a_family_that_is_not_there_is_told() {
    let app = App::new("no-such-family");
    let run = answered(&app, "family", 5);
    run.says("task definition family `no-such-family-nightly`: it has no active revision in eu-west-1")
        .changed_nothing();
}

#[test]
fn a_service_that_another_region_lacks_is_told_with_that_region() {
    let app = App::new("no-such-region");
    let run = answered(&app, "region", 5);
    run.says("service `no-such-region/no-such-region` in us-east-1: there is no cluster `no-such-region`")
        .changed_nothing();
}

#[test]
fn a_one_off_task_for_no_container_is_told_with_the_containers() {
    let app = App::new("misplaced-task");
    let run = answered(&app, "misplaced-task", 5);
    run.says("its one-off task `migrate` is for the container `nobody`").says("`web` runs").changed_nothing();
}

#[test]
fn a_container_that_is_not_there_is_told_with_those_that_are() {
    let app = App::new("no-such-container");
    let run = answered(&app, "unknown-container", 5);
    run.says("has no container `nobody`").says("`web` runs").changed_nothing();
}

#[test]
fn two_images_of_one_repository_need_containers_by_name() {
    let app = App::new("ambiguous");
    let run = answered(&app, "two-images", 5);
    run.says("are both of")
        .says("must name the container that gets each")
        .says("`web` runs")
        .changed_nothing();
}

#[test]
fn a_promotion_of_what_was_never_pushed_is_refused() {
    let app = App::new("promotes");
    answered(&app, "promotes", 5).says("has no `staging` to promote").changed_nothing();
}

#[test]
fn an_image_for_no_container_is_told_with_the_containers() {
    let app = App::new("spare-image");
    answered(&app, "spare-image", 5)
        .says("image `spare` is for no container: in `spare-image/spare-image` `web` runs")
        .changed_nothing();
}
