//! The input of a simulation: the resources at time 0, the behaviour of tasks, faults, and changes by other
//! parties. In Rust written with `..Default::default()`, otherwise read from JSON.

mod change;
mod consistency;
mod delays;
mod fault;
mod resources;
mod task_rule;
mod throttle;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use change::{AfterCall, Change, ScheduledChange, Trigger};
pub use consistency::{Consistency, StaleReads};
pub use delays::{Delay, Delays};
pub use fault::{Fault, FaultKind};
pub use resources::{
    ClusterSetup, ImageSetup, RegionSetup, RepositorySetup, Resources, RuleSetup, ScheduleSetup, ServiceSetup,
};
pub use task_rule::{ContainerExit, TaskBehaviour, TaskFilter, TaskRule};
pub use throttle::{Throttle, TokenBucket};

/// The input of a simulation.
///
/// With this file, the first two tasks of the next deployment exit with code 1 and later ones run. Another
/// party scales the service 30 seconds after the deployment.
///
/// ```
/// let scenario = ecs_simulator::Scenario::from_json(r#"{
///     "time": { "speed": 60 },
///     "resources": { "services": [{
///         "cluster": "main", "name": "web", "desired_count": 2,
///         "task_definition": { "family": "web", "containerDefinitions": [{ "name": "app", "image": "app:1" }] },
///         "parameters": {
///             "launchType": "EC2",
///             "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } }
///         }
///     }] },
///     "task_rules": [{
///         "filter": { "service": "web", "has_new_definition": true },
///         "limit": 2,
///         "behaviour": { "exit": { "exit_code": 1, "after": 2, "logs": { "app": ["no database"] } } }
///     }],
///     "scheduled_changes": [{
///         "trigger": { "after_call": { "action": "ecs:UpdateService", "delay": 30 } },
///         "change": { "scale": { "cluster": "main", "service": "web", "desired_count": 4 } }
///     }]
/// }"#)?;
/// assert_eq!(scenario.task_rules.len(), 1);
/// # anyhow::Ok(())
/// ```
///
/// Patterns for actions are compared without regard to case; `*` matches any text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// The seed of everything random: identifiers, delays between bounds, faults with a probability.
    pub seed: u64,
    /// How simulated time passes.
    pub time: Time,
    /// The Unix time at time 0. By default the system's time for [`Time::Speed`], and 2026-01-01T00:00:00Z
    /// for [`Time::Step`].
    pub epoch: Option<f64>,
    /// The account of access keys that are not in `access_key_accounts`.
    pub account: String,
    /// The region of `resources`.
    pub region: String,
    /// Accounts by access key.
    pub access_key_accounts: BTreeMap<String, String>,
    /// The resources of `account` and `region` at time 0.
    pub resources: Resources,
    /// The resources of other accounts and regions at time 0.
    pub other_regions: Vec<RegionSetup>,
    /// The behaviour of tasks. The first rule that matches a task applies. Without one, a task of a service
    /// runs and a one-off task exits with code 0.
    pub task_rules: Vec<TaskRule>,
    /// How long transitions take.
    pub delays: Delays,
    /// How long responses stay behind changes.
    pub consistency: Consistency,
    /// The request rates that are allowed.
    pub throttle: Throttle,
    /// Patterns for the actions that IAM denies, such as `ecs:*Tasks` or `iam:PassRole`.
    pub denied_actions: Vec<String>,
    /// The policy of a principal, by the ARN of the role, or of the user `user/ci` of an account. A principal without one
    /// may do anything.
    pub identity_policies: BTreeMap<String, Value>,
    /// The trust policy of a role, by its ARN, which decides about web identities. A role without one admits none.
    pub trust_policies: BTreeMap<String, Value>,
    /// How long the credentials of a session are valid, in seconds; 3600 by default.
    pub session_seconds: Option<f64>,
    /// Patterns for the actions that the endpoint does not implement.
    pub unsupported_actions: Vec<String>,
    /// Lifecycle stages of blue/green deployments whose hooks return FAILED, as `SERVICE/STAGE`.
    pub failing_hooks: Vec<String>,
    /// Errors and broken connections.
    pub faults: Vec<Fault>,
    /// Changes by other parties.
    pub scheduled_changes: Vec<ScheduledChange>,
    /// The `proxyEndpoint` that GetAuthorizationToken returns; by default
    /// `https://ACCOUNT.dkr.ecr.REGION.amazonaws.com`.
    pub registry_endpoint: Option<String>,
    /// The password in the token that GetAuthorizationToken returns. Its user is `AWS`.
    pub registry_password: String,
    /// Whether a task with an image of a repository of its own account and region fails if that repository
    /// does not contain the image. Off where images are pushed to a registry outside the simulator.
    pub strict_images: bool,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 1,
            time: Time::Step(1.0),
            epoch: None,
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            access_key_accounts: BTreeMap::new(),
            resources: Resources::default(),
            other_regions: Vec::new(),
            task_rules: Vec::new(),
            delays: Delays::default(),
            consistency: Consistency::default(),
            throttle: Throttle::default(),
            denied_actions: Vec::new(),
            identity_policies: BTreeMap::new(),
            trust_policies: BTreeMap::new(),
            session_seconds: None,
            unsupported_actions: Vec::new(),
            failing_hooks: Vec::new(),
            faults: Vec::new(),
            scheduled_changes: Vec::new(),
            registry_endpoint: None,
            registry_password: "simulated-password".to_owned(),
            strict_images: false,
        }
    }
}

