//! The failures and the delays of a case.

use ecs_simulator::{
    Consistency, Delay, Delays, Fault, FaultKind, StaleReads, TaskBehaviour, TaskFilter, TaskRule, Throttle,
    TokenBucket,
};
use fastrand::Rng;

use super::{STRANGE, lucky, one_of};

fn conduct(rng: &mut Rng) -> TaskBehaviour {
    let after = one_of(rng, &[0.0, 1.0, 5.0, 30.0]);
    match rng.u32(..10) {
        0..3 => TaskBehaviour::Exit {
            exit_code: 1,
            container_exit_codes: Default::default(),
            after,
            logs: Default::default(),
        },
        3 => TaskBehaviour::CannotPull { reason: None },
        4 => TaskBehaviour::Unhealthy { after },
        5 => TaskBehaviour::OutOfMemory { after },
        6 => TaskBehaviour::CannotInitialize { reason: None },
        7 => TaskBehaviour::Unplaceable { reason: None },
        8 => TaskBehaviour::WrongDigest { digest: STRANGE.to_owned() },
        _ => TaskBehaviour::Hang,
    }
}

pub(super) fn behaviours(rng: &mut Rng, services: &[String]) -> Vec<TaskRule> {
    let count = one_of(rng, &[0, 0, 1, 1, 2]);
    let behaviour = |rng: &mut Rng| TaskRule {
        filter: TaskFilter {
            service: lucky(rng, 0.3).then(|| one_of(rng, services)),
            has_new_definition: lucky(rng, 0.8).then_some(true),
            deployment_number: lucky(rng, 0.1).then(|| rng.u32(1..3)),
            is_one_off: lucky(rng, 0.1).then_some(true),
            ..TaskFilter::default()
        },
        skip: if lucky(rng, 0.3) { rng.u32(..4) } else { 0 },
        limit: lucky(rng, 0.5).then(|| rng.u32(1..6)),
        behaviour: conduct(rng),
    };
    (0..count).map(|_| behaviour(rng)).collect()
}

pub(super) fn delays(rng: &mut Rng) -> Delays {
    let usual = Delays::default();
    if lucky(rng, 0.5) {
        return usual;
    }
    let factor = one_of(rng, &[0.0, 0.1, 0.5, 2.0]);
    let slower = |span: Delay| Delay(span.0 * factor, span.1 * factor * 2.0);
    Delays {
        deployment_start: if rng.bool() { Delay(0.0, 8.0) } else { usual.deployment_start },
        placement: slower(usual.placement),
        pull: slower(usual.pull),
        container_start: slower(usual.container_start),
        health_check: slower(usual.health_check),
        assume_healthy: slower(usual.assume_healthy),
        drain: slower(usual.drain),
        container_stop: slower(usual.container_stop),
        stop_request: Delay(0.0, 10.0),
        ..usual
    }
}

pub(super) fn visibility(rng: &mut Rng) -> Consistency {
    let lag = |rng: &mut Rng| if rng.bool() { 0.0 } else { rng.f64() * 20.0 };
    let stale = lucky(rng, 0.25).then(|| StaleReads {
        max_age: rng.f64() * 12.0,
        window: rng.f64() * 30.0,
        probability: one_of(rng, &[0.1, 0.5, 0.9]),
        ..StaleReads::default()
    });
    Consistency { list_lag: lag(rng), current_deployment_lag: lag(rng), stale_reads: stale }
}

pub(super) fn throttle(rng: &mut Rng) -> Throttle {
    match rng.u32(..10) {
        0 => Throttle::Documented,
        1 => {
            let bucket = TokenBucket { capacity: rng.f64() * 4.0 + 1.0, refill_rate: rng.f64() * 0.5 + 0.1 };
            let patterns = ["ecs:*", "ecs:Describe*", "ecs:UpdateService", "ecs:Register*", "ecr:*"];
            Throttle::Custom([(one_of(rng, &patterns).to_owned(), bucket)].into())
        }
        _ => Throttle::Off,
    }
}

/// Actions that a run calls.
const ACTIONS: [&str; 15] = [
    "ecs:UpdateService",
    "ecs:UpdateService",
    "ecs:RegisterTaskDefinition",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "ecs:StopServiceDeployment",
    "ecs:RunTask",
    "ecr:DescribeImages",
    "ecs:*",
    "*",
];

pub(super) fn denied(rng: &mut Rng) -> Vec<String> {
    if !lucky(rng, 0.12) {
        return Vec::new();
    }
    let more = ["iam:PassRole", "ecs:TagResource", "logs:*", "ecs:DeregisterTaskDefinition", "ecs:StopTask"];
    let all: Vec<&str> = ACTIONS[1..13].iter().chain(&more).copied().collect();
    vec![one_of(rng, &all).to_owned()]
}

pub(super) fn unsupported(rng: &mut Rng) -> Vec<String> {
    let all = ["ecs:*ServiceDeployment*", "ecs:DescribeServiceRevisions", "ecs:StopServiceDeployment"];
    if lucky(rng, 0.12) { vec![one_of(rng, &all).to_owned()] } else { Vec::new() }
}

pub(super) fn faults(rng: &mut Rng) -> Vec<Fault> {
    let mut faults = Vec::new();
    for _ in 0..one_of(rng, &[0, 0, 0, 1, 1, 2]) {
        let kind = match rng.u32(..9) {
            0 => FaultKind::Internal,
            1 => FaultKind::Unavailable,
            2 => FaultKind::DropRequest,
            3 | 4 => FaultKind::DropResponse,
            5 => FaultKind::Slow(0.05),
            6 => FaultKind::TruncateResponse,
            7 => FaultKind::Html,
            _ => FaultKind::Throttle,
        };
        let often = lucky(rng, 0.3);
        faults.push(Fault {
            action: one_of(rng, &ACTIONS).to_owned(),
            skip: if often { 0 } else { rng.usize(..4) },
            limit: if often { 1000 } else { rng.usize(1..4) },
            probability: often.then(|| one_of(rng, &[0.05, 0.2, 0.5])),
            kind,
        });
    }
    if lucky(rng, 0.05) {
        let message = "The security token included in the request is expired".to_owned();
        faults.insert(
            0,
            Fault {
                action: one_of(rng, &["*", "ecs:*"]).to_owned(),
                skip: rng.usize(..12),
                limit: 1_000_000,
                probability: None,
                kind: FaultKind::Error { code: "ExpiredTokenException".to_owned(), message },
            },
        );
    }
    faults
}
