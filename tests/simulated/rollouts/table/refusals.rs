//! Calls that IAM denies or that the endpoint does not have.

use serde_json::json;

use super::given::*;
use super::row::{Row, row};

const DENIED: &str = "AccessDeniedException";
const NOT_ALLOWED: &str = "User: u is not authorized to perform: it";

/// The three calls that follow a service deployment.
const OFFERED: [&str; 3] =
    ["ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServiceDeployments"];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for call in OFFERED {
        rows.push(row(format!("{call} is denied")).given([denied(call)]).ends("deployed", 0).runs("web:2"));
        rows.push(row(format!("{call} is unknown")).given([without(call)]).ends("deployed", 0).runs("web:2"));
        rows.push(
            row(format!("{call} is denied, and the circuit breaker rolls back"))
                .given([denied(call), breaker(), deployed(exit(1))])
                .ends("rolled back", 1)
                .says(["× web exited 1", "web:1 runs"])
                .runs("web:1"),
        );
        rows.push(
            row(format!("{call} is unknown, and the circuit breaker leaves what failed"))
                .given([without(call), breaker_alone(), deployed(exit(1))])
                .ends("failed", 1)
                .says(["× web exited 1"])
                .runs("web:2"),
        );
    }
    rows.extend([
        row("DescribeServices is denied while it is followed")
            .given([fault("ecs:DescribeServices", 1, 1000, error(DENIED, NOT_ALLOWED))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("nothing can be followed at all")
            .given([
                denied("ecs:*ServiceDeployments"),
                fault("ecs:DescribeServices", 1, 1000, error(DENIED, NOT_ALLOWED)),
            ])
            .ends("failed", 1)
            .in_spite_of_ecs()
            .says(["the outcome is unknown"])
            .says_not(["web deployed"]),
        row("ListTasks is denied")
            .given([denied("ecs:ListTasks")])
            .ends("deployed", 0)
            .says(["could not verify that the tasks", "ecs:ListTasks"])
            .runs("web:2"),
        row("DescribeTasks is denied")
            .given([denied("ecs:DescribeTasks")])
            .ends("deployed", 0)
            .says(["could not verify that the tasks", "ecs:DescribeTasks"])
            .runs("web:2"),
        row("RegisterTaskDefinition is denied")
            .given([denied("ecs:RegisterTaskDefinition")])
            .ends("failed", 5)
            .says(["allow the action `ecs:RegisterTaskDefinition`"])
            .runs("web:1")
            .counts("ecs:UpdateService", 0),
        row("PassRole is denied")
            .given([
                denied("iam:PassRole"),
                running(json!({"executionRoleArn": "arn:aws:iam::123456789012:role/execution"})),
            ])
            .ends("failed", 5)
            .says(["iam:PassRole"])
            .runs("web:1"),
        row("UpdateService is denied")
            .given([denied("ecs:UpdateService")])
            .ends("failed", 5)
            .says(["allow the action `ecs:UpdateService`"])
            .runs("web:1"),
        row("DescribeServices is denied from the beginning")
            .given([denied("ecs:DescribeServices")])
            .refused(5)
            .says(["allow the action `ecs:DescribeServices`"])
            .counts("ecs:RegisterTaskDefinition", 0),
        row("CodeDeploy has the service")
            .given([with("deploymentController", json!({"type": "CODE_DEPLOY"}))])
            .refused(5)
            .says(["the deployment controller is CODE_DEPLOY"])
            .counts("ecs:RegisterTaskDefinition", 0),
    ]);
    rows
}
