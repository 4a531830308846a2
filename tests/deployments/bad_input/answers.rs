//! Answers of policies that cannot be deployed.

use crate::app::App;
use crate::fixtures::policy;
use crate::outcome::Outcome;

fn answered<'a>(app: &'a App, branch: &str, code: i32) -> Outcome<'a> {
    app.run().arg(policy("misbehaving-policy").display().to_string()).branch(branch).exits(code)
}

#[test]
fn an_unknown_family_is_reported() {
    let app = App::new("no-such-family");
    let run = answered(&app, "family", 5);
    run.prints(
        "task definition family `no-such-family-nightly`: the family has no active revision in eu-west-1",
    )
    .changed_nothing();
}

#[test]
fn the_error_for_an_unknown_service_names_the_region_of_the_target() {
    let app = App::new("no-such-region");
    let run = answered(&app, "region", 5);
    run.prints(
        "service `no-such-region/no-such-region` in us-east-1: cluster `no-such-region` does not exist",
    )
    .changed_nothing();
}

#[test]
fn the_error_for_a_one_off_task_without_a_container_lists_the_containers() {
    let app = App::new("misplaced-task");
    let run = answered(&app, "task-in-unknown-container", 5);
    run.prints("its one-off task `migrate` needs the container `nobody`")
        .prints("`web` runs")
        .changed_nothing();
}

#[test]
fn the_error_for_an_unknown_container_lists_the_containers() {
    let app = App::new("no-such-container");
    let run = answered(&app, "unknown-container", 5);
    run.prints("container `nobody`, which the task definition does not have")
        .prints("`web` runs")
        .changed_nothing();
}

#[test]
fn two_images_of_one_repository_need_containers_by_name() {
    let app = App::new("ambiguous");
    let run = answered(&app, "two-images", 5);
    run.prints("share the repository")
        .prints("let the policy name the container of each")
        .prints("`web` runs")
        .changed_nothing();
}

#[test]
fn a_promotion_of_an_image_that_was_not_pushed_is_rejected() {
    let app = App::new("promotes");
    answered(&app, "promotes", 5)
        .prints(":staging does not exist; push it before it is promoted")
        .changed_nothing();
}

#[test]
fn the_error_for_an_image_without_a_container_lists_the_containers() {
    let app = App::new("spare-image");
    answered(&app, "unused-image", 5)
        .prints("image `unused` is deployed to no container (in `spare-image/spare-image` `web` runs")
        .changed_nothing();
}
