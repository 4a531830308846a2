//! The rows of other verbs, of `--keep` and of other accounts.

use super::{NOT_DEREGISTERED, On, Permission, TRIGGER_READS, deregisters, required};
use crate::iam::needs::Use::{Continue, Plan, Rollback, Run, Status, Verify};

/// The rows.
pub(super) static ROWS: &[Permission] = &[
    Permission {
        applies: |needs| !needs.services.is_empty() && !deregisters(needs),
        without: Some("`rollback` needs --to if service deployments cannot be listed either"),
        ..required(
            "ListRevisions",
            &["ecs:ListTaskDefinitions"],
            On::Any,
            &[Rollback],
            "find the revision before, if service deployments cannot be listed",
        )
    },
    Permission {
        applies: deregisters,
        without: Some(NOT_DEREGISTERED),
        ..required(
            "FindOldRevisions",
            &["ecs:ListTaskDefinitions", "ecs:ListClusters", "ecs:ListServices"],
            On::Any,
            &[Run, Verify],
            "list the revisions for --keep, and all services that may use them",
        )
    },
    Permission {
        applies: deregisters,
        without: Some(NOT_DEREGISTERED),
        ..required(
            "ReadAllServices",
            &["ecs:DescribeServices", "ecs:ListServiceDeployments"],
            On::AllServices,
            &[Run, Verify],
            "find out for --keep which revisions services run or would roll back to",
        )
    },
    Permission {
        applies: deregisters,
        without: Some(NOT_DEREGISTERED),
        ..required(
            "FindTriggers",
            TRIGGER_READS,
            On::Any,
            &[Run, Verify],
            "find out for --keep which revisions rules and schedules start",
        )
    },
    Permission {
        applies: deregisters,
        without: Some(NOT_DEREGISTERED),
        ..required(
            "DeregisterRevisions",
            &["ecs:DeregisterTaskDefinition"],
            On::Any,
            &[Run, Verify],
            "deregister old revisions for --keep; the action has no resource type",
        )
    },
    Permission {
        applies: |needs| needs.listed_clusters.iter().any(|(_, name)| name.contains('*')),
        ..required(
            "ListClusters",
            &["ecs:ListClusters"],
            On::Any,
            &[Status],
            "list the clusters of the region for `status --all`",
        )
    },
    required(
        "ListServices",
        &["ecs:ListServices"],
        On::AnyInListedClusters,
        &[Run, Plan, Verify, Status],
        "list the services of clusters",
    ),
    required(
        "AssumeRoles",
        &["sts:AssumeRole"],
        On::AssumedRoles,
        &[Run, Plan, Verify, Status, Rollback, Continue],
        "assume the roles of targets, whose trust policies must name this principal",
    ),
    Permission {
        applies: |needs| !deregisters(needs),
        without: Some("the denial itself proves that AWS accepts the credentials"),
        ..required(
            "CheckCredentials",
            &["ecs:ListClusters"],
            On::Any,
            &[Verify],
            "check for `verify` whether AWS accepts the credentials",
        )
    },
    Permission {
        applies: |needs| !needs.log_groups.is_empty(),
        without: Some("`verify` does not report log groups that do not exist"),
        ..required(
            "CheckLogGroups",
            &["logs:DescribeLogGroups"],
            On::Any,
            &[Verify],
            "check for `verify` whether the log groups of containers exist",
        )
    },
];
