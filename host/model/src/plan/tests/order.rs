//! Older and newer builds, and services that are deployed again.

use super::*;

const OTHER: &str = "abcdef1234567890abcdef1234567890abcdef12";

fn other() -> Stamp {
    Stamp { commit: OTHER.into(), ..stamp() }
}

/// The definition with a stamp on the container `web`, which keeps its image.
fn with_stamp(definition: &TaskDefinition, stamp: &Stamp) -> TaskDefinition {
    let settings = ContainerSettings::default();
    let edit = DefinitionEdit {
        containers: vec![ContainerEdit { container: "web".into(), image: None, settings }],
        size: TaskSize::default(),
        labels: stamp.to_labels(),
    };
    definition.revise(&edit).unwrap()
}

/// The facts when a build with this stamp runs.
fn stamped(runs: &str, stamp: &Stamp) -> PlanFacts {
    let mut facts = facts(runs);
    running(&mut facts).definition = Some(with_stamp(&definition(runs), stamp));
    facts
}

fn plan_over(stamp: &Stamp, other: &Stamp, options: PlanOptions) -> Result<Plan, PlanError> {
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target()] };
    plan_with(&deployment, &stamped("h.example/todo:master", other), stamp, options)
}

#[test]
fn a_stamp_survives_a_round_trip() {
    let stamp = Stamp { commit_time: Some(1_700_000_000), ..stamp() };
    let stamped = with_stamp(&definition("x"), &stamp);
    assert_eq!(Stamp::from_container(&stamped, "web"), Some(stamp));
    assert_eq!(Stamp::from_container(&stamped, "log"), None);
    assert_eq!(Stamp::from_container(&stamped, "nobody"), None);
}

#[test]
fn a_stamp_with_invalid_labels_can_not_forge_a_log() {
    for repository in ["a\nb", "a##[error]b", "a\u{202e}b"] {
        let forged = Stamp { repository: Some(repository.into()), ..stamp() };
        let forged = with_stamp(&definition("x"), &forged);
        assert_eq!(Stamp::from_container(&forged, "web").unwrap().repository, None, "{repository:?}");
    }
    // Such a time would make every later build an older one.
    let forged = with_stamp(&definition("x"), &Stamp { commit_time: Some(1 << 32), ..stamp() });
    assert_eq!(Stamp::from_container(&forged, "web").unwrap().commit_time, None);
    let forged = with_stamp(&definition("x"), &Stamp { commit: "\u{1b}[2J".repeat(9), ..stamp() });
    assert_eq!(Stamp::from_container(&forged, "web"), None);
}

#[test]
fn numbers_of_two_scopes_have_no_order_and_the_commit_times_do() {
    let scoped = |number, scope: &str, commit_time| Stamp {
        number: Some(number),
        number_scope: Some(scope.into()),
        commit_time,
        ..other()
    };
    let own = Stamp { number_scope: Some("deploy".into()), commit_time: Some(100), ..stamp() };
    assert!(scoped(13, "deploy", None).is_newer_than(&own));
    assert!(!scoped(13, "nightly", None).is_newer_than(&own));
    assert!(scoped(1, "nightly", Some(101)).is_newer_than(&own));
    assert!(!Stamp { number: Some(13), ..other() }.is_newer_than(&own));
}

#[test]
fn builds_of_one_repository_are_ordered_by_number_or_time() {
    let with = |change: fn(&mut Stamp)| {
        let mut stamp = other();
        change(&mut stamp);
        stamp
    };
    let own = Stamp { commit_time: Some(100), ..stamp() };
    let cases: [(Stamp, bool); 10] = [
        (with(|s| (s.number, s.repository) = (Some(13), Some("Team/Todo".into()))), true),
        (with(|s| s.number = Some(13)), true),
        (with(|s| s.number = Some(12)), false),
        (with(|s| s.number = Some(11)), false),
        // Numbers take precedence over times.
        (with(|s| (s.number, s.commit_time) = (Some(11), Some(200))), false),
        (with(|s| (s.number, s.commit_time) = (None, Some(101))), true),
        (with(|s| (s.number, s.commit_time) = (None, Some(100))), false),
        (with(|s| s.number = None), false),
        (with(|s| (s.number, s.repository) = (Some(13), Some("team/other".into()))), false),
        (with(|s| (s.number, s.repository) = (Some(13), None)), false),
    ];
    for (other, newer) in cases {
        assert_eq!(other.is_newer_than(&own), newer, "{other:?}");
    }
    let same = Stamp { number: Some(13), ..own.clone() };
    assert!(!same.is_newer_than(&own));
    let nobody = |stamp: &Stamp| Stamp { repository: None, ..stamp.clone() };
    assert!(!nobody(&with(|s| s.number = Some(13))).is_newer_than(&nobody(&own)));
}

