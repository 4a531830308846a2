//! The convention of the built-in policy, written as rules: both decide the same.

use alloc::{format, string::String, vec::Vec};

use ecs_host_policy::{Build, Event, Image, Policy, PullRequest, Selection, Target, travis};
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::decide_without_base;
use crate::decide::Decision;

const RULES: &str = include_str!("../../examples/travis-ecs-deploy.toml");

struct Travis;

impl Policy for Travis {}

/// A decision without the words of a reason.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Skip,
    Error,
    Deploy(Vec<Image>, Vec<Target>),
}

fn of_convention(build: &Build) -> Outcome {
    match Travis.select(build) {
        Ok(Selection::Skip(_)) => Outcome::Skip,
        Err(_) => Outcome::Error,
        Ok(Selection::Deploy) => match (Travis.images(build), Travis.targets(build)) {
            (Ok(images), Ok(targets)) => Outcome::Deploy(images, targets),
            _ => Outcome::Error,
        },
    }
}

fn of_rules(build: &Build) -> Outcome {
    match decide_without_base(RULES, build) {
        Ok(Decision::Skip(_)) => Outcome::Skip,
        Ok(Decision::Deploy(images, targets)) => Outcome::Deploy(images, targets),
        Err(_) => Outcome::Error,
    }
}

/// The first seven have variables and tags of their own. The last two collide with one of them.
const BRANCHES: [&str; 9] =
    ["master", "production", "feature/x", "Release/1.2", "mast", "ümlaut", "-dash", "feature-x", "master."];

fn branch() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(&BRANCHES[..]).prop_map(String::from),
        1 => "[a-z/.-]{1,140}",
    ]
}

/// A list of branches as a setting: with spaces or commas, empty, or missing.
fn list() -> impl Strategy<Value = Option<String>> {
    let words = prop_oneof![5 => subsequence(&BRANCHES[..7], 4..=7), 1 => subsequence(&BRANCHES[..], 0..=9)];
    prop_oneof![
        1 => Just(None),
        10 => (words, prop::sample::select(&[" ", ",", ", ", "\t "][..])).prop_map(|(words, by)| Some(words.join(by))),
    ]
}

fn value(valid: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(" ".into())),
        20 => prop::sample::select(valid).prop_map(|value| Some(value.into())),
    ]
}

prop_compose! {
    fn started()(
        branch in branch(),
        tag in prop_oneof![4 => Just(None), 2 => branch().prop_map(Some)],
        has_own_branch in any::<bool>(),
        event in prop::sample::select(&[Event::Push, Event::Push, Event::Schedule, Event::Manual][..]),
        request in prop_oneof![6 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false)), 1 => Just(None)],
        is_request in prop::sample::select(&[false, false, false, false, false, false, false, true][..]),
        provider in prop::sample::select(&["travis", "github-actions", "none"][..]),
        job in prop::sample::select(&[Some(1), Some(1), Some(1), Some(1), Some(1), None, Some(2), Some(11)][..]),
    ) -> Build {
        let mut build = Build { event, provider: provider.into(), job, ..Build::on_branch(branch) };
        if let Some(tag) = tag {
            build.event = Event::Tag;
            // On Travis CI, the branch of a tag's build is the tag.
            build.branch = if has_own_branch { build.branch } else { tag.clone() };
            build.tag = Some(tag);
        }
        if is_request {
            build.event = Event::PullRequest;
            build.pull_request = Some(PullRequest { number: "12".into(), source_branch: None, is_fork: request });
        }
        build
    }
}

prop_compose! {
    fn builds()(
        build in started(),
        branches in list(),
        tags in list(),
        name in value(&["simple-todo", "app 1"]),
        repository in value(&["registry.example/simple-todo", "localhost:5000/a/b"]),
        cluster in value(&["todo", "todo-prod", "a_b", "arn:aws:ecs:eu-west-1:123456789012:cluster/c", "\"todo\""]),
        service in value(&["web", "web worker", "web, worker,web", "api", "w_1\n", "a,b,c", ",", "a/b", "arn:aws:ecs:eu-west-1:123456789012:service/web"]),
    ) -> Build {
        let suffix = travis::variable_suffix(&build.branch);
        let settings = [
            ("DEPLOY_BRANCHES".into(), branches),
            ("DEPLOY_TAGS".into(), tags),
            ("IMAGE_NAME".into(), name),
            ("REMOTE_IMAGE_URL".into(), repository),
            (format!("ECS_CLUSTER_{suffix}"), cluster),
            (format!("ECS_SERVICE_{suffix}"), service),
        ];
        settings.into_iter().fold(build, |build, (name, value)| match value {
            Some(value) => build.with_setting(name, value),
            None => build,
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_convention_as_rules_decides_the_same(build in builds()) {
        prop_assert_eq!(of_rules(&build), of_convention(&build));
    }
}

/// What is drawn reaches every outcome, so that equal outcomes prove something.
#[test]
fn the_drawn_builds_deploy_skip_and_fail() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..1000 {
        let build = builds().new_tree(&mut runner).unwrap().current();
        match of_convention(&build) {
            Outcome::Skip => counts[0] += 1,
            Outcome::Error => counts[1] += 1,
            Outcome::Deploy(..) => counts[2] += 1,
        }
    }
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}
