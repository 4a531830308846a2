//! The plan as guards receive it.

use serde_json::Value;

use super::{
    Action, ChangedValue, PolicyIdentity, ReviewedChange, ReviewedContainer, ReviewedImage, ReviewedPlan,
    ReviewedTarget, ReviewedTask, ReviewedVariable,
};
use crate::build::Build;
use crate::decision::{Destination, FailureAction, ImageSource, OneOffTask, RolloutOptions, ServiceName};
use crate::names::{Place, TaskDefinitionArn, short_revision};
use crate::plan::{
    Change, DefinitionError, ImageAction, ImagePlan, Plan, TargetName, TargetPlan, TaskDefinition,
    known_digests,
};
use crate::secret::json::{hide_secrets, redact_document};
use crate::secret::{MASK, is_secret, redact, redact_text};

/// What a review needs besides the plan.
#[derive(Debug, Clone, Copy)]
pub struct ReviewInput<'a> {
    /// A deployment, or the application of a saved plan.
    pub action: Action,
    /// When the run started, in seconds since the start of 1970 (UTC).
    pub started_at: u64,
    /// The build.
    pub build: &'a Build,
    /// The policy that decided.
    pub policy: &'a PolicyIdentity,
    /// The operator's values for what the policy leaves open.
    pub defaults: RolloutDefaults,
}

/// The operator's values for what a policy leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloutDefaults {
    /// The time limit of a rollout and of a one-off task, in seconds, if the operator sets it.
    pub timeout_seconds: Option<u32>,
    /// Otherwise it is this one, and the time that the service's strategy lets a rollout wait.
    pub default_timeout_seconds: u32,
    /// What the host does with a rollout that fails.
    pub on_failure: FailureAction,
}

impl ReviewedPlan {
    /// The plan of a build.
    ///
    /// # Errors
    /// [`DefinitionError`] if the new revision of a target cannot be made.
    pub fn new(plan: &Plan, input: ReviewInput<'_>) -> Result<Self, DefinitionError> {
        let mut build = input.build.clone();
        build.commit_message = build.commit_message.as_deref().map(redact_text);
        let mut policy = input.policy.clone();
        // A secret that the operator grants to the policy is not granted to guards.
        policy.settings.iter_mut().for_each(|(name, value)| *value = redact(name, value));
        let targets = plan.targets.iter().map(|target| review_target(target, &plan.images, input.defaults));
        Ok(Self {
            action: input.action,
            started_at: input.started_at,
            build: Some(build),
            policy: Some(policy),
            images: plan.images.iter().map(review_image).collect(),
            targets: targets.collect::<Result<_, _>>()?,
        })
    }
}

/// A rollback as guards review it.
#[derive(Debug, Clone, Copy)]
pub struct RollbackInput<'a> {
    /// When the run started, in seconds since the start of 1970 (UTC).
    pub started_at: u64,
    /// The name of the target.
    pub name: &'a TargetName,
    /// The service.
    pub service: &'a ServiceName,
    /// Where it is.
    pub place: &'a Place,
    /// The ARN of the task definition that the service runs, and the task definition.
    pub from: (&'a str, &'a TaskDefinition),
    /// Those that it goes back to.
    pub to: (&'a str, &'a TaskDefinition),
    /// The time limit of the rollback, in seconds.
    pub timeout_seconds: u32,
}

impl ReviewedPlan {
    /// The plan of a rollback.
    #[must_use]
    pub fn of_rollback(input: RollbackInput<'_>) -> Self {
        let ((from, before), (to, after)) = (input.from, input.to);
        let target = ReviewedTarget {
            name: input.name.as_str().to_owned(),
            destination: Destination::Service(input.service.clone()),
            region: input.place.region.clone(),
            account: TaskDefinitionArn::parse(from).ok().map(|arn| arn.account().to_owned()),
            role: input.place.role.clone(),
            wave: 0,
            is_unchanged: false,
            running_revision: Some(short_revision(from).to_owned()),
            next_revision: Some(short_revision(to).to_owned()),
            changes: review_changes(before, after),
            containers: review_containers(after, |_| None),
            definition: after.without_secrets(),
            rollout: Some(RolloutOptions {
                timeout_seconds: Some(input.timeout_seconds),
                on_failure: Some(FailureAction::Leave),
                ..RolloutOptions::default()
            }),
            tasks_before: Vec::new(),
            tasks_after: Vec::new(),
        };
        Self {
            action: Action::Rollback,
            started_at: input.started_at,
            build: None,
            policy: None,
            images: Vec::new(),
            targets: vec![target],
        }
    }
}

fn review_image(plan: &ImagePlan) -> ReviewedImage {
    let digest = match &plan.action {
        ImageAction::Build(_) => None,
        ImageAction::Reuse { digest, .. } => Some(digest.clone()),
    };
    let mut source = plan.image.source.clone();
    if let ImageSource::Build(build) = &mut source {
        for (name, value) in build.arguments.iter_mut().chain(&mut build.labels) {
            *value = redact(name, value);
        }
    }
    ReviewedImage {
        name: plan.image.name.clone(),
        repository: plan.image.repository.clone(),
        tags: plan.image.tags.clone(),
        source,
        publish_only: plan.image.publish_only,
        digest,
    }
}

