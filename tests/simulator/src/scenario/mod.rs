//! What a simulation is given: the world at time 0, how tasks behave, and what
//! goes wrong. Written in Rust with `..Default::default()`, or read from JSON.

mod act;
mod behaviour;
mod delays;
mod fault;
mod furnishing;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

pub use act::{Act, After, Change, When};
pub use behaviour::{Behaviour, Conduct, Match};
pub use delays::{Delays, Span};
pub use fault::{Fault, FaultKind};
pub use furnishing::{ClusterSetup, Furnishing, ImageSetup, Place, RepositorySetup, ServiceSetup};

/// A simulation's whole input.
///
/// As a file, whatever is deployed next crashes three times and then comes up, while
/// somebody else scales the service:
///
/// ```
/// let scenario = ecs_simulator::Scenario::from_json(r#"{
///     "time": { "speed": 60 },
///     "world": { "services": [{
///         "cluster": "main", "name": "web", "desired_count": 2,
///         "task_definition": { "family": "web", "containerDefinitions": [{ "name": "app", "image": "app:1" }] },
///         "more": { "launchType": "EC2",
///                   "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } } }
///     }] },
///     "behaviours": [{ "on": { "service": "web", "deployed": true }, "first": 3,
///                      "does": { "exit": { "code": 1, "after": 2, "logs": { "app": ["no database"] } } } }],
///     "then": [{ "when": { "after": { "call": "ecs:UpdateService", "delay": 30 } },
///                "do": { "scale": { "cluster": "main", "service": "web", "desired_count": 4 } } }]
/// }"#)?;
/// assert_eq!(scenario.behaviours.len(), 1);
/// # anyhow::Ok(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// What all randomness comes from: identifiers, delays out of a span, random faults.
    pub seed: u64,
    /// How simulated time passes.
    pub time: Time,
    /// The Unix time at which the simulation begins. Without it, the wall clock's
    /// for [`Time::Speed`], and 2026-01-01T00:00:00Z for [`Time::Step`].
    pub epoch: Option<f64>,
    /// The account of credentials that `accounts` does not name.
    pub account: String,
    /// The region of what `world` furnishes.
    pub region: String,
    /// The accounts of access keys.
    pub accounts: BTreeMap<String, String>,
    /// What there is in the account and region at time 0.
    pub world: Furnishing,
    /// What there is in other accounts and regions.
    pub elsewhere: Vec<Place>,
    /// How tasks behave. The first that matches a task counts; without one, a
    /// service's task runs well and a one-off task exits with 0.
    pub behaviours: Vec<Behaviour>,
    /// How long things take.
    pub delays: Delays,
    /// What is seen late.
    pub visibility: Visibility,
    /// Whether calls are throttled.
    pub throttle: Throttle,
    /// Patterns of the actions that IAM denies, such as `ecs:*Tasks` or `iam:PassRole`.
    pub denied: Vec<String>,
    /// Patterns of the operations that the endpoint does not know.
    pub without: Vec<String>,
    /// Lifecycle stages of blue/green deployments whose hooks say no, as `SERVICE/STAGE`.
    pub refused_stages: Vec<String>,
    /// What goes wrong with calls.
    pub faults: Vec<Fault>,
    /// What others do meanwhile.
    pub then: Vec<Act>,
    /// Where GetAuthorizationToken says the registry is. Without it, the account's own
    /// `https://ACCOUNT.dkr.ecr.REGION.amazonaws.com`.
    pub registry: Option<String>,
    /// The password in GetAuthorizationToken's token; its user is `AWS`.
    pub registry_password: String,
    /// Whether a task whose image names a repository of its own account and region can
    /// only pull what that repository has. Off where images are pushed to a registry
    /// that the simulator does not see.
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
            accounts: BTreeMap::new(),
            world: Furnishing::default(),
            elsewhere: Vec::new(),
            behaviours: Vec::new(),
            delays: Delays::default(),
            visibility: Visibility::default(),
            throttle: Throttle::default(),
            denied: Vec::new(),
            without: Vec::new(),
            refused_stages: Vec::new(),
            faults: Vec::new(),
            then: Vec::new(),
            registry: None,
            registry_password: "simulated-password".to_owned(),
            strict_images: false,
        }
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// Where the text is no scenario; the error names the place.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a scenario's file.
    ///
    /// # Errors
    /// Where the file can't be read or is no scenario.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        Self::from_json(&text).with_context(|| format!("{} is no scenario", path.display()))
    }
}

/// How simulated time passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Time {
    /// The wall clock's time by this factor.
    Speed(f64),
    /// It stands still, and every call that arrives moves it by this many seconds.
    Step(f64),
}

/// What is seen late.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Visibility {
    /// Seconds until ListServiceDeployments shows a new service deployment.
    pub listing: f64,
    /// Seconds until a service's `currentServiceDeployment` names a new one.
    pub current: f64,
    /// Answers out of the past; none without it.
    pub stale: Option<Stale>,
}

/// Answers out of the past, for a while after something changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stale {
    /// An answer is up to this many seconds old.
    pub age: f64,
    /// For this many seconds after a change.
    pub window: f64,
    /// The share of the calls in the window that are answered so, from 0 to 1.
    pub chance: f64,
    /// Patterns of the actions that it befalls.
    pub actions: Vec<String>,
}

impl Default for Stale {
    fn default() -> Self {
        let actions = [
            "ecs:DescribeServices",
            "ecs:ListServiceDeployments",
            "ecs:DescribeServiceDeployments",
            "ecs:ListTasks",
        ];
        Self { age: 5.0, window: 10.0, chance: 1.0, actions: actions.map(str::to_owned).to_vec() }
    }
}

/// Whether calls are throttled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// No call is.
    #[default]
    Off,
    /// With the sizes that the ECS API reference documents.
    Documented,
    /// With these: an action's pattern, and the bucket that its actions share.
    Own(BTreeMap<String, Bucket>),
}

/// A token bucket's size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its capacity: how many calls may come at once.
    pub burst: f64,
    /// How many tokens come back in a second.
    pub refill: f64,
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
    fn a_misspelt_field_is_refused_by_name() {
        let error = Scenario::from_json(r#"{"throtle": "documented"}"#).unwrap_err();
        assert!(error.to_string().contains("throtle"), "{error}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"seed": 7, "time": {"speed": 60}, "throttle": {"own": {"ecs:Register*": {"burst": 2, "refill": 0.5}}},
            "behaviours": [{"on": {"service": "web", "deployed": true}, "first": 3,
                            "does": {"exit": {"code": 1, "after": 2}}}],
            "delays": {"pull": [3, 8], "start": 1},
            "faults": [{"action": "ecs:*", "from": 2, "times": 1, "kind": {"slow": 0.5}},
                       {"action": "ecs:UpdateService", "kind": "close-after"}],
            "then": [{"when": {"at": 30}, "do": {"alarm": {"name": "errors", "on": true}}},
                     {"when": {"after": {"call": "ecs:UpdateService", "delay": 3}},
                      "do": {"scale": {"cluster": "main", "service": "web", "desired_count": 4}}}]}"#;
        let scenario = Scenario::from_json(text).unwrap();
        let again = Scenario::from_json(&serde_json::to_string(&scenario).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(&scenario).unwrap(), serde_json::to_value(&again).unwrap());
        assert_eq!(again.time, Time::Speed(60.0));
    }
}
