//! Arbitrary answers: no answer causes a panic, and an accepted answer contains only valid names.

use proptest::prelude::*;

use super::*;
use model::text::is_invisible;

/// Valid names, almost valid ones, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z0-9-]{0,8}",
        2 => "[a-zA-Z0-9_./:@=~ -]{0,12}",
        1 => Just("registry.example/team/web".to_owned()),
        1 => Just("--privileged".to_owned()),
        1 => Just("arn:aws:ecs:eu-west-1:123456789012:service/a/b".to_owned()),
        1 => Just("arn:aws:iam::123456789012:role/deployer".to_owned()),
        1 => Just("a\nVerdict   web deployed".to_owned()),
        1 => Just("::error::\u{1b}[2J\u{202e}".to_owned()),
        2 => any::<String>(),
    ]
}

fn repository() -> impl Strategy<Value = String> {
    prop_oneof![Just("registry.example/web".to_owned()), text()]
}

fn setting() -> impl Strategy<Value = types::Setting> {
    (text(), any::<String>()).prop_map(|(name, value)| types::Setting { name, value })
}

fn list<T: std::fmt::Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(item, 0..3)
}

fn source() -> impl Strategy<Value = types::ImageSource> {
    let build = (text(), prop::option::of(text()), prop::option::of(text()), list(setting()));
    let build =
        (build, prop::option::of(text())).prop_map(|((context, dockerfile, stage, arguments), platform)| {
            types::DockerBuild { context, dockerfile, stage, arguments, platform }
        });
    prop_oneof![build.prop_map(types::ImageSource::Dockerfile), text().prop_map(types::ImageSource::Pushed),]
}

fn image() -> impl Strategy<Value = types::Image> {
    (text(), repository(), list(text()), source()).prop_map(|(name, repository, tags, source)| types::Image {
        name,
        repository,
        tags,
        source,
    })
}

fn task() -> impl Strategy<Value = types::OneOffTask> {
    (text(), text(), list(any::<String>()), any::<Option<u32>>()).prop_map(
        |(name, container, command, timeout)| types::OneOffTask { name, container, command, timeout },
    )
}

fn destination() -> impl Strategy<Value = types::Destination> {
    let service = (text(), text());
    prop_oneof![
        3 => service.prop_map(|(cluster, service)| {
            types::Destination::Service(types::ServiceName { cluster, service })
        }),
        1 => text().prop_map(types::Destination::Family),
    ]
}

fn target() -> impl Strategy<Value = types::Target> {
    let assignment = (text(), text(), list(setting()))
        .prop_map(|(container, image, environment)| types::Assignment { container, image, environment });
    let parts = (destination(), prop::option::of(text()), prop::option::of(text()), list(assignment));
    (parts, list(task()), list(task()), any::<u32>(), any::<Option<u32>>()).prop_map(
        |((destination, region, role, containers), tasks_before, tasks_after, wave, timeout)| types::Target {
            destination,
            region,
            role,
            containers,
            tasks_before,
            tasks_after,
            wave,
            timeout,
            on_failure: None,
        },
    )
}

/// Asserts that a name is safe in a log.
fn assert_plain(name: &str) {
    assert!(!name.is_empty() && !name.contains(is_invisible), "`{name:?}`");
}

/// Asserts that a name is safe in a log, and not an option of a command.
fn assert_word(name: &str) {
    assert_plain(name);
    assert!(!name.starts_with('-'), "`{name:?}`");
}

fn assert_valid(deployment: &Deployment) {
    assert!(!deployment.images.is_empty() && !deployment.targets.is_empty());
    let images: BTreeSet<&str> = deployment.images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(images.len(), deployment.images.len());
    for image in &deployment.images {
        assert_eq!(printable(&image.name), image.name);
        assert!(!image.tags.is_empty());
        for tag in &image.tags {
            assert_word(&image.repository.tagged(tag));
            assert!(Tag::parse(tag.as_str()).is_ok());
        }
        match &image.source {
            ImageSource::Dockerfile(build) => {
                let words = [&build.dockerfile, &build.stage, &build.platform];
                words.into_iter().flatten().chain([&build.context]).for_each(|word| assert_word(word));
                assert!(!build.context.starts_with('/') && !build.context.contains("://"));
                build.arguments.iter().for_each(|(name, _)| assert_word(name));
                assert!(build.arguments.iter().all(|(name, _)| !name.contains('=')));
            }
            ImageSource::Pushed(reference) => assert_word(reference.as_str()),
        }
    }
    for target in &deployment.targets {
        assert_plain(&target.destination.to_string());
        for assignment in &target.containers {
            assert_plain(&assignment.container);
            assert!(images.contains(assignment.image.as_str()));
            assignment.environment.iter().for_each(|(name, _)| assert_plain(name));
        }
        for task in target.tasks_before.iter().chain(&target.tasks_after) {
            assert_plain(&task.container);
            assert_eq!(printable(&task.name), task.name);
            assert!(!task.command.is_empty() && task.timeout != Some(0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn an_answer_is_valid_or_its_problems_are_lines(
        images in list(image()),
        targets in list(target()),
    ) {
        match to_deployment(images, targets) {
            Ok(deployment) => assert_valid(&deployment),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(!problem.text.contains(char::is_control), "{problem:?}");
                    prop_assert!(problem.text.chars().count() < 10_000, "{} characters", problem.text.len());
                }
            }
        }
    }

    /// Most arbitrary answers are rejected. These are valid except for one text.
    #[test]
    fn an_answer_with_one_arbitrary_text_is_valid_or_rejected(
        text in text(),
        place in 0..12_usize,
    ) {
        let (mut image, mut target) = (super::tests::image(), super::tests::target());
        let mut build = super::tests::docker_build();
        let setting = || types::Setting { name: text.clone(), value: text.clone() };
        let task = |name: &str, container: &str| types::OneOffTask {
            name: name.to_owned(),
            container: container.to_owned(),
            command: vec![text.clone()],
            timeout: None,
        };
        match place {
            0 => image.name = text.clone(),
            1 => image.tags.push(text.clone()),
            2 => image.repository = text.clone(),
            3 => build.context = text.clone(),
            4 => build.dockerfile = Some(text.clone()),
            5 => build.stage = Some(text.clone()),
            6 => build.platform = Some(text.clone()),
            7 => build.arguments.push(setting()),
            8 => target.destination = types::Destination::Family(text.clone()),
            9 => target.region = Some(text.clone()),
            10 => target.tasks_before.push(task(&text, "web")),
            _ => target.tasks_before.push(task("migrate", &text)),
        }
        image.source = types::ImageSource::Dockerfile(build);
        if let Ok(deployment) = to_deployment(vec![image], vec![target]) {
            assert_valid(&deployment);
        }
    }
}
