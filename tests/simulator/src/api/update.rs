//! UpdateService.

use serde_json::{Map, Value, json};

use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::service::{DEPLOYMENT_SETTINGS, ServiceStatus};
use crate::model::{Service, ServiceKey};
use crate::region::Region;

/// The settings that UpdateService changes without a deployment, as its documentation says.
const OTHER_SETTINGS: [&str; 12] = [
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "deploymentController",
    "gatewayConnectors",
    "monitoring",
];

impl Region {
    pub(super) fn update_service(&mut self, request: &Value) -> ApiResult {
        let service = self.service(request, "service")?;
        let key = service.key.clone();
        match service.status {
            ServiceStatus::Active => {}
            ServiceStatus::Draining => {
                return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
            }
            ServiceStatus::Inactive => {
                return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
            }
        }
        let changes = self.changed_settings(service, request)?;
        self.check_deployment_controller(service, &changes, json::boolean(request, "forceNewDeployment"))?;
        let deployed = changes.keys().any(|name| DEPLOYMENT_SETTINGS.contains(&name.as_str()));
        let again = json::boolean(request, "forceNewDeployment");
        if let Some(service) = self.services.get_mut(&key) {
            if changes.contains_key("capacityProviderStrategy") {
                service.settings.remove("launchType");
            }
            service.settings.extend(changes);
            if let Some(count) = json::count(request, "desiredCount") {
                service.desired_count = count;
                service.is_unsteady = true;
            }
        }
        if deployed || again {
            self.create_service_deployment(&key);
        }
        self.mark_changed();
        self.reconcile(&key);
        Ok(json!({ "service": self.render_updated(&key) }))
    }

    fn render_updated(&self, key: &ServiceKey) -> Option<Value> {
        self.services.get(key).map(|service| self.render_service(service, true))
    }

    /// The settings that the request gives and that the service does not have yet.
    fn changed_settings(&self, service: &Service, request: &Value) -> Result<Map<String, Value>, ApiError> {
        let mut changes = Map::new();
        for name in DEPLOYMENT_SETTINGS.iter().chain(&OTHER_SETTINGS) {
            let Some(value) = request.get(*name).filter(|value| !value.is_null()) else { continue };
            let value = match *name {
                "taskDefinition" => {
                    let name = value.as_str().unwrap_or_default();
                    let found = self.task_definitions.find(name);
                    let found = found
                        .ok_or_else(|| ApiError::client_exception("Unable to describe task definition."))?;
                    if !found.is_active() {
                        return Err(ApiError::client_exception("TaskDefinition is inactive"));
                    }
                    json!(found.arn)
                }
                // Members that are not given stay as they are.
                "deploymentConfiguration" => {
                    let mut merged = json::into_members(service.deployment_configuration().clone());
                    merged.extend(json::into_members(value.clone()));
                    Value::Object(merged)
                }
                _ => value.clone(),
            };
            if service.settings.get(*name) != Some(&value) {
                changes.insert((*name).to_owned(), value);
            }
        }
        Ok(changes)
    }

    /// With CODE_DEPLOY and EXTERNAL, deployments are not ECS's (UpdateService's documentation).
    fn check_deployment_controller(
        &self,
        service: &Service,
        changes: &Map<String, Value>,
        force: bool,
    ) -> Result<(), ApiError> {
        let controller = service.controller();
        if controller == "ECS" {
            return Ok(());
        }
        let by = match controller {
            "CODE_DEPLOY" => "Use AWS CodeDeploy to trigger a new deployment.",
            _ => "Use CreateTaskSet to trigger a new deployment.",
        };
        let refused = DEPLOYMENT_SETTINGS.iter().find(|name| changes.contains_key(**name));
        let words = match refused {
            Some(&"taskDefinition") => "task definition",
            Some(&"networkConfiguration") => "network parameters",
            Some(&"loadBalancers") => "load balancers",
            Some(_) => "platform version",
            None if force => {
                return Err(ApiError::invalid_parameter(format!(
                    "Cannot force a new deployment on services with a {controller} deployment controller. {by}"
                )));
            }
            None => return Ok(()),
        };
        Err(ApiError::invalid_parameter(format!(
            "Unable to update {words} on services with a {controller} deployment controller. {by}"
        )))
    }
}
