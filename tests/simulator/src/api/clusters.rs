//! Clusters.

use serde_json::{Map, Value, json};

use super::paging::page;
use super::{includes_tags, missing_failure};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::ids::hex_id;
use crate::model::{Cluster, ServiceStatus, TaskStatus, short_name};
use crate::region::Region;

/// The parameters of CreateCluster that DescribeClusters returns as they are.
const STORED_PARAMETERS: [&str; 4] =
    ["settings", "configuration", "capacityProviders", "defaultCapacityProviderStrategy"];

impl Region {
    /// The cluster of a request; `default` if it has no `cluster`.
    pub(super) fn cluster(&self, request: &Value) -> Result<&Cluster, ApiError> {
        let name = json::string(request, "cluster").unwrap_or("default");
        self.clusters
            .get(short_name(name))
            .ok_or_else(|| ApiError::new("ClusterNotFoundException", "Cluster not found."))
    }

    /// Creates a cluster if it does not exist.
    pub(crate) fn add_cluster(&mut self, name: &str, instances: u32) {
        let container_instances = (0..instances).map(|_| hex_id(&mut self.rng, 32)).collect();
        let cluster =
            Cluster { name: name.to_owned(), container_instances, tags: Vec::new(), parameters: Map::new() };
        self.clusters.entry(name.to_owned()).or_insert(cluster);
    }

    pub(super) fn create_cluster(&mut self, request: &Value) -> ApiResult {
        let name = json::string(request, "clusterName").unwrap_or("default").to_owned();
        self.add_cluster(&name, 0);
        if let Some(cluster) = self.clusters.get_mut(&name) {
            cluster.tags = json::list(request, "tags").to_vec();
            for name in STORED_PARAMETERS {
                json::insert_some(&mut cluster.parameters, name, request.get(name).cloned());
            }
        }
        self.mark_changed();
        let cluster = self.clusters.get(&name).map(|cluster| self.render_cluster(cluster, true));
        Ok(json!({ "cluster": cluster }))
    }

    fn render_cluster(&self, cluster: &Cluster, includes_tags: bool) -> Value {
        let count_tasks = |counts: &dyn Fn(TaskStatus) -> bool| {
            let tasks = self.tasks.values().filter(|task| task.cluster == cluster.name);
            tasks.filter(|task| counts(task.last_status)).count()
        };
        let services = self.services.values().filter(|service| service.key.cluster == cluster.name);
        let active_services = services.filter(|service| service.status == ServiceStatus::Active).count();
        let mut members = cluster.parameters.clone();
        json::extend(
            &mut members,
            [
                ("clusterArn", json!(self.id.ecs_arn("cluster", &cluster.name))),
                ("clusterName", json!(cluster.name)),
                ("status", json!("ACTIVE")),
                ("registeredContainerInstancesCount", json!(cluster.container_instances.len())),
                ("runningTasksCount", json!(count_tasks(&|status| status == TaskStatus::Running))),
                ("pendingTasksCount", json!(count_tasks(&|status| status < TaskStatus::Running))),
                ("activeServicesCount", json!(active_services)),
                ("statistics", json!([])),
                ("tags", if includes_tags { json!(cluster.tags) } else { json!([]) }),
            ],
        );
        for name in ["settings", "capacityProviders", "defaultCapacityProviderStrategy"] {
            members.entry(name).or_insert(json!([]));
        }
        Value::Object(members)
    }

    pub(super) fn describe_clusters(&self, request: &Value) -> ApiResult {
        let mut names = json::strings(request, "clusters");
        if names.is_empty() {
            names.push("default".to_owned());
        }
        if names.len() > 100 {
            return Err(ApiError::invalid_parameter("Clusters cannot be longer than 100."));
        }
        let includes_tags = includes_tags(request);
        let (mut clusters, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            match self.clusters.get(short_name(&name)) {
                Some(cluster) => clusters.push(self.render_cluster(cluster, includes_tags)),
                None => failures.push(missing_failure(&self.id.ecs_arn("cluster", short_name(&name)))),
            }
        }
        Ok(json!({ "clusters": clusters, "failures": failures }))
    }

    pub(super) fn list_clusters(&self, request: &Value) -> ApiResult {
        let arns = self.clusters.keys().map(|name| json!(self.id.ecs_arn("cluster", name))).collect();
        page(request, "clusterArns", arns, 100)
    }

    pub(super) fn list_container_instances(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let arn =
            |id: &String| json!(self.id.ecs_arn("container-instance", &format!("{}/{id}", cluster.name)));
        page(request, "containerInstanceArns", cluster.container_instances.iter().map(arn).collect(), 100)
    }
}
