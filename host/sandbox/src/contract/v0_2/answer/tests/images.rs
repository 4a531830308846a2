//! Images, and how they are built.

use super::*;

#[test]
fn a_repeated_tag_is_removed() {
    let deployment = to_deployment(vec![image()], vec![target()]).unwrap();
    assert_eq!(deployment.images[0].tags.len(), 1);
}

#[test]
fn a_docker_build_with_an_option_or_a_path_outside_the_folder_is_rejected() {
    let hostile = [
        image_built_by(|b| b.context = "--privileged".into()),
        image_built_by(|b| b.context = "/etc".into()),
        image_built_by(|b| b.dockerfile = Some("../Dockerfile".into())),
        image_built_by(|b| b.stage = Some("-x".into())),
        image_built_by(|b| b.platforms = vec!["linux;rm".into()]),
        image_built_by(|b| b.arguments = vec![setting("A=B --privileged")]),
    ];
    for image in hostile {
        assert!(to_deployment(vec![image.clone()], vec![target()]).is_err(), "{image:?}");
    }
}

#[test]
fn two_images_with_one_repository_and_tag_are_rejected() {
    let other = |repository: &str, tag: &str| types::Image {
        name: "api".into(),
        repository: repository.into(),
        tags: vec!["latest".into(), tag.into()],
        ..image()
    };
    let expected =
        "images: `web` and `api` have the same repository and tag, h.example/web:master; give each its own";
    assert_eq!(problems(vec![image(), other("h.example/web", "master")], vec![target()]), expected);
    for distinct in [other("h.example/api", "master"), other("h.example/web", "master-api")] {
        assert!(to_deployment(vec![image(), distinct], vec![target()]).is_ok());
    }
}

#[test]
fn a_pushed_image_has_a_tag_or_a_digest() {
    let pushed = |text: &str| types::Image { source: types::ImageSource::Pushed(text.into()), ..image() };
    let digest = format!("sha256:{}", "0".repeat(64));
    assert!(to_deployment(vec![pushed("staging")], vec![target()]).is_ok());
    assert!(to_deployment(vec![pushed(&digest)], vec![target()]).is_ok());
    assert!(problems(vec![pushed("sha256:12")], vec![target()]).contains("digest"));
}

#[test]
fn an_option_of_buildkit_outside_of_the_contract_is_rejected() {
    let options = || types::BuildkitOptions {
        secrets: vec![],
        ssh: vec![],
        cache_from: vec![],
        cache_to: vec![],
        contexts: vec![],
    };
    let secret = |id: &str| types::BuildSecret { id: id.into(), variable: "NPM_TOKEN".into() };
    let context = |name: &str, content| types::BuildContext { name: name.into(), content };
    let directory = |path: &str| types::ContextContent::Directory(path.into());
    let hostile = [
        types::BuildkitOptions { secrets: vec![secret("a,src=/etc/passwd")], ..options() },
        types::BuildkitOptions { secrets: vec![secret("npm"), secret("npm")], ..options() },
        types::BuildkitOptions { ssh: vec!["other=/tmp/agent".into()], ..options() },
        types::BuildkitOptions { cache_to: vec!["type=local,dest=/etc".into()], ..options() },
        types::BuildkitOptions { contexts: vec![context("a=b", directory("x"))], ..options() },
        types::BuildkitOptions { contexts: vec![context("a", directory("../x"))], ..options() },
        types::BuildkitOptions {
            contexts: vec![context("a", types::ContextContent::Image("https://h.example/x".into()))],
            ..options()
        },
    ];
    for options in hostile {
        let image = image_built_by(|build| build.buildkit = Some(options.clone()));
        assert!(to_deployment(vec![image], vec![target()]).is_err(), "{options:?}");
    }
    let good = types::BuildkitOptions {
        secrets: vec![secret("npm")],
        ssh: vec!["default".into()],
        cache_from: vec!["h.example/web:cache".into()],
        cache_to: vec!["type=gha,scope=web".into()],
        contexts: vec![context("shared", directory("shared"))],
    };
    let image = image_built_by(|build| build.buildkit = Some(good));
    assert!(to_deployment(vec![image], vec![target()]).is_ok());
}
