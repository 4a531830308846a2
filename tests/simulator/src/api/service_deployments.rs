//! Service deployments and service revisions.

use serde_json::{Value, json};

use super::clusters::missing_failure;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{Service, ServiceDeployment, ServiceDeploymentStatus};
use crate::region::{Region, Timer};

impl Region {
    pub(super) fn list_service_deployments(&self, request: &Value) -> ApiResult {
        let service = self.service(request, "service")?;
        let wanted = json::strings(request, "status");
        let bound = |name: &str| {
            let stamp =
                request.get("createdAt").and_then(|created| created.get(name)).and_then(json::to_number);
            stamp.map(|stamp| self.moment_of_timestamp(stamp))
        };
        let (before, after) = (bound("before"), bound("after"));
        let lag = self.scenario.consistency.list_lag;
        let fits = |own: &&ServiceDeployment| {
            (wanted.is_empty() || wanted.iter().any(|status| status == own.status.as_str()))
                && before.is_none_or(|before| own.created_at < before)
                && after.is_none_or(|after| own.created_at > after)
                && own.created_at.plus(lag) <= self.now
        };
        let briefs = service
            .service_deployments
            .iter()
            .rev()
            .filter(fits)
            .map(|own| self.render_service_deployment_brief(service, own))
            .collect();
        page(request, "serviceDeployments", briefs, 100)
    }

    /// The service deployment of an ARN, which names its service.
    fn find_service_deployment(&self, arn: &str) -> Option<(&Service, &ServiceDeployment)> {
        self.services.values().find_map(|service| Some((service, service.service_deployment(arn)?)))
    }

    pub(super) fn describe_service_deployments(&self, request: &Value) -> ApiResult {
        let arns = required_arns(request, "serviceDeploymentArns")?;
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            match self.find_service_deployment(&arn) {
                Some((service, own)) => shown.push(self.render_service_deployment(service, own)),
                None => failures.push(missing_failure(&arn)),
            }
        }
        Ok(json!({ "serviceDeployments": shown, "failures": failures }))
    }

    pub(super) fn describe_service_revisions(&self, request: &Value) -> ApiResult {
        let arns = required_arns(request, "serviceRevisionArns")?;
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            let found = self.services.values().find_map(|service| Some((service, service.revision(&arn)?)));
            match found {
                Some((service, revision)) => shown.push(self.render_service_revision(service, revision)),
                None => failures.push(missing_failure(&arn)),
            }
        }
        Ok(json!({ "serviceRevisions": shown, "failures": failures }))
    }

    /// "Stopping Amazon ECS service deployments" in the developer guide has what each status
    /// becomes. That a finished one is a conflict, it leaves to ConflictException's description.
    pub(super) fn stop_service_deployment(&mut self, request: &Value) -> ApiResult {
        let arn = json::string(request, "serviceDeploymentArn").unwrap_or_default().to_owned();
        let stop = json::string(request, "stopType").unwrap_or("ROLLBACK");
        if !matches!(stop, "ROLLBACK" | "ABORT") {
            return Err(ApiError::invalid_parameter(format!("Invalid stop type: {stop}")));
        }
        let found =
            self.find_service_deployment(&arn).map(|(service, own)| (service.key.clone(), own.status));
        let (key, status) = found.ok_or_else(|| {
            ApiError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
        })?;
        if status.is_final() {
            return Err(ApiError::new(
                "ConflictException",
                format!("Cannot stop service deployment {arn} because it is in {} state.", status.as_str()),
            ));
        }
        if status.is_deploying() {
            let delay = self.scenario.delays.stop_request.sample(&mut self.rng);
            let (requested, due) = match stop {
                "ABORT" => (
                    ServiceDeploymentStatus::StopRequested,
                    Timer::StopDeployment { key: key.clone(), service_deployment: arn.clone() },
                ),
                _ => (
                    ServiceDeploymentStatus::RollbackRequested,
                    Timer::StartRollback { key: key.clone(), service_deployment: arn.clone() },
                ),
            };
            let now = self.now;
            if let Some(own) =
                self.services.get_mut(&key).and_then(|service| service.service_deployment_mut(&arn))
            {
                own.status = requested;
                own.updated_at = now;
                own.started_at.get_or_insert(now);
            }
            self.schedule(delay, due);
            self.mark_changed();
        }
        Ok(json!({ "serviceDeploymentArn": arn }))
    }
}

/// One to twenty ARNs.
fn required_arns(request: &Value, name: &str) -> Result<Vec<String>, ApiError> {
    let arns = json::strings(request, name);
    match arns.len() {
        0 => Err(ApiError::invalid_parameter(format!("{name} cannot be empty."))),
        1..=20 => Ok(arns),
        _ => Err(ApiError::invalid_parameter(format!("{name} cannot be longer than 20."))),
    }
}
