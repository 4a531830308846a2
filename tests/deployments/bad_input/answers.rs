//! Policies that answer, but not what a deployment can be made of.

use crate::app::App;
use crate::fixtures::policy;
use crate::outcome::Outcome;

fn answered<'a>(app: &'a App, branch: &str, code: i32) -> Outcome<'a> {
    app.run().arg(policy("misbehaving-policy").display().to_string()).branch(branch).exits(code)
}

#[test]
fn a_family_that_is_not_there_is_told() {
    let app = App::new("no-such-family");
    let run = answered(&app, "family", 5);
    run.says(
        "task definition family `no-such-family-nightly`: the family has no active revision in eu-west-1",
    )
    .changed_nothing();
}

#[test]
fn a_service_that_another_region_lacks_is_told_with_that_region() {
    let app = App::new("no-such-region");
    let run = answered(&app, "region", 5);
    run.says("service `no-such-region/no-such-region` in us-east-1: cluster `no-such-region` does not exist")
        .changed_nothing();
}

#[test]
fn a_one_off_task_for_no_container_is_told_with_the_containers() {
    let app = App::new("misplaced-task");
    let run = answered(&app, "task-in-unknown-container", 5);
    run.says("its one-off task `migrate` needs the container `nobody`").says("`web` runs").changed_nothing();
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
    run.says("share the repository")
        .says("let the policy name the container of each")
        .says("`web` runs")
        .changed_nothing();
}

#[test]
fn a_promotion_of_what_was_never_pushed_is_refused() {
    let app = App::new("promotes");
    answered(&app, "promotes", 5)
        .says(":staging does not exist; push it before it is promoted")
        .changed_nothing();
}

#[test]
fn an_image_for_no_container_is_told_with_the_containers() {
    let app = App::new("spare-image");
    answered(&app, "unused-image", 5)
        .says("image `unused`: no container gets it: in `spare-image/spare-image` `web` runs")
        .changed_nothing();
}
