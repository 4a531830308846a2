//! The events of a run: the interface between the engine, which emits them, and the reporters, which show them.
//!
//! An event is emitted once, when its step has happened. Events of one target keep their order; those of targets that
//! roll out together interleave.
//!
//! | phase | events, in this order |
//! |---|---|
//! | start | `run-started` |
//! | decision | `build-detected`, `policy-loaded`, `policy-lookup`*, `policy-output`*, `setting-withheld`*, `decision-made` |
//! | plan | `guard-lookup`*, `guard-output`*, `plan-created` or `plan-rejected` |
//! | images | `docker-started`*, `docker-output`*, `image-pushed`*, `image-tagged`* |
//! | rollout | `wave-started`*, then of each target `revision-registered` or `revision-reused`, `one-off-task-changed`*, `service-updated` or `trigger-updated`, `rollout-progressed`*, `rollout-paused`*, `service-event`*, `failure-diagnosed`, `rollback-started`, `verdict-reached` |
//! | cleanup | `revisions-deregistered` |
//! | other verbs | `check-finished`* (`verify`), `rollback-planned` (`rollback`), `continue-planned` (`continue`), `service-described`*, `trigger-described`*, `status-unavailable`*, `service-removed`* and `services-counted` (`status`; again and again with `--watch`) |
//! | any time | `heartbeat`, `warning` |
//! | end | `error`, `run-finished` |
//!
//! A run that ends early omits the rest, but for `run-finished`.

use serde::Serialize;

use crate::build::Build;
use crate::check::Check;
use crate::decision::Decision;
use crate::diagnosis::Diagnosis;
use crate::exit::Exit;
use crate::lifecycle::Hook;
use crate::lookup::PolicyLookup;
use crate::names::{Digest, Tag};
use crate::one_off::OneOffTaskChange;
use crate::plan::{Plan, TargetName};
use crate::progress::Progress;
use crate::source::ComponentSource;
use crate::status::{ServiceCounts, ServiceStatus, TriggerStatus};
use crate::time::Time;
use crate::verdict::Verdict;

mod docker_step;
mod json;
mod plan_document;
mod plan_file;
mod planned;
mod sink;

pub use docker_step::DockerStep;
pub use plan_document::{PlanDocument, PlanPolicy, PlanResult};
pub use plan_file::{LoadedPlan, PlanFile};
pub use planned::{ContinuePlanned, RollbackPlanned};
pub use sink::EventSink;

/// The version of the JSON of events. Adding events or fields keeps it; removing or renaming them raises it.
pub const SCHEMA: u32 = 1;

