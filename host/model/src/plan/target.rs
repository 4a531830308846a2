//! The plan of one target: what changes in its task definition, and what its rollout needs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::base_revision::BaseRevision;
use super::containers::{
    ContainerPlan, describe_containers, find_misplaced_tasks, plan_containers, rebase_containers,
};
use super::definition::{ContainerEdit, DefinitionError, TaskDefinition};
use super::diff::Change;
use super::facts::{CircuitBreaker, LaunchSettings, RolloutState, Scheduling};
use super::{ImageAction, ImagePlan, PlanInput, Stamp, TargetName};
use crate::decision::{Destination, FailureAction, OneOffTask, ServiceName, Target};
use crate::names::{Digest, Place};

/// Stands in a plan for the digest of an image that is not built yet.
const DIGEST_PLACEHOLDER: &str = "<digest of the push>";

/// What happens to one target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetPlan {
    /// The name in events and logs.
    pub name: TargetName,
    /// The service or the family.
    pub destination: Destination,
    /// Its region, and the role to assume.
    pub place: Place,
    /// The ARN of the base: the task definition that the service is set to, or the latest of the
    /// family.
    #[serde(rename = "task_definition")]
    pub base: String,
    /// Which container gets which image.
    pub containers: Vec<ContainerPlan>,
    /// The differences between the base and the new revision; empty if `unchanged`.
    pub changes: Vec<Change>,
    /// Whether the new revision would be the same as the base, stamps aside.
    pub unchanged: bool,
    /// Whether a service is deployed even if it is unchanged: because of `--force`, or because
    /// the rollout of the base failed.
    pub redeploy: bool,
    /// The state of the base's rollout.
    pub rollout: RolloutState,
    /// The wave. Lower waves are deployed first.
    pub wave: u32,
    /// How long the rollout may take, in seconds; `None` for the run's `--timeout`.
    pub timeout: Option<u32>,
    /// What to do when the rollout fails; `None` for the run's `--on-failure`.
    pub on_failure: Option<FailureAction>,
    /// One-off tasks that must succeed before the service is updated.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// Where and how the service's tasks run; `None` for a family.
    pub launch: Option<LaunchSettings>,
    /// How ECS determines the number of the service's tasks; `None` for a family.
    pub scheduling: Option<Scheduling>,
    /// What ECS does when a rollout of the service fails; `None` for a family.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// How long the service's strategy lets a rollout wait, in seconds.
    pub bake_seconds: u64,
    /// The ARNs of the task definitions of the service's deployments when the plan was made.
    #[serde(skip)]
    pub deployed_definitions: Vec<String>,
    /// The id of the service's primary deployment when the plan was made.
    #[serde(skip)]
    pub primary_deployment_id: Option<String>,
    /// When that deployment was created, in seconds since the start of 1970 (UTC).
    #[serde(skip)]
    pub primary_created_at: Option<f64>,
    #[serde(skip)]
    definition: TaskDefinition,
    #[serde(skip)]
    stamp: Stamp,
    #[serde(skip)]
    allow_older: bool,
    /// Whether the policy named the containers.
    #[serde(skip)]
    has_assignments: bool,
}

/// Identifies a revision before it is registered: targets with the same key share one revision,
/// which is registered once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionKey {
    place: Place,
    request: String,
}

/// Why a target cannot be deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetError {
    /// Its problems, sentences with the target as the subject.
    Problems(Vec<String>),
    /// A newer build is deployed, a sentence.
    Superseded(String),
}

