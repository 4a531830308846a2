//! Older and newer builds, and what is deployed again.

use super::*;

const OTHER: &str = "abcdef1234567890abcdef1234567890abcdef12";

fn other() -> Stamp {
    Stamp { commit: OTHER.into(), ..stamp() }
}

/// The facts when a build with this stamp runs.
fn stamped(runs: &str, stamp: &Stamp) -> Facts {
    let mut facts = facts(runs);
    let edit =
        Edit { container: "web".into(), image: runs.into(), environment: vec![], labels: stamp.labels() };
    running(&mut facts).definition = Some(definition(runs).revise(&[edit]).unwrap());
    facts
}

fn plan_over(stamp: &Stamp, other: &Stamp, options: Options) -> Result<Plan, PlanError> {
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target()] };
    Plan::new(&deployment, &stamped("h.example/todo:master", other), stamp, &options)
}

#[test]
fn a_stamp_is_read_as_it_was_written() {
    let stamp = Stamp { committed: Some(1_700_000_000), ..stamp() };
    let edit =
        Edit { container: "web".into(), image: "x".into(), environment: vec![], labels: stamp.labels() };
    let stamped = definition("x").revise(&[edit]).unwrap();
    assert_eq!(Stamp::of(&stamped, "web"), Some(stamp));
    assert_eq!(Stamp::of(&stamped, "log"), None);
    assert_eq!(Stamp::of(&stamped, "nobody"), None);
}

#[test]
fn a_stamp_that_somebody_wrote_by_hand_cannot_forge_a_log() {
    let labels = Vec::new();
    let edit = Edit { container: "web".into(), image: "x".into(), environment: vec![], labels };
    for repository in ["a\nb", "a##[error]b", "a\u{202e}b"] {
        let labels = Stamp { repository: Some(repository.into()), ..stamp() }.labels();
        let forged = definition("x").revise(&[Edit { labels, ..edit.clone() }]).unwrap();
        assert_eq!(Stamp::of(&forged, "web").unwrap().repository, None, "{repository:?}");
    }
    let labels = Stamp { commit: "\u{1b}[2J".repeat(9), ..stamp() }.labels();
    let forged = definition("x").revise(&[Edit { labels, ..edit }]).unwrap();
    assert_eq!(Stamp::of(&forged, "web"), None);
}

#[test]
fn the_order_of_builds() {
    let with = |change: fn(&mut Stamp)| {
        let mut stamp = other();
        change(&mut stamp);
        stamp
    };
    let own = Stamp { committed: Some(100), ..stamp() };
    let cases: [(Stamp, bool); 9] = [
        (with(|s| s.build = Some(13)), true),
        (with(|s| s.build = Some(12)), false),
        (with(|s| s.build = Some(11)), false),
        // Numbers tell more than times.
        (with(|s| (s.build, s.committed) = (Some(11), Some(200))), false),
        (with(|s| (s.build, s.committed) = (None, Some(101))), true),
        (with(|s| (s.build, s.committed) = (None, Some(100))), false),
        (with(|s| s.build = None), false),
        (with(|s| (s.build, s.repository) = (Some(13), Some("team/other".into()))), false),
        (with(|s| (s.build, s.repository) = (Some(13), None)), false),
    ];
    for (other, newer) in cases {
        assert_eq!(other.is_newer_than(&own), newer, "{other:?}");
    }
    let same = Stamp { build: Some(13), ..own.clone() };
    assert!(!same.is_newer_than(&own));
    let nobody = |stamp: &Stamp| Stamp { repository: None, ..stamp.clone() };
    assert!(!nobody(&with(|s| s.build = Some(13))).is_newer_than(&nobody(&own)));
}

#[test]
fn an_older_build_is_refused_as_superseded() {
    let newer = Stamp { build: Some(58), ..other() };
    let error = plan_over(&stamp(), &newer, Options::default()).unwrap_err();
    let expected = "service `todo-master/todo` runs build 58 (commit abcdef123456) of team/todo, which is \
                    newer than this build 12; `--allow-older` deploys it all the same";
    assert_eq!((error.problems.as_slice(), error.superseded), ([expected.to_owned()].as_slice(), true));
    assert!(plan_over(&stamp(), &newer, Options { allow_older: true, force: false }).is_ok());
}

