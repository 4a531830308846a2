//! Decisions of whole files, and the comparison with the convention.

extern crate std;

mod contract;
mod convention;
mod schema;

use alloc::{borrow::ToOwned as _, collections::BTreeSet, string::ToString};

use ecs_host_policy::{
    ContainerChange, Destination, Event, FailureAction, OneOffTask, PullRequest, RolloutOptions, ServiceName,
};
use proptest::prelude::*;

use super::*;

pub(super) const SHOP: &str = include_str!("../examples/shop.toml");

/// The paths of a test.
struct Paths(Option<Result<Vec<String>, String>>);

impl Changes for Paths {
    fn paths(&mut self) -> Result<Option<&[String]>, String> {
        match &self.0 {
            None => Ok(None),
            Some(Ok(paths)) => Ok(Some(paths)),
            Some(Err(error)) => Err(error.clone()),
        }
    }
}

pub(super) fn decide_without_base(text: &str, build: &Build) -> Result<Decision, String> {
    decide(text, build, &mut Paths(None))
}

fn after_changes(text: &str, build: &Build, paths: &[&str]) -> Result<Decision, String> {
    decide(text, build, &mut Paths(Some(Ok(paths.iter().map(ToString::to_string).collect()))))
}

fn deploys(decision: Result<Decision, String>) -> (Vec<Image>, Vec<Target>) {
    match decision {
        Ok(Decision::Deploy(images, targets)) => (images, targets),
        other => panic!("no deployment: {other:?}"),
    }
}

fn skips(decision: Result<Decision, String>) -> String {
    match decision {
        Ok(Decision::Skip(reason)) => reason,
        other => panic!("not skipped: {other:?}"),
    }
}

fn on(branch: &str) -> Build {
    Build { number: Some(57), repository: Some("shop/shop".into()), ..Build::on_branch(branch) }
}

fn pull_request(is_fork: Option<bool>) -> Build {
    let request = PullRequest { number: "12".into(), source_branch: None, is_fork };
    Build { event: Event::PullRequest, pull_request: Some(request), ..on("main") }
}

