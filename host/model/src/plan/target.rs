//! The plan of one target: what changes in its task definition, and what its rollout needs.

use serde::{Deserialize, Serialize};

use super::base_revision::BaseRevision;
use super::containers::{ContainerPlan, find_misplaced_tasks, plan_containers};
use super::definition::{LatestRevision, TaskDefinition, TaskSize};
use super::diff::Change;
use super::facts::{CircuitBreaker, LaunchSettings, RolloutState, Scheduling};
use super::paused_rollout::describe_ended_rollout;
use super::programs::find_mixed_programs;
use super::target_error::TargetError;
use super::trigger::TriggerPlan;
use super::{ImagePlan, PlanInput, Stamp, TargetName, known_digests};
use crate::decision::{
    Destination, FailureAction, OneOffTask, RevisionBase, RolloutOptions, ServiceName, Target,
};
use crate::names::{Place, short_revision};
use crate::text::printable;

/// What happens to one target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TargetPlan {
    /// The name in events and logs.
    pub name: TargetName,
    /// What gets the new revision.
    pub destination: Destination,
    /// Its region, and the role to assume.
    pub place: Place,
    /// The ARN of the base: the task definition that the service is set to, that the schedule or the rule starts, or the
    /// latest of the family.
    #[serde(rename = "task_definition")]
    pub base: String,
    /// The build that the base came from; `None` if `ecs-host` did not deploy it.
    pub base_build: Option<Stamp>,
    /// Which revision a service's new revision is made from, by the policy or `--base`.
    #[serde(rename = "base")]
    pub revision_base: RevisionBase,
    /// The ARN of the revision that the new one is made from: that of the base, or of a newer one.
    pub made_from: String,
    /// Whether the base is deregistered: ECS starts no deployment and no task of it.
    pub is_deregistered: bool,
    /// What the operator should know of the plan, sentences.
    pub warnings: Vec<String>,
    /// The containers that change.
    pub containers: Vec<ContainerPlan>,
    /// The new CPU units and the new memory in MiB of the task.
    #[serde(flatten)]
    pub size: TaskSize,
    /// The differences between the base and the new revision; empty if `unchanged`.
    pub changes: Vec<Change>,
    /// Whether the new revision would be the same as the base, stamps aside.
    pub unchanged: bool,
    /// Whether the target is deployed even if it is unchanged: a service because of `--force`, or because the rollout of
    /// the base failed; a schedule or a rule if it names another revision or a deregistered one.
    pub redeploy: bool,
    /// The state of the base's rollout.
    pub rollout: RolloutState,
    /// The wave. Lower waves are deployed first.
    pub wave: u32,
    /// How the service rolls out. What is `None` is the operator's or the service's.
    #[serde(flatten)]
    pub rollout_options: RolloutOptions,
    /// One-off tasks that must succeed before the service is updated.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// The number of tasks that the service is to run now; `None` for a family.
    pub current_count: Option<u32>,
    /// Where and how the service's tasks run; `None` for a family.
    pub launch: Option<LaunchSettings>,
    /// How ECS determines the number of the service's tasks; `None` for a family.
    pub scheduling: Option<Scheduling>,
    /// What ECS does when a rollout of the service fails; `None` for a family.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// What starts tasks of the target: its schedule or its rule; `None` for a service and a family.
    pub trigger: Option<TriggerPlan>,
    /// How long the service's strategy lets a rollout wait, in seconds.
    pub strategy_seconds: u64,
    /// The ARNs of the task definitions of the service's deployments when the plan was made.
    #[serde(skip)]
    pub deployed_definitions: Vec<String>,
    /// The id of the service's primary deployment when the plan was made; `None` for a family.
    #[serde(rename = "deployment_id")]
    pub primary_deployment_id: Option<String>,
    /// When that deployment was created, in seconds since the start of 1970 (UTC).
    #[serde(skip)]
    pub primary_created_at: Option<f64>,
    /// When that deployment changed last, in seconds since the start of 1970 (UTC).
    #[serde(skip)]
    pub primary_updated_at: Option<f64>,
    /// The task definition of `base`.
    #[serde(skip)]
    pub definition: TaskDefinition,
    /// The revision `made_from`; `None` for the base.
    #[serde(skip)]
    pub(super) newer_definition: Option<TaskDefinition>,
    /// The latest active revision of the base's family, if it is not the base.
    #[serde(skip)]
    pub(super) latest: Option<LatestRevision>,
    #[serde(skip)]
    pub(super) stamp: Stamp,
    #[serde(skip)]
    pub(super) allow_older: bool,
    /// Whether the run rolls back a rollout that fails or times out.
    #[serde(skip)]
    pub(crate) rolls_back: bool,
    /// Whether the policy named the containers.
    #[serde(skip)]
    pub(super) names_containers: bool,
}

