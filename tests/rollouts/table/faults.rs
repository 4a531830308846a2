//! Calls that fail for a moment, or that never come back.

use ecs_simulator::FaultKind;

use super::given::*;
use super::row::{Row, row};

const REGISTER: &str = "ecs:RegisterTaskDefinition";
const UPDATE: &str = "ecs:UpdateService";

/// The calls of a watch.
const WATCH: [&str; 5] = [
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServiceDeployments",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
];

fn kinds() -> [(&'static str, FaultKind); 7] {
    [
        ("a 500", FaultKind::Internal),
        ("a 503", FaultKind::Unavailable),
        ("a page of HTML", FaultKind::Html),
        ("half an answer", FaultKind::Malformed),
        ("a closed connection", FaultKind::Close),
        ("a lost answer", FaultKind::CloseAfter),
        ("throttling", FaultKind::Throttle),
    ]
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, kind) in kinds() {
        for call in WATCH {
            let fails = fault(call, 0, 1, kind.clone());
            rows.push(row(format!("{call}: {name}")).given([fails]).ends("deployed", 0).runs("web:2"));
        }
        rows.push(
            row(format!("DescribeServiceDeployments: {name}, again and again"))
                .given([
                    fault("ecs:DescribeServiceDeployments", 1, 4, kind.clone()),
                    breaker(),
                    deployed(exit(1)),
                ])
                .ends("rolled back", 1)
                .says(["× web exited 1"])
                .runs("web:1"),
        );
        // What changes something is made again only where it was not done.
        rows.push(
            row(format!("{UPDATE}: {name}"))
                .given([fault(UPDATE, 0, 1, kind.clone())])
                .ends("deployed", 0)
                .says(["warning:", UPDATE])
                .runs("web:2")
                .counts(UPDATE, 1)
                .counts(REGISTER, 1),
        );
        rows.push(
            row(format!("{REGISTER}: {name}"))
                .given([fault(REGISTER, 0, 1, kind.clone())])
                .ends("deployed", 0)
                .says(["warning:", REGISTER])
                .runs("web:2")
                .counts(UPDATE, 1)
                .counts(REGISTER, 1),
        );
    }
    let expired = || error("ExpiredTokenException", "The security token included in the request is expired");
    rows.extend([
        row("everything is throttled for a while")
            .given([fault("ecs:*", 4, 12, FaultKind::Throttle)])
            .ends("deployed", 0)
            .runs("web:2"),
        row("UpdateService stays throttled")
            .given([fault(UPDATE, 0, 1000, FaultKind::Throttle)])
            .flags(["--timeout", "1"])
            .ends("failed", 1)
            .says(["Rate exceeded"])
            .runs("web:1"),
        row("credentials expire while it is watched")
            .given([fault("ecs:*", 7, 10_000, expired())])
            .ends("failed", 1)
            .in_spite_of_ecs()
            .says(["the outcome is not known", "ExpiredTokenException"])
            .says_not(["web deployed", "web rolled back"]),
        row("credentials expire before the update")
            .given([fault(UPDATE, 0, 10_000, expired())])
            .ends("failed", 5)
            .says(["ExpiredTokenException"])
            .runs("web:1"),
        row("the plan's reads fail for a moment")
            .given([
                fault("ecs:DescribeServices", 0, 1, FaultKind::Internal),
                fault("ecr:*", 0, 1, FaultKind::Close),
            ])
            .ends("deployed", 0)
            .runs("web:2"),
        row("an answer is slow")
            .given([fault("ecs:DescribeServiceDeployments", 0, 2, FaultKind::Slow(0.3))])
            .ends("deployed", 0)
            .runs("web:2"),
    ]);
    rows
}
