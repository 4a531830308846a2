mod texts;

use super::*;
use crate::problem::Problem;
use model::names::Region;

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
fn a_repeated_tag_is_removed() {
    let deployment = to_deployment(vec![image()], vec![target()]).unwrap();
    assert_eq!(deployment.images[0].tags.len(), 1);
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
fn an_unknown_image_of_a_container_is_rejected() {
    let target = changing(types::ContainerChange { image: Some("other".into()), ..change() });
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
    let target = changing(types::ContainerChange { environment: twice(), ..change() });
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
        environment: vec![],
        timeout_seconds: None,
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
        (|t| t.timeout_seconds = Some(0), "its timeout is 0; return at least 1"),
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
    let plain = types::Target { tasks_before: vec![], ..target };
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

#[test]
fn a_target_changes_something() {
    let idle = |change: &dyn Fn(&mut types::Target)| {
        let mut target = types::Target { containers: Some(vec![]), ..target() };
        change(&mut target);
        to_deployment(vec![image()], vec![target]).map(drop).map_err(|problems| join(&problems))
    };
    assert!(idle(&|_| {}).unwrap_err().contains("target service `c/s`: nothing can change"));
    let size = |cpu_units| types::TaskDefinitionOptions { base: None, cpu_units, memory_mib: None };
    let rollout = |desired_count| types::RolloutOptions {
        desired_count,
        timeout_seconds: None,
        bake_seconds: None,
        on_failure: None,
    };
    assert_eq!(idle(&|target| target.task_definition = Some(size(Some(256)))), Ok(()));
    assert!(
        idle(&|target| target.task_definition = Some(size(Some(0)))).unwrap_err().contains("its cpu is 0")
    );
    assert_eq!(idle(&|target| target.rollout = Some(rollout(Some(0)))), Ok(()));
    assert!(idle(&|target| target.rollout = Some(rollout(None))).is_err());
    let published = types::Image { publish_only: true, ..image() };
    assert!(problems(vec![published], vec![target()]).contains("nothing can change"));
    assert!(problems(vec![image()], vec![changing(change())]).contains("container `web`: nothing changes"));
}

#[test]
fn a_variable_has_one_change() {
    let secret =
        |value_from: &str| types::SecretReference { name: "A".into(), value_from: value_from.into() };
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
    let both = types::ContainerChange { secrets: vec![secret(arn)], unset: vec!["A".into()], ..change() };
    assert!(
        problems(vec![image()], vec![changing(both)]).ends_with("variable `A` is set twice; set it once")
    );
    let name = types::ContainerChange { secrets: vec![secret("/a")], ..change() };
    assert!(problems(vec![image()], vec![changing(name)]).contains("expected the ARN of a secret"));
}

#[test]
fn only_a_service_has_a_rollout() {
    let rollout = types::RolloutOptions {
        desired_count: Some(1),
        timeout_seconds: None,
        bake_seconds: None,
        on_failure: None,
    };
    for destination in [
        types::Destination::Family("nightly".into()),
        types::Destination::Schedule("reports/nightly".into()),
        types::Destination::EventRule("nightly".into()),
    ] {
        let target = types::Target { destination: destination.clone(), rollout: Some(rollout), ..target() };
        let problems = problems(vec![image()], vec![target.clone()]);
        assert!(problems.contains("it has options of a rollout, and only a service rolls out"), "{problems}");
        let plain = types::Target { rollout: None, ..target };
        assert!(to_deployment(vec![image()], vec![plain]).is_ok());
    }
}

#[test]
fn an_image_that_is_only_published_is_given_to_no_container() {
    let published = types::Image { publish_only: true, ..image() };
    let target = changing(types::ContainerChange { image: Some("web".into()), ..change() });
    assert!(
        problems(vec![published], vec![target]).contains("it gets the image `web`, which is `publish-only`")
    );
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
