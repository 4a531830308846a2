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
    let cases: [(&str, &[&str]); 14] = [
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
fn what_this_version_does_not_do_is_refused_by_name() {
    let cases = [
        ("waves", "roll out in waves"),
        ("tasks", "run one-off tasks (migrate)"),
        ("role", "assume a role for a target (arn:aws:iam::123456789012:role/deployer)"),
        ("region", "deploy to another region (us-east-1)"),
        ("family", "task definition family `nightly`"),
        ("rolls-back", "roll back by itself"),
    ];
    for (branch, text) in cases {
        let app = App::new(&format!("not-yet-{branch}"));
        let run = answered(&app, branch, 5);
        run.says("this version of ecs-host does not").says(text).changed_nothing();
    }
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