impl TargetPlan {
    /// The plan of one target. `images` are the plans of the deployment's images.
    ///
    /// # Errors
    /// [`TargetError`] with every problem of this target.
    pub fn new(target: &Target, images: &[ImagePlan], input: PlanInput<'_>) -> Result<Self, TargetError> {
        let PlanInput { deployment, facts, stamp, options } = input;
        let place = target.place(&facts.region);
        let subject = format!("{}{}", target.destination, place.qualifier(&facts.region));
        let to_error = |problem: String| TargetError::Problems(vec![format!("{subject}: {problem}")]);

        let base = BaseRevision::find(target, &place, facts).map_err(to_error)?;
        let revision_base = target.task_definition.base.unwrap_or(options.base);
        let made_from = base.newer.filter(|_| revision_base == RevisionBase::Latest);
        let source = made_from.map_or(base.definition, |newer| &newer.definition);
        let mut problems = Vec::new();
        let containers = plan_containers(target, deployment, source).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let tasks = target.tasks_before.iter().chain(&target.tasks_after);
        problems.extend(find_misplaced_tasks(tasks, source));
        let is_daemon = base.service.is_some_and(|service| service.scheduling == Scheduling::Daemon);
        if is_daemon && target.rollout.desired_count.is_some() {
            problems.push(
                "it is a daemon, which runs one task on each container instance; let the policy return no desired count"
                    .to_owned(),
            );
        }
        if !problems.is_empty() {
            let problems = problems.iter().map(|problem| format!("{subject}: {problem}"));
            return Err(TargetError::Problems(problems.collect()));
        }

        let service = base.service;
        let mut plan = Self {
            name: TargetName::new(&target.destination, &place, &facts.region),
            destination: target.destination.clone(),
            place,
            base: base.task_definition.to_owned(),
            base_build: None,
            revision_base,
            made_from: made_from.map_or(base.task_definition, |newer| &newer.task_definition).to_owned(),
            is_deregistered: base.is_deregistered,
            warnings: Vec::new(),
            containers,
            size: TaskSize {
                cpu_units: target.task_definition.cpu_units,
                memory_mib: target.task_definition.memory_mib,
            },
            changes: Vec::new(),
            unchanged: false,
            redeploy: service.is_some() && (options.force || base.rollout() == RolloutState::Failed),
            rollout: base.rollout(),
            wave: target.wave,
            rollout_options: target.rollout,
            tasks_before: target.tasks_before.clone(),
            tasks_after: target.tasks_after.clone(),
            current_count: service.map(|service| service.desired_count),
            launch: base.launch(),
            scheduling: service.map(|service| service.scheduling),
            circuit_breaker: service.map(|service| service.circuit_breaker),
            trigger: base.trigger.map(TriggerPlan::new),
            strategy_seconds: service.map_or(0, |service| service.bake_seconds),
            deployed_definitions: base.deployed_definitions(),
            primary_deployment_id: service.and_then(|service| service.primary_deployment_id.clone()),
            primary_created_at: service.and_then(|service| service.primary_created_at),
            primary_updated_at: service.and_then(|service| service.primary_updated_at),
            definition: base.definition.clone(),
            newer_definition: made_from.map(|newer| newer.definition.clone()),
            latest: base.latest.cloned(),
            stamp: stamp.clone(),
            allow_older: options.allow_older,
            rolls_back: Self::rolls_back(options.on_failure, target.rollout),
            names_containers: target.containers.is_some(),
        };
        plan.base_build = plan.find_stamp(base.definition);
        let digests = known_digests(images);
        let revision = plan.apply_images(&digests).map_err(|error| to_error(error.to_string()))?;
        plan.check_other_started(base.trigger, &digests, &revision).map_err(to_error)?;
        plan.unchanged = base.definition.equals_ignoring_stamp(&revision);
        if !plan.unchanged {
            plan.changes = base.definition.changes(&revision);
        }
        // An unchanged target is no step back, whichever build deployed it.
        if (!plan.unchanged || plan.count_change().is_some())
            && let Some(newer) = plan.newer_stamp(base.definition)
        {
            let newer = newer.describe_newer_than(stamp);
            return Err(TargetError::Superseded(match &plan.destination {
                Destination::Service(_) => format!("{subject} runs {newer}"),
                Destination::Family(_) => format!("the latest revision of {subject} is from {newer}"),
                Destination::Schedule(_) | Destination::EventRule(_) => format!("{subject} starts {newer}"),
            }));
        }
        if let Some(trigger) = &plan.trigger {
            plan.redeploy =
                plan.unchanged && (plan.is_deregistered || trigger.is_behind(base.task_definition));
            if !trigger.start.is_enabled {
                plan.warnings.push("it is disabled: it starts nothing until it is enabled".to_owned());
            }
        }
        if let Some(pause) = service.and_then(|service| service.pause.as_ref())
            && (plan.redeploy || !plan.unchanged)
        {
            plan.warnings.push(describe_ended_rollout(&plan.base, base.definition, pause));
        }
        if let Some(error) = service.and_then(|service| service.pause_read_error.as_ref())
            && (plan.redeploy || !plan.unchanged)
        {
            plan.warnings.push(format!(
                "this deployment ends the rollout of {}, and whether that is paused could not be read: {}",
                short_revision(&plan.base),
                printable(error)
            ));
        }
        if !plan.names_containers {
            plan.warnings.extend(find_mixed_programs(&plan.containers, source));
        }
        if let Some(newer) = base.newer.filter(|_| made_from.is_none()) {
            plan.warnings.extend(plan.describe_passed_over(newer, &revision, &digests));
        }
        Ok(plan)
    }

