//! Texts that no command line and no environment can contain.

use super::*;

const NUL: &str = "a\0b";

#[test]
fn a_nul_character_is_rejected_wherever_a_text_reaches_a_process() {
    let variable = || types::Setting { name: "A".into(), value: NUL.into() };
    let task = || types::OneOffTask {
        name: "migrate".into(),
        container: "web".into(),
        command: vec!["migrate".into()],
        environment: vec![],
        timeout_seconds: None,
    };
    let built = |change: fn(&mut types::DockerBuild, types::Setting)| {
        (vec![image_built_by(|build| change(build, variable()))], vec![target()])
    };
    let changed = |change| (vec![image()], vec![changing(change)]);
    let with_task = |task| (vec![image()], vec![types::Target { tasks_before: vec![task], ..target() }]);
    for ((images, targets), expected) in [
        (
            built(|build, own| build.arguments = vec![own]),
            "image `web`: the value of build argument `A` contains a NUL character; remove it",
        ),
        (
            built(|build, own| build.labels = vec![own]),
            "image `web`: the value of label `A` contains a NUL character; remove it",
        ),
        (
            changed(types::ContainerChange { environment: vec![variable()], ..change() }),
            "container `web`: the value of variable `A` contains a NUL character; remove it",
        ),
        (
            changed(types::ContainerChange { command: Some(vec![NUL.into()]), ..change() }),
            "container `web`: its command contains a NUL character; remove it",
        ),
        (
            with_task(types::OneOffTask { environment: vec![variable()], ..task() }),
            "the one-off task `migrate`: the value of variable `A` contains a NUL character; remove it",
        ),
        (
            with_task(types::OneOffTask { command: vec![NUL.into()], ..task() }),
            "the one-off task `migrate`: its command contains a NUL character; remove it",
        ),
    ] {
        let problems = problems(images, targets);
        assert!(problems.ends_with(expected), "{problems}");
    }
    // Every other text has a grammar of its own.
    let name = types::Image { name: NUL.into(), ..image() };
    assert!(to_deployment(vec![name], vec![target()]).is_err());
    let fields: [fn(&mut types::DockerBuild); 4] = [
        |build| build.context = NUL.into(),
        |build| build.dockerfile = Some(NUL.into()),
        |build| build.stage = Some(NUL.into()),
        |build| build.platforms = vec![NUL.into()],
    ];
    for field in fields {
        assert!(to_deployment(vec![image_built_by(field)], vec![target()]).is_err());
    }
}