impl Scenario {
    /// Parses a scenario.
    ///
    /// # Errors
    /// If the text is not a scenario. The error states the line and column.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a scenario.
    pub fn from_file(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::from_json(&text).with_context(|| format!("invalid scenario in {}", path.display()))
    }
}

/// How simulated time passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// As real time does, multiplied by this factor.
    Speed(f64),
    /// By this many seconds with each call, and not between calls.
    Step(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_a_scenario() {
        let scenario = Scenario::from_json("{}").unwrap();
        assert_eq!(scenario.account, "123456789012");
        assert_eq!(scenario.time, Time::Step(1.0));
    }

    #[test]
    fn a_misspelled_field_is_rejected_by_name() {
        let error = Scenario::from_json(r#"{"throtle": "documented"}"#).unwrap_err();
        assert!(error.to_string().contains("throtle"), "{error}");
    }

    #[test]
    fn a_scenario_survives_a_round_trip_through_json() {
        let text = r#"{
            "seed": 7,
            "time": {"speed": 60},
            "throttle": {"custom": {"ecs:Register*": {"capacity": 2, "refill_rate": 0.5}}},
            "task_rules": [{
                "filter": {"service": "web", "has_new_definition": true},
                "limit": 3,
                "behaviour": {"exit": {"exit_code": 1, "after": 2}}
            }],
            "delays": {"pull": [3, 8], "container_start": 1},
            "faults": [
                {"action": "ecs:*", "skip": 2, "limit": 1, "kind": {"slow": 0.5}},
                {"action": "ecs:UpdateService", "kind": "drop-response"}
            ],
            "scheduled_changes": [
                {"trigger": {"at": 30}, "change": {"set_alarm_state": {"name": "errors", "in_alarm": true}}},
                {
                    "trigger": {"after_call": {"action": "ecs:UpdateService", "delay": 3}},
                    "change": {"scale": {"cluster": "main", "service": "web", "desired_count": 4}}
                }
            ]
        }"#;
        let scenario = Scenario::from_json(text).unwrap();
        let copy = Scenario::from_json(&serde_json::to_string(&scenario).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(&scenario).unwrap(), serde_json::to_value(&copy).unwrap());
        assert_eq!(copy.time, Time::Speed(60.0));
    }
}
