//! The plan of one target: what of its task definition changes, and all that
//! its rollout has to know.

use std::collections::BTreeMap;

use serde::Serialize;

use super::base::Base;
use super::containers::{ContainerPlan, containers, listed, misplaced, moved};
use super::definition::{DefinitionError, Edit, TaskDefinition};
use super::diff::Change;
use super::facts::{CircuitBreaker, Facts, Launch, RolloutState, Scheduling};
use super::{ImageAction, ImagePlan, Options, Stamp, TargetName};
use crate::decision::Deployment;
use crate::decision::{Destination, FailureAction, OneOffTask, ServiceName, Target};
use crate::names::{Digest, Place};

/// What stands for a digest that only the push will tell.
const AFTER_PUSH: &str = "<digest of the push>";

/// What happens to one target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetPlan {
    /// What logs and events call it.
    pub name: TargetName,
    /// The service or the family.
    pub destination: Destination,
    /// Where it is.
    pub place: Place,
    /// The ARN of the task definition that the service runs now, or of the
    /// family's latest.
    pub task_definition: String,
    /// Which container gets which image.
    pub containers: Vec<ContainerPlan>,
    /// What differs in the new revision.
    pub changes: Vec<Change>,
    /// Whether the service runs all of it already, or the family's latest
    /// revision says all of it.
    pub unchanged: bool,
    /// Whether a service that runs all of it already is deployed once more:
    /// as asked for, or since the earlier rollout of it failed.
    pub again: bool,
    /// How far the rollout of what the service runs is.
    pub rollout: RolloutState,
    /// Its wave: those of a lower one come first.
    pub wave: u32,
    /// How long the rollout may take, in seconds, where the policy says.
    pub timeout: Option<u32>,
    /// What to do when the rollout fails, where the policy says.
    pub on_failure: Option<FailureAction>,
    /// One-off tasks that must succeed before the service changes.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// Where and how a service's tasks run.
    pub launch: Option<Launch>,
    /// How ECS decides on the number of a service's tasks.
    pub scheduling: Option<Scheduling>,
    /// What ECS itself does about a rollout of the service that fails.
    pub breaker: Option<CircuitBreaker>,
    /// The task definitions of all its deployments, as the plan saw them.
    #[serde(skip)]
    pub deployments: Vec<String>,
    /// The id of its primary deployment, as the plan saw it.
    #[serde(skip)]
    pub primary: Option<String>,
    /// When that was made, in seconds since 1970.
    #[serde(skip)]
    pub begun: Option<f64>,
    #[serde(skip)]
    definition: TaskDefinition,
    #[serde(skip)]
    stamp: Stamp,
    #[serde(skip)]
    allow_older: bool,
    /// Whether the policy named the containers.
    #[serde(skip)]
    named: bool,
}

/// What tells two revisions apart: targets whose revisions have the same key
/// share one, which is registered once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionKey {
    place: Place,
    request: String,
}

/// What a target is held against.
#[derive(Clone, Copy)]
pub(super) struct PlanInput<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) images: &'a [ImagePlan],
    pub(super) facts: &'a Facts,
    pub(super) stamp: &'a Stamp,
    pub(super) options: &'a Options,
}

/// Why a target can't be deployed.
pub(super) enum Refused {
    /// What is wrong with it.
    Problems(Vec<String>),
    /// A newer build is there.
    Older(String),
}

impl TargetPlan {
    pub(super) fn new(target: &Target, held: PlanInput<'_>) -> Result<Self, Refused> {
        let PlanInput { deployment, images, facts, stamp, options } = held;
        let place = target.place(&facts.region);
        let subject = format!("{}{}", target.destination, place.qualifier(&facts.region));
        let one = |problem: String| Refused::Problems(vec![format!("{subject}: {problem}")]);
        let base = Base::of(target, &place, facts).map_err(one)?;
        let definition = base.definition;
        let mut problems = misplaced(target.tasks_before.iter().chain(&target.tasks_after), definition);
        let containers = containers(target, deployment, definition).unwrap_or_else(|problem| {
            problems.insert(0, problem);
            Vec::new()
        });
        if !problems.is_empty() {
            return Err(Refused::Problems(problems.iter().map(|p| format!("{subject}: {p}")).collect()));
        }
        let is_service = base.running.is_some();
        let mut plan = Self {
            name: TargetName::new(&target.destination, &place, &facts.region),
            destination: target.destination.clone(),
            place,
            task_definition: base.task_definition.to_owned(),
            containers,
            changes: Vec::new(),
            unchanged: false,
            again: is_service && (options.force || base.rollout() == RolloutState::Failed),
            rollout: base.rollout(),
            wave: target.wave,
            timeout: target.timeout.filter(|_| is_service),
            on_failure: target.on_failure.filter(|_| is_service),
            tasks_before: target.tasks_before.clone(),
            tasks_after: target.tasks_after.clone(),
            launch: base.launch(),
            scheduling: base.running.map(|running| running.scheduling),
            breaker: base.running.map(|running| running.breaker),
            deployments: base.deployments(),
            primary: base.running.and_then(|running| running.primary.clone()),
            begun: base.running.and_then(|running| running.begun),
            definition: definition.clone(),
            stamp: stamp.clone(),
            allow_older: options.allow_older,
            named: !target.containers.is_empty(),
        };
        let digests = images.iter().filter_map(|i| match &i.action {
            ImageAction::Reuse { digest, .. } => Some((i.image.name.clone(), digest.clone())),
            ImageAction::Build(_) => None,
        });
        let revision = plan.revise(&digests.collect()).map_err(|error| one(error.to_string()))?;
        plan.unchanged = definition.runs_the_same_as(&revision);
        if !plan.unchanged {
            plan.changes = definition.changes(&revision);
            // What runs the same is no step back, whichever build it came from.
            if let Some(newer) = plan.newer_than_this(definition) {
                let newer = newer.newer_than(stamp);
                return Err(Refused::Older(match is_service {
                    true => format!("{subject} runs {newer}"),
                    false => format!("the latest revision of {subject} is of {newer}"),
                }));
            }
        }
        Ok(plan)
    }

