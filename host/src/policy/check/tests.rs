use super::*;

fn setting(name: &str) -> types::Setting {
    types::Setting { name: name.into(), value: "x".into() }
}

fn docker_build() -> types::DockerBuild {
    types::DockerBuild {
        context: ".".into(),
        dockerfile: None,
        stage: None,
        arguments: vec![],
        platform: None,
    }
}

fn image() -> types::Image {
    types::Image {
        name: "web".into(),
        repository: "h.example/web".into(),
        tags: vec!["master".into(), "master".into()],
        source: types::ImageSource::Dockerfile(docker_build()),
    }
}

fn target() -> types::Target {
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

fn problem(images: Vec<types::Image>, targets: Vec<types::Target>) -> String {
    Deployment::check(images, targets).unwrap_err().join("\n")
}

fn built(change: impl FnOnce(&mut types::DockerBuild)) -> types::Image {
    let mut build = docker_build();
    change(&mut build);
    types::Image { source: types::ImageSource::Dockerfile(build), ..image() }
}

#[test]
fn a_tag_that_is_named_twice_is_one_tag() {
    let deployment = Deployment::check(vec![image()], vec![target()]).unwrap();
    assert_eq!(deployment.images[0].tags.len(), 1);
}

#[test]
fn nothing_to_deploy_is_a_problem() {
    let problems = problem(vec![], vec![]);
    assert!(
        problems.contains("images: there are none") && problems.contains("targets: there are none"),
        "{problems}"
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let bad =
        types::Image { tags: vec!["a/b".into(), "--privileged".into()], repository: "web".into(), ..image() };
    let problems = problem(vec![bad], vec![target()]);
    for part in ["`a/b`", "`--privileged`", "`web` is no valid image repository"] {
        assert!(problems.contains(part), "{problems}");
    }
}

#[test]
fn no_part_of_a_build_can_be_an_option_or_leave_the_folder() {
    let hostile = [
        built(|b| b.context = "--privileged".into()),
        built(|b| b.context = "/etc".into()),
        built(|b| b.dockerfile = Some("../Dockerfile".into())),
        built(|b| b.stage = Some("-x".into())),
        built(|b| b.platform = Some("linux;rm".into())),
        built(|b| b.arguments = vec![setting("A=B --privileged")]),
    ];
    for image in hostile {
        assert!(Deployment::check(vec![image.clone()], vec![target()]).is_err(), "{image:?}");
    }
}

#[test]
fn an_assignment_names_an_image_of_the_decision() {
    let assignment =
        types::Assignment { container: "web".into(), image: "other".into(), environment: vec![] };
    let target = types::Target { containers: vec![assignment], ..target() };
    assert!(problem(vec![image()], vec![target]).contains("`other`, which is none of the images"));
}

#[test]
fn a_service_is_named_once_whether_by_name_or_arn() {
    let arn = types::ServiceName {
        cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/c".into(),
        service: "arn:aws:ecs:eu-central-1:123456789012:service/c/s".into(),
    };
    let twice = types::Target { destination: types::Destination::Service(arn), ..target() };
    assert!(problem(vec![image()], vec![target(), twice]).contains("is named twice"));
}

#[test]
fn a_pushed_image_is_named_by_tag_or_digest() {
    let pushed = |text: &str| types::Image { source: types::ImageSource::Pushed(text.into()), ..image() };
    let digest = format!("sha256:{}", "0".repeat(64));
    assert!(Deployment::check(vec![pushed("staging")], vec![target()]).is_ok());
    assert!(Deployment::check(vec![pushed(&digest)], vec![target()]).is_ok());
    assert!(problem(vec![pushed("sha256:12")], vec![target()]).contains("no valid digest"));
}
