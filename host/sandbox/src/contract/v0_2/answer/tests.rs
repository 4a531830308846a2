mod containers;
mod images;
mod targets;
mod texts;

use super::*;
use crate::problem::Problem;

fn setting(name: &str) -> types::Setting {
    types::Setting { name: name.into(), value: "x".into() }
}

pub(super) fn docker_build() -> types::DockerBuild {
    types::DockerBuild {
        context: ".".into(),
        dockerfile: None,
        stage: None,
        arguments: vec![],
        platforms: vec![],
        labels: vec![],
        pull: false,
        buildkit: None,
    }
}

pub(super) fn image() -> types::Image {
    types::Image {
        name: "web".into(),
        repository: "h.example/web".into(),
        tags: vec!["master".into(), "master".into()],
        source: types::ImageSource::Dockerfile,
        publish_only: false,
    }
}

pub(super) fn target() -> types::Target {
    types::Target {
        destination: types::Destination::Service(types::ServiceName {
            cluster: "c".into(),
            service: "s".into(),
        }),
        region: None,
        role: None,
        wave: 0,
        containers: None,
        task_definition: None,
        rollout: None,
        tasks_before: vec![],
        tasks_after: vec![],
    }
}

fn problems(images: Vec<types::Image>, targets: Vec<types::Target>) -> String {
    join(&to_deployment(images, targets).unwrap_err())
}

fn join(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// A change of the container `web` to nothing.
fn change() -> types::ContainerChange {
    types::ContainerChange {
        container: "web".into(),
        image: None,
        environment: vec![],
        secrets: vec![],
        unset: vec![],
        command: None,
    }
}

fn changing(change: types::ContainerChange) -> types::Target {
    types::Target { containers: Some(vec![change]), ..target() }
}

fn image_built_by(change: impl FnOnce(&mut types::DockerBuild)) -> types::Image {
    let mut build = docker_build();
    change(&mut build);
    types::Image { source: types::ImageSource::Build(build), ..image() }
}

#[test]
fn empty_lists_are_rejected_unless_images_are_only_published() {
    assert!(problems(vec![], vec![]).starts_with("images and targets: both lists are empty"));
    let problems = problems(vec![image()], vec![]);
    assert!(
        problems.starts_with("targets: the list is empty, and image `web` is not `publish-only`"),
        "{problems}"
    );
    let published = types::Image { publish_only: true, ..image() };
    assert!(to_deployment(vec![published], vec![]).is_ok());
}

#[test]
fn every_problem_is_reported_at_once() {
    let bad =
        types::Image { tags: vec!["a/b".into(), "--privileged".into()], repository: "web".into(), ..image() };
    let problems = problems(vec![bad], vec![target()]);
    for part in ["\"a/b\"", "\"--privileged\"", "invalid image repository \"web\""] {
        assert!(problems.contains(part), "{problems}");
    }
}

#[test]
fn a_variable_or_a_build_argument_that_is_set_twice_is_rejected() {
    let twice = || vec![setting("A"), setting("B"), setting("A")];
    let built = image_built_by(|build| build.arguments = twice());
    assert!(problems(vec![built], vec![target()]).ends_with("build argument `A` is set twice; set it once"));
    let target = changing(types::ContainerChange { environment: twice(), ..change() });
    assert!(problems(vec![image()], vec![target]).ends_with("variable `A` is set twice; set it once"));
}
