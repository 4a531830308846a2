//! Families, other regions and other accounts.

use ecs_simulator::{Change, RegionSetup, Resources};
use serde_json::{Value, json};

use super::decision::{target, to};
use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{definition, service};

const OTHER_ACCOUNT: &str = "999999999999";
const ROLE: &str = "arn:aws:iam::999999999999:role/deploy";

/// Adds the service `web` of another account or region.
fn elsewhere(account: Option<&'static str>, region: Option<&'static str>) -> Setup {
    setup(move |scenario| {
        scenario.other_regions.push(RegionSetup {
            account: account.map(str::to_owned),
            region: region.map(str::to_owned),
            resources: Resources { services: vec![service("web")], ..Resources::default() },
        });
    })
}

const DESCRIBE: &str = "ecs:DescribeTaskDefinition";

/// Changes the family of a definition to `jobs`.
fn jobs_of(mut definition: Value) -> Value {
    definition["family"] = json!("jobs");
    definition
}

/// Another user registers this task definition.
fn registers(body: Value) -> Change {
    Change::Call { action: "ecs:RegisterTaskDefinition".to_owned(), body }
}

fn in_both(more: Value) -> Value {
    to(json!([target("web", json!({"region": "eu-west-1"})), target("web", more)]))
}

pub fn rows() -> Vec<Row> {
    let jobs = || {
        setup(|scenario| {
            let mut jobs = definition("jobs");
            jobs["containerDefinitions"][0]["command"] = json!(["bin/jobs"]);
            scenario.resources.task_definitions.push(jobs);
        })
    };
    vec![
        row("a family is registered, and nothing is rolled out")
            .setup([jobs()])
            .decision(to(json!([{"family": "jobs"}])))
            .all_end([("jobs", "registered")], 0)
            .counts("ecs:RegisterTaskDefinition", 1)
            .counts("ecs:UpdateService", 0)
            .check(|world, _| {
                let query = json!({"taskDefinition": "jobs"});
                let latest = world.simulator.call("ecs:DescribeTaskDefinition", &query).unwrap();
                let latest = &latest["taskDefinition"];
                let right = latest["revision"] == 2
                    && latest["containerDefinitions"][0]["command"] == json!(["bin/jobs"]);
                right.then_some(()).ok_or_else(|| format!("the latest revision is {latest}"))
            }),
        row("a family that has the image already")
            .setup([jobs()])
            .decision(to(json!([{"family": "jobs"}])))
            .before(|world| {
                world.run_decision(&to(json!([{"family": "jobs"}]))).exits(0);
            })
            .all_end([("jobs", "unchanged")], 0),
        row("a family that a newer build registered since the plan was made")
            .setup([jobs(), after(DESCRIBE, 0.0, registers(jobs_of(stamped(58, OTHER))))])
            .decision(to(json!([{"family": "jobs"}])))
            .all_end([("jobs", "superseded")], 7)
            .prints(["superseded by jobs:2", "build 58, commit aaaabbbbcccc"])
            .counts("ecs:RegisterTaskDefinition", 0),
        row("a family that a newer build registered since, with --allow-older")
            .setup([jobs(), after(DESCRIBE, 0.0, registers(jobs_of(stamped(58, OTHER))))])
            .decision(to(json!([{"family": "jobs"}])))
            .flags(["--allow-older"])
            .all_end([("jobs", "registered")], 0)
            .counts("ecs:RegisterTaskDefinition", 1),
        row("a family that another user registered by hand since the plan was made")
            .setup([jobs(), after(DESCRIBE, 0.0, registers(jobs_of(unstamped())))])
            .decision(to(json!([{"family": "jobs"}])))
            .all_end([("jobs", "registered")], 0)
            .prints(["by someone else after planning; the deployment is based on it"])
            .counts("ecs:RegisterTaskDefinition", 1)
            .check(|world, _| {
                let query = json!({"taskDefinition": "jobs"});
                let latest = world.simulator.call("ecs:DescribeTaskDefinition", &query).unwrap();
                let latest = &latest["taskDefinition"];
                let kept = latest["containerDefinitions"][0]["environment"][0]["value"] == "hand";
                (latest["revision"] == 3 && kept)
                    .then_some(())
                    .ok_or_else(|| format!("the latest revision is {latest}"))
            }),
        row("a family and the service that runs it share a revision")
            .decision(to(json!([target("web", json!({})), {"family": "web"}])))
            .all_end([("main/web", "deployed"), ("web", "registered")], 0)
            .runs("web:2")
            .counts("ecs:RegisterTaskDefinition", 1),
        row("a family that does not exist")
            .decision(to(json!([{"family": "jobs"}])))
            .rejected(5)
            .prints(["the family has no active revision in eu-west-1"]),
        row("another region")
            .setup([elsewhere(None, Some("us-east-1"))])
            .decision(in_both(json!({"region": "us-east-1"})))
            .all_end([("main/web", "deployed"), ("main/web in us-east-1", "deployed")], 0)
            .runs("web:2")
            .check(|world, _| {
                let truth = world.simulator.snapshot_in("123456789012", "us-east-1", "main", "web");
                let status = truth.newest_deployment().map(|newest| newest.status.clone());
                let right = truth.task_definition.ends_with("us-east-1:123456789012:task-definition/web:2");
                (right && status.as_deref() == Some("SUCCESSFUL")).then_some(()).ok_or_else(|| {
                    format!("the status in us-east-1 is {status:?}, {}", truth.task_definition)
                })
            }),
        row("another account, by its role")
            .setup([elsewhere(Some(OTHER_ACCOUNT), None)])
            .decision(in_both(json!({"role": ROLE})))
            .all_end([("main/web", "deployed"), ("main/web as 999999999999/deploy", "deployed")], 0)
            .runs("web:2")
            .counts("ecs:UpdateService", 2)
            .check(|world, _| {
                let truth = world.simulator.snapshot_in(OTHER_ACCOUNT, "eu-west-1", "main", "web");
                let status = truth.newest_deployment().map(|newest| newest.status.clone());
                (status.as_deref() == Some("SUCCESSFUL"))
                    .then_some(())
                    .ok_or_else(|| format!("the status in the other account is {status:?}"))
            }),
        row("a role that can't be assumed")
            .setup([elsewhere(Some(OTHER_ACCOUNT), None), denied("sts:AssumeRole")])
            .decision(in_both(json!({"role": ROLE})))
            .rejected(5)
            .prints(["allow `sts:AssumeRole` on arn:aws:iam::999999999999:role/deploy"])
            .runs("web:1")
            .counts("ecs:RegisterTaskDefinition", 0),
        row("a role of the same account names the same service twice")
            .decision(in_both(json!({"role": "arn:aws:iam::123456789012:role/deploy"})))
            .rejected(5)
            .prints(["the decision has this target twice, by another role"])
            .counts("ecs:RegisterTaskDefinition", 0),
    ]
}
