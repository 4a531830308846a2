use super::images::build_options;
use super::*;
use model::decision::{DockerBuild, Image, ImageSource};
use model::names::{Repository, Tag};
use model::plan::{ImageAction, ImagePlan};

#[test]
fn every_option_of_a_build_is_shown_and_no_secret() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let build = DockerBuild {
        dockerfile: Some("api/Dockerfile".into()),
        stage: Some("release".into()),
        arguments: vec![pair("VERSION", "1\n2"), pair("NPM_TOKEN", "hunter2-hunter2")],
        platforms: vec!["linux/arm64".into()],
        labels: vec![pair("org.opencontainers.image.title", "web")],
        pull: true,
        ..DockerBuild::default()
    };
    let expected = [
        "Dockerfile `api/Dockerfile`",
        "stage release",
        "platforms linux/arm64",
        "argument VERSION=1\n2",
        "argument NPM_TOKEN=***",
        "label org.opencontainers.image.title=web",
        "pull newer base images",
    ];
    assert_eq!(build_options(&build), expected);
}

#[test]
fn escapes_the_commands_of_a_ci_system_in_a_folder_name() {
    let build = DockerBuild { context: "a##[error]b".into(), ..DockerBuild::default() };
    let image = Image {
        name: "web".into(),
        repository: Repository::parse("registry.example.com/web").unwrap(),
        tags: vec![Tag::parse("master").unwrap()],
        source: ImageSource::Build(build.clone()),
        publish_only: false,
    };
    let mut out = Vec::new();
    write_image(&mut out, &ImagePlan { image, action: ImageAction::Build(build) }).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("a#\\u{23}[error]b") && !text.contains("##"), "{text}");
}