impl TargetError {
    /// All problems, sentences.
    #[must_use]
    pub fn into_problems(self) -> Vec<String> {
        match self {
            Self::Problems(problems) => problems,
            Self::Superseded(problem) => vec![problem],
        }
    }
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
        let mut problems = Vec::new();
        let containers = plan_containers(target, deployment, base.definition).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let tasks = target.tasks_before.iter().chain(&target.tasks_after);
        problems.extend(find_misplaced_tasks(tasks, base.definition));
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
            containers,
            changes: Vec::new(),
            unchanged: false,
            redeploy: service.is_some() && (options.force || base.rollout() == RolloutState::Failed),
            rollout: base.rollout(),
            wave: target.wave,
            timeout: target.timeout.filter(|_| service.is_some()),
            on_failure: target.on_failure.filter(|_| service.is_some()),
            tasks_before: target.tasks_before.clone(),
            tasks_after: target.tasks_after.clone(),
            launch: base.launch(),
            scheduling: service.map(|service| service.scheduling),
            circuit_breaker: service.map(|service| service.circuit_breaker),
            bake_seconds: service.map_or(0, |service| service.bake_seconds),
            deployed_definitions: base.deployed_definitions(),
            primary_deployment_id: service.and_then(|service| service.primary_deployment_id.clone()),
            primary_created_at: service.and_then(|service| service.primary_created_at),
            definition: base.definition.clone(),
            stamp: stamp.clone(),
            allow_older: options.allow_older,
            has_assignments: !target.containers.is_empty(),
        };
        let digests = images.iter().filter_map(|plan| match &plan.action {
            ImageAction::Reuse { digest, .. } => Some((plan.image.name.clone(), digest.clone())),
            ImageAction::Build(_) => None,
        });
        let revision = plan.apply_images(&digests.collect()).map_err(|error| to_error(error.to_string()))?;
        plan.unchanged = base.definition.equals_ignoring_stamp(&revision);
        if !plan.unchanged {
            plan.changes = base.definition.changes(&revision);
            // An unchanged target is no step back, whichever build deployed it.
            if let Some(newer) = plan.newer_stamp(base.definition) {
                let newer = newer.describe_newer_than(stamp);
                return Err(TargetError::Superseded(match service {
                    Some(_) => format!("{subject} runs {newer}"),
                    None => format!("the latest revision of {subject} is from {newer}"),
                }));
            }
        }
        Ok(plan)
    }

    /// The service; `None` for a family.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        match &self.destination {
            Destination::Service(name) => Some(name),
            Destination::Family(_) => None,
        }
    }

    /// A warning if the service has no circuit breaker.
    #[must_use]
    pub fn circuit_breaker_warning(&self) -> Option<&'static str> {
        (self.circuit_breaker == Some(CircuitBreaker::Off)).then_some(
            "no circuit breaker: ECS retries a failing rollout forever; use `--timeout` and `--on-failure \
             roll-back` to end it",
        )
    }

    /// Whether nothing is to be done: the service runs the planned revision, or the family has it,
    /// and no rollout is in progress.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.unchanged && !self.redeploy && self.rollout == RolloutState::Complete
    }

    /// The revision to register, with the digests of the images by their names; `None` if it would
    /// be the same as the base.
    ///
    /// # Errors
    /// [`DefinitionError`] if the base cannot be changed as planned.
    pub fn new_revision(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<Option<TaskDefinition>, DefinitionError> {
        let revision = self.apply_images(digests)?;
        Ok((!self.definition.equals_ignoring_stamp(&revision)).then_some(revision))
    }

    /// The key of this target's new revision.
    #[must_use]
    pub fn revision_key(&self, revision: &TaskDefinition) -> RevisionKey {
        RevisionKey { place: self.place.clone(), request: revision.to_request() }
    }

    /// The same plan on another base, which somebody else deployed after this plan was made. `own`
    /// is the ARN that this run deployed meanwhile. `None` if the base has no container for the
    /// images.
    #[must_use]
    pub fn rebase(&self, base: String, definition: TaskDefinition, own: &str) -> Option<Self> {
        let containers = rebase_containers(&self.containers, self.has_assignments, &definition)?;
        let new = [base.clone(), own.to_owned()];
        let deployed_definitions = [self.deployed_definitions.as_slice(), &new].concat();
        // The state of the old base's rollout does not apply to this one, and the other deployment
        // of it fulfils `--force`.
        let (rollout, redeploy) = (RolloutState::Complete, false);
        Some(Self { base, definition, containers, deployed_definitions, rollout, redeploy, ..self.clone() })
    }

    /// The stamp that a newer build of the same repository left on this target's containers in a
    /// definition; `None` with `--allow-older`.
    #[must_use]
    pub fn newer_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        if self.allow_older {
            return None;
        }
        self.stamps(definition).find(|stamp| stamp.is_newer_than(&self.stamp))
    }

    /// The stamp of an older build of the same repository on this target's containers in a definition.
    #[must_use]
    pub fn older_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        self.stamps(definition).find(|stamp| self.stamp.is_newer_than(stamp))
    }

    /// The stamp on this target's containers in a definition.
    #[must_use]
    pub fn find_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        self.stamps(definition).next()
    }

    fn stamps(&self, definition: &TaskDefinition) -> impl Iterator<Item = Stamp> {
        self.containers.iter().filter_map(|plan| Stamp::from_container(definition, &plan.container))
    }

    /// The family of its revisions.
    #[must_use]
    pub fn family(&self) -> &str {
        self.definition.family()
    }

    pub(super) fn describe_containers(&self) -> String {
        format!("in `{}` {}", self.name, describe_containers(&self.definition))
    }

    fn apply_images(&self, digests: &BTreeMap<String, Digest>) -> Result<TaskDefinition, DefinitionError> {
        let edit = |plan: &ContainerPlan| ContainerEdit {
            container: plan.container.clone(),
            image: match digests.get(&plan.image) {
                Some(digest) => plan.repository.pinned(digest),
                None => format!("{}@{DIGEST_PLACEHOLDER}", plan.repository),
            },
            environment: plan.environment.clone(),
            labels: self.stamp.to_labels(),
        };
        self.definition.revise(&self.containers.iter().map(edit).collect::<Vec<_>>())
    }
}
