//! Service deployments and service revisions.

use serde_json::{Value, json};

use super::clusters::missing;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{Service, ServiceDeployment, Status};
use crate::region::{Due, Region};

impl Region {
    pub(super) fn list_service_deployments(&self, request: &Value) -> ApiResult {
        let service = self.service(request, "service")?;
        let wanted = json::texts(request, "status");
        let bound = |name: &str| {
            let stamp = request.get("createdAt").and_then(|created| created.get(name)).and_then(json::number);
            stamp.map(|stamp| self.moment(stamp))
        };
        let (before, after) = (bound("before"), bound("after"));
        let lag = self.rules.consistency.list_lag;
        let fits = |own: &&ServiceDeployment| {
            (wanted.is_empty() || wanted.iter().any(|status| status == own.status.name()))
                && before.is_none_or(|before| own.created < before)
                && after.is_none_or(|after| own.created > after)
                && own.created.plus(lag) <= self.now
        };
        let briefs =
            service.history.iter().rev().filter(fits).map(|own| self.show_brief(service, own)).collect();
        page(request, "serviceDeployments", briefs, 100)
    }

    /// The service deployment of an ARN, which names its service.
    fn record(&self, arn: &str) -> Option<(&Service, &ServiceDeployment)> {
        self.services.values().find_map(|service| Some((service, service.record(arn)?)))
    }

    pub(super) fn describe_service_deployments(&self, request: &Value) -> ApiResult {
        let arns = some(request, "serviceDeploymentArns")?;
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            match self.record(&arn) {
                Some((service, own)) => shown.push(self.show_record(service, own)),
                None => failures.push(missing(&arn)),
            }
        }
        Ok(json!({ "serviceDeployments": shown, "failures": failures }))
    }

    pub(super) fn describe_service_revisions(&self, request: &Value) -> ApiResult {
        let arns = some(request, "serviceRevisionArns")?;
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for arn in arns {
            let found = self.services.values().find_map(|service| Some((service, service.revision(&arn)?)));
            match found {
                Some((service, revision)) => shown.push(self.show_revision(service, revision)),
                None => failures.push(missing(&arn)),
            }
        }
        Ok(json!({ "serviceRevisions": shown, "failures": failures }))
    }

    /// "Stopping Amazon ECS service deployments" in the developer guide has what each status
    /// becomes. That a finished one is a conflict, it leaves to ConflictException's description.
    pub(super) fn stop_service_deployment(&mut self, request: &Value) -> ApiResult {
        let arn = json::text(request, "serviceDeploymentArn").unwrap_or_default().to_owned();
        let stop = json::text(request, "stopType").unwrap_or("ROLLBACK");
        if !matches!(stop, "ROLLBACK" | "ABORT") {
            return Err(ApiError::invalid_parameter(format!("Invalid stop type: {stop}")));
        }
        let found = self.record(&arn).map(|(service, own)| (service.key.clone(), own.status));
        let (key, status) = found.ok_or_else(|| {
            ApiError::new("ServiceDeploymentNotFoundException", "Service deployment not found.")
        })?;
        if status.is_final() {
            return Err(ApiError::new(
                "ConflictException",
                format!("Cannot stop service deployment {arn} because it is in {} state.", status.name()),
            ));
        }
        if status.goes_forward() {
            let delay = self.rules.delays.stop_request.sample(&mut self.rng);
            let (requested, due) = match stop {
                "ABORT" => (Status::StopRequested, Due::Abort { key: key.clone(), record: arn.clone() }),
                _ => (Status::RollbackRequested, Due::RollBack { key: key.clone(), record: arn.clone() }),
            };
            let now = self.now;
            if let Some(own) = self.services.get_mut(&key).and_then(|service| service.record_mut(&arn)) {
                own.status = requested;
                own.updated = now;
                own.started.get_or_insert(now);
            }
            self.after(delay, due);
            self.touch();
        }
        Ok(json!({ "serviceDeploymentArn": arn }))
    }
}

/// One to twenty ARNs.
fn some(request: &Value, name: &str) -> Result<Vec<String>, ApiError> {
    let arns = json::texts(request, name);
    match arns.len() {
        0 => Err(ApiError::invalid_parameter(format!("{name} cannot be empty."))),
        1..=20 => Ok(arns),
        _ => Err(ApiError::invalid_parameter(format!("{name} cannot be longer than 20."))),
    }
}
