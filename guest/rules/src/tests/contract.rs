//! Texts that only a build completes: those that the contract forbids are reported with their positions.

use alloc::{format, vec::Vec};

use ecs_host_policy::Build;

use super::{decide_without_base, deploys, on};

/// A file with one image and one target. Each argument is a list of lines.
fn file(environment: &str, image: &str, target: &str) -> alloc::string::String {
    format!(
        "[[rule]]\nenvironment = 'a'\n[environments.a]\ncluster = 'c'\n{environment}\n\
         [images.web]\nrepository = 'r.io/web'\n{image}\n[[target]]\nservice = 'web'\n{target}\n"
    )
}

#[test]
fn a_text_that_a_value_makes_invalid_is_reported_with_its_position() {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:";
    let mut wrong = Vec::new();
    for (text, value, expected) in [
        (file("region = '{settings.DEPLOY_X}'", "", ""), "Ireland", "5:10: expected a region such as"),
        (file("role = '{settings.DEPLOY_X}'", "", ""), "deploy", "5:8: expected the ARN of a role"),
        (file("", "name = '{settings.DEPLOY_X?}'", ""), "", "8:8: expected a name of 1 to 128 visible"),
        (file("", "pushed = '{settings.DEPLOY_X?}{settings.DEPLOY_X?}'", ""), "", ""),
        (
            file("", "", "").replace("'r.io/web'", "'r.io/{settings.DEPLOY_X}'"),
            "Web",
            "7:14: `r.io/Web` is not the repository of an image, such as \
             `123456789012.dkr.ecr.eu-central-1.amazonaws.com/web`: use lower-case letters",
        ),
        (
            file("", "", "").replace("'r.io/web'", "'r.io/web-{branch}'"),
            "",
            "7:14: `r.io/web-feature/` is not the repository of an image",
        ),
        (
            file("", &format!("tags = '{0}{{branch}}{0}'", "x".repeat(100)), ""),
            "",
            "8:8: expected 1 to 128 letters, digits, _ . or -, and neither . nor - first; found `xxx",
        ),
        (
            file("", "cache-to = '{settings.DEPLOY_X}'", ""),
            "web",
            "8:12: expected REPOSITORY:TAG, or type=registry",
        ),
        (
            file("", "contexts = { b = { image = '{settings.DEPLOY_X}' } }", ""),
            "alpine",
            "8:28: expected REPOSITORY:TAG or REPOSITORY@sha256:DIGEST; found `alpine`",
        ),
        (
            file("", "", "[target.containers.web]\nimage = 'web'\nsecrets = { A = '{settings.DEPLOY_X}' }"),
            "db",
            "13:17: expected the ARN of a secret in Secrets Manager",
        ),
        (
            file("", "", "cluster = '{settings.DEPLOY_X}'"),
            "arn:aws:ecs:x",
            "11:11: expected a name of 1 to 255 letters, digits, _ and -, or the ARN of a cluster",
        ),
        (
            file("", "", "").replace("service = 'web'", "event-rule = '{settings.DEPLOY_X}'"),
            "valid /not",
            "10:14: expected NAME, BUS/NAME, or the ARN of a rule of EventBridge; found `/not`",
        ),
        (
            file("", "", "").replace("'web'\n\n", "'{settings.DEPLOY_X}'\n\n"),
            "arn:aws:ecs:eu-west-1:123456789012:service/other/web",
            "is not in the cluster `c`; set the `cluster` of the service",
        ),
        (
            file("", "", "region = 'eu-west-2'\ncluster = '{settings.DEPLOY_X}'"),
            &format!("{arn}cluster/c"),
            "10:11: the region is `eu-west-2`, and the ARN is one of `eu-west-1`; remove `region`",
        ),
        (
            file("", "arguments = { A = '{settings.DEPLOY_X}' }", ""),
            "a\0b",
            "8:19: the text contains a NUL character",
        ),
        (
            file("", "", "[[target]]\ncluster = 'c'\nservice = '{settings.DEPLOY_X}'"),
            &format!("{arn}service/c/web"),
            "11:1: another [[target]] of this environment has",
        ),
        (
            file("", "", "[[target]]\nschedule = ['x', '{settings.DEPLOY_X}']"),
            "default/x",
            "11:1: another [[target]] of this environment has `default/x` too",
        ),
        (
            file("", "[images.api]\nrepository = 'R.io/web'", ""),
            "",
            "8:9: images `web` and `api` both have the tag `a` in one repository",
        ),
        (
            file("", "[images.api]\nrepository = 'r.io/api'\nname = 'web'", ""),
            "",
            "8:9: another image has the name `web` too; rename one",
        ),
    ] {
        let build = Build { settings: Vec::new(), ..on("feature/") }.with_setting("DEPLOY_X", value);
        match decide_without_base(&text, &build) {
            Err(error) if !expected.is_empty() && error.contains(expected) => {}
            Ok(_) if expected.is_empty() => {}
            other => wrong.push((expected, other)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_in_an_image_of_a_context_are_made_to_fit_a_tag() {
    let text = file("", "contexts = { base = { image = 'r.io/base:{branch}' } }", "");
    let (images, _) = deploys(decide_without_base(&text, &on("feature/x")));
    assert!(format!("{images:?}").contains("r.io/base:feature-x"), "{images:?}");
}

#[test]
fn names_and_arns_of_one_service_agree() {
    let arn = "arn:aws:ecs:eu-west-1:123456789012:";
    let service =
        |name: &str| file("", "", "region = 'eu-west-1'").replace("'web'\nr", &format!("'{arn}{name}'\nr"));
    for name in ["service/c/web", "service/web"] {
        assert_eq!(deploys(decide_without_base(&service(name), &on("main"))).1.len(), 1, "{name}");
    }
}
