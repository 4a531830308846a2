//! Changes by other parties, at a point in time or after a call.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A change that another party makes during the simulation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduledChange {
    /// When the change is made.
    pub trigger: Trigger,
    /// The account; [`Scenario::account`](super::Scenario::account) by default.
    #[serde(default)]
    pub account: Option<String>,
    /// The region; [`Scenario::region`](super::Scenario::region) by default.
    #[serde(default)]
    pub region: Option<String>,
    /// The change. If the service rejects it, nothing happens.
    pub change: Change,
}

/// When a scheduled change is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// At this time, in simulated seconds since the start.
    At(f64),
    /// After a call that matches.
    AfterCall(AfterCall),
}

/// The call that triggers a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterCall {
    /// A pattern for the action, such as `ecs:UpdateService` or `ecs:Describe*`.
    pub action: String,
    /// The number of matching calls that must have succeeded; 1 by default.
    #[serde(default = "default_count")]
    pub count: usize,
    /// Simulated seconds from the call to the change; 0 by default.
    #[serde(default)]
    pub delay: f64,
}

fn default_count() -> usize {
    1
}

/// A change that another party makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Calls UpdateService.
    UpdateService {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
        /// The name of a task definition, or the parameters of RegisterTaskDefinition, which is then called
        /// first.
        #[serde(default)]
        task_definition: Option<Value>,
        /// UpdateService's `forceNewDeployment`.
        #[serde(default)]
        force_new_deployment: bool,
        /// Further parameters of UpdateService, by their names in the API.
        #[serde(default)]
        parameters: Map<String, Value>,
    },
    /// Calls StopServiceDeployment for the service deployment in progress.
    StopServiceDeployment {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
        /// `ROLLBACK` or `ABORT`; `ROLLBACK` by default.
        #[serde(default)]
        stop_type: Option<String>,
    },
    /// Calls ContinueServiceDeployment for each pause of the service deployment in progress.
    ContinueServiceDeployment {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
        /// `CONTINUE` or `ROLLBACK`; `CONTINUE` by default.
        #[serde(default)]
        action: Option<String>,
    },
    /// Changes the state of a CloudWatch alarm.
    SetAlarmState {
        /// The alarm's name.
        name: String,
        /// Whether the state becomes ALARM.
        in_alarm: bool,
    },
    /// Changes the desired count, as Application Auto Scaling does.
    Scale {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
        /// The new desired count.
        desired_count: u32,
    },
    /// Calls DeleteService with `force`.
    DeleteService {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
    },
    /// Ends running tasks of a service, oldest first, as if their essential containers had exited.
    KillTasks {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
        /// The number of tasks.
        count: usize,
        /// The exit code of their essential containers.
        #[serde(default)]
        exit_code: i32,
    },
    /// Pushes an image.
    PutImage {
        /// The repository's name.
        repository: String,
        /// The image's tag.
        tag: String,
        /// The image's digest.
        digest: String,
    },
    /// Makes any call.
    Call {
        /// The action, such as `ecs:StopTask`.
        action: String,
        /// The request's body.
        body: Value,
    },
}
