//! The resources that exist at time 0.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The resources of an account and region at time 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Clusters. The clusters of `services` are created in any case.
    pub clusters: Vec<ClusterSetup>,
    /// Task definitions, as parameters of RegisterTaskDefinition, registered in this order.
    pub task_definitions: Vec<Value>,
    /// Services. Their first deployment has completed.
    pub services: Vec<ServiceSetup>,
    /// ECR repositories.
    pub repositories: Vec<RepositorySetup>,
    /// The names of log groups. The log groups of task definitions are created in any case.
    pub log_groups: Vec<String>,
    /// EventBridge rules. Their event buses are created in any case, and so is `default`.
    pub rules: Vec<RuleSetup>,
    /// Schedules of EventBridge Scheduler.
    pub schedules: Vec<ScheduleSetup>,
}

/// The resources of a further account or region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionSetup {
    /// The account; [`Scenario::account`](super::Scenario::account) by default.
    pub account: Option<String>,
    /// The region; [`Scenario::region`](super::Scenario::region) by default.
    pub region: Option<String>,
    /// The resources.
    pub resources: Resources,
}

/// A cluster at time 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterSetup {
    /// The cluster's name. Defaults to `default`.
    pub name: String,
    /// The number of container instances; 1 by default. A daemon service runs one task on each.
    pub instances: u32,
    /// Tags, as parameters of CreateCluster.
    pub tags: Vec<Value>,
}

impl Default for ClusterSetup {
    fn default() -> Self {
        Self { name: "default".to_owned(), instances: 1, tags: Vec::new() }
    }
}

/// A service at time 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSetup {
    /// The cluster's name. Defaults to `default`.
    pub cluster: String,
    /// The service's name.
    pub name: String,
    /// The name of one of [`Resources::task_definitions`] (`family` or `family:revision`), or the parameters
    /// of RegisterTaskDefinition, which is then called first.
    pub task_definition: Value,
    /// The desired count; 1 by default.
    pub desired_count: u32,
    /// Further parameters of CreateService, by their names in the API: `launchType`,
    /// `deploymentConfiguration`, `loadBalancers`, `deploymentController` and so on.
    pub parameters: Map<String, Value>,
}

impl Default for ServiceSetup {
    fn default() -> Self {
        Self {
            cluster: "default".to_owned(),
            name: String::new(),
            task_definition: Value::Null,
            desired_count: 1,
            parameters: Map::new(),
        }
    }
}

/// An EventBridge rule at time 0. It starts nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSetup {
    /// The name of the event bus; `default` by default.
    pub event_bus: String,
    /// The rule's name.
    pub name: String,
    /// The targets, as parameters of PutTargets.
    pub targets: Vec<Value>,
    /// Further members of the response to DescribeRule, such as `State` or `ScheduleExpression`.
    pub parameters: Map<String, Value>,
    /// The ids of the targets that PutTargets does not replace: it reports them in `FailedEntries`.
    pub failing_targets: Vec<String>,
}

impl Default for RuleSetup {
    fn default() -> Self {
        Self {
            event_bus: "default".to_owned(),
            name: String::new(),
            targets: Vec::new(),
            parameters: Map::new(),
            failing_targets: Vec::new(),
        }
    }
}

/// A schedule of EventBridge Scheduler at time 0. It starts nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleSetup {
    /// The name of the schedule's group; `default` by default.
    pub group: String,
    /// The schedule's name.
    pub name: String,
    /// The target, as a parameter of CreateSchedule.
    pub target: Value,
    /// Further parameters of CreateSchedule. By default the schedule starts its target each hour.
    pub parameters: Map<String, Value>,
}

impl Default for ScheduleSetup {
    fn default() -> Self {
        Self { group: "default".to_owned(), name: String::new(), target: Value::Null, parameters: Map::new() }
    }
}

/// An ECR repository at time 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepositorySetup {
    /// The repository's name.
    pub name: String,
    /// `MUTABLE`, `IMMUTABLE`, or either with `_WITH_EXCLUSION`; `MUTABLE` by default.
    pub mutability: Option<String>,
    /// The images.
    pub images: Vec<ImageSetup>,
}

/// An image at time 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSetup {
    /// The image's tags.
    pub tags: Vec<String>,
    /// The image's digest; by default derived from the repository's name and the first tag.
    pub digest: Option<String>,
    /// The image's manifest; by default one of a single platform.
    pub manifest: Option<String>,
}
