//! Calls that IAM denies, or that the endpoint does not support.

use serde_json::json;

use super::row::{Row, row};
use super::scenario::*;

const DENIED: &str = "AccessDeniedException";
const NOT_ALLOWED: &str = "User: u is not authorized to perform: it";

/// The three calls that read service deployments.
const DEPLOYMENT_CALLS: [&str; 3] =
    ["ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServiceDeployments"];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for call in DEPLOYMENT_CALLS {
        rows.push(row(format!("{call} is denied")).setup([denied(call)]).ends("deployed", 0).runs("web:2"));
        rows.push(row(format!("{call} is unknown")).setup([without(call)]).ends("deployed", 0).runs("web:2"));
        rows.push(
            row(format!("{call} is denied, and the circuit breaker rolls back"))
                .setup([denied(call), breaker(), deployed(exit(1))])
                .ends("rolled back", 1)
                .prints(["web exited 1", "the service runs web:1"])
                .runs("web:1"),
        );
        rows.push(
            row(format!("{call} is unknown, and the circuit breaker does not roll back"))
                .setup([without(call), breaker_alone(), deployed(exit(1))])
                .ends("failed", 1)
                .prints(["web exited 1"])
                .runs("web:2"),
        );
    }
    rows.extend([
        row("DescribeServices is denied during the rollout")
            .setup([fault("ecs:DescribeServices", 1, 1000, error(DENIED, NOT_ALLOWED))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("no state of the rollout can be read")
            .setup([
                denied("ecs:*ServiceDeployments"),
                fault("ecs:DescribeServices", 1, 1000, error(DENIED, NOT_ALLOWED)),
            ])
            .ends("unknown", 8)
            .prints(["the rollout of web:2 could not be read for", "it continues in ECS"])
            .does_not_print(["web deployed", "web failed"]),
        row("ListTasks is denied")
            .setup([denied("ecs:ListTasks")])
            .ends("deployed", 0)
            .prints(["not proven that it runs the pushed images", "ecs:ListTasks"])
            .runs("web:2"),
        row("DescribeTasks is denied")
            .setup([denied("ecs:DescribeTasks")])
            .ends("deployed", 0)
            .prints(["not proven that it runs the pushed images", "ecs:DescribeTasks"])
            .runs("web:2"),
        row("RegisterTaskDefinition is denied")
            .setup([denied("ecs:RegisterTaskDefinition")])
            .ends("failed", 5)
            .prints(["allow the action `ecs:RegisterTaskDefinition`"])
            .runs("web:1")
            .counts("ecs:UpdateService", 0),
        row("PassRole is denied")
            .setup([
                denied("iam:PassRole"),
                running(json!({"executionRoleArn": "arn:aws:iam::123456789012:role/execution"})),
            ])
            .ends("failed", 5)
            .prints(["iam:PassRole"])
            .runs("web:1"),
        row("UpdateService is denied")
            .setup([denied("ecs:UpdateService")])
            .ends("failed", 5)
            .prints(["allow the action `ecs:UpdateService`"])
            .runs("web:1"),
        row("DescribeServices is denied from the beginning")
            .setup([denied("ecs:DescribeServices")])
            .rejected(5)
            .prints(["allow the action `ecs:DescribeServices`"])
            .counts("ecs:RegisterTaskDefinition", 0),
        row("CodeDeploy controls the service")
            .setup([with("deploymentController", json!({"type": "CODE_DEPLOY"}))])
            .rejected(5)
            .prints(["the deployment controller is CODE_DEPLOY"])
            .counts("ecs:RegisterTaskDefinition", 0),
    ]);
    rows
}
