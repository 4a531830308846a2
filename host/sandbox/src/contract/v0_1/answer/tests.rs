use super::*;

fn setting(name: &str) -> types::Setting {
    types::Setting { name: name.into(), value: "x".into() }
}

pub(super) fn docker_build() -> types::DockerBuild {
    types::DockerBuild {
        context: ".".into(),
        dockerfile: None,
        stage: None,
        arguments: vec![],
        platform: None,
    }
}

pub(super) fn image() -> types::Image {
    types::Image {
        name: "web".into(),
        repository: "h.example/web".into(),
        tags: vec!["master".into(), "master".into()],
        source: types::ImageSource::Dockerfile(docker_build()),
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
        containers: vec![],
        tasks_before: vec![],
        tasks_after: vec![],
        wave: 0,
        timeout: None,
        on_failure: None,
    }
}

fn problems(images: Vec<types::Image>, targets: Vec<types::Target>) -> String {
    let problems = to_deployment(images, targets).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn image_built_by(change: impl FnOnce(&mut types::DockerBuild)) -> types::Image {
    let mut build = docker_build();
    change(&mut build);
    types::Image { source: types::ImageSource::Dockerfile(build), ..image() }
}

#[test]
fn a_repeated_tag_is_removed() {
    let deployment = to_deployment(vec![image()], vec![target()]).unwrap();
    assert_eq!(deployment.images[0].tags.len(), 1);
}

#[test]
fn empty_lists_are_rejected() {
    let problems = problems(vec![], vec![]);
    assert!(
        problems.contains("images: the list is empty") && problems.contains("targets: the list is empty"),
        "{problems}"
    );
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
fn a_docker_build_with_an_option_or_a_path_outside_the_folder_is_rejected() {
    let hostile = [
        image_built_by(|b| b.context = "--privileged".into()),
        image_built_by(|b| b.context = "/etc".into()),
        image_built_by(|b| b.dockerfile = Some("../Dockerfile".into())),
        image_built_by(|b| b.stage = Some("-x".into())),
        image_built_by(|b| b.platform = Some("linux;rm".into())),
        image_built_by(|b| b.arguments = vec![setting("A=B --privileged")]),
    ];
    for image in hostile {
        assert!(to_deployment(vec![image.clone()], vec![target()]).is_err(), "{image:?}");
    }
}

#[test]
fn an_assignment_of_an_unknown_image_is_rejected() {
    let assignment =
        types::Assignment { container: "web".into(), image: "other".into(), environment: vec![] };
    let target = types::Target { containers: vec![assignment], ..target() };
    assert!(problems(vec![image()], vec![target]).contains("`other`, which is not in the list of images"));
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
fn a_variable_or_a_build_argument_that_is_set_twice_is_rejected() {
    let twice = || vec![setting("A"), setting("B"), setting("A")];
    let built = image_built_by(|build| build.arguments = twice());
    assert!(problems(vec![built], vec![target()]).ends_with("build argument `A` is set twice; set it once"));
    let assignment = types::Assignment { container: "web".into(), image: "web".into(), environment: twice() };
    let target = types::Target { containers: vec![assignment], ..target() };
    assert!(problems(vec![image()], vec![target]).ends_with("variable `A` is set twice; set it once"));
}

#[test]
fn two_targets_of_one_service_are_rejected_by_name_and_by_arn() {
    let arn = types::ServiceName {
        cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/c".into(),
        service: "arn:aws:ecs:eu-central-1:123456789012:service/c/s".into(),
    };
    let twice = types::Target { destination: types::Destination::Service(arn), ..target() };
    assert!(problems(vec![image()], vec![target(), twice]).contains("is named twice"));
    let there = || types::Target { region: Some("us-east-1".into()), ..target() };
    assert!(problems(vec![image()], vec![there(), there()]).contains("is named twice"));
    assert!(to_deployment(vec![image()], vec![target(), there()]).is_ok());
}

#[test]
fn a_pushed_image_has_a_tag_or_a_digest() {
    let pushed = |text: &str| types::Image { source: types::ImageSource::Pushed(text.into()), ..image() };
    let digest = format!("sha256:{}", "0".repeat(64));
    assert!(to_deployment(vec![pushed("staging")], vec![target()]).is_ok());
    assert!(to_deployment(vec![pushed(&digest)], vec![target()]).is_ok());
    assert!(problems(vec![pushed("sha256:12")], vec![target()]).contains("digest"));
}

fn task(name: &str) -> types::OneOffTask {
    types::OneOffTask {
        name: name.into(),
        container: "web".into(),
        command: vec!["sh".into(), "-c".into(), "a\n\u{1b}b ''".into(), String::new()],
        timeout: None,
    }
}

fn with_tasks(before: Vec<types::OneOffTask>, after: Vec<types::OneOffTask>) -> types::Target {
    types::Target { tasks_before: before, tasks_after: after, ..target() }
}

#[test]
fn the_command_of_a_one_off_task_is_unchanged() {
    let targets = vec![with_tasks(vec![task("migrate")], vec![task("smoke")])];
    let deployment = to_deployment(vec![image()], targets).unwrap();
    let [before, after] =
        [&deployment.targets[0].tasks_before, &deployment.targets[0].tasks_after].map(|tasks| &tasks[0]);
    assert_eq!((before.name.as_str(), after.name.as_str()), ("migrate", "smoke"));
    assert_eq!(before.command, task("migrate").command);
}

#[test]
fn an_invalid_one_off_task_is_rejected() {
    type Case = (fn(&mut types::OneOffTask), &'static str);
    let cases: [Case; 6] = [
        (|t| t.name = String::new(), "a name is one line of 1 to 128 visible characters"),
        (|t| t.name = "a\nVerdict".into(), "`a\\nVerdict`: a name is one line"),
        (|t| t.container = "--privileged x".into(), "invalid container name \""),
        (|t| t.command = vec![], "it has no command"),
        (|t| t.command = vec!["a\0b".into()], "its command contains a NUL"),
        (|t| t.timeout = Some(0), "its timeout is 0 seconds"),
    ];
    for (change, expected) in cases {
        let mut bad = task("migrate");
        change(&mut bad);
        let problems = problems(vec![image()], vec![with_tasks(vec![], vec![bad])]);
        assert!(problems.contains(expected) && problems.contains("target service `c/s`"), "{problems}");
    }
}

#[test]
fn two_one_off_tasks_with_one_name_are_rejected() {
    let problems = problems(vec![image()], vec![with_tasks(vec![task("x")], vec![task("x")])]);
    assert!(problems.contains("two of its one-off tasks have the same name"), "{problems}");
}

#[test]
fn one_off_tasks_of_a_family_are_rejected() {
    let family = types::Destination::Family("nightly".into());
    let target = types::Target { destination: family.clone(), ..with_tasks(vec![task("x")], vec![]) };
    let problems = problems(vec![image()], vec![target.clone()]);
    assert!(problems.contains("`nightly`: one-off tasks run in a service's cluster"), "{problems}");
    let plain = types::Target { tasks_before: vec![], timeout: Some(5), ..target };
    assert!(to_deployment(vec![image()], vec![plain]).is_ok());
}

#[test]
fn a_role_that_is_not_an_arn_is_rejected() {
    let target = |role: &str| types::Target { role: Some(role.into()), ..target() };
    assert!(problems(vec![image()], vec![target("deploy")]).contains("invalid IAM role \"deploy\""));
    let deployment =
        to_deployment(vec![image()], vec![target("arn:aws:iam::123456789012:role/deploy")]).unwrap();
    let own = Region::parse("eu-central-1").unwrap();
    let place = deployment.targets[0].place(&own);
    assert_eq!((place.region, place.role.unwrap().account()), (own, "123456789012"));
}

#[test]
fn a_region_that_conflicts_with_the_arn_is_rejected() {
    let name = |region: &str| types::ServiceName {
        cluster: format!("arn:aws:ecs:{region}:123456789012:cluster/c"),
        service: "s".into(),
    };
    let target = |region: Option<&str>| types::Target {
        destination: types::Destination::Service(name("us-east-1")),
        region: region.map(str::to_owned),
        ..target()
    };
    let deployment = to_deployment(vec![image()], vec![target(None)]).unwrap();
    let own = Region::parse("eu-central-1").unwrap();
    assert_eq!(deployment.targets[0].place(&own).region, own);
    assert_eq!(deployment.targets[0].arn_region.as_ref().map(Region::as_str), Some("us-east-1"));
    assert!(problems(vec![image()], vec![target(Some("eu-west-1"))]).contains("its ARN is in us-east-1"));
}
