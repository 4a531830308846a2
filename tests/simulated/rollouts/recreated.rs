//! A service that is deleted and created again while its rollout is watched.

use ecs_simulator::{AfterCall, Change, Scenario, ScheduledChange, Time, Trigger};
use serde_json::json;

use super::world::{World, scenario};

#[test]
fn a_service_that_is_created_again_between_two_polls_ends_the_watch() {
    let after = |delay, change| ScheduledChange {
        trigger: Trigger::AfterCall(AfterCall { action: "ecs:UpdateService".to_owned(), count: 1, delay }),
        account: None,
        region: None,
        change,
    };
    let (cluster, service) = ("main".to_owned(), "web".to_owned());
    let body = json!({"cluster": "main", "serviceName": "web", "taskDefinition": "web:2", "desiredCount": 2});
    let scheduled_changes = vec![
        after(10_000.0, Change::DeleteService { cluster, service }),
        after(20_000.0, Change::Call { action: "ecs:CreateService".to_owned(), body }),
    ];
    // A poll takes 100,000 seconds in ECS, and the tasks never start.
    let scenario = Scenario { time: Time::Speed(50_000.0), scheduled_changes, ..scenario() };
    let slow = ecs_simulator::Delay::fixed(1e7);
    let scenario = Scenario { delays: ecs_simulator::Delays { pull: slow, ..scenario.delays }, ..scenario };
    let world = World::new(&scenario);
    let ended = world.verb("run").args(&["--poll", "2"]).exits(1);
    ended.prints("the service was deleted").does_not_print("web deployed");
    assert_eq!(ended.verdict("main/web")["verdict"], "failed");
}
