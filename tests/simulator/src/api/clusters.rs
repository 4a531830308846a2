//! Clusters.

use serde_json::{Value, json};

use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::names::{hex_id, short_name};
use crate::model::service::ServiceStatus;
use crate::model::{Cluster, TaskStatus};
use crate::region::Region;

impl Region {
    /// The cluster that a request names; `default` where it names none.
    pub(super) fn cluster(&self, request: &Value) -> Result<&Cluster, ApiError> {
        let name = json::string(request, "cluster").unwrap_or("default");
        self.clusters
            .get(short_name(name))
            .ok_or_else(|| ApiError::new("ClusterNotFoundException", "Cluster not found."))
    }

    pub(crate) fn add_cluster(&mut self, name: &str, instances: u32) {
        let instances = (0..instances).map(|_| hex_id(&mut self.rng, 32)).collect();
        let cluster = Cluster {
            name: name.to_owned(),
            instances,
            tags: Vec::new(),
            extra_fields: serde_json::Map::new(),
        };
        self.clusters.entry(name.to_owned()).or_insert(cluster);
    }

    pub(super) fn create_cluster(&mut self, request: &Value) -> ApiResult {
        let name = json::string(request, "clusterName").unwrap_or("default").to_owned();
        self.add_cluster(&name, 0);
        if let Some(cluster) = self.clusters.get_mut(&name) {
            cluster.tags = json::list(request, "tags").to_vec();
            for part in ["settings", "configuration", "capacityProviders", "defaultCapacityProviderStrategy"]
            {
                if let Some(value) = request.get(part) {
                    cluster.extra_fields.insert(part.to_owned(), value.clone());
                }
            }
        }
        self.mark_changed();
        let cluster = self.clusters.get(&name).map(|cluster| self.render_cluster(cluster, true));
        Ok(json!({ "cluster": cluster }))
    }

    fn render_cluster(&self, cluster: &Cluster, tags: bool) -> Value {
        let tasks = |phases: &dyn Fn(TaskStatus) -> bool| {
            self.tasks
                .values()
                .filter(|task| task.cluster == cluster.name && phases(task.last_status))
                .count()
        };
        let services = self
            .services
            .values()
            .filter(|own| own.key.cluster == cluster.name && own.status == ServiceStatus::Active)
            .count();
        let mut shown = cluster.extra_fields.clone();
        let parts = [
            ("clusterArn", json!(self.id.ecs_arn("cluster", &cluster.name))),
            ("clusterName", json!(cluster.name)),
            ("status", json!("ACTIVE")),
            ("registeredContainerInstancesCount", json!(cluster.instances.len())),
            ("runningTasksCount", json!(tasks(&|phase| phase == TaskStatus::Running))),
            ("pendingTasksCount", json!(tasks(&|phase| phase < TaskStatus::Running))),
            ("activeServicesCount", json!(services)),
            ("statistics", json!([])),
            ("tags", if tags { json!(cluster.tags) } else { json!([]) }),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        for name in ["settings", "capacityProviders", "defaultCapacityProviderStrategy"] {
            shown.entry(name).or_insert(json!([]));
        }
        Value::Object(shown)
    }

    pub(super) fn describe_clusters(&self, request: &Value) -> ApiResult {
        let mut names = json::strings(request, "clusters");
        if names.is_empty() {
            names.push("default".to_owned());
        }
        if names.len() > 100 {
            return Err(ApiError::invalid_parameter("Clusters cannot be longer than 100."));
        }
        let tags = json::strings(request, "include").iter().any(|part| part == "TAGS");
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            match self.clusters.get(short_name(&name)) {
                Some(cluster) => shown.push(self.render_cluster(cluster, tags)),
                None => failures.push(missing_failure(&self.id.ecs_arn("cluster", short_name(&name)))),
            }
        }
        Ok(json!({ "clusters": shown, "failures": failures }))
    }

    pub(super) fn list_clusters(&self, request: &Value) -> ApiResult {
        let arns = self.clusters.keys().map(|name| json!(self.id.ecs_arn("cluster", name))).collect();
        page(request, "clusterArns", arns, 100)
    }

    pub(super) fn list_container_instances(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let arn =
            |id: &String| json!(self.id.ecs_arn("container-instance", &format!("{}/{id}", cluster.name)));
        page(request, "containerInstanceArns", cluster.instances.iter().map(arn).collect(), 100)
    }
}

/// An entry of `failures` ("API failure reasons" in the developer guide).
pub(super) fn missing_failure(arn: &str) -> Value {
    json!({ "arn": arn, "reason": "MISSING" })
}
