//! Arbitrary answers: no answer causes a panic, and an accepted answer contains only valid names.

mod accepted;

use proptest::prelude::*;

use super::*;
use accepted::assert_valid;

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
    let options = (list(text()), list(setting()), any::<bool>(), prop::option::of(buildkit()));
    let build = (build, options).prop_map(
        |((context, dockerfile, stage, arguments), (platforms, labels, pull, buildkit))| types::DockerBuild {
            context,
            dockerfile,
            stage,
            arguments,
            platforms,
            labels,
            pull,
            buildkit,
        },
    );
    prop_oneof![
        Just(types::ImageSource::Dockerfile),
        build.prop_map(types::ImageSource::Build),
        text().prop_map(types::ImageSource::Pushed),
    ]
}

fn buildkit() -> impl Strategy<Value = types::BuildkitOptions> {
    let secret = (text(), text()).prop_map(|(id, variable)| types::BuildSecret { id, variable });
    let content = prop_oneof![
        text().prop_map(types::ContextContent::Directory),
        text().prop_map(types::ContextContent::Image),
    ];
    let context = (text(), content).prop_map(|(name, content)| types::BuildContext { name, content });
    (list(secret), list(text()), list(text()), list(text()), list(context)).prop_map(
        |(secrets, ssh, cache_from, cache_to, contexts)| types::BuildkitOptions {
            secrets,
            ssh,
            cache_from,
            cache_to,
            contexts,
        },
    )
}

fn image() -> impl Strategy<Value = types::Image> {
    (text(), repository(), list(text()), source(), any::<bool>()).prop_map(
        |(name, repository, tags, source, publish_only)| types::Image {
            name,
            repository,
            tags,
            source,
            publish_only,
        },
    )
}

fn task() -> impl Strategy<Value = types::OneOffTask> {
    (text(), text(), list(any::<String>()), list(setting()), any::<Option<u32>>()).prop_map(
        |(name, container, command, environment, timeout_seconds)| types::OneOffTask {
            name,
            container,
            command,
            environment,
            timeout_seconds,
        },
    )
}

fn destination() -> impl Strategy<Value = types::Destination> {
    let service = (text(), text());
    prop_oneof![
        3 => service.prop_map(|(cluster, service)| {
            types::Destination::Service(types::ServiceName { cluster, service })
        }),
        1 => text().prop_map(types::Destination::Family),
        1 => text().prop_map(types::Destination::Schedule),
        1 => text().prop_map(types::Destination::EventRule),
    ]
}

fn container_change() -> impl Strategy<Value = types::ContainerChange> {
    let secret = (text(), text()).prop_map(|(name, value_from)| types::SecretReference { name, value_from });
    let lists = (list(setting()), list(secret), list(text()), prop::option::of(list(any::<String>())));
    (text(), prop::option::of(text()), lists).prop_map(
        |(container, image, (environment, secrets, unset, command))| types::ContainerChange {
            container,
            image,
            environment,
            secrets,
            unset,
            command,
        },
    )
}

fn target() -> impl Strategy<Value = types::Target> {
    let parts = (
        destination(),
        prop::option::of(text()),
        prop::option::of(text()),
        prop::option::of(list(container_change())),
    );
    let size =
        prop::option::of((any::<Option<u32>>(), any::<Option<u32>>()).prop_map(|(cpu_units, memory_mib)| {
            types::TaskDefinitionOptions { base: None, cpu_units, memory_mib }
        }));
    let rollout = prop::option::of((any::<Option<u32>>(), any::<Option<u32>>()).prop_map(
        |(desired_count, timeout_seconds)| types::RolloutOptions {
            desired_count,
            timeout_seconds,
            bake_seconds: timeout_seconds,
            on_failure: None,
        },
    ));
    (parts, size, rollout, list(task()), list(task()), any::<u32>()).prop_map(
        |(
            (destination, region, role, containers),
            task_definition,
            rollout,
            tasks_before,
            tasks_after,
            wave,
        )| {
            types::Target {
                destination,
                region,
                role,
                wave,
                containers,
                task_definition,
                rollout,
                tasks_before,
                tasks_after,
            }
        },
    )
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
            environment: vec![],
            timeout_seconds: None,
        };
        match place {
            0 => image.name = text.clone(),
            1 => image.tags.push(text.clone()),
            2 => image.repository = text.clone(),
            3 => build.context = text.clone(),
            4 => build.dockerfile = Some(text.clone()),
            5 => build.stage = Some(text.clone()),
            6 => build.platforms.push(text.clone()),
            7 => build.arguments.push(setting()),
            8 => target.destination = types::Destination::Family(text.clone()),
            9 => target.region = Some(text.clone()),
            10 => target.tasks_before.push(task(&text, "web")),
            _ => target.tasks_before.push(task("migrate", &text)),
        }
        image.source = types::ImageSource::Build(build);
        if let Ok(deployment) = to_deployment(vec![image], vec![target]) {
            assert_valid(&deployment);
        }
    }
}
