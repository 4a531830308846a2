//! Tags of what has an ARN.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::Definition;
use crate::model::names::last;
use crate::region::Region;

impl Region {
    pub(super) fn list_tags(&self, request: &Value) -> ApiResult {
        let arn = json::text(request, "resourceArn").unwrap_or_default();
        Ok(json!({ "tags": self.tags(arn)? }))
    }

    fn tags(&self, arn: &str) -> Result<Vec<Value>, ApiError> {
        let kind = arn.split(':').nth(5).and_then(|resource| resource.split('/').next()).unwrap_or_default();
        let tags = match kind {
            "service" => {
                self.services.values().find(|service| service.arn == arn).map(|service| service.tags.clone())
            }
            "cluster" => self.clusters.get(last(arn)).map(|cluster| cluster.tags.clone()),
            "task-definition" => self.families.find(arn).map(|definition| definition.tags.clone()),
            "task" => self
                .tasks
                .get(last(arn))
                .map(|task| task.more.get("tags").and_then(Value::as_array).cloned().unwrap_or_default()),
            _ => {
                return Err(ApiError::invalid_parameter(
                    "Invalid identifier: The identifier of the resource is not valid.",
                ));
            }
        };
        tags.ok_or_else(|| ApiError::invalid_parameter("The specified resource was not found."))
    }

    fn set_tags(&mut self, arn: &str, tags: Vec<Value>) {
        if let Some(service) = self.services.values_mut().find(|service| service.arn == arn) {
            service.tags = tags;
        } else if let Some(cluster) = self.clusters.get_mut(last(arn)).filter(|_| arn.contains(":cluster/")) {
            cluster.tags = tags;
        } else if let Some(task) = self.tasks.get_mut(last(arn)) {
            task.more.insert("tags".to_owned(), Value::Array(tags));
        } else if let Some(definition) = self.families.find(arn).map(Arc::clone) {
            self.families.replace(Definition { tags, ..Definition::clone(&definition) });
        }
        self.touch();
    }

    pub(super) fn tag_resource(&mut self, request: &Value) -> ApiResult {
        let arn = json::text(request, "resourceArn").unwrap_or_default();
        let added = super::definitions::tags(request)?;
        let mut tags = self.tags(arn)?;
        tags.retain(|tag| !added.iter().any(|new| new.get("key") == tag.get("key")));
        tags.extend(added);
        self.set_tags(arn, tags);
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&mut self, request: &Value) -> ApiResult {
        let arn = json::text(request, "resourceArn").unwrap_or_default();
        let keys = json::texts(request, "tagKeys");
        let mut tags = self.tags(arn)?;
        tags.retain(|tag| !keys.iter().any(|key| json::text(tag, "key") == Some(key)));
        self.set_tags(arn, tags);
        Ok(json!({}))
    }
}
