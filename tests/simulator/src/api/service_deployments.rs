//! Service deployments and service revisions.

use serde_json::{Value, json};

use super::paging::page;
use super::{missing_failure, required_strings};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{HookAction, Service, ServiceDeployment, ServiceDeploymentStatus, Timer};
use crate::region::Region;

impl Region {
    pub(super) fn list_service_deployments(&self, request: &Value) -> ApiResult {
        let service = self.service(request, "service")?;
        let statuses = json::strings(request, "status");
        let bound = |name: &str| {
            let timestamp = request.get("createdAt")?.get(name).and_then(json::to_number)?;
            Some(self.moment_of_timestamp(timestamp))
        };
        let (before, after) = (bound("before"), bound("after"));
        let lag = self.scenario.consistency.list_lag;
        let matches = |deployment: &&ServiceDeployment| {
            (statuses.is_empty() || statuses.iter().any(|status| status == deployment.status.as_str()))
                && before.is_none_or(|before| deployment.created_at < before)
                && after.is_none_or(|after| deployment.created_at > after)
                && deployment.created_at.plus(lag) <= self.now
        };
        let newest_first = service.service_deployments.iter().rev().filter(matches);
        let briefs = newest_first.map(|deployment| self.render_service_deployment_brief(service, deployment));
        page(request, "serviceDeployments", briefs.collect(), 100)
    }

    fn find_service_deployment(&self, arn: &str) -> Option<(&Service, &ServiceDeployment)> {
        self.services.values().find_map(|service| Some((service, service.service_deployment(arn)?)))
    }

    pub(super) fn describe_service_deployments(&self, request: &Value) -> ApiResult {
        let arns = required_strings(request, "serviceDeploymentArns", "serviceDeploymentArns", 20)?;
        let (mut deployments, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            match self.find_service_deployment(&arn) {
                Some((service, deployment)) => {
                    deployments.push(self.render_service_deployment(service, deployment));
                }
                None => failures.push(missing_failure(&arn)),
            }
        }
        Ok(json!({ "serviceDeployments": deployments, "failures": failures }))
    }

    pub(super) fn describe_service_revisions(&self, request: &Value) -> ApiResult {
        let arns = required_strings(request, "serviceRevisionArns", "serviceRevisionArns", 20)?;
        let (mut revisions, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            let found = self.services.values().find_map(|service| Some((service, service.revision(&arn)?)));
            match found {
                Some((service, revision)) => revisions.push(self.render_service_revision(service, revision)),
                None => failures.push(missing_failure(&arn)),
            }
        }
        Ok(json!({ "serviceRevisions": revisions, "failures": failures }))
    }

    /// Requests a rollback or a stop. "Stopping Amazon ECS service deployments" in the developer guide states
    /// what becomes of each status, except the final ones: the description of ConflictException covers those.
    pub(super) fn stop_service_deployment(&mut self, request: &Value) -> ApiResult {
        let arn = json::string(request, "serviceDeploymentArn").unwrap_or_default().to_owned();
        let stop_type = json::string(request, "stopType").unwrap_or("ROLLBACK");
        if !matches!(stop_type, "ROLLBACK" | "ABORT") {
            return Err(ApiError::invalid_parameter(format!("Invalid stop type: {stop_type}")));
        }
        let (service, deployment) = self.find_service_deployment(&arn).ok_or_else(|| {
            ApiError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
        })?;
        let (key, status) = (service.key.clone(), deployment.status);
        if status.is_final() {
            let status = status.as_str();
            let message = format!("Cannot stop service deployment {arn} because it is in {status} state.");
            return Err(ApiError::new("ConflictException", message));
        }
        if status.is_deploying() {
            let seconds = self.scenario.delays.stop_request.sample(&mut self.rng);
            let now = self.now;
            let requested = match stop_type {
                "ABORT" => ServiceDeploymentStatus::StopRequested,
                _ => ServiceDeploymentStatus::RollbackRequested,
            };
            if let Some(deployment) = self.service_deployment_mut(&key, &arn) {
                deployment.status = requested;
                deployment.updated_at = now;
                deployment.started_at.get_or_insert(now);
            }
            let service_deployment_arn = arn.clone();
            let timer = match stop_type {
                "ABORT" => Timer::StopDeployment { key, service_deployment_arn },
                _ => Timer::StartRollback { key, service_deployment_arn },
            };
            self.schedule(seconds, timer);
            self.mark_changed();
        }
        Ok(json!({ "serviceDeploymentArn": arn }))
    }

    /// Continues or rolls back a paused service deployment.
    pub(super) fn continue_service_deployment(&mut self, request: &Value) -> ApiResult {
        let arn = json::string(request, "serviceDeploymentArn").unwrap_or_default().to_owned();
        let hook = json::string(request, "hookId").unwrap_or_default();
        let action = json::string(request, "action").unwrap_or("CONTINUE");
        let action = HookAction::from_name(action)
            .ok_or_else(|| ApiError::invalid_parameter(format!("Invalid action: {action}")))?;
        let (service, _) = self.find_service_deployment(&arn).ok_or_else(|| {
            ApiError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
        })?;
        let key = service.key.clone();
        self.act_on_hook(&key, &arn, hook, action, false).ok_or_else(|| {
            ApiError::invalid_parameter(format!("The lifecycle hook {hook} is not awaiting an action."))
        })?;
        Ok(json!({ "serviceDeploymentArn": arn }))
    }
}
