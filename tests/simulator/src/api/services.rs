//! Services.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::paging::page;
use super::{check_network, includes_tags, missing_failure, required_strings};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{Service, ServiceKey, ServiceStatus, TaskStatus, short_name};
use crate::region::Region;

/// The parameters of CreateService that become settings of the service as they are.
const STORED_PARAMETERS: [&str; 22] = [
    "availabilityZoneRebalancing",
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
    // Of a service that CreateExpressGatewayService creates.
    "resourceManagementType",
];

impl Region {
    /// The key of the service that a member of a request names.
    pub(super) fn service_key(&self, request: &Value, member: &str) -> Result<ServiceKey, ApiError> {
        let cluster = self.cluster(request)?.name.clone();
        let name = json::string(request, member).unwrap_or_default();
        if name.is_empty() {
            return Err(ApiError::invalid_parameter("Service cannot be empty."));
        }
        Ok(ServiceKey { cluster, service: short_name(name).to_owned() })
    }

    /// The service that a member of a request names.
    pub(super) fn service(&self, request: &Value, member: &str) -> Result<&Service, ApiError> {
        let key = self.service_key(request, member)?;
        self.services.get(&key).ok_or_else(|| ApiError::new("ServiceNotFoundException", "Service not found."))
    }

    pub(super) fn create_service(&mut self, request: &Value) -> ApiResult {
        let key = self.service_key(request, "serviceName")?;
        match self.services.get(&key).map(|service| service.status) {
            Some(ServiceStatus::Active) => {
                return Err(ApiError::invalid_parameter("Creation of service was not idempotent."));
            }
            Some(ServiceStatus::Draining) => {
                return Err(ApiError::invalid_parameter("Unable to Start a service that is still Draining."));
            }
            Some(ServiceStatus::Inactive) | None => {}
        }
        let service = self.new_service(&key, request)?;
        let is_deployed_by_ecs = service.controller() == "ECS";
        self.services.insert(key.clone(), service);
        if is_deployed_by_ecs {
            self.create_service_deployment(&key);
        }
        self.mark_changed();
        let service = self.services.get(&key).map(|service| self.render_service(service, true));
        Ok(json!({ "service": service }))
    }

    /// The service that CreateService creates, without deployments.
    pub(crate) fn new_service(&self, key: &ServiceKey, request: &Value) -> Result<Service, ApiError> {
        let definition = json::string(request, "taskDefinition").unwrap_or_default();
        let definition = self.task_definitions.find(definition).filter(|definition| definition.is_active());
        let definition = definition.ok_or_else(|| ApiError::client_exception("TaskDefinition not found."))?;
        let is_daemon = json::string(request, "schedulingStrategy") == Some("DAEMON");
        if !is_daemon && !json::is_set(request, "desiredCount") {
            return Err(ApiError::invalid_parameter(
                "desiredCount must be specified with REPLICA scheduling strategy.",
            ));
        }
        check_network(definition, request)?;
        let mut settings = Map::new();
        let defaults = [
            ("loadBalancers", json!([])),
            ("serviceRegistries", json!([])),
            ("placementConstraints", json!([])),
            ("placementStrategy", json!([])),
            ("schedulingStrategy", json!("REPLICA")),
            ("deploymentController", json!({ "type": "ECS" })),
            ("deploymentConfiguration", json!({})),
            ("enableECSManagedTags", json!(false)),
            ("propagateTags", json!("NONE")),
            ("enableExecuteCommand", json!(false)),
            ("availabilityZoneRebalancing", json!("DISABLED")),
        ];
        json::extend(&mut settings, defaults);
        for name in STORED_PARAMETERS {
            let value = request.get(name).filter(|value| !value.is_null());
            json::insert_some(&mut settings, name, value.cloned());
        }
        if !json::is_set(request, "capacityProviderStrategy") {
            settings.entry("launchType").or_insert(json!("EC2"));
        }
        if settings.get("launchType") == Some(&json!("FARGATE")) {
            settings.entry("platformVersion").or_insert(json!("LATEST"));
            settings.insert("platformFamily".to_owned(), json!("Linux"));
        }
        settings.insert("taskDefinition".to_owned(), json!(definition.arn));
        Ok(Service {
            key: key.clone(),
            arn: self.id.ecs_arn("service", &key.path()),
            status: ServiceStatus::Active,
            desired_count: json::count(request, "desiredCount").unwrap_or(0),
            created_at: self.now,
            settings,
            tags: json::list(request, "tags").to_vec(),
            deployments: Vec::new(),
            service_deployments: Vec::new(),
            revisions: Vec::new(),
            events: VecDeque::new(),
            initial_task_definition: None,
            initial_service_deployments: 0,
            backoff_until: None,
            is_unsteady: true,
        })
    }

    pub(super) fn describe_services(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?.name.clone();
        let names = required_strings(request, "services", "Services", 10)?;
        let includes_tags = includes_tags(request);
        let (mut services, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            let key = ServiceKey::new(&cluster, short_name(&name));
            match self.services.get(&key) {
                Some(service) => services.push(self.render_service(service, includes_tags)),
                None => failures.push(missing_failure(&self.id.ecs_arn("service", &key.path()))),
            }
        }
        Ok(json!({ "services": services, "failures": failures }))
    }

    pub(super) fn list_services(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let launch_type = json::string(request, "launchType");
        let strategy = json::string(request, "schedulingStrategy");
        let matches = |service: &&Service| {
            service.key.cluster == cluster.name
                && service.status == ServiceStatus::Active
                && launch_type.is_none_or(|launch_type| service.setting("launchType") == launch_type)
                && strategy.is_none_or(|strategy| service.setting("schedulingStrategy") == strategy)
        };
        let services = self.services.values().filter(matches);
        let arns: Vec<Value> = services.map(|service| json!(service.arn)).collect();
        let mut request = request.clone();
        if !json::is_set(&request, "maxResults") {
            json::insert(&mut request, "maxResults", json!(10));
        }
        page(&request, "serviceArns", arns, 100)
    }

    pub(super) fn delete_service(&mut self, request: &Value) -> ApiResult {
        let service = self.service(request, "service")?;
        let key = service.key.clone();
        if service.status != ServiceStatus::Active {
            return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        if service.desired_count > 0 && !json::boolean(request, "force") && !service.is_daemon() {
            return Err(ApiError::invalid_parameter(
                "The service cannot be stopped while it is scaled above 0.",
            ));
        }
        let ids: Vec<String> = self.service_tasks(&key).map(|task| task.id.clone()).collect();
        if let Some(service) = self.services.get_mut(&key) {
            service.status = ServiceStatus::Draining;
            service.desired_count = 0;
        }
        for id in ids {
            self.begin_stop(&id, "ServiceSchedulerInitiated", "Service deleted");
        }
        let is_drained = !self.service_tasks(&key).any(|task| task.last_status < TaskStatus::Stopping);
        let response = self.services.get(&key).map(|service| self.render_service(service, false));
        if let Some(service) = self.services.get_mut(&key).filter(|_| is_drained) {
            service.status = ServiceStatus::Inactive;
        }
        self.mark_changed();
        Ok(json!({ "service": response }))
    }
}