/// The names of images and destinations.
fn summary(decision: Result<Decision, String>) -> (Vec<String>, Vec<String>) {
    let (images, targets) = deploys(decision);
    let name = |target: Target| match target.destination {
        Destination::Service(ServiceName { cluster, service }) => format!("{cluster}/{service}"),
        Destination::Family(name) | Destination::Schedule(name) | Destination::EventRule(name) => name,
    };
    (images.into_iter().map(|image| image.name).collect(), targets.into_iter().map(name).collect())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn the_first_rule_that_matches_decides() {
    let tag = Build { tag: Some("v1.2".into()), event: Event::Tag, ..on("v1.2") };
    assert_eq!(
        summary(decide_without_base(SHOP, &tag)),
        (
            strings(&["web", "shop-api", "proxy", "tools"]),
            strings(&[
                "shop/web",
                "shop/admin",
                "shop/api",
                "shop-report",
                "nightly",
                "shop/hourly",
                "uploads"
            ])
        )
    );
    let candidate = Build { tag: Some("v1.2-rc1".into()), ..tag };
    assert_eq!(
        skips(decide_without_base(SHOP, &candidate)),
        "No rule of deploy-rules.toml matches tag `v1.2-rc1`."
    );
    let message = Build { commit_message: Some("Fix it [skip deploy]\n\nNow".into()), ..on("main") };
    assert_eq!(
        skips(decide_without_base(SHOP, &message)),
        "The message of the commit contains `[skip deploy]`."
    );
    let copy = Build { repository: Some("other/shop".into()), ..on("main") };
    assert!(skips(decide_without_base(SHOP, &copy)).ends_with("not its copy other/shop."));
    let manual = Build { event: Event::Manual, provider_event: Some("api".into()), ..on("main") };
    // The rule for manual builds does not match, and the one for the branch does.
    assert_eq!(summary(decide_without_base(SHOP, &manual)).1.len(), 3);
    assert_eq!(
        skips(decide_without_base(SHOP, &on("develop"))),
        "No rule of deploy-rules.toml matches branch `develop`."
    );
}

#[test]
fn what_did_not_change_is_neither_built_nor_deployed() {
    let main = on("main");
    assert_eq!(
        skips(after_changes(SHOP, &main, &["docs/a.md", "README.md"])),
        "No rule of deploy-rules.toml matches branch `main`."
    );
    let api = (strings(&["shop-api", "proxy", "tools"]), strings(&["shop-staging/api"]));
    assert_eq!(summary(after_changes(SHOP, &main, &["api/main.rs"])), api);
    let (images, _) = summary(after_changes(SHOP, &main, &["lib/x", "docs/a.md"]));
    assert_eq!(images, strings(&["web", "shop-api", "proxy", "tools"]));
    // Without a base everything counts as changed.
    assert_eq!(summary(decide_without_base(SHOP, &main)).1.len(), 3);
    skips(after_changes(SHOP, &main, &[]));
    let shallow = decide(SHOP, &main, &mut Paths(Some(Err("the clone is shallow; run `git fetch`".into()))));
    assert_eq!(
        shallow.unwrap_err(),
        "deploy-rules.toml:25:12: `changed` cannot be decided: the clone is shallow; run `git fetch`"
    );
}

#[test]
fn nothing_to_deploy_is_a_skip() {
    let text = "rule = [{ branch = 'main', environment = 'a' }]\n[environments.a]\ncluster = 'c'\n\
                [[target]]\nservice = 's'\nchanged = 'x/**'\ndesired-count = 1\n";
    let reason = skips(after_changes(text, &on("main"), &["y"]));
    assert_eq!(
        reason,
        "No target of environment `a` is due: none is for it, or nothing changed in its paths."
    );
}

#[test]
fn a_pull_request_deploys_only_by_a_rule_for_it_and_never_from_a_fork() {
    assert_eq!(
        summary(decide_without_base(SHOP, &pull_request(Some(false)))),
        (strings(&["web", "tools"]), strings(&["shop-review/review-12"]))
    );
    assert_eq!(
        skips(decide_without_base(SHOP, &pull_request(Some(true)))),
        "Pull request 12 does not deploy, because it is from a fork."
    );
    let unknown = skips(decide_without_base(SHOP, &pull_request(None)));
    assert!(unknown.ends_with("does not report it. If it is not, pass `--fork false`."), "{unknown}");
    let text = "rule = [{ environment = 'a' }]\n[environments.a]\ncluster = 'c'\n[[target]]\nservice = 's'\ndesired-count = 1\n";
    deploys(decide_without_base(text, &on("main")));
    deploys(decide_without_base(text, &Build { tag: Some("v1".into()), event: Event::Tag, ..on("v1") }));
    assert_eq!(
        skips(decide_without_base(text, &pull_request(Some(false)))),
        "No rule of deploy-rules.toml matches pull request 12; a rule for it has `event = \"pull-request\"`."
    );
}

#[test]
fn one_job_of_a_matrix_deploys_unless_the_file_says_otherwise() {
    let second = Build { job: Some(2), ..on("main") };
    assert!(skips(decide_without_base(SHOP, &second)).starts_with("Job 2 does not deploy"));
    let travis = Build { provider: "travis".into(), ..on("main") };
    assert!(skips(decide_without_base(SHOP, &travis)).contains("TRAVIS_JOB_NUMBER"));
    let every = SHOP.replace("jobs = \"first\"", "jobs = \"all\"");
    deploys(decide_without_base(&every, &second));
}

#[test]
fn every_option_reaches_the_answer() {
    let tag = Build { tag: Some("v1.2".into()), event: Event::Tag, ..on("v1.2") };
    let (images, targets) = deploys(decide_without_base(SHOP, &tag));
    let commit = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(images[0].tags, ["production".to_owned(), format!("production-{commit}")]);
    assert_eq!(images[1].tags, ["production", "0123456789ab-57"]);
    let ecs_host_policy::ImageSource::Build(build) = &images[1].source else { panic!("{images:?}") };
    assert_eq!(
        (build.context.as_str(), build.dockerfile.as_deref(), build.stage.as_deref(), build.pull),
        ("api", Some("api/Dockerfile"), Some("production"), true)
    );
    let buildkit = build.buildkit.as_ref().unwrap();
    assert_eq!((buildkit.secrets.len(), buildkit.ssh.len(), buildkit.contexts.len()), (1, 1, 2));
    assert_eq!(buildkit.cache_from, ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/cache:v1-2"]);
    assert_eq!(images[2].source, ecs_host_policy::ImageSource::Pushed("stable".into()));
    assert!(images[3].publish_only);
    let web = &targets[0];
    assert_eq!((web.wave, web.region.as_deref()), (1, Some("eu-west-1")));
    assert_eq!(web.role.as_deref(), Some("arn:aws:iam::123456789012:role/deploy-shop"));
    assert_eq!(
        web.rollout,
        Some(RolloutOptions {
            desired_count: Some(3),
            timeout_seconds: Some(900),
            bake_seconds: Some(60),
            on_failure: Some(FailureAction::RollBack),
        })
    );
    assert_eq!(web.tasks_after, [OneOffTask::new("smoke test", "web", ["bin/smoke-test"])]);
    let definition = web.task_definition.as_ref().unwrap();
    assert_eq!((definition.cpu_units, definition.memory_mib), (Some(512), Some(1024)));
    let containers = targets[2].containers.as_ref().unwrap();
    assert_eq!(containers[0].image.as_deref(), Some("shop-api"));
    assert_eq!(containers[0].environment[1].value, commit);
    assert!(containers[0].secrets[0].value_from.ends_with(":secret:production/database"));
    assert_eq!(containers[1], ContainerChange::image("proxy", "proxy"));
    assert_eq!(targets[2].tasks_before[0].environment[0].value, "57");
    assert_eq!(targets[2].tasks_before[0].timeout_seconds, Some(600));
}

#[test]
fn a_missing_value_and_an_invalid_name_are_reported_with_their_position() {
    let text = "rule = [{ environment = 'a' }]\n[environments.a]\n[[target]]\n\
                cluster = '{settings.DEPLOY_X}'\nservice = 's'\ndesired-count = 1\n";
    assert_eq!(
        decide_without_base(text, &on("main")).unwrap_err(),
        "deploy-rules.toml:4:11: DEPLOY_X is not set: set this variable in the CI job"
    );
    let quotes = on("main").with_setting("DEPLOY_X", "\"a\"");
    assert_eq!(
        decide_without_base(text, &quotes).unwrap_err(),
        "deploy-rules.toml:4:11: expected a name of 1 to 255 letters, digits, _ and -, or the ARN of a cluster; found \
         `\\\"a\\\"`"
    );
    let number = text.replace("settings.DEPLOY_X", "number");
    assert!(deploys(decide_without_base(&number, &on("main"))).1.len() == 1);
    let none = Build { number: None, ..on("main") };
    assert!(
        decide_without_base(&number, &none)
            .unwrap_err()
            .contains("`{number}` has no value in this build; on the command line, `--build-number`")
    );
}

#[test]
fn two_targets_and_two_tags_of_one_name_are_a_mistake() {
    let text = "rule = [{ environment = 'a' }]\n[environments.a]\ncluster = 'c'\n\
                [images.x]\nrepository = 'r.io/x'\n[images.y]\nrepository = 'r.io/x'\ntags = 'y'\n\
                [[target]]\nservice = 's'\n[[target]]\nservice = ['t', 's']\nregion = 'eu-west-1'\n";
    assert_eq!(deploys(decide_without_base(text, &on("main"))).1.len(), 3);
    assert_eq!(
        decide_without_base(&text.replace("region = 'eu-west-1'\n", ""), &on("main")).unwrap_err(),
        "deploy-rules.toml:11:1: another [[target]] of this environment has `s` too"
    );
    assert_eq!(
        decide_without_base(&text.replace("'y'", "'a'"), &on("main")).unwrap_err(),
        "deploy-rules.toml:6:9: images `x` and `y` both have the tag `a` in one repository: set `tags` of one of them"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A damaged file is rejected with positions in it, or it decides; it never panics.
    #[test]
    fn any_text_is_a_decision_or_a_list_of_positions(
        cut in 0..SHOP.len(), length in 0..40_usize, text in "(\\PC|[\\[\\]{}=\"'\\n.]){0,30}",
    ) {
        let end = (cut + length).min(SHOP.len());
        let damaged = match (SHOP.get(..cut), SHOP.get(end..)) {
            (Some(before), Some(after)) => format!("{before}{text}{after}"),
            _ => text,
        };
        if let Err(error) = decide_without_base(&damaged, &on("main")) {
            for line in error.lines().filter(|line| !line.ends_with(" problems:") && !line.starts_with("- and ")) {
                let position = line.trim_start_matches("- ").strip_prefix("deploy-rules.toml:").unwrap_or_default();
                let line_number = position.split(':').next().and_then(|number| number.parse::<usize>().ok());
                prop_assert!(line_number.is_some_and(|it| it <= damaged.matches('\n').count() + 1), "{}", error);
            }
        }
    }
}

/// The words of two sets that are in one of them only.
pub(super) fn difference(a: &[&str], b: &[&str]) -> Vec<String> {
    let set = |words: &[&str]| words.iter().map(ToString::to_string).collect::<BTreeSet<String>>();
    set(a).symmetric_difference(&set(b)).cloned().collect()
}

#[test]
fn a_pushed_image_keeps_its_digest() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let text = SHOP.replace("pushed = \"stable\"", &format!("pushed = \"{digest}\""));
    let (images, _) = deploys(decide_without_base(&text, &on("main")));
    assert_eq!(images[2].source, ecs_host_policy::ImageSource::Pushed(digest));
    assert!(!images[2].publish_only);
}