#[test]
fn an_older_build_is_rejected_as_superseded() {
    let newer = Stamp { number: Some(58), ..other() };
    let error = plan_over(&stamp(), &newer, PlanOptions::default()).unwrap_err();
    let expected = "service `todo-master/todo` runs build 58 (commit abcdef123456) of team/todo, newer \
                    than this build 12; use --allow-older to deploy this build anyway";
    assert_eq!((error.problems.as_slice(), error.superseded), ([expected.to_owned()].as_slice(), true));
    assert!(plan_over(&stamp(), &newer, PlanOptions { allow_older: true, ..PlanOptions::default() }).is_ok());
}

#[test]
fn without_numbers_an_older_commit_is_rejected_by_its_time() {
    let own = Stamp { number: None, commit_time: Some(100), ..stamp() };
    let newer = Stamp { commit_time: Some(200), ..other() };
    let error = plan_over(&own, &newer, PlanOptions::default()).unwrap_err();
    let expected = "runs commit abcdef123456 of team/todo, newer than this commit 3f2a9c10d1e2";
    assert!(error.problems[0].contains(expected) && error.superseded, "{error}");
}

#[test]
fn an_older_build_with_another_problem_is_not_superseded() {
    let facts = stamped("h.example/todo:master", &Stamp { number: Some(58), ..other() });
    let nobody = ServiceName { service: "nobody".into(), ..name() };
    let nobody = Target { destination: Destination::Service(nobody), ..target() };
    let error = plan(vec![image("todo")], vec![target(), nobody], &facts).unwrap_err();
    assert_eq!((error.problems.len(), error.superseded), (2, false));
}

#[test]
fn the_latest_revision_of_a_family_may_be_newer_too() {
    let newer = Stamp { number: Some(58), ..other() };
    let mut facts = stamped("h.example/todo:master", &newer);
    let definition = running(&mut facts).definition.clone().unwrap();
    let latest = LatestRevision { task_definition: arn("nightly:3"), definition };
    facts.families.insert((here(), "nightly".into()), FamilyFacts::Found(Box::new(latest)));
    let family = Target { destination: Destination::Family("nightly".into()), ..target() };
    let error = plan(vec![image("todo")], vec![family], &facts).unwrap_err();
    let expected = "the latest revision of task definition family `nightly` is from build 58";
    assert!(error.problems[0].contains(expected), "{error}");
}

#[test]
fn a_service_that_runs_the_same_image_is_unchanged_even_if_a_newer_build_deployed_it() {
    let newer = Stamp { number: Some(58), ..other() };
    let facts = PlanFacts { images: pushed("").images, ..stamped(&pinned(), &newer) };
    assert!(plan(vec![image("todo")], vec![target()], &facts).unwrap().is_up_to_date());
}

#[test]
fn a_definition_that_is_read_later_may_be_newer() {
    let older = Stamp { number: Some(11), ..other() };
    let newer = Stamp { number: Some(58), ..other() };
    let found = running(&mut stamped("h.example/todo:x", &newer)).definition.clone().unwrap();
    let plan = plan_over(&stamp(), &older, PlanOptions::default()).unwrap();
    assert_eq!(plan.targets[0].newer_stamp(&found), Some(newer));
    assert_eq!(plan.targets[0].newer_stamp(&definition("h.example/todo:x")), None);
    let allowed =
        plan_over(&stamp(), &older, PlanOptions { allow_older: true, ..PlanOptions::default() }).unwrap();
    assert_eq!(allowed.targets[0].newer_stamp(&found), None);
}

#[test]
fn a_new_stamp_replaces_every_label_of_the_old_one() {
    let by_hand = Stamp { number: None, repository: None, ..stamp() };
    let plan =
        plan_over(&by_hand, &Stamp { commit_time: Some(7), ..other() }, PlanOptions::default()).unwrap();
    let digests = BTreeMap::from([("todo".into(), digest())]);
    let revision = plan.targets[0].new_revision(&digests).unwrap().unwrap();
    assert_eq!(Stamp::from_container(&revision, "web"), Some(by_hand));
}

#[test]
fn a_service_is_deployed_again_when_forced_or_when_its_rollout_failed() {
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target()] };
    let planned = |facts: &PlanFacts, force: bool| {
        let options = PlanOptions { force, ..PlanOptions::default() };
        plan_with(&deployment, facts, &stamp(), options).unwrap()
    };
    let mut facts = pushed(&pinned());
    let plan = planned(&facts, true);
    assert!(plan.targets[0].unchanged && plan.targets[0].redeploy && !plan.is_up_to_date());
    assert!(!planned(&facts, false).targets[0].redeploy);
    running(&mut facts).rollout = RolloutState::Failed;
    let plan = planned(&facts, false);
    assert!(plan.targets[0].redeploy && !plan.is_up_to_date());
    // Another run's deployment of the same revision fulfils `--force`.
    let rebased = plan.targets[0]
        .rebase(NewBase {
            task_definition: &arn("todo:8"),
            definition: &definition(&pinned()),
            is_deregistered: false,
            own: Some(&arn("todo:9")),
        })
        .unwrap();
    assert!(!rebased.redeploy && rebased.is_up_to_date());
}