/// One step of a run.
///
/// As JSON it is an object with `event`, its name such as `build-detected`, `elapsed`, the seconds since the start of
/// the run, and its own fields. Field names have `_`; names of events, verdicts and other alternatives have `-`. Task
/// definitions are named by their ARNs.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run starts. It is the first event of every run.
    RunStarted {
        /// The version of the events, [`SCHEMA`].
        schema: u32,
        /// The host's version.
        version: String,
        /// The verb, such as `run` or `plan`.
        verb: String,
    },
    /// The build is known and valid. Emitted before the policy is called.
    BuildDetected {
        /// The build.
        build: Build,
    },
    /// The policy returned, and its manifest was read. Emitted after the call, and also if the
    /// policy rejected the build or failed.
    PolicyLoaded {
        /// The policy's name.
        name: String,
        /// The policy's version.
        version: String,
        /// Its source.
        source: ComponentSource,
        /// The digest of its component.
        digest: String,
        /// The names of the settings that the host passed to it.
        settings: Vec<String>,
        /// The fuel that its calls consumed.
        fuel: u64,
    },
    /// The policy looked up a fact. A lookup that a policy repeats is emitted once.
    PolicyLookup {
        /// The policy's name, or its source where the manifest was not read.
        policy: String,
        /// The call and its result.
        #[serde(flatten)]
        lookup: PolicyLookup,
        /// The commit of the build, if the lookup is one in its repository.
        #[serde(skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
    },
    /// A variable that matches a pattern of the manifest was not passed to the policy: it is a secret.
    SettingWithheld {
        /// The policy's name.
        policy: String,
        /// The variable's name.
        name: String,
    },
    /// The policy printed a line to stdout or stderr. It is safe to show.
    PolicyOutput {
        /// The policy's name, or its source where the manifest was not read.
        policy: String,
        /// The line.
        line: String,
    },
    /// The policy's decision is valid. After a `skip` only `run-finished` follows.
    DecisionMade(Decision),
    /// The plan is complete and valid, and nothing has been changed.
    PlanCreated {
        /// The plan.
        plan: Plan,
        /// The docker commands that the plan needs, quoted for a shell.
        commands: Vec<String>,
        /// Whether the run ends here: `plan`, or `--dry-run`.
        dry_run: bool,
    },
    /// The plan is saved for `apply`.
    PlanSaved(PlanFile),
    /// `apply` or `show` read a saved plan.
    PlanLoaded(LoadedPlan),
    /// A guard looked up a fact. A lookup that a guard repeats is emitted once.
    GuardLookup {
        /// The guard's name.
        guard: String,
        /// The call and its result.
        #[serde(flatten)]
        lookup: PolicyLookup,
        /// The commit of the build, if the lookup is one in its repository.
        #[serde(skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
    },
    /// A guard printed a line to stdout or stderr. It is safe to show.
    GuardOutput {
        /// The guard's name.
        guard: String,
        /// The line.
        line: String,
    },
    /// The decision cannot be deployed, and nothing has been changed. An `error` with the same problems follows.
    PlanRejected {
        /// Every problem, a sentence each: what is wrong, on what, and what to do.
        problems: Vec<String>,
    },
    /// A docker command starts.
    DockerStarted {
        /// What it does.
        step: DockerStep,
        /// The command, quoted for a shell, without secrets.
        command: String,
    },
    /// Docker printed a line.
    DockerOutput {
        /// The line.
        line: String,
    },
    /// An image was pushed, and the registry has it with all its tags.
    ImagePushed {
        /// The image's name in the decision.
        image: String,
        /// Its digest in the registry.
        digest: Digest,
        /// Its tags.
        tags: Vec<Tag>,
    },
    /// An image that was in the registry already got the tags that it lacked.
    ImageTagged {
        /// The image's name in the decision.
        image: String,
        /// Its digest in the registry.
        digest: Digest,
        /// The new tags.
        tags: Vec<Tag>,
    },
    /// The targets of a wave start. Emitted only for plans of more than one wave; all targets of
    /// lower waves have their verdicts.
    WaveStarted {
        /// The wave's number.
        wave: u32,
        /// Its targets.
        targets: Vec<TargetName>,
    },
    /// ECS registered a revision. Targets that share the revision share the event.
    RevisionRegistered {
        /// The first target that uses it.
        target: TargetName,
        /// The ARN of the revision.
        task_definition: String,
    },
    /// A revision is used that an earlier run of the same build registered. Targets that share the revision share the
    /// event.
    RevisionReused {
        /// The first target that uses it.
        target: TargetName,
        /// The ARN of the revision.
        task_definition: String,
    },
    /// A one-off task of a target changed.
    OneOffTaskChanged {
        /// The target.
        target: TargetName,
        /// The task's name in the decision.
        name: String,
        /// The change.
        #[serde(flatten)]
        change: OneOffTaskChange,
    },
    /// ECS accepted the update, or the rollout of an earlier run of the build is still in progress.
    ServiceUpdated {
        /// The target.
        target: TargetName,
        /// The ARN of the task definition that rolls out.
        task_definition: String,
        /// The deployment's id; `None` if ECS did not report it.
        deployment: Option<String>,
    },
    /// A schedule or a rule starts tasks of another task definition from now on.
    TriggerUpdated {
        /// The target.
        target: TargetName,
        /// The ARN of that task definition.
        task_definition: String,
    },
    /// The counts or the state of a rollout changed.
    RolloutProgressed {
        /// The target.
        target: TargetName,
        /// Its current progress.
        #[serde(flatten)]
        progress: Progress,
    },
    /// A rollout is paused until a person continues it. Emitted once for each pause.
    RolloutPaused {
        /// The target.
        target: TargetName,
        /// The pause.
        #[serde(flatten)]
        hook: Hook,
        /// What continues it, and what rolls it back, as clauses.
        advice: Vec<String>,
    },
    /// ECS added a message to the service's list of events. Each message is emitted once.
    ServiceEvent {
        /// The target.
        target: TargetName,
        /// The message in ECS's words.
        message: String,
    },
    /// A rollout is complete, and the service must stay healthy before the next wave starts.
    BakeStarted {
        /// The target.
        target: TargetName,
        /// For how long, in seconds.
        seconds: u64,
        /// The end of that time.
        until: Time,
    },
    /// The causes of a failed rollout or one-off task were read. Emitted before the verdict, and
    /// omitted if nothing was found.
    FailureDiagnosed {
        /// The target.
        target: TargetName,
        /// The causes.
        #[serde(flatten)]
        diagnosis: Diagnosis,
    },
    /// The host or ECS starts to roll back a failed or cancelled rollout.
    RollbackStarted {
        /// The target.
        target: TargetName,
        /// How: by ECS, or by an update to the previous revision.
        detail: String,
    },
    /// Old revisions were deregistered, as `--keep` requests.
    RevisionsDeregistered {
        /// Their ARNs.
        task_definitions: Vec<String>,
    },
    /// The verdict on a target, the last event of that target. Once the images are published, each
    /// target of the plan gets exactly one.
    VerdictReached {
        /// The target.
        target: TargetName,
        /// The verdict.
        #[serde(flatten)]
        verdict: Verdict,
        /// The ARN of the task definition that the verdict is about.
        task_definition: String,
        /// What a person does next about a target that did not succeed, as clauses with commands.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        next: Vec<String>,
    },
    /// `verify` finished a check.
    CheckFinished(Check),
    /// `rollback` found the revision to go back to, and nothing has been changed.
    RollbackPlanned(RollbackPlanned),
    /// `continue` found the pause of a rollout, and nothing has been changed.
    ContinuePlanned(ContinuePlanned),
    /// `status` read a service.
    ServiceDescribed(Box<ServiceStatus>),
    /// `status` read a schedule or a rule.
    TriggerDescribed(Box<TriggerStatus>),
    /// `status` could not read a cluster or a service, or did not find it.
    StatusUnavailable {
        /// The cluster or the service as the command line named it.
        subject: String,
        /// What it is, what came back, and what to do.
        reason: String,
    },
    /// `status --watch` found that a cluster no longer lists a service.
    ServiceRemoved {
        /// The service.
        service: TargetName,
    },
    /// `status --all` or `status --watch` has read every service. Emitted again if the numbers change.
    ServicesCounted(ServiceCounts),
    /// Nothing else was emitted for a minute. CI systems stop a job that is silent for long.
    Heartbeat {
        /// What is in progress.
        activity: String,
    },
    /// A problem that does not end the run.
    Warning {
        /// What was attempted, what came back, and what the host does about it.
        message: String,
    },
    /// The error that ends the run. At most one, and only `run-finished` follows.
    Error {
        /// What was attempted, on what, what came back, and what to do.
        message: String,
    },
    /// The run is over: the last event of every run.
    RunFinished {
        /// The exit code and its name.
        #[serde(flatten)]
        exit: Exit,
    },
}

#[cfg(test)]
mod tests;