fn review_target(
    target: &TargetPlan,
    images: &[ImagePlan],
    defaults: RolloutDefaults,
) -> Result<ReviewedTarget, DefinitionError> {
    let digests = known_digests(images);
    let definition = match target.unchanged {
        true => target.definition.clone(),
        false => target.planned_revision(&digests)?,
    };
    let mut changes = review_changes(&target.definition, &definition);
    if let Some((before, after)) = target.count_change() {
        changes.push(ReviewedChange {
            path: "desiredCount".to_owned(),
            before: ChangedValue::Text(before.to_string()),
            after: ChangedValue::Text(after.to_string()),
        });
        changes.sort_by(|one, other| one.path.cmp(&other.path));
    }
    let image_name = |container: &str| {
        let plan = target.containers.iter().find(|plan| plan.container == container)?;
        plan.image.clone().filter(|_| !target.unchanged)
    };
    let options = target.rollout_options;
    let strategy = u32::try_from(target.strategy_seconds).unwrap_or(u32::MAX);
    let own_default = defaults.default_timeout_seconds.saturating_add(strategy);
    let timeout = defaults.timeout_seconds.unwrap_or(own_default);
    let task = |task: &OneOffTask| review_task(task, timeout);
    Ok(ReviewedTarget {
        name: target.name.as_str().to_owned(),
        destination: target.destination.clone(),
        region: target.place.region.clone(),
        account: TaskDefinitionArn::parse(&target.base).ok().map(|arn| arn.account().to_owned()),
        role: target.place.role.clone(),
        wave: target.wave,
        // A task after the rollout runs on an unchanged service too, and may roll it back.
        is_unchanged: target.is_up_to_date() && target.tasks_after.is_empty(),
        running_revision: Some(short_revision(&target.base).to_owned()),
        next_revision: target.unchanged.then(|| short_revision(&target.base).to_owned()),
        changes,
        containers: review_containers(&definition, image_name),
        definition: definition.without_secrets(),
        rollout: target.service().map(|_| RolloutOptions {
            timeout_seconds: Some(options.timeout_seconds.unwrap_or(timeout)),
            on_failure: Some(options.on_failure.unwrap_or(defaults.on_failure)),
            ..options
        }),
        tasks_before: target.tasks_before.iter().map(task).collect(),
        tasks_after: target.tasks_after.iter().map(task).collect(),
    })
}

/// The differences of single values between two task definitions, sorted by path.
fn review_changes(before: &TaskDefinition, after: &TaskDefinition) -> Vec<ReviewedChange> {
    let changes = before.changes(after);
    let review = |change: Change| ReviewedChange {
        path: change.path.to_string(),
        before: review_value(change.before),
        after: review_value(change.after),
    };
    let mut reviewed: Vec<ReviewedChange> = changes.iter().flat_map(Change::leaves).map(review).collect();
    reviewed.sort_by(|one, other| one.path.cmp(&other.path));
    reviewed
}

/// One side of a change, whose secrets are masked.
fn review_value(value: Option<Value>) -> ChangedValue {
    match value {
        None => ChangedValue::Absent,
        Some(Value::String(text)) if text.contains(MASK) => ChangedValue::Hidden,
        Some(Value::String(text)) => ChangedValue::Text(text),
        Some(value) => ChangedValue::Text(value.to_string()),
    }
}

/// All containers of a task definition. `image_name` returns the name in the plan of the image that a container gets.
fn review_containers(
    definition: &TaskDefinition,
    image_name: impl Fn(&str) -> Option<String>,
) -> Vec<ReviewedContainer> {
    let container = |(name, image): (&str, &str)| ReviewedContainer {
        name: name.to_owned(),
        image: redact_text(image),
        image_name: image_name(name),
        privileged: definition.is_privileged(name),
        environment: definition.variables(name).map(|(name, value)| review_variable(name, value)).collect(),
        secrets: definition
            .secret_references(name)
            .map(|(name, value_from)| (name.to_owned(), value_from.to_owned()))
            .collect(),
    };
    definition.containers().map(container).collect()
}

fn review_variable(name: &str, value: &str) -> ReviewedVariable {
    ReviewedVariable { name: name.to_owned(), value: (!is_secret(name, value)).then(|| value.to_owned()) }
}

fn review_task(task: &OneOffTask, timeout: u32) -> ReviewedTask {
    let mut command = Value::from(task.command.clone());
    redact_document(&mut command);
    let command = command.as_array().into_iter().flatten().filter_map(Value::as_str);
    ReviewedTask {
        name: task.name.clone(),
        container: task.container.clone(),
        command: command.map(str::to_owned).collect(),
        environment: task.environment.iter().map(|(name, value)| review_variable(name, value)).collect(),
        timeout_seconds: task.timeout_seconds.unwrap_or(timeout),
    }
}

impl TaskDefinition {
    /// The document, with `null` for each value that contains a secret.
    #[must_use]
    pub fn without_secrets(&self) -> Value {
        let mut document = self.to_value();
        hide_secrets(&mut document);
        document
    }
}
