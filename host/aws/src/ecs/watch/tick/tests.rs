use tokio::sync::oneshot;
use tokio::time::Instant;

use super::*;
use crate::ecs::Rollout;
use crate::ecs::watch::stage::Answer;
use model::decision::{Destination, ServiceName};
use model::names::{Place, Region};
use model::plan::TargetName;

fn watched(cluster: &str, number: usize, stage: Stage) -> Watched {
    let service = ServiceName { cluster: cluster.into(), service: format!("s{number}") };
    let place = Place { region: Region::parse("eu-west-1").unwrap(), role: None };
    let (tell, _) = oneshot::channel();
    Watched {
        target: TargetName::new(&Destination::Service(service.clone()), &place, &place.region),
        started: Rollout::found(&service, "td:2", None),
        stage,
        due: true,
        begun: Instant::now(),
        timeout: std::time::Duration::from_secs(1),
        progress: None,
        failed: 0,
        read: Instant::now(),
        in_vain: false,
        events_read: None,
        known: None,
        ended: None,
        tell,
    }
}

fn all(count: usize, stage: impl Fn(usize) -> Stage) -> Vec<Watched> {
    (0..count).map(|number| watched("c", number, stage(number))).collect()
}

fn follow(number: usize) -> Stage {
    Stage::Follow { deployment: format!("d{number}") }
}

#[test]
fn a_hundred_rollouts_take_one_call_and_five_a_tick() {
    let rollouts = all(100, follow);
    let mut budget = Budget::of(rollouts.len());
    let calls = calls(&rollouts, &mut budget);
    assert_eq!(calls.len(), 5);
    assert!(calls.iter().all(|call| matches!(call, Call::Deployments(of) if of.len() == 20)));
    let events = events(&rollouts, &mut budget);
    assert!(matches!(&events, Some(Call::Services { of, .. }) if of.len() == 10), "{events:?}");
    assert_eq!(super::events(&rollouts, &mut budget), None, "the tick is used up");
}

#[test]
fn what_does_not_fit_waits() {
    let rollouts = all(100, |_| Stage::first());
    assert_eq!(calls(&rollouts, &mut Budget::of(100)).len(), 6);
    let one = all(1, |_| Stage::first());
    assert_eq!(calls(&one, &mut Budget::of(1)), [Call::Begun(0)]);
}

#[test]
fn the_known_deployments_come_first() {
    let rollouts = all(40, |number| if number < 30 { Stage::first() } else { follow(number) });
    let calls = calls(&rollouts, &mut Budget::of(40));
    assert!(
        matches!(calls.as_slice(), [Call::Deployments(of), Call::Begun(_), Call::Begun(_)] if of.len() == 10)
    );
}

#[test]
fn the_services_own_lists_are_read_by_ten_of_a_cluster() {
    let mut rollouts = all(25, |_| Stage::List);
    rollouts.push(watched("other", 25, Stage::List));
    let sizes: Vec<usize> =
        calls(&rollouts, &mut Budget::of(26)).iter().map(|call| call.of().len()).collect();
    assert_eq!(sizes, [10, 10, 5, 1]);
}

#[test]
fn tasks_are_described_a_hundred_at_once() {
    let proving = |number: usize| {
        let tasks: Vec<String> = (0..40).map(|task| format!("{number}/{task}")).collect();
        Stage::Prove { deployment: None, tasks: None, proven: 0, looks: 0 }
            .step(Answer::Listed(tasks), &watched("c", number, Stage::List).started)
            .next
            .unwrap()
    };
    let rollouts = all(5, proving);
    let sizes: Vec<usize> =
        calls(&rollouts, &mut Budget::of(100)).iter().map(|call| call.of().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
}
