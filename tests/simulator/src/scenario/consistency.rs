//! Eventual consistency.

use serde::{Deserialize, Serialize};

/// How long responses stay behind changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consistency {
    /// Seconds until ListServiceDeployments returns a new service deployment.
    pub list_lag: f64,
    /// Seconds until a service's `currentServiceDeployment` is a new service deployment.
    pub current_deployment_lag: f64,
    /// Responses with an earlier state; none by default.
    pub stale_reads: Option<StaleReads>,
}

/// Responses with an earlier state, for a while after a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaleReads {
    /// The greatest age of the state, in seconds.
    pub max_age: f64,
    /// For how many seconds after a change there are stale reads.
    pub window: f64,
    /// The probability for each call in the window, from 0 to 1.
    pub probability: f64,
    /// Patterns for the actions that are affected.
    pub actions: Vec<String>,
}

impl Default for StaleReads {
    fn default() -> Self {
        let actions = [
            "ecs:DescribeServices",
            "ecs:ListServiceDeployments",
            "ecs:DescribeServiceDeployments",
            "ecs:ListTasks",
        ];
        Self { max_age: 5.0, window: 10.0, probability: 1.0, actions: actions.map(str::to_owned).to_vec() }
    }
}
