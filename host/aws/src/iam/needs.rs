//! What one principal does: the resources of its calls, and the verbs that make them.

use std::collections::BTreeSet;

use model::decision::{EventRuleName, ScheduleName, ServiceName};
use model::names::{ArnPattern, EcsScope};

/// A verb that calls AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// `run`.
    Run,
    /// `plan`.
    Plan,
    /// `verify`.
    Verify,
    /// `status`.
    Status,
    /// `rollback`.
    Rollback,
    /// `continue`.
    Continue,
}

/// The flags that require permissions of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// A failed rollout is rolled back.
    pub rolls_back_on_failure: bool,
    /// Rollouts are rolled back when a signal ends the run.
    pub rolls_back_on_cancel: bool,
    /// The run waits until a pause or a lifecycle stage.
    pub waits_for_stage: bool,
    /// The run does not wait for the end of its rollouts.
    pub has_no_watch: bool,
    /// Old revisions are deregistered.
    pub deregisters: bool,
}

/// What one principal does: the run's own credentials, or a role that it assumes. Names may contain `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The verbs.
    pub uses: BTreeSet<Use>,
    /// The flags of the run.
    pub flags: Flags,
    /// The services.
    pub services: BTreeSet<(EcsScope, ServiceName)>,
    /// The services that the policy and the guards look up.
    pub looked_up_services: BTreeSet<(EcsScope, ServiceName)>,
    /// The clusters whose services are listed.
    pub listed_clusters: BTreeSet<(EcsScope, String)>,
    /// The families of which revisions are registered.
    pub families: BTreeSet<(EcsScope, String)>,
    /// The families among them whose revisions have tags.
    pub tagged_families: BTreeSet<(EcsScope, String)>,
    /// The clusters of one-off tasks, and the families that they run.
    pub one_off_tasks: BTreeSet<(EcsScope, String, String)>,
    /// The task roles and the execution roles of the families.
    pub task_roles: BTreeSet<String>,
    /// The log groups of the families' containers.
    pub log_groups: BTreeSet<(EcsScope, String)>,
    /// The repositories of ECR that images are pushed to.
    pub pushed_repositories: BTreeSet<(EcsScope, String)>,
    /// The repositories of ECR in which images are promoted.
    pub promoted_repositories: BTreeSet<(EcsScope, String)>,
    /// The repositories of ECR that a build writes its cache to.
    pub cache_repositories: BTreeSet<(EcsScope, String)>,
    /// The repositories of ECR that a build pulls from.
    pub pulled_repositories: BTreeSet<(EcsScope, String)>,
    /// The repository of ECR that the policy is in.
    pub policy_repositories: BTreeSet<(EcsScope, String)>,
    /// The repositories of ECR that they look up images in.
    pub looked_up_repositories: BTreeSet<(EcsScope, String)>,
    /// The schedules.
    pub schedules: BTreeSet<(EcsScope, ScheduleName)>,
    /// The roles with which schedules start tasks.
    pub schedule_roles: BTreeSet<String>,
    /// The ARNs of the keys that encrypt schedules.
    pub schedule_keys: BTreeSet<String>,
    /// The event rules.
    pub rules: BTreeSet<(EcsScope, EventRuleName)>,
    /// The roles with which rules start tasks.
    pub rule_roles: BTreeSet<String>,
    /// The accounts and regions of the services, families, schedules and rules.
    pub scopes: BTreeSet<EcsScope>,
    /// The roles that are assumed.
    pub assumed_roles: BTreeSet<String>,
}

impl Needs {
    /// The needs of the resources that ARNs name. Roles are those of the task definitions, and those with which schedules
    /// and rules start tasks. With `has_one_off_tasks` a task is run in the cluster of each service.
    #[must_use]
    pub fn of_arns(arns: &[ArnPattern], has_one_off_tasks: bool) -> Self {
        let mut needs = Self::default();
        let mut roles = BTreeSet::new();
        for arn in arns {
            match arn.clone() {
                ArnPattern::Service(scope, name) => {
                    needs.services.insert((scope, name));
                }
                ArnPattern::Cluster(scope, name) => {
                    needs.listed_clusters.insert((scope.clone(), name.clone()));
                    let every = ServiceName { cluster: name, service: "*".to_owned() };
                    needs.services.insert((scope, every));
                }
                ArnPattern::Family(scope, name) => {
                    needs.families.insert((scope, name));
                }
                ArnPattern::Repository(scope, name) => {
                    needs.pushed_repositories.insert((scope, name));
                }
                ArnPattern::LogGroup(scope, name) => {
                    needs.log_groups.insert((scope, name));
                }
                ArnPattern::Schedule(scope, name) => {
                    needs.schedules.insert((scope, name));
                }
                ArnPattern::EventRule(scope, name) => {
                    needs.rules.insert((scope, name));
                }
                ArnPattern::Role(arn) => {
                    roles.insert(arn);
                }
            }
        }
        let scopes_of_services = needs.services.iter().map(|(scope, _)| scope);
        let scopes = scopes_of_services.chain(needs.families.iter().map(|(scope, _)| scope));
        let scopes = scopes.chain(needs.schedules.iter().map(|(scope, _)| scope));
        needs.scopes = scopes.chain(needs.rules.iter().map(|(scope, _)| scope)).cloned().collect();
        if has_one_off_tasks {
            // Without the family of a service any one may run in its cluster.
            for (scope, service) in &needs.services {
                let mut families: Vec<&String> =
                    needs.families.iter().filter(|(own, _)| own == scope).map(|(_, family)| family).collect();
                let any = "*".to_owned();
                if families.is_empty() {
                    families.push(&any);
                }
                let tasks = families.into_iter();
                let tasks = tasks.map(|family| (scope.clone(), service.cluster.clone(), family.clone()));
                needs.one_off_tasks.extend(tasks);
            }
        }
        if !needs.schedules.is_empty() {
            needs.schedule_roles.clone_from(&roles);
        }
        if !needs.rules.is_empty() {
            needs.rule_roles.clone_from(&roles);
        }
        needs.task_roles = roles;
        needs
    }

    /// Whether one of these verbs is used.
    #[must_use]
    pub(super) fn has(&self, uses: &[Use]) -> bool {
        uses.iter().any(|verb| self.uses.contains(verb))
    }
}