#[test]
fn an_older_commit_is_told_by_its_time_where_there_are_no_numbers() {
    let own = Stamp { build: None, committed: Some(100), ..stamp() };
    let newer = Stamp { committed: Some(200), ..other() };
    let error = plan_over(&own, &newer, Options::default()).unwrap_err();
    let expected = "runs commit abcdef123456 of team/todo, which is newer than this commit 3f2a9c10d1e2";
    assert!(error.problems[0].contains(expected) && error.superseded, "{error}");
}

#[test]
fn another_problem_beside_its_age_is_no_supersession() {
    let facts = stamped("h.example/todo:master", &Stamp { build: Some(58), ..other() });
    let nobody = ServiceName { service: "nobody".into(), ..name() };
    let nobody = Target { destination: Destination::Service(nobody), ..target() };
    let error = plan(vec![image("todo")], vec![target(), nobody], &facts).unwrap_err();
    assert_eq!((error.problems.len(), error.superseded), (2, false));
}

#[test]
fn the_latest_revision_of_a_family_may_be_newer_too() {
    let newer = Stamp { build: Some(58), ..other() };
    let mut facts = stamped("h.example/todo:master", &newer);
    let definition = running(&mut facts).definition.clone().unwrap();
    let latest = Latest { task_definition: arn("nightly:3"), definition };
    facts.families.insert((here(), "nightly".into()), Family::Found(Box::new(latest)));
    let family = Target { destination: Destination::Family("nightly".into()), ..target() };
    let error = plan(vec![image("todo")], vec![family], &facts).unwrap_err();
    let expected = "the latest revision of task definition family `nightly` is of build 58";
    assert!(error.problems[0].contains(expected), "{error}");
}

#[test]
fn what_runs_the_same_image_is_no_step_back() {
    let newer = Stamp { build: Some(58), ..other() };
    let facts = Facts { images: pushed("").images, ..stamped(&pinned(), &newer) };
    assert!(plan(vec![image("todo")], vec![target()], &facts).unwrap().is_unchanged());
}

#[test]
fn a_definition_found_later_may_be_newer() {
    let older = Stamp { build: Some(11), ..other() };
    let newer = Stamp { build: Some(58), ..other() };
    let found = running(&mut stamped("h.example/todo:x", &newer)).definition.clone().unwrap();
    let plan = plan_over(&stamp(), &older, Options::default()).unwrap();
    assert_eq!(plan.targets[0].newer_than_this(&found), Some(newer));
    assert_eq!(plan.targets[0].newer_than_this(&definition("h.example/todo:x")), None);
    let allowed = plan_over(&stamp(), &older, Options { allow_older: true, force: false }).unwrap();
    assert_eq!(allowed.targets[0].newer_than_this(&found), None);
}

#[test]
fn a_new_stamp_leaves_nothing_of_the_old_one() {
    let by_hand = Stamp { build: None, repository: None, ..stamp() };
    let plan = plan_over(&by_hand, &Stamp { committed: Some(7), ..other() }, Options::default()).unwrap();
    let digests = BTreeMap::from([("todo".into(), digest())]);
    let revision = plan.targets[0].revision(&digests).unwrap().unwrap();
    assert_eq!(Stamp::of(&revision, "web"), Some(by_hand));
}

#[test]
fn a_service_is_deployed_again_when_forced_or_when_its_rollout_failed() {
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target()] };
    let planned = |facts: &Facts, force: bool| {
        let options = Options { force, ..Options::default() };
        Plan::new(&deployment, facts, &stamp(), &options).unwrap()
    };
    let mut facts = pushed(&pinned());
    let plan = planned(&facts, true);
    assert!(plan.targets[0].unchanged && plan.targets[0].again && !plan.is_unchanged());
    assert!(!planned(&facts, false).targets[0].again);
    running(&mut facts).rollout = RolloutState::Failed;
    let plan = planned(&facts, false);
    assert!(plan.targets[0].again && !plan.is_unchanged());
    // Somebody else's deployment of the same is new enough.
    let on_top = plan.targets[0].on_top_of(arn("todo:8"), definition(&pinned()), &arn("todo:9")).unwrap();
    assert!(!on_top.again && on_top.is_settled());
}
