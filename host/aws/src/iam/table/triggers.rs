//! The rows of schedules and event rules.

use super::{On, Permission, required};
use crate::iam::needs::Use::{Plan, Run, Status, Verify};

/// The rows.
pub(super) static ROWS: &[Permission] = &[
    required(
        "ReadSchedules",
        &["scheduler:GetSchedule"],
        On::Schedules,
        &[Run, Plan, Verify, Status],
        "read what schedules start",
    ),
    required(
        "UpdateSchedules",
        &["scheduler:UpdateSchedule"],
        On::Schedules,
        &[Run, Verify],
        "let schedules start the new revision",
    ),
    required(
        "PassScheduleRoles",
        &["iam:PassRole"],
        On::ScheduleRoles,
        &[Run, Verify],
        "update schedules with the roles of their targets",
    ),
    required(
        "DecryptSchedules",
        &["kms:Decrypt"],
        On::ScheduleKeys,
        &[Run, Plan, Verify, Status],
        "read schedules that a key of yours encrypts",
    ),
    required(
        "ReadRules",
        &["events:DescribeRule", "events:ListTargetsByRule"],
        On::Rules,
        &[Run, Plan, Verify, Status],
        "read what event rules start",
    ),
    required(
        "UpdateRules",
        &["events:PutTargets"],
        On::Rules,
        &[Run, Verify],
        "let event rules start the new revision",
    ),
    required(
        "PassRuleRoles",
        &["iam:PassRole"],
        On::RuleRoles,
        &[Run, Verify],
        "update event rules with the roles of their targets",
    ),
];
