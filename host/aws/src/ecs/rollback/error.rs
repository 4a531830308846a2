//! Why there is no way back.

use thiserror::Error;

use crate::AwsError;
use model::decision::ServiceName;
use model::names::short_revision;

/// Why a service can't go back. Nothing was changed.
#[derive(Debug, Error)]
pub enum RollbackError {
    /// AWS could not be asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// There is no such service or cluster, or none that can be updated.
    #[error("{service} can't be rolled back: {why}")]
    Service {
        /// The service.
        service: ServiceName,
        /// Why.
        why: String,
    },
    /// The named revision is of another family, account or region.
    #[error(
        "{service} runs {}, so it can't go back to {named}: name a revision of that very family",
        short_revision(runs)
    )]
    Other {
        /// The service.
        service: ServiceName,
        /// The ARN of the task definition that it runs.
        runs: String,
        /// The revision as it was named.
        named: String,
    },
    /// There is no such revision.
    #[error("{service} can't go back to {}: there is no such revision; {}", short_revision(to), advice(to))]
    Absent {
        /// The service.
        service: ServiceName,
        /// The ARN that it would have.
        to: String,
    },
    /// The revision is not active.
    #[error(
        "{service} can't go back to {}: it is deregistered, and ECS starts no tasks of a deregistered revision; \
         name another with --to: {}",
        short_revision(to),
        advice(to)
    )]
    Deregistered {
        /// The service.
        service: ServiceName,
        /// The revision's ARN.
        to: String,
    },
    /// Nothing is known that ran before.
    #[error("there is nothing that {service} could go back to: {why}; name a revision with --to")]
    Nothing {
        /// The service.
        service: ServiceName,
        /// What was looked for in vain.
        why: String,
    },
    /// Whether it went back already can't be known.
    #[error(
        "{service} runs {}, and {} is newer: whether it went back already is not known where its service \
         deployments can't be listed; allow `ecs:ListServiceDeployments` and `ecs:DescribeServiceRevisions`, or \
         name a revision with --to",
        short_revision(runs),
        short_revision(newer)
    )]
    Unclear {
        /// The service.
        service: ServiceName,
        /// The ARN of the task definition that it runs.
        runs: String,
        /// That of the newest of its family.
        newer: String,
    },
}

/// How to find a revision that is there.
fn advice(arn: &str) -> String {
    let family = short_revision(arn).rsplit_once(':').map_or("", |(family, _)| family);
    format!("`aws ecs list-task-definitions --family-prefix {family} --sort DESC` lists those that are there")
}