    /// The service; `None` for any other destination.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        match &self.destination {
            Destination::Service(name) => Some(name),
            Destination::Family(_) | Destination::Schedule(_) | Destination::EventRule(_) => None,
        }
    }

    /// Whether the run rolls back a rollout that fails or times out, with this `--on-failure`.
    pub(crate) fn rolls_back(on_failure: Option<FailureAction>, options: RolloutOptions) -> bool {
        on_failure.is_some_and(|own| options.on_failure.unwrap_or(own) == FailureAction::RollBack)
    }

    /// A warning if nothing ends a failing rollout of the service: it has no circuit breaker, and the run does not roll
    /// back.
    #[must_use]
    pub fn circuit_breaker_warning(&self) -> Option<&'static str> {
        (self.circuit_breaker == Some(CircuitBreaker::Off) && !self.rolls_back).then_some(
            "no circuit breaker: ECS retries a failing rollout forever; `--on-failure roll-back` ends it \
             after the time limit",
        )
    }

    /// Whether nothing is to be done: the service runs the planned revision, the family has it, or the schedule or the
    /// rule starts it, and no rollout is in progress.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.unchanged
            && !self.redeploy
            && self.rollout == RolloutState::Complete
            && self.count_change().is_none()
    }

    /// Whether the base is of the commit of this build.
    #[must_use]
    pub fn is_of_own_build(&self) -> bool {
        let is_own =
            |build: &Stamp| build.commit == self.stamp.commit && build.repository == self.stamp.repository;
        self.base_build.as_ref().is_some_and(is_own)
    }

    /// The number of tasks that the service is to run now, and the one that it gets, if they differ.
    #[must_use]
    pub fn count_change(&self) -> Option<(u32, u32)> {
        let (current, new) = (self.current_count?, self.rollout_options.desired_count?);
        (current != new).then_some((current, new))
    }
}
