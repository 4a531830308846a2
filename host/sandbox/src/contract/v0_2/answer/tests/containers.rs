//! Changes of containers, and one-off tasks.

use super::*;

#[test]
fn an_unknown_image_of_a_container_is_rejected() {
    let target = changing(types::ContainerChange { image: Some("other".into()), ..change() });
    assert!(problems(vec![image()], vec![target]).contains("`other`, which is not in the list of images"));
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
fn an_image_that_is_only_published_is_given_to_no_container() {
    let published = types::Image { publish_only: true, ..image() };
    let target = changing(types::ContainerChange { image: Some("web".into()), ..change() });
    assert!(
        problems(vec![published], vec![target]).contains("it gets the image `web`, which is `publish-only`")
    );
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
