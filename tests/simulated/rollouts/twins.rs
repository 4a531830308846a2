//! Another user deploys this run's revision at the moment of its update, or shortly before or after.

use ecs_simulator::Change;
use serde_json::json;

use super::table::scenario::after;
use super::world::{World, scenario};

#[test]
fn the_verdict_is_about_the_run_s_own_deployment_or_the_one_that_replaced_it() {
    let body =
        json!({"cluster": "main", "service": "web", "taskDefinition": "web:2", "forceNewDeployment": true});
    for half_seconds in 0..40u32 {
        let mut scenario = scenario();
        let change = Change::Call { action: "ecs:UpdateService".to_owned(), body: body.clone() };
        after("ecs:RegisterTaskDefinition", f64::from(half_seconds) / 2.0, change)(&mut scenario);
        let ended = World::new(&scenario).run().ends();
        assert_eq!(ended.code, Some(0), "{half_seconds}\n{}", ended.transcript());
    }
}
