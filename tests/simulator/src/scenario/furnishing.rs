//! What there is at time 0.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What there is in an account and region at time 0.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Furnishing {
    /// Clusters. Those that services name are there anyway.
    pub clusters: Vec<ClusterSetup>,
    /// Task definitions, as RegisterTaskDefinition takes them, registered in this order.
    pub task_definitions: Vec<Value>,
    /// Services, rolled out and steady.
    pub services: Vec<ServiceSetup>,
    /// Repositories of images.
    pub repositories: Vec<RepositorySetup>,
    /// The names of log groups. Those that task definitions name are there anyway.
    pub log_groups: Vec<String>,
}

/// The same for another account or region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// The account; the scenario's without it.
    pub account: Option<String>,
    /// The region; the scenario's without it.
    pub region: Option<String>,
    /// What there is.
    pub world: Furnishing,
}

/// A cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterSetup {
    /// Its name.
    pub name: String,
    /// How many container instances it has; a daemon service runs one task on each.
    pub instances: u32,
    /// Its tags.
    pub tags: Vec<Value>,
}

impl Default for ClusterSetup {
    fn default() -> Self {
        Self { name: "default".to_owned(), instances: 1, tags: Vec::new() }
    }
}

/// A service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSetup {
    /// Its cluster's name.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// A definition to register first, as RegisterTaskDefinition takes it, or the name
    /// of one of the furnished: `family` or `family:revision`.
    pub task_definition: Value,
    /// How many tasks it runs.
    pub desired_count: u32,
    /// More of CreateService's parameters, under their own names: `launchType`,
    /// `deploymentConfiguration`, `loadBalancers`, `deploymentController` and so on.
    pub more: Map<String, Value>,
}

impl Default for ServiceSetup {
    fn default() -> Self {
        Self {
            cluster: "default".to_owned(),
            name: String::new(),
            task_definition: Value::Null,
            desired_count: 1,
            more: Map::new(),
        }
    }
}

/// A repository of images.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepositorySetup {
    /// Its name.
    pub name: String,
    /// `MUTABLE`, `IMMUTABLE`, or either with `_WITH_EXCLUSION`; `MUTABLE` without it.
    pub mutability: Option<String>,
    /// Its images.
    pub images: Vec<ImageSetup>,
}

/// An image.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageSetup {
    /// Its tags.
    pub tags: Vec<String>,
    /// Its digest; made up from its first tag without it.
    pub digest: Option<String>,
}
