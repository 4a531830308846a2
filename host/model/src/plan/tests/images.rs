//! Images that are built, reused or promoted.

use super::*;

#[test]
fn an_image_in_the_registry_gets_its_missing_tags() {
    let mut facts = facts("h.example/todo:master");
    facts
        .images
        .insert("todo".into(), RegistryImage::Present { digest: digest(), tags: vec![COMMIT.to_owned()] });
    let plan = plan(vec![image("todo")], vec![target()], &facts).unwrap();
    let missing_tags = vec![Tag::parse("master").unwrap()];
    assert_eq!(plan.images[0].action, ImageAction::Reuse { digest: digest(), missing_tags });
}

#[test]
fn only_a_tag_with_the_commit_identifies_the_image_of_the_commit() {
    let tag = |text: &str| Reference::Tag(Tag::parse(text).unwrap());
    let query = |commit: &str, rebuild| {
        registry_query(&image("todo"), commit, rebuild).map(|query| (query.reference, query.is_reusable))
    };
    assert_eq!(query(COMMIT, false), Some((tag(COMMIT), true)));
    assert_eq!(query(COMMIT, true), Some((tag("master"), false)));
    assert_eq!(query(&"0".repeat(40), false), Some((tag("master"), false)));
}

#[test]
fn a_missing_repository_is_reported_with_the_other_problems() {
    let problem = problem(|_, facts| {
        facts.images.insert("todo".into(), RegistryImage::NoRepository);
        running(facts).status = "INACTIVE".into();
    });
    assert!(
        problem.contains("the repository h.example/todo does not exist") && problem.contains("INACTIVE"),
        "{problem}"
    );
}

#[test]
fn an_image_to_promote_must_exist() {
    let pushed = Image {
        source: ImageSource::Pushed(Reference::Tag(Tag::parse("staging").unwrap())),
        ..image("todo")
    };
    let error = plan(vec![pushed], vec![target()], &facts("h.example/todo:1")).unwrap_err();
    assert!(error.to_string().contains("h.example/todo:staging does not exist"), "{error}");
}
