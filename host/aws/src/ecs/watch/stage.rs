//! A rollout as the state machine that it is: what is known of it, what is
//! asked next, and what an answer makes of that. No calls here.
//!
//! ```text
//! Find ──> Confirm ──> Follow ──> Prove ──> deployed
//!   │         │          │          │
//!   └─────────┴── List ──┘          └────> failed
//! ```
//!
//! Every stage but `Prove` also ends in whatever else ECS says. `List` stands in
//! where service deployments are not offered.

use aws_sdk_ecs::types::{Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task};

use super::WatchEnd;
use super::judge::{self, Look};
use super::proof::proof;
use crate::ecs::{DEPLOYMENTS_PER_CALL, Rollout};
use model::progress::Progress;

/// Seconds by which the two clocks of ECS may differ: that of `deployments` and
/// that of service deployments. At first, a closer match is waited for: somebody
/// may have deployed the same definition just before.
const CLOCKS: f64 = 5.0;
const CLOSE: f64 = 1.0;

/// Looks after which the closer match is no more waited for.
const WAITED: u32 = 10;

/// Looks in vain, a tick apart, after which the service deployment is no more
/// sought: it shows up within seconds of the update.
const SOUGHT: u32 = 30;

/// What is asked next of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// `ListServiceDeployments`: which ones began since the update?
    Find {
        /// Looks in vain so far.
        looks: u32,
    },
    /// `DescribeServiceRevisions`: which of them has the new task definition?
    Confirm {
        /// Those that it may be, the likeliest first.
        candidates: Vec<Candidate>,
        /// Looks in vain so far.
        looks: u32,
    },
    /// `DescribeServiceDeployments` of the one that is this rollout's own.
    Follow {
        /// Its ARN.
        deployment: String,
    },
    /// `DescribeServices`: the service's own `deployments`.
    List,
    /// `ListTasks` and `DescribeTasks`: do the running tasks have the digests?
    Prove {
        /// The service deployment, where there is one.
        deployment: Option<String>,
        /// Tasks that are still to be described; none before they were listed.
        tasks: Option<Vec<String>>,
        /// Tasks of this rollout that were proven.
        proven: usize,
        /// Looks so far.
        looks: u32,
    },
}

/// A service deployment that may be the one that this run started.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) deployment: String,
    pub(super) revision: String,
    created_at: f64,
}

