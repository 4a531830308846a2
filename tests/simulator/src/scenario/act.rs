//! What others do meanwhile.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that happens at a time of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// When.
    pub when: When,
    /// In which account; the scenario's without it.
    #[serde(default)]
    pub account: Option<String>,
    /// In which region; the scenario's without it.
    #[serde(default)]
    pub region: Option<String>,
    /// What.
    #[serde(rename = "do")]
    pub change: Change,
}

/// When something happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At this many simulated seconds.
    At(f64),
    /// After a call was done.
    After(After),
}

/// After a call was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// A pattern of the action, such as `ecs:UpdateService`.
    pub call: String,
    /// The how manieth of the calls that succeeded; 1 without it.
    #[serde(default = "one")]
    pub count: usize,
    /// So many simulated seconds later.
    #[serde(default)]
    pub delay: f64,
}

fn one() -> usize {
    1
}

/// A change that somebody else makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Somebody updates a service.
    UpdateService {
        /// Its cluster.
        cluster: String,
        /// Its name.
        service: String,
        /// A definition to register first, as RegisterTaskDefinition takes it, or the name of one.
        #[serde(default)]
        task_definition: Option<Value>,
        /// Whether a deployment is forced.
        #[serde(default)]
        force: bool,
        /// More of UpdateService's parameters, under their own names.
        #[serde(default)]
        more: serde_json::Map<String, Value>,
    },
    /// Somebody stops the service's current deployment.
    StopDeployment {
        /// Its cluster.
        cluster: String,
        /// Its name.
        service: String,
        /// `ROLLBACK` or `ABORT`.
        #[serde(default)]
        stop_type: Option<String>,
    },
    /// A CloudWatch alarm changes its state.
    Alarm {
        /// Its name.
        name: String,
        /// Whether it is in ALARM.
        on: bool,
    },
    /// The desired count changes, as autoscaling does it.
    Scale {
        /// Its cluster.
        cluster: String,
        /// Its name.
        service: String,
        /// The new count.
        desired_count: u32,
    },
    /// Somebody deletes the service, running tasks and all.
    DeleteService {
        /// Its cluster.
        cluster: String,
        /// Its name.
        service: String,
    },
    /// Running tasks of the service end, oldest first.
    KillTasks {
        /// Its cluster.
        cluster: String,
        /// Its name.
        service: String,
        /// How many.
        count: usize,
        /// The exit code of their containers.
        #[serde(default)]
        code: i32,
    },
    /// An image is pushed.
    PutImage {
        /// The repository's name.
        repository: String,
        /// Its tag.
        tag: String,
        /// Its digest.
        digest: String,
    },
    /// Somebody makes any call.
    Call {
        /// The action, such as `ecs:StopTask`.
        action: String,
        /// The request.
        body: Value,
    },
}
