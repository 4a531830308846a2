//! Services.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::clusters::missing_failure;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::names::short_name;
use crate::model::service::ServiceStatus;
use crate::model::{Service, ServiceKey, TaskStatus};
use crate::region::Region;

/// What CreateService takes and a service keeps, besides its names, count and tags.
const STORED_PARAMETERS: [&str; 21] = [
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
];

impl Region {
    /// The service that a request names under `member`.
    pub(super) fn service_key(&self, request: &Value, member: &str) -> Result<ServiceKey, ApiError> {
        let cluster = self.cluster(request)?.name.clone();
        let name = json::string(request, member).unwrap_or_default();
        if name.is_empty() {
            return Err(ApiError::invalid_parameter("Service cannot be empty."));
        }
        Ok(ServiceKey { cluster, service: short_name(name).to_owned() })
    }

    pub(super) fn service(&self, request: &Value, member: &str) -> Result<&Service, ApiError> {
        let key = self.service_key(request, member)?;
        self.services.get(&key).ok_or_else(|| ApiError::new("ServiceNotFoundException", "Service not found."))
    }

    pub(super) fn create_service(&mut self, request: &Value) -> ApiResult {
        let key = self.service_key(request, "serviceName")?;
        if self.services.get(&key).is_some_and(|service| service.status == ServiceStatus::Active) {
            return Err(ApiError::invalid_parameter("Creation of service was not idempotent."));
        }
        if self.services.get(&key).is_some_and(|service| service.status == ServiceStatus::Draining) {
            return Err(ApiError::invalid_parameter("Unable to Start a service that is still Draining."));
        }
        let service = self.new_service(&key, request)?;
        let rolls = service.controller() == "ECS";
        self.services.insert(key.clone(), service);
        if rolls {
            self.create_service_deployment(&key);
        }
        self.mark_changed();
        let shown = self.services.get(&key).map(|service| self.render_service(service, true));
        Ok(json!({ "service": shown }))
    }

    /// A service as CreateService sets it, without deployments.
    pub(crate) fn new_service(&self, key: &ServiceKey, request: &Value) -> Result<Service, ApiError> {
        let definition = json::string(request, "taskDefinition").unwrap_or_default();
        let definition = self.task_definitions.find(definition).filter(|definition| definition.is_active());
        let definition = definition.ok_or_else(|| ApiError::client_exception("TaskDefinition not found."))?;
        let daemon = json::string(request, "schedulingStrategy") == Some("DAEMON");
        if !daemon && !json::is_set(request, "desiredCount") {
            return Err(ApiError::invalid_parameter(
                "desiredCount must be specified with REPLICA scheduling strategy.",
            ));
        }
        if definition.is_awsvpc() && !json::is_set(request, "networkConfiguration") {
            return Err(ApiError::invalid_parameter(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
        let mut settings = Map::new();
        for (name, default) in [
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
        ] {
            settings.insert(name.to_owned(), default);
        }
        for name in STORED_PARAMETERS {
            if let Some(value) = request.get(name).filter(|value| !value.is_null()) {
                settings.insert(name.to_owned(), value.clone());
            }
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
            initial_deployments: 0,
            backoff_until: None,
            is_unsteady: true,
        })
    }

    pub(super) fn describe_services(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?.name.clone();
        let names = json::strings(request, "services");
        if names.is_empty() {
            return Err(ApiError::invalid_parameter("Services cannot be empty."));
        }
        if names.len() > 10 {
            return Err(ApiError::invalid_parameter("Services cannot be longer than 10."));
        }
        let tags = json::strings(request, "include").iter().any(|part| part == "TAGS");
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            let key = ServiceKey::new(&cluster, short_name(&name));
            match self.services.get(&key) {
                Some(service) => shown.push(self.render_service(service, tags)),
                None => failures.push(missing_failure(&self.id.ecs_arn("service", &key.path()))),
            }
        }
        Ok(json!({ "services": shown, "failures": failures }))
    }

    pub(super) fn list_services(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let (launch, strategy) =
            (json::string(request, "launchType"), json::string(request, "schedulingStrategy"));
        let fits = |own: &&Service| {
            own.key.cluster == cluster.name
                && own.status == ServiceStatus::Active
                && launch.is_none_or(|launch| own.setting("launchType") == launch)
                && strategy.is_none_or(|strategy| own.setting("schedulingStrategy") == strategy)
        };
        let arns: Vec<Value> = self.services.values().filter(fits).map(|own| json!(own.arn)).collect();
        let request =
            if json::is_set(request, "maxResults") { request.clone() } else { with_max_results(request, 10) };
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
        let none = !self.service_tasks(&key).any(|task| task.last_status < TaskStatus::Stopping);
        let shown = self.services.get(&key).map(|service| self.render_service(service, false));
        if let Some(service) = self.services.get_mut(&key).filter(|_| none) {
            service.status = ServiceStatus::Inactive;
        }
        self.mark_changed();
        Ok(json!({ "service": shown }))
    }
}

fn with_max_results(request: &Value, size: u32) -> Value {
    let mut request = json::into_members(request.clone());
    request.insert("maxResults".to_owned(), json!(size));
    Value::Object(request)
}
