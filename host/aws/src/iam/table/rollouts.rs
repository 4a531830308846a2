//! The rows of services, families and one-off tasks: what a deployment to ECS consists of.

use super::{
    NO_LOGS, On, Permission, ROLLED_BACK_BY_UPDATE, TASK_ACTIONS, TASK_CONTINUES, WATCH, WATCH_ACTIONS,
    WATCHERS, has_definitions, required, requires_deployments, watches, watches_deployments,
};
use crate::iam::needs::Use::{Continue, Plan, Rollback, Run, Status, Verify};

/// The rows.
pub(super) static ROWS: &[Permission] = &[
    Permission {
        applies: has_definitions,
        ..required(
            "ReadDefinitions",
            &["ecs:DescribeTaskDefinition"],
            On::Any,
            &[Run, Plan, Verify, Status, Rollback, Continue],
            "read the task definitions that new revisions are made from and compared with",
        )
    },
    Permission {
        applies: |needs| !needs.scopes.is_empty(),
        ..required(
            "RegisterRevisions",
            &["ecs:RegisterTaskDefinition"],
            On::Any,
            &[Run, Verify],
            "register the new revisions; the action has no resource type",
        )
    },
    required(
        "TagRevisions",
        &["ecs:TagResource"],
        On::TaggedFamilies,
        &[Run, Verify],
        "register revisions of task definitions that have tags",
    ),
    required(
        "PassTaskRoles",
        &["iam:PassRole"],
        On::TaskRoles,
        &[Run, Verify],
        "register revisions with their task role and their execution role",
    ),
    required(
        "ReadServices",
        &["ecs:DescribeServices"],
        On::ReadServices,
        &[Run, Plan, Verify, Status, Rollback, Continue],
        "read what services run and how their rollouts proceed",
    ),
    required(
        "UpdateServices",
        &["ecs:UpdateService"],
        On::Services,
        &[Run, Verify, Rollback],
        "set services to a revision",
    ),
    Permission {
        applies: requires_deployments,
        ..required("WatchRollouts", WATCH_ACTIONS, On::Rollouts, WATCHERS, WATCH)
    },
    Permission {
        applies: |needs| !requires_deployments(needs) && watches(needs),
        without: Some("rollouts are watched by their services, without pauses and stages"),
        ..required("WatchRollouts", WATCH_ACTIONS, On::Rollouts, WATCHERS, WATCH)
    },
    Permission {
        applies: |needs| !watches_deployments(needs),
        without: Some("`status` shows what the service alone does"),
        ..required(
            "ReadRollouts",
            &["ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"],
            On::DeploymentsAndRevisions,
            &[Status],
            "show the state of rollouts, and what they rolled back to",
        )
    },
    Permission {
        applies: |needs| !watches_deployments(needs) && !needs.uses.contains(&Status),
        without: Some("the plan does not contain that a rollout waits in a pause"),
        ..required(
            "ReadPauses",
            &["ecs:DescribeServiceDeployments"],
            On::ServiceDeployments,
            &[Run, Plan],
            "find out whether a rollout waits in a pause",
        )
    },
    Permission {
        applies: |needs| !needs.one_off_tasks.is_empty(),
        ..required(
            "ReadTasks",
            &["ecs:DescribeTasks"],
            On::AnyInClusters,
            &[Run, Verify],
            "watch one-off tasks, prove which images run, and find out why tasks stopped",
        )
    },
    Permission {
        applies: |needs| !needs.one_off_tasks.is_empty(),
        without: Some("it is not proven which images run, and a task that a killed run started is run again"),
        ..required(
            "ListTasks",
            &["ecs:ListTasks"],
            On::AnyInClusters,
            &[Run, Verify],
            "find the tasks of services, and the one-off tasks of a run that was killed",
        )
    },
    Permission {
        applies: |needs| needs.one_off_tasks.is_empty() && watches(needs),
        without: Some("neither is reported"),
        ..required(
            "ReadTasks",
            TASK_ACTIONS,
            On::AnyInClusters,
            WATCHERS,
            "prove which images run, and find out why tasks stopped",
        )
    },
    required("RunTasks", &["ecs:RunTask"], On::OneOffTasks, &[Run, Verify], "start one-off tasks"),
    Permission {
        without: Some(TASK_CONTINUES),
        ..required(
            "StopTasks",
            &["ecs:StopTask"],
            On::TasksOfClusters,
            &[Run, Verify],
            "stop one-off tasks that exceed their timeout",
        )
    },
    Permission {
        applies: |needs| watches(needs) || !needs.one_off_tasks.is_empty(),
        without: Some(NO_LOGS),
        ..required(
            "ReadLogs",
            &["logs:GetLogEvents"],
            On::LogStreams,
            WATCHERS,
            "show the last lines of a failed container's log",
        )
    },
    Permission {
        applies: |needs| {
            needs.flags.rolls_back_on_failure
                || needs.flags.rolls_back_on_cancel
                || needs.uses.contains(&Rollback)
        },
        without: Some(ROLLED_BACK_BY_UPDATE),
        ..required(
            "StopRollouts",
            &["ecs:StopServiceDeployment"],
            On::ServiceDeployments,
            &[Run, Verify, Rollback],
            "roll back a rollout in progress, which needs no new deployment",
        )
    },
    required(
        "ContinueRollouts",
        &["ecs:ContinueServiceDeployment"],
        On::ServiceDeployments,
        &[Continue],
        "continue a rollout after a pause, or roll it back",
    ),
];
