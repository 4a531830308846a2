//! UpdateService.

use serde_json::{Map, Value, json};

use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::service::DEPLOYMENT_SETTINGS;
use crate::model::{Service, ServiceStatus};
use crate::region::Region;

/// The settings whose change starts no deployment, by UpdateService's documentation.
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
        if service.status != ServiceStatus::Active {
            return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        let forces_deployment = json::boolean(request, "forceNewDeployment");
        let changes = self.changed_settings(service, request)?;
        check_deployment_controller(service, &changes, forces_deployment)?;
        let changes_deployment = changes.keys().any(|name| DEPLOYMENT_SETTINGS.contains(&name.as_str()));
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
        if changes_deployment || forces_deployment {
            self.create_service_deployment(&key);
        }
        self.mark_changed();
        self.reconcile(&key);
        let response = self.services.get(&key).map(|service| self.render_service(service, true));
        Ok(json!({ "service": response }))
    }

    /// The settings in the request that differ from the service's.
    fn changed_settings(&self, service: &Service, request: &Value) -> Result<Map<String, Value>, ApiError> {
        let mut changes = Map::new();
        for name in DEPLOYMENT_SETTINGS.iter().chain(&OTHER_SETTINGS) {
            let Some(value) = request.get(*name).filter(|value| !value.is_null()) else { continue };
            let value = match *name {
                "taskDefinition" => {
                    let definition = self.task_definitions.find(value.as_str().unwrap_or_default());
                    let definition = definition
                        .ok_or_else(|| ApiError::client_exception("Unable to describe task definition."))?;
                    if !definition.is_active() {
                        return Err(ApiError::client_exception("TaskDefinition is inactive"));
                    }
                    json!(definition.arn)
                }
                // Members that the request does not set keep their values.
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
}

/// Rejects deployments by UpdateService with the controllers CODE_DEPLOY and EXTERNAL (UpdateService's
/// documentation).
fn check_deployment_controller(
    service: &Service,
    changes: &Map<String, Value>,
    forces_deployment: bool,
) -> Result<(), ApiError> {
    let controller = service.controller();
    let advice = match controller {
        "ECS" => return Ok(()),
        "CODE_DEPLOY" => "Use AWS CodeDeploy to trigger a new deployment.",
        _ => "Use CreateTaskSet to trigger a new deployment.",
    };
    let setting = DEPLOYMENT_SETTINGS.iter().find(|name| changes.contains_key(**name));
    let setting = match setting {
        Some(&"taskDefinition") => "task definition",
        Some(&"networkConfiguration") => "network parameters",
        Some(&"loadBalancers") => "load balancers",
        Some(_) => "platform version",
        None if forces_deployment => {
            return Err(ApiError::invalid_parameter(format!(
                "Cannot force a new deployment on services with a {controller} deployment controller. {advice}"
            )));
        }
        None => return Ok(()),
    };
    Err(ApiError::invalid_parameter(format!(
        "Unable to update {setting} on services with a {controller} deployment controller. {advice}"
    )))
}