/// What ECS answered.
pub(super) enum Answer<'a> {
    Begun(&'a [ServiceDeploymentBrief]),
    Revisions(&'a [ServiceRevision]),
    Deployment(Option<&'a ServiceDeployment>),
    Service(Option<&'a Service>),
    /// The tasks of the service that run.
    Listed(Vec<String>),
    Described(&'a [Task]),
    /// The endpoint or the IAM policy does not have the call.
    NotOffered,
}

/// What an answer makes of a rollout.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Step {
    /// The stage to go to; none to stay.
    pub(super) next: Option<Stage>,
    /// Whether the next question may be asked at once.
    pub(super) at_once: bool,
    /// How far it is, where the answer tells.
    pub(super) progress: Option<Progress>,
    /// Its end.
    pub(super) ended: Option<WatchEnd>,
    /// Something to tell that does not end it.
    pub(super) warning: Option<String>,
}

impl Step {
    pub(super) fn to(next: Stage) -> Self {
        Self { next: Some(next), at_once: true, ..Self::default() }
    }

    pub(super) fn end(ended: WatchEnd) -> Self {
        Self { ended: Some(ended), ..Self::default() }
    }
}

impl Stage {
    /// Where the watch of a rollout begins.
    pub(super) fn first() -> Self {
        Self::Find { looks: 0 }
    }

    /// Whether it is looked at every second, not every tick: it is soon over.
    pub(super) fn is_brief(&self) -> bool {
        !matches!(self, Self::Follow { .. } | Self::List)
    }

    /// The service deployment that is followed, once it is known.
    pub(super) fn deployment(&self) -> Option<&str> {
        match self {
            Self::Follow { deployment } | Self::Prove { deployment: Some(deployment), .. } => {
                Some(deployment)
            }
            _ => None,
        }
    }

    /// The service revisions of the candidates.
    pub(super) fn candidates(&self) -> Vec<String> {
        match self {
            Self::Confirm { candidates, .. } => candidates.iter().map(|c| c.revision.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// The end of a rollout that ECS calls complete and whose tasks can't be read.
    pub(super) fn unproven(started: &Rollout, why: &str) -> Step {
        let message =
            format!("that the tasks of {} run the pushed images is not proven: {why}", started.service);
        Step { warning: Some(message), ..Step::end(WatchEnd::Deployed) }
    }

    /// What an answer makes of this stage.
    pub(super) fn step(&self, answer: Answer<'_>, started: &Rollout) -> Step {
        match (self, answer) {
            (Self::Prove { .. }, Answer::NotOffered) => {
                Self::unproven(started, "allow `ecs:ListTasks` and `ecs:DescribeTasks`")
            }
            (_, Answer::NotOffered) => Step::to(Self::List),
            (Self::Find { looks }, Answer::Begun(briefs)) => {
                let candidates = candidates(briefs, started, *looks);
                if candidates.is_empty() {
                    in_vain(looks + 1)
                } else {
                    Step::to(Self::Confirm { candidates, looks: *looks })
                }
            }
            (Self::Confirm { candidates, looks }, Answer::Revisions(revisions)) => {
                match confirmed(candidates, revisions, started) {
                    Some(own) => Step::to(Self::Follow { deployment: own.deployment.clone() }),
                    // Others deployed; its own may be still to come.
                    None => in_vain(looks + 1),
                }
            }
            (Self::Follow { deployment }, Answer::Deployment(Some(answer))) => {
                judged(judge::service_deployment(answer), Some(deployment.clone()))
            }
            (Self::List, Answer::Service(Some(service))) if judge::is_outdated(service, started) => {
                Step::default()
            }
            (Self::List, Answer::Service(service)) => judged(judge::service(service, started), None),
            (Self::Prove { deployment, looks, .. }, Answer::Listed(tasks)) if tasks.is_empty() => {
                proof(deployment.as_deref(), &[], 0, looks + 1, &[], started)
            }
            (Self::Prove { deployment, looks, .. }, Answer::Listed(tasks)) => Step::to(Self::Prove {
                deployment: deployment.clone(),
                tasks: Some(tasks),
                proven: 0,
                looks: looks + 1,
            }),
            (Self::Prove { deployment, tasks: Some(tasks), proven, looks }, Answer::Described(described)) => {
                proof(deployment.as_deref(), tasks, *proven, *looks, described, started)
            }
            // An answer that lags behind, or one that was meant for an earlier stage.
            _ => Step::default(),
        }
    }
}

/// Goes on from a judgement: what ECS calls deployed is still to be proven.
fn judged(look: Look, deployment: Option<String>) -> Step {
    let progress = Some(look.progress);
    match look.ended {
        Some(WatchEnd::Deployed) => {
            Step { progress, ..Step::to(Stage::Prove { deployment, tasks: None, proven: 0, looks: 0 }) }
        }
        ended => Step { progress, ended, ..Step::default() },
    }
}

fn in_vain(looks: u32) -> Step {
    if looks >= SOUGHT {
        return Step::to(Stage::List);
    }
    Step { next: Some(Stage::Find { looks }), ..Step::default() }
}

/// The service deployments that the update may have made. Those before it are
/// others'.
fn candidates(briefs: &[ServiceDeploymentBrief], started: &Rollout, looks: u32) -> Vec<Candidate> {
    let before = if looks < WAITED { CLOSE } else { CLOCKS };
    let candidate = |brief: &ServiceDeploymentBrief| {
        Some(Candidate {
            deployment: brief.service_deployment_arn()?.to_owned(),
            revision: brief.target_service_revision_arn()?.to_owned(),
            created_at: brief.created_at()?.as_secs_f64(),
        })
    };
    let since = started.created_at.map(|time| time.as_secs_f64());
    let is_new = |candidate: &Candidate| since.is_none_or(|since| candidate.created_at >= since - before);
    // ECS lists the newest first, also of those that it made at the same moment.
    let mut candidates: Vec<Candidate> = briefs.iter().rev().filter_map(candidate).filter(is_new).collect();
    match since {
        // Somebody may have deployed the same definition just before or after.
        Some(since) => {
            candidates.sort_by(|a, b| (a.created_at - since).abs().total_cmp(&(b.created_at - since).abs()))
        }
        // Of a rollout that was found going on, all that is known is that it is the latest.
        None => candidates.sort_by(|a, b| b.created_at.total_cmp(&a.created_at)),
    }
    candidates.truncate(CANDIDATES);
    candidates
}

/// As many as one `DescribeServiceRevisions` takes.
pub(super) const CANDIDATES: usize = DEPLOYMENTS_PER_CALL;

/// The first candidate whose revision has the task definition that this run
/// rolls out.
fn confirmed<'c>(
    candidates: &'c [Candidate],
    revisions: &[ServiceRevision],
    started: &Rollout,
) -> Option<&'c Candidate> {
    let own = |candidate: &&Candidate| {
        revisions.iter().any(|revision| {
            revision.service_revision_arn() == Some(&candidate.revision)
                && revision.task_definition() == Some(&started.task_definition)
        })
    };
    candidates.iter().find(own)
}

#[cfg(test)]
mod tests;
