//! Changes by other parties.

use serde_json::{Map, Value, json};

use crate::error::{ApiError, ApiResult};
use crate::model::{HookStatus, ServiceKey};
use crate::region::Region;
use crate::scenario::Change;

/// The IAM user of other parties.
const OTHER: &str = "other";

impl Region {
    pub(crate) fn apply_change(&mut self, change: &Change) -> ApiResult {
        match change {
            Change::UpdateService { cluster, service, task_definition, force_new_deployment, parameters } => {
                let mut request = parameters.clone();
                if let Some(definition) = task_definition {
                    let name = self.register_if_inline(definition)?;
                    request.insert("taskDefinition".to_owned(), json!(name));
                }
                if *force_new_deployment {
                    request.insert("forceNewDeployment".to_owned(), json!(true));
                }
                self.execute_on_service("ecs:UpdateService", cluster, service, request)
            }
            Change::StopServiceDeployment { cluster, service, stop_type } => {
                let service = self.services.get(&ServiceKey::new(cluster, service));
                let deployment = service.and_then(|service| service.ongoing_service_deployment());
                let arn = deployment.map(|deployment| deployment.arn.clone()).ok_or_else(|| {
                    let message = "The service has no service deployment in progress.";
                    ApiError::new("ServiceDeploymentNotFoundException", message)
                })?;
                let stop_type = stop_type.as_deref().unwrap_or("ROLLBACK");
                let request = json!({ "serviceDeploymentArn": arn, "stopType": stop_type });
                self.execute("ecs:StopServiceDeployment", &request)
            }
            Change::ContinueServiceDeployment { cluster, service, action } => {
                let service = self.services.get(&ServiceKey::new(cluster, service));
                let deployment = service.and_then(|service| service.ongoing_service_deployment());
                let arn = deployment.map(|deployment| deployment.arn.clone());
                let hooks = deployment.map(|deployment| deployment.hooks.clone()).unwrap_or_default();
                for hook in hooks.into_iter().filter(|hook| hook.status == HookStatus::AwaitingAction) {
                    let action = action.as_deref().unwrap_or("CONTINUE");
                    let request = json!({ "serviceDeploymentArn": arn, "hookId": hook.id, "action": action });
                    self.execute("ecs:ContinueServiceDeployment", &request)?;
                }
                Ok(Value::Null)
            }
            Change::SetAlarmState { name, in_alarm } => {
                self.set_alarm_state(name, *in_alarm);
                Ok(Value::Null)
            }
            Change::Scale { cluster, service, desired_count } => {
                let request = Map::from_iter([("desiredCount".to_owned(), json!(desired_count))]);
                self.execute_on_service("ecs:UpdateService", cluster, service, request)
            }
            Change::DeleteService { cluster, service } => {
                let request = Map::from_iter([("force".to_owned(), json!(true))]);
                self.execute_on_service("ecs:DeleteService", cluster, service, request)
            }
            Change::KillTasks { cluster, service, count, exit_code } => {
                let key = ServiceKey::new(cluster, service);
                let running = self.service_tasks(&key).filter(|task| task.is_running());
                let ids: Vec<String> = running.take(*count).map(|task| task.id.clone()).collect();
                for id in ids {
                    self.kill_task(&id, *exit_code);
                }
                Ok(Value::Null)
            }
            Change::PutImage { repository, tag, digest } => {
                self.push_image(repository, digest, Some(tag), None).map(|()| Value::Null)
            }
            Change::Call { action, body } => self.execute(action, body),
        }
    }

    fn execute_on_service(
        &mut self,
        action: &str,
        cluster: &str,
        service: &str,
        mut request: Map<String, Value>,
    ) -> ApiResult {
        request.insert("cluster".to_owned(), json!(cluster));
        request.insert("service".to_owned(), json!(service));
        self.execute(action, &Value::Object(request))
    }

    /// The name of a task definition. If it is given by the parameters of RegisterTaskDefinition, it is
    /// registered.
    pub(crate) fn register_if_inline(&mut self, definition: &Value) -> Result<String, ApiError> {
        match definition {
            Value::String(name) => Ok(name.clone()),
            parameters => {
                self.register_definition(parameters, OTHER).map(|definition| definition.arn.clone())
            }
        }
    }
}
