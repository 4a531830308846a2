//! The tags of resources.

use std::sync::Arc;

use serde_json::{Value, json};

use super::task_definitions::request_tags;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{TaskDefinition, short_name};
use crate::region::Region;

impl Region {
    pub(super) fn list_tags_for_resource(&self, request: &Value) -> ApiResult {
        let arn = json::string(request, "resourceArn").unwrap_or_default();
        Ok(json!({ "tags": self.resource_tags(arn)? }))
    }

    fn resource_tags(&self, arn: &str) -> Result<Vec<Value>, ApiError> {
        let resource = arn.split(':').nth(5).unwrap_or_default();
        let tags = match resource.split('/').next().unwrap_or_default() {
            "service" => {
                self.services.values().find(|service| service.arn == arn).map(|service| service.tags.clone())
            }
            "cluster" => self.clusters.get(short_name(arn)).map(|cluster| cluster.tags.clone()),
            "task-definition" => self.task_definitions.find(arn).map(|definition| definition.tags.clone()),
            "task" => self.tasks.get(short_name(arn)).map(|task| {
                task.extra_fields.get("tags").and_then(Value::as_array).cloned().unwrap_or_default()
            }),
            _ => {
                return Err(ApiError::invalid_parameter(
                    "Invalid identifier: The identifier of the resource is not valid.",
                ));
            }
        };
        tags.ok_or_else(|| ApiError::invalid_parameter("The specified resource was not found."))
    }

    fn set_resource_tags(&mut self, arn: &str, tags: Vec<Value>) {
        if let Some(service) = self.services.values_mut().find(|service| service.arn == arn) {
            service.tags = tags;
        } else if let Some(cluster) =
            self.clusters.get_mut(short_name(arn)).filter(|_| arn.contains(":cluster/"))
        {
            cluster.tags = tags;
        } else if let Some(task) = self.tasks.get_mut(short_name(arn)) {
            task.extra_fields.insert("tags".to_owned(), Value::Array(tags));
        } else if let Some(definition) = self.task_definitions.find(arn).map(Arc::clone) {
            self.task_definitions.replace(TaskDefinition { tags, ..TaskDefinition::clone(&definition) });
        }
        self.mark_changed();
    }

    pub(super) fn tag_resource(&mut self, request: &Value) -> ApiResult {
        let arn = json::string(request, "resourceArn").unwrap_or_default();
        let added = request_tags(request)?;
        let mut tags = self.resource_tags(arn)?;
        tags.retain(|tag| !added.iter().any(|new| new.get("key") == tag.get("key")));
        tags.extend(added);
        self.set_resource_tags(arn, tags);
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&mut self, request: &Value) -> ApiResult {
        let arn = json::string(request, "resourceArn").unwrap_or_default();
        let keys = json::strings(request, "tagKeys");
        let mut tags = self.resource_tags(arn)?;
        tags.retain(|tag| !keys.iter().any(|key| json::string(tag, "key") == Some(key)));
        self.set_resource_tags(arn, tags);
        Ok(json!({}))
    }
}
