//! Rollouts that ECS completes, of services of every kind.

use ecs_simulator::{ClusterSetup, Delay};
use serde_json::json;

use super::row::{Row, row};
use super::scenario::*;

pub fn rows() -> Vec<Row> {
    vec![
        row("a plain service")
            .setup([setup(|scenario| scenario.time = ecs_simulator::Time::Step(1.0))])
            .ends("deployed", 0)
            .prints(["main/web: 0 of 2 running", "main/web: 2 of 2 running", "main/web deployed"])
            .runs("web:2")
            .counts("ecs:UpdateService", 1)
            .counts("ecs:RegisterTaskDefinition", 1)
            .check(|world, _| {
                let tasks = world.simulator.snapshot("main", "web").tasks;
                let new = |digest: &String| digest == crate::world::DIGEST;
                let all = tasks.len() == 2 && tasks.iter().all(|task| task.image_digests.values().all(new));
                all.then_some(()).ok_or_else(|| format!("not all run the image: {tasks:?}"))
            }),
        row("one task").setup([tasks(1)]).ends("deployed", 0).prints(["of 1 running"]).runs("web:2"),
        row("ten tasks").setup([tasks(10)]).ends("deployed", 0).prints(["of 10 running"]).runs("web:2"),
        row("a hundred and fifty tasks, which are two pages")
            .setup([tasks(150)])
            .ends("deployed", 0)
            .prints(["of 150 running"])
            .runs("web:2")
            .counts("ecs:DescribeTasks", 2),
        row("no task at all").setup([tasks(0)]).ends("deployed", 0).runs("web:2"),
        row("half of the tasks stop first")
            .setup([tasks(4), deploying(json!({"minimumHealthyPercent": 50, "maximumPercent": 100}))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("an early success, after which old tasks run")
            .setup([tasks(4), setup(|scenario| scenario.time = ecs_simulator::Time::Step(1.0))])
            .setup([deploying(json!({"maximumPercent": 125, "earlySuccessCriteria":
                {"enable": true, "healthyPercent": 25, "sourceServiceRevisionCleanup": "DEFERRED"}}))])
            .ends("deployed", 0)
            .does_not_print(["not proven"])
            .runs("web:2")
            .check(|world, _| {
                let tasks = world.simulator.snapshot("main", "web").tasks;
                let runs = |image: &str| {
                    tasks.iter().any(|task| task.image_digests.values().any(|digest| digest == image))
                };
                let both = runs(crate::world::DIGEST) && runs(crate::world::OLD);
                both.then_some(()).ok_or_else(|| format!("no old task or no new one runs: {tasks:?}"))
            }),
        row("an image with a slow pull")
            .setup([delays(|delays| delays.pull = Delay::fixed(240.0))])
            .ends("deployed", 0)
            .prints(["2 pending"])
            .runs("web:2"),
        row("a health check")
            .setup([checked(), delays(|delays| delays.health_check = Delay::fixed(60.0))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("an Application Load Balancer").setup([balanced()]).ends("deployed", 0).runs("web:2"),
        row("Fargate").setup([fargate()]).ends("deployed", 0).runs("web:2").check(|world, _| {
            let settings = world.simulator.snapshot("main", "web").settings;
            let kept = settings["networkConfiguration"]["awsvpcConfiguration"]["subnets"][1] == "subnet-2";
            kept.then_some(()).ok_or_else(|| format!("the network differs: {settings}"))
        }),
        row("capacity providers")
            .setup([with(
                "capacityProviderStrategy",
                json!([{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
            )])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a daemon")
            .setup([
                with("schedulingStrategy", json!("DAEMON")),
                setup(|scenario| {
                    let main =
                        ClusterSetup { name: "main".to_owned(), instances: 3, ..ClusterSetup::default() };
                    scenario.resources.clusters.push(main);
                }),
            ])
            .ends("deployed", 0)
            .prints(["of 3 running"])
            .runs("web:2"),
        row("a Classic Load Balancer").setup([classic()]).ends("deployed", 0).runs("web:2"),
        row("a Classic Load Balancer without service deployments")
            .setup([classic(), without("ecs:*ServiceDeployments")])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a circuit breaker that has nothing to do").setup([breaker()]).ends("deployed", 0).runs("web:2"),
        row("alarms that stay silent through the bake time")
            .setup([deploying(json!({
                "bakeTimeInMinutes": 2,
                "alarms": {"enable": true, "rollback": true, "alarmNames": ["errors"]},
            }))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("blue/green with a bake time")
            .setup([deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}))])
            .ends("deployed", 0)
            .prints(["IN_PROGRESS, SCALE_UP", "IN_PROGRESS, BAKE_TIME", "IN_PROGRESS, CLEAN_UP"])
            .runs("web:2"),
        row("linear")
            .setup([deploying(json!({
                "strategy": "LINEAR",
                "bakeTimeInMinutes": 1,
                "linearConfiguration": {"stepPercent": 25.0, "stepBakeTimeInMinutes": 2},
            }))])
            .ends("deployed", 0)
            .prints(["IN_PROGRESS, PRODUCTION_TRAFFIC_SHIFT", "IN_PROGRESS, BAKE_TIME"])
            .runs("web:2"),
        row("canary")
            .setup([deploying(json!({
                "strategy": "CANARY",
                "bakeTimeInMinutes": 1,
                "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 3},
            }))])
            .ends("deployed", 0)
            .prints(["IN_PROGRESS, PRODUCTION_TRAFFIC_SHIFT", "IN_PROGRESS, BAKE_TIME"])
            .runs("web:2"),
        row("a service deployment that shows up half a minute late")
            .setup([setup(|scenario| scenario.consistency.list_lag = 30.0)])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a service deployment that never shows up")
            .setup([setup(|scenario| scenario.consistency.list_lag = 1e6)])
            .ends("deployed", 0)
            .runs("web:2"),
        row("stale answers").setup([breaker(), stale()]).ends("deployed", 0).runs("web:2"),
        row("stale answers, without service deployments")
            .setup([without("ecs:*ServiceDeployments"), stale()])
            .ends("deployed", 0)
            .runs("web:2"),
        row("not watched, with --no-wait")
            .flags(["--no-wait"])
            .ends("started", 0)
            .prints(["not watched (--no-wait)"])
            .runs("web:2")
            .counts("ecs:ListServiceDeployments", 0),
    ]
}
