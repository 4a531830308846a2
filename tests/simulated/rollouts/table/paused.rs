//! Rollouts that wait: pauses, functions, bake times, and `--wait-until`.

use serde_json::{Value, json};

use super::decision::to_web;
use super::row::{Row, Setup, row};
use super::scenario::*;

const STAGE: &str = "POST_TEST_TRAFFIC_SHIFT";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:smoke-test";

fn hook(kind: &str, minutes: u32, action: &str) -> Value {
    let mut hook = json!({
        "targetType": kind,
        "lifecycleStages": [STAGE],
        "timeoutConfiguration": {"timeoutInMinutes": minutes, "action": action},
    });
    if kind == "AWS_LAMBDA" {
        hook["hookTargetArn"] = json!(FUNCTION);
    }
    hook
}

fn with_hooks(hooks: Value) -> Setup {
    deploying(json!({"strategy": "BLUE_GREEN", "lifecycleHooks": hooks}))
}

fn pausing() -> Setup {
    with_hooks(json!([hook("PAUSE", 1440, "ROLLBACK")]))
}

/// The time to watch ends in a pause, and a call for service deployments is denied.
fn unlisted(action: &'static str) -> Row {
    row(format!("the time to watch ends in a pause, without {action}"))
        .setup([pausing(), denied(action)])
        .flags(["--timeout", "3", "--on-failure", "roll-back"])
        .counts("ecs:UpdateService", 1)
        .runs("web:2")
}

pub fn rows() -> Vec<Row> {
    let smoke = json!({"tasks_after": [{"name": "smoke", "container": "web", "command": ["bin/smoke"]}]});
    vec![
        row("a pause is continued by a person")
            .setup([pausing(), then(400.0, decide("CONTINUE"))])
            .ends("deployed", 0)
            .prints([
                "main/web is paused at POST_TEST_TRAFFIC_SHIFT since",
                "when ECS rolls it back",
                "`ecs-host continue main/web` continues it",
                "`ecs-host continue main/web --roll-back` rolls it back",
            ])
            .runs("web:2"),
        row("a rollback pauses after a smoke test failed")
            .setup([pausing(), then(100.0, decide("CONTINUE")), one_off(exit(1))])
            .flags(["--timeout", "4", "--on-failure", "roll-back"])
            .decision(to_web(smoke.clone()))
            .ends("failed", 1)
            .prints([
                "main/web failed: the rollout is complete, but",
                "`smoke`",
                "; the rollback to web:1 is paused at POST_TEST_TRAFFIC_SHIFT: `ecs-host continue main/web` completes \
                 the rollback to web:1, and `ecs-host continue main/web --roll-back` restores web:2, as ECS does at ",
            ])
            .counts("ecs:UpdateService", 2)
            .overrides_ecs()
            .runs("web:1"),
        row("a pause is rolled back by a person")
            .setup([pausing(), then(400.0, decide("ROLLBACK"))])
            .ends("rolled back", 1)
            .prints(["PAUSE lifecycle hook at POST_TEST_TRAFFIC_SHIFT was rolled back on request"])
            .runs("web:1"),
        row("the time to watch ends in a pause")
            .setup([pausing()])
            .flags(["--timeout", "1.5", "--on-failure", "roll-back"])
            .decision(to_web(smoke))
            .ends("paused", 9)
            .prints([
                "main/web is paused at POST_TEST_TRAFFIC_SHIFT since",
                "main/web paused at POST_TEST_TRAFFIC_SHIFT\n          `ecs-host continue main/web` continues it",
                "its tasks after the rollout did not run: smoke",
                "exit code 9",
            ])
            .does_not_print(["timed out"])
            .counts("ecs:StopServiceDeployment", 0)
            .counts("ecs:RunTask", 0)
            .runs("web:2"),
        unlisted("ecs:ListServiceDeployments").ends("paused", 9),
        unlisted("ecs:DescribeServiceRevisions").ends("paused", 9),
        unlisted("ecs:DescribeServiceDeployments").ends("timed out", 8).prints([
            "the `deployments` of main/web do not show its pauses",
            "it may be paused, so it is not rolled back",
        ]),
        row("a run that waits until a pause")
            .setup([pausing()])
            .flags(["--wait-until", "paused"])
            .ends("paused", 0)
            .prints(["main/web paused at POST_TEST_TRAFFIC_SHIFT"])
            .runs("web:2"),
        row("a run that waits until a pause, and there is none")
            .flags(["--wait-until", "paused"])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a run that waits until a stage")
            .setup([deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 600}))])
            .flags(["--wait-until", "bake-time"])
            .ends("reached", 0)
            .prints(["main/web reached BAKE_TIME (--wait-until); the rollout continues in ECS"])
            .runs("web:2"),
        row("a function is named while it runs")
            .setup([
                with_hooks(json!([hook("AWS_LAMBDA", 60, "ROLLBACK")])),
                delays(|delays| delays.lifecycle_stage = ecs_simulator::Delay::fixed(60.0)),
            ])
            .ends("deployed", 0)
            .prints(["waiting for the function smoke-test at POST_TEST_TRAFFIC_SHIFT"])
            .does_not_print(["paused"])
            .runs("web:2"),
        row("a service of Express Mode is refused in the plan")
            .setup([with("resourceManagementType", json!("ECS"))])
            .rejected(5)
            .prints(["the service is one of Express Mode", "aws ecs update-express-gateway-service"])
            .counts("ecs:RegisterTaskDefinition", 0)
            .runs("web:1"),
    ]
}
