use serde_json::json;

use super::*;
use crate::Change;

/// A service that everybody pulls at for a while comes to rest in the end.
#[test]
fn whatever_happens_a_service_comes_to_rest() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let strategy = ["ROLLING", "ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"][rng.usize(0..5)];
        let minutes = json!({ "stepPercent": 50.0, "stepBakeTimeInMinutes": 1, "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 1 });
        let configuration = json!({
            "strategy": strategy, "linearConfiguration": minutes, "canaryConfiguration": minutes,
            "minimumHealthyPercent": rng.u32(0..=100), "maximumPercent": rng.u32(101..=200), "bakeTimeInMinutes": rng.u32(0..3),
            "deploymentCircuitBreaker": { "enable": true, "rollback": rng.bool() },
            "alarms": { "alarmNames": ["errors"], "enable": rng.bool(), "rollback": rng.bool() },
        });
        let behaviour =
            [crash(), TaskBehaviour::Unhealthy { after: 2.0 }, TaskBehaviour::CannotPull { reason: None }]
                [rng.usize(0..3)]
            .clone();
        let filter = TaskFilter { image_contains: Some("bad".into()), ..Default::default() };
        let desired = rng.u32(1..6);
        let story = Story::of(Scenario {
            seed,
            task_rules: vec![TaskRule { filter, behaviour, ..Default::default() }],
            delays: Delays::default(),
            ..world(desired, json!({ "deploymentConfiguration": configuration }))
        });
        let (cluster, service) = ("main".to_owned(), "web".to_owned());
        for turn in 0..rng.u32(1..15) {
            story.0.advance(rng.f64() * 60.0);
            match rng.u32(0..9) {
                0..=2 => drop(story.deploy(&format!("good:{turn}"))),
                3 => drop(story.deploy(&format!("bad:{turn}"))),
                4 => drop(story.update(json!({ "desiredCount": rng.u32(0..6) }))),
                5 => {
                    let stop_type = Some(if rng.bool() { "ROLLBACK" } else { "ABORT" }.to_owned());
                    drop(story.0.apply(&Change::StopServiceDeployment {
                        cluster: cluster.clone(),
                        service: service.clone(),
                        stop_type,
                    }));
                }
                6 => drop(
                    story.0.apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: rng.bool() }),
                ),
                7 => {
                    let kill = Change::KillTasks {
                        cluster: cluster.clone(),
                        service: service.clone(),
                        count: rng.usize(1..3),
                        exit_code: 1,
                    };
                    drop(story.0.apply(&kill));
                }
                _ => drop(story.update(json!({ "forceNewDeployment": true }))),
            }
        }
        story.0.apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: false }).unwrap();
        story.deploy("good:last");
        story.0.advance(7200.0);
        let truth = story.0.snapshot("main", "web");
        let newest = truth.newest_deployment().unwrap();
        // A maximum without room for one more task, and a minimum that spares none, are stuck for ever.
        let percent = |name: &str| truth.settings["deploymentConfiguration"][name].as_u64().unwrap() as u32;
        let wanted = truth.desired_count;
        let floor = (wanted * percent("minimumHealthyPercent")).div_ceil(100);
        let stuck =
            wanted * percent("maximumPercent") / 100 <= wanted && floor >= wanted && strategy == "ROLLING";
        let stuck =
            stuck && story.events()[0].contains("was unable to stop or start tasks during a deployment");
        assert!(newest.status == "SUCCESSFUL" || stuck, "seed {seed}: {truth:#?} {:#?}", story.events());
        assert!(truth.deployments.iter().rev().skip(1).all(|own| own.is_final), "seed {seed}: {truth:#?}");
        if !stuck {
            assert_eq!(truth.tasks.len(), truth.desired_count as usize, "seed {seed}");
            assert!(
                truth
                    .tasks
                    .iter()
                    .all(|task| task.is_healthy && task.task_definition == truth.task_definition)
            );
        }
    }
}