    /// The service, where it is one.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        match &self.destination {
            Destination::Service(name) => Some(name),
            Destination::Family(_) => None,
        }
    }

    /// What to know of a service whose failing rollouts ECS lets go on.
    #[must_use]
    pub fn breaker_hint(&self) -> Option<&'static str> {
        (self.breaker == Some(CircuitBreaker::Off)).then_some(
            "no circuit breaker: ECS will not end a failing rollout by itself; `--timeout` and `--on-failure \
             roll-back` do",
        )
    }

    /// Whether there is nothing to do for it, as far as the plan can know.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.unchanged && !self.again && self.rollout == RolloutState::Complete
    }

    /// The revision to register; none where the service runs it already.
    ///
    /// # Errors
    /// [`DefinitionError`] where the definition does not take the changes.
    pub fn revision(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<Option<TaskDefinition>, DefinitionError> {
        let revision = self.revise(digests)?;
        Ok((!self.definition.runs_the_same_as(&revision)).then_some(revision))
    }

    /// The key of this target's revision: the revision of any target that has
    /// the same key is this very one.
    #[must_use]
    pub fn revision_key(&self, revision: &TaskDefinition) -> RevisionKey {
        RevisionKey { place: self.place.clone(), request: revision.to_request() }
    }

    /// The same plan on top of another definition: one that somebody else
    /// deployed to the service after this plan was made. `own` is what this
    /// run gave the service instead, and is nobody else's. None where that
    /// definition has no place for the images.
    #[must_use]
    pub fn on_top_of(&self, task_definition: String, definition: TaskDefinition, own: &str) -> Option<Self> {
        let containers = moved(&self.containers, self.named, &definition)?;
        let new = [task_definition.clone(), own.to_owned()];
        let deployments = [self.deployments.as_slice(), &new].concat();
        // How far the rollout of what the plan saw was says nothing of this
        // one, and the other's deployment of it is new enough.
        let (rollout, again) = (RolloutState::Complete, false);
        Some(Self { task_definition, definition, containers, deployments, rollout, again, ..self.clone() })
    }

    /// The stamp of a definition that a newer build of the same repository
    /// gave the containers of this target; none where older ones are allowed.
    #[must_use]
    pub fn newer_than_this(&self, other: &TaskDefinition) -> Option<Stamp> {
        if self.allow_older {
            return None;
        }
        self.stamps(other).find(|stamp| stamp.is_newer_than(&self.stamp))
    }

    /// The build that gave the containers of this target another definition.
    #[must_use]
    pub fn stamp_of(&self, other: &TaskDefinition) -> Option<Stamp> {
        self.stamps(other).next()
    }

    fn stamps(&self, other: &TaskDefinition) -> impl Iterator<Item = Stamp> {
        self.containers.iter().filter_map(|plan| Stamp::of(other, &plan.container))
    }

    /// The family that its revisions are of.
    #[must_use]
    pub fn family(&self) -> &str {
        self.definition.family()
    }

    pub(super) fn listed(&self) -> String {
        format!("in `{}` {}", self.name, listed(&self.definition))
    }

    fn revise(&self, digests: &BTreeMap<String, Digest>) -> Result<TaskDefinition, DefinitionError> {
        let edit = |plan: &ContainerPlan| Edit {
            container: plan.container.clone(),
            image: match digests.get(&plan.image) {
                Some(digest) => plan.repository.pinned(digest),
                None => format!("{}@{AFTER_PUSH}", plan.repository),
            },
            environment: plan.environment.clone(),
            labels: self.stamp.labels(),
        };
        self.definition.revise(&self.containers.iter().map(edit).collect::<Vec<_>>())
    }
}
