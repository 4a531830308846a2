//! What a target changes besides an image: variables, secrets, the command, the size of the task and the number of
//! tasks; and the bake time.

use ecs_simulator::Change;
use serde_json::{Map, Value, json};

use super::decision::{target, to, to_web};
use super::row::{Row, row};
use super::scenario::*;
use crate::world::{RunResult, World};

const REGISTER: &str = "ecs:RegisterTaskDefinition";
const UPDATE: &str = "ecs:UpdateService";
const SECRET_ARN: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/db";

/// An answer without images, that changes `main/web` so.
fn change_web(more: Value) -> Value {
    json!({"images": [], "targets": [target("web", more)]})
}

fn registered(ended: &RunResult) -> Value {
    ended.done(REGISTER).first().map(|call| call.body.clone()).unwrap_or_default()
}

fn require(condition: bool, found: &Value) -> Result<(), String> {
    condition.then_some(()).ok_or_else(|| format!("found {found}"))
}

/// Every change of the settings of a container.
fn settings() -> Value {
    change_web(json!({"containers": [{
        "container": "web",
        "environment": {"LOG_LEVEL": "debug", "DB": "plain"},
        "secrets": {"TOKEN": SECRET_ARN},
        "unset": ["OLD", "NOT_THERE"],
        "command": ["serve", "--verbose"],
    }]}))
}

fn has_settings(_: &World, ended: &RunResult) -> Result<(), String> {
    let web = registered(ended)["containerDefinitions"][0].clone();
    let expected = json!([{"name": "LOG_LEVEL", "value": "debug"}, {"name": "DB", "value": "plain"}]);
    // `DB` was a secret, and `TOKEN` was plain.
    let secrets = json!([{"name": "TOKEN", "valueFrom": SECRET_ARN}]);
    let sorted = |list: &Value| {
        let mut list: Vec<String> = list.as_array().into_iter().flatten().map(Value::to_string).collect();
        list.sort();
        list
    };
    require(
        sorted(&web["environment"]) == sorted(&expected)
            && web["secrets"] == secrets
            && web["command"] == json!(["serve", "--verbose"]),
        &web,
    )
}

/// `web` is to stay healthy for a second.
fn baking() -> Value {
    to_web(json!({"bake": 1}))
}

/// While `web` bakes, this happens to it. The second list of tasks is that of the bake's start: the first one is of the
/// tasks whose images are compared.
fn while_baking(change: fn() -> Change) -> super::row::Setup {
    after_call("ecs:ListTasks", 2, 0.0, change())
}

fn killed() -> Change {
    Change::KillTasks { cluster: "main".to_owned(), service: "web".to_owned(), count: 2, exit_code: 1 }
}

fn replaced() -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: None,
        force_new_deployment: true,
        parameters: Map::new(),
    }
}

pub fn rows() -> Vec<Row> {
    [containers(), bakes()].into_iter().flatten().collect()
}

fn containers() -> Vec<Row> {
    vec![
        row("variables, secrets and the command change, and the image stays")
            .setup([container(json!({
                "environment": [{"name": "OLD", "value": "1"}, {"name": "TOKEN", "value": "2"}],
                "secrets": [{"name": "DB", "valueFrom": SECRET_ARN}],
            }))])
            .decision(settings())
            .ends("deployed", 0)
            .prints(["container web", "+ command: [", "Decision  change 1 service"])
            .does_not_print(["not proven"])
            .runs("web:2")
            .check(has_settings),
        row("changes of a container that are there already are no changes")
            .before(|world| {
                world.run_decision(&settings()).exits(0);
            })
            .decision(settings())
            .ends("unchanged", 0)
            .counts(REGISTER, 0),
        row("the task gets another size")
            .setup([running(json!({"cpu": "256", "memory": "512"}))])
            .decision(change_web(json!({"containers": [], "cpu_units": 512, "memory_mib": 1024})))
            .ends("deployed", 0)
            .runs("web:2")
            .check(|_, ended| {
                let found = registered(ended);
                require(found["cpu"] == "512" && found["memory"] == "1024", &found)
            }),
        row("a one-off task gets variables")
            .decision(to_web(json!({"tasks_before": [{
                "name": "migrate", "container": "web", "command": ["bin/migrate"], "environment": {"MODE": "up"},
            }]})))
            .ends("deployed", 0)
            .prints(["before: migrate  web: MODE=up bin/migrate"])
            .check(|_, ended| {
                let run = ended.done("ecs:RunTask").first().map(|call| call.body.clone()).unwrap_or_default();
                let variables = &run["overrides"]["containerOverrides"][0]["environment"];
                require(*variables == json!([{"name": "MODE", "value": "up"}]), &run)
            }),
        row("the policy chooses the latest revision")
            .setup([setup(|scenario| {
                let newer = |memory: u32| {
                    let mut definition = crate::world::definition("web");
                    definition["containerDefinitions"][0]["memory"] = json!(memory);
                    definition
                };
                scenario.resources.task_definitions.extend([newer(64), newer(96)]);
                scenario.resources.services[0].task_definition = json!("web:1");
            })])
            .decision(to_web(json!({"base": "latest"})))
            .ends("deployed", 0)
            .runs("web:3")
            .check(|_, ended| {
                let found = registered(ended);
                require(found["containerDefinitions"][0]["memory"] == 96, &found)
            }),
    ]
}

fn bakes() -> Vec<Row> {
    vec![
        row("the next wave starts after the bake time of the one before")
            .setup([beside("other")])
            .decision(to(json!([target("web", json!({"bake": 1})), target("other", json!({"wave": 1}))])))
            .all_end([("main/web", "deployed"), ("main/other", "deployed")], 0)
            .prints(["after: stays healthy for 1 s", "Baking    main/web for 1 s"]),
        row("tasks that fail in the bake time fail the rollout, and the next wave does not start")
            .setup([beside("other"), while_baking(killed)])
            .decision(to(json!([target("web", json!({"bake": 1})), target("other", json!({"wave": 1}))])))
            .all_end([("main/web", "failed"), ("main/other", "not started")], 1)
            .overrides_ecs()
            .prints(["in the bake time of 1 s the service was not healthy"])
            .runs("web:2"),
        row("a service that fails in its bake time is rolled back on request")
            .setup([while_baking(killed)])
            .flags(["--on-failure", "roll-back"])
            .decision(baking())
            .ends("rolled back", 1)
            .prints(["in the bake time of 1 s the service was not healthy"])
            .runs("web:1"),
        row("a deployment that is replaced in its bake time is superseded")
            .setup([while_baking(replaced)])
            .flags(["--on-failure", "roll-back"])
            .decision(baking())
            .ends("superseded", 7)
            .counts(UPDATE, 1),
    ]
}
