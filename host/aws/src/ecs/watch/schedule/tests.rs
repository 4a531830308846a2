use tokio::sync::oneshot;
use tokio::time::Instant;

use super::*;
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::digests::Proof;
use crate::ecs::watch::stage::Observation;
use model::decision::{Destination, ServiceName};
use model::names::{Place, Region};
use model::plan::TargetName;

fn watched(cluster: &str, number: usize, stage: Stage) -> WatchedRollout {
    let service = ServiceName { cluster: cluster.into(), service: format!("s{number}") };
    let place = Place { region: Region::parse("eu-west-1").unwrap(), role: None };
    let (sender, _) = oneshot::channel();
    WatchedRollout {
        target: TargetName::new(&Destination::Service(service.clone()), &place, &place.region),
        rollout: Rollout::new(&service, "td:2", None),
        stage,
        is_due: true,
        started_at: Instant::now(),
        timeout: std::time::Duration::from_secs(1),
        until: model::lifecycle::WaitUntil::Deployed,
        progress: None,
        failed_tasks: 0,
        last_read: Instant::now(),
        is_stale: false,
        has_read_deployment: false,
        rejected: 0,
        failed: 0,
        events_read_at: None,
        has_unseen_pauses: false,
        service_deployment: None,
        end: None,
        sender,
    }
}

fn all(count: usize, stage: impl Fn(usize) -> Stage) -> Vec<WatchedRollout> {
    (0..count).map(|number| watched("c", number, stage(number))).collect()
}

fn follow(number: usize) -> Stage {
    Stage::FollowDeployment { service_deployment: format!("d{number}") }
}

#[test]
fn eighty_rollouts_need_five_calls_a_tick() {
    let rollouts = all(80, follow);
    let mut budget = Budget::full();
    let calls = plan_calls(&rollouts, &mut budget);
    assert_eq!(calls.len(), 4);
    assert!(
        calls
            .iter()
            .all(|call| matches!(call, Call::DescribeServiceDeployments(indices) if indices.len() == 20))
    );
    let events = plan_events_call(&rollouts, &mut budget);
    assert!(
        matches!(&events, Some(Call::DescribeServices { indices, .. }) if indices.len() == 10),
        "{events:?}"
    );
}

#[test]
fn calls_beyond_the_budget_wait() {
    let rollouts = all(100, |_| Stage::initial());
    let mut budget = Budget::full();
    assert_eq!(plan_calls(&rollouts, &mut budget).len(), 12);
    assert_eq!(plan_calls(&rollouts, &mut budget).len(), 0);
    budget.refill();
    assert_eq!(plan_calls(&rollouts, &mut budget).len(), 5);
    // Calls of another group have tokens of their own.
    let services = all(400, |_| Stage::FollowService);
    assert_eq!(plan_calls(&services, &mut budget).len(), 25);
    assert_eq!(plan_events_call(&all(1, follow), &mut budget), None);
    let single = all(1, |_| Stage::initial());
    assert_eq!(plan_calls(&single, &mut Budget::full()), [Call::ListServiceDeployments(0)]);
}

#[test]
fn the_known_deployments_come_first() {
    let rollouts = all(40, |number| if number < 30 { Stage::initial() } else { follow(number) });
    let calls = plan_calls(&rollouts, &mut Budget::full());
    assert!(matches!(calls.as_slice(), [Call::DescribeServiceDeployments(indices), rest @ ..]
        if indices.len() == 10
            && rest.iter().all(|call| matches!(call, Call::ListServiceDeployments(_)))));
}

#[test]
fn services_are_described_by_ten_of_a_cluster() {
    let mut rollouts = all(25, |_| Stage::FollowService);
    rollouts.push(watched("other", 25, Stage::FollowService));
    let sizes: Vec<usize> =
        plan_calls(&rollouts, &mut Budget::full()).iter().map(|call| call.indices().len()).collect();
    assert_eq!(sizes, [10, 10, 5, 1]);
}

#[test]
fn at_most_a_hundred_tasks_are_described_by_a_call() {
    let verifying = |number: usize| {
        let tasks: Vec<String> = (0..40).map(|task| format!("{number}/{task}")).collect();
        Stage::Verify { service_deployment: None, tasks: None, proof: Proof::NoTask, attempts: 0 }
            .step(Observation::TaskArns(tasks), &watched("c", number, Stage::FollowService).rollout)
            .next
            .unwrap()
    };
    let rollouts = all(5, verifying);
    let sizes: Vec<usize> =
        plan_calls(&rollouts, &mut Budget::full()).iter().map(|call| call.indices().len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
}
