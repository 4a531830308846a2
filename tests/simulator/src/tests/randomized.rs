use serde_json::json;

use super::*;
use crate::Change;

#[test]
fn a_service_becomes_steady_after_random_changes() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let strategy = ["ROLLING", "ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"][rng.usize(0..5)];
        let steps = json!({ "stepPercent": 50.0, "stepBakeTimeInMinutes": 1, "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 1 });
        let configuration = json!({
            "strategy": strategy, "linearConfiguration": steps, "canaryConfiguration": steps,
            "minimumHealthyPercent": rng.u32(0..=100), "maximumPercent": rng.u32(101..=200), "bakeTimeInMinutes": rng.u32(0..3),
            "deploymentCircuitBreaker": { "enable": true, "rollback": rng.bool() },
            "alarms": { "alarmNames": ["errors"], "enable": rng.bool(), "rollback": rng.bool() },
        });
        let behaviour =
            [crash(), TaskBehaviour::Unhealthy { after: 2.0 }, TaskBehaviour::CannotPull { reason: None }]
                [rng.usize(0..3)]
            .clone();
        let filter = TaskFilter { image_contains: Some("bad".into()), ..Default::default() };
        let desired_count = rng.u32(1..6);
        let web = WebService::start(Scenario {
            seed,
            task_rules: vec![TaskRule { filter, behaviour, ..Default::default() }],
            delays: Delays::default(),
            ..web_scenario(desired_count, json!({ "deploymentConfiguration": configuration }))
        });
        let (cluster, service) = ("main".to_owned(), "web".to_owned());
        for turn in 0..rng.u32(1..15) {
            web.simulator.advance(rng.f64() * 60.0);
            match rng.u32(0..9) {
                0..=2 => drop(web.deploy(&format!("good:{turn}"))),
                3 => drop(web.deploy(&format!("bad:{turn}"))),
                4 => drop(web.update(json!({ "desiredCount": rng.u32(0..6) }))),
                5 => {
                    let stop_type = Some(if rng.bool() { "ROLLBACK" } else { "ABORT" }.to_owned());
                    drop(web.simulator.apply(&Change::StopServiceDeployment {
                        cluster: cluster.clone(),
                        service: service.clone(),
                        stop_type,
                    }));
                }
                6 => drop(
                    web.simulator
                        .apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: rng.bool() }),
                ),
                7 => {
                    let kill = Change::KillTasks {
                        cluster: cluster.clone(),
                        service: service.clone(),
                        count: rng.usize(1..3),
                        exit_code: 1,
                    };
                    drop(web.simulator.apply(&kill));
                }
                _ => drop(web.update(json!({ "forceNewDeployment": true }))),
            }
        }
        web.simulator.apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: false }).unwrap();
        web.deploy("good:last");
        web.simulator.advance(7200.0);
        let snapshot = web.snapshot();
        let newest = snapshot.newest_deployment().unwrap();
        // A rolling deployment cannot proceed if the maximum permits no further task and the minimum no
        // fewer.
        let percent =
            |name: &str| snapshot.settings["deploymentConfiguration"][name].as_u64().unwrap() as u32;
        let desired = snapshot.desired_count;
        let min_healthy = (desired * percent("minimumHealthyPercent")).div_ceil(100);
        let max_live = desired * percent("maximumPercent") / 100;
        let events = web.event_messages();
        let is_stuck = strategy == "ROLLING"
            && max_live <= desired
            && min_healthy >= desired
            && events[0].contains("was unable to stop or start tasks during a deployment");
        assert!(newest.status == "SUCCESSFUL" || is_stuck, "seed {seed}: {snapshot:#?} {events:#?}");
        assert!(
            snapshot.deployments.iter().rev().skip(1).all(|older| older.is_final),
            "seed {seed}: {snapshot:#?}"
        );
        if !is_stuck {
            assert_eq!(snapshot.tasks.len(), snapshot.desired_count as usize, "seed {seed}");
            assert!(
                snapshot
                    .tasks
                    .iter()
                    .all(|task| task.is_healthy && task.task_definition == snapshot.task_definition)
            );
        }
    }
}

#[test]
fn the_same_seed_and_calls_lead_to_the_same_responses() {
    let run = || {
        let web = WebService::start(Scenario {
            task_rules: rules_for_new_tasks(crash()),
            delays: Delays::default(),
            ..web_scenario(3, circuit_breaker(true))
        });
        let mut responses = vec![web.deploy("app:2")];
        for _ in 0..60 {
            web.simulator.advance(3.0);
            responses.push(web.service());
            responses.push(web.newest_deployment());
        }
        responses
    };
    assert_eq!(run(), run());
}
