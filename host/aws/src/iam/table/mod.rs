//! Which action is called, on which resource, and for what: the one table of all permissions.
//!
//! The resource types and condition keys of the actions are those of the Service Authorization Reference, pages "Amazon
//! Elastic Container Service", "Amazon Elastic Container Registry", "Amazon CloudWatch Logs", "Amazon EventBridge",
//! "Amazon EventBridge Scheduler", "AWS Security Token Service" and "AWS Key Management Service". An action without a
//! resource type is allowed on `*`. What passes a role requires `iam:PassRole` on it (the IAM user guide, "Grant a user
//! permissions to pass a role to an AWS service").

mod further;
mod images;
mod rollouts;
mod triggers;

use super::needs::{Needs, Use};

use Use::{Continue, Rollback, Run, Verify};

/// The resources of a row, of one principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// All: the actions have no resource type.
    Any,
    /// The same, for tasks and services of the clusters of services only, by the condition key `ecs:cluster`.
    AnyInClusters,
    /// All, for the services of the clusters that are listed, by the same key.
    AnyInListedClusters,
    /// The services.
    Services,
    /// The services, and those that the policy looks up.
    ReadServices,
    /// The services, their deployments and their revisions.
    Rollouts,
    /// The deployments and revisions of the services.
    DeploymentsAndRevisions,
    /// The deployments of the services.
    ServiceDeployments,
    /// All services of the accounts and regions.
    AllServices,
    /// Revisions of the tagged families, when they are registered.
    TaggedFamilies,
    /// Revisions of the families of one-off tasks, in their clusters.
    OneOffTasks,
    /// The tasks of the clusters of one-off tasks.
    TasksOfClusters,
    /// The roles of task definitions, passed to ECS.
    TaskRoles,
    /// The streams of the log groups.
    LogStreams,
    /// The repositories of all images and lookups.
    ReadRepositories,
    /// The repositories whose tags are written.
    TaggedRepositories,
    /// The repositories that images and caches are pushed to.
    PushedRepositories,
    /// The repositories in which images are promoted.
    PromotedRepositories,
    /// The repository of the policy.
    PolicyRepositories,
    /// The repositories that a build pulls from.
    PulledRepositories,
    /// The schedules.
    Schedules,
    /// The roles of schedules, passed to EventBridge Scheduler.
    ScheduleRoles,
    /// The keys of schedules.
    ScheduleKeys,
    /// The event rules.
    Rules,
    /// The roles of rules, passed to EventBridge.
    RuleRoles,
    /// The roles that are assumed.
    AssumedRoles,
}

/// A row: actions on resources, and what they are for.
#[derive(Debug)]
pub struct Permission {
    /// The name of the statement, of letters and digits.
    pub sid: &'static str,
    /// The actions.
    pub actions: &'static [&'static str],
    pub(super) on: On,
    pub(super) uses: &'static [Use],
    /// Whether the row applies to what a principal does, if it has such resources.
    pub(super) applies: fn(&Needs) -> bool,
    /// What the actions are for, a phrase.
    pub reason: &'static str,
    /// What happens without them, a clause. `None` if the verbs fail.
    pub without: Option<&'static str>,
}

const fn required(
    sid: &'static str,
    actions: &'static [&'static str],
    on: On,
    uses: &'static [Use],
    reason: &'static str,
) -> Permission {
    Permission { sid, actions, on, uses, applies: |_| true, reason, without: None }
}

/// What a watch without service deployments does.
const WATCH: &str = "read the state of rollouts, the pauses they wait in and the revisions they replace";

const WATCH_ACTIONS: &[&str] =
    &["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"];

const TASK_ACTIONS: &[&str] = &["ecs:ListTasks", "ecs:DescribeTasks"];

const WATCHERS: &[Use] = &[Run, Verify, Rollback, Continue];

/// What `--keep` does if it may not.
pub(crate) const NOT_DEREGISTERED: &str = "old revisions are not deregistered";

/// What a rollback does without [`STOP_ROLLOUTS`].
pub(crate) const ROLLED_BACK_BY_UPDATE: &str = "a failed rollout is rolled back by an update";

/// What a failed container's diagnosis lacks.
pub(crate) const NO_LOGS: &str = "the last lines of a failed container's log are not shown";

/// What happens to a one-off task that exceeds its time limit.
pub(crate) const TASK_CONTINUES: &str = "a one-off task that exceeds its timeout continues to run";

/// The actions of a docker push to ECR (the ECR user guide, "IAM permissions for pushing an image").
pub const PUSH_ACTIONS: &[&str] = &[
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:BatchGetImage",
    "ecr:PutImage",
];

/// The reads that find out which rules and schedules start a revision.
pub(crate) const TRIGGER_READS: &[&str] = &[
    "events:ListEventBuses",
    "events:ListRuleNamesByTarget",
    "events:ListTargetsByRule",
    "scheduler:ListSchedules",
    "scheduler:GetSchedule",
];

fn has_definitions(needs: &Needs) -> bool {
    !(needs.scopes.is_empty() && needs.looked_up_services.is_empty())
}

fn pushes(needs: &Needs) -> bool {
    let sets = [&needs.pushed_repositories, &needs.cache_repositories, &needs.pulled_repositories];
    sets.iter().any(|repositories| !repositories.is_empty())
}

fn deregisters(needs: &Needs) -> bool {
    needs.flags.deregisters && !(needs.services.is_empty() && needs.families.is_empty())
}

/// Whether a watch has to see service deployments: only they show pauses and stages, and `continue` continues one.
fn requires_deployments(needs: &Needs) -> bool {
    needs.flags.waits_for_stage || needs.uses.contains(&Continue)
}

/// Whether rollouts are watched, or only started.
fn watches(needs: &Needs) -> bool {
    !needs.flags.has_no_watch || needs.has(&[Verify, Rollback, Continue])
}

/// Whether service deployments are watched, which includes to read them once.
fn watches_deployments(needs: &Needs) -> bool {
    needs.has(WATCHERS) && (requires_deployments(needs) || watches(needs))
}

/// Every row. Rows with the same name exclude each other.
pub fn rows() -> impl Iterator<Item = &'static Permission> {
    [rollouts::ROWS, images::ROWS, triggers::ROWS, further::ROWS].into_iter().flatten()
}
