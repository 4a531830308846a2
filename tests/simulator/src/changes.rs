//! What others do, by whatever way they have.

use serde_json::{Map, Value, json};

use crate::error::{ApiError, ApiResult};
use crate::model::ServiceKey;
use crate::region::Region;
use crate::scenario::Change;

impl Region {
    /// Makes a change that is nobody's call on the wire.
    pub(crate) fn apply_change(&mut self, change: &Change) -> ApiResult {
        match change {
            Change::UpdateService {
                cluster,
                service,
                task_definition,
                force_new_deployment: force,
                parameters: more,
            } => {
                let mut request = more.clone();
                if let Some(definition) = task_definition {
                    request.insert(
                        "taskDefinition".to_owned(),
                        json!(self.resolve_task_definition(definition)?),
                    );
                }
                self.execute_on_service("ecs:UpdateService", cluster, service, request, *force)
            }
            Change::StopServiceDeployment { cluster, service, stop_type } => {
                let key = ServiceKey::new(cluster, service);
                let record = self.services.get(&key).and_then(|service| service.ongoing_service_deployment());
                let arn = record.map(|record| record.arn.clone());
                let arn = arn.ok_or_else(|| {
                    ApiError::new("ServiceDeploymentNotFoundException", "None is under way.")
                })?;
                let stop = stop_type.as_deref().unwrap_or("ROLLBACK");
                self.execute(
                    "ecs:StopServiceDeployment",
                    &json!({ "serviceDeploymentArn": arn, "stopType": stop }),
                )
            }
            Change::SetAlarmState { name, in_alarm: on } => {
                self.set_alarm_state(name, *on);
                Ok(Value::Null)
            }
            Change::Scale { cluster, service, desired_count } => {
                let mut request = Map::new();
                request.insert("desiredCount".to_owned(), json!(desired_count));
                self.execute_on_service("ecs:UpdateService", cluster, service, request, false)
            }
            Change::DeleteService { cluster, service } => {
                let mut request = Map::new();
                request.insert("force".to_owned(), json!(true));
                self.execute_on_service("ecs:DeleteService", cluster, service, request, false)
            }
            Change::KillTasks { cluster, service, count, exit_code: code } => {
                let key = ServiceKey::new(cluster, service);
                let ids: Vec<String> = self
                    .service_tasks(&key)
                    .filter(|task| task.is_running())
                    .take(*count)
                    .map(|t| t.id.clone())
                    .collect();
                for id in ids {
                    self.kill_task(&id, *code);
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
        force: bool,
    ) -> ApiResult {
        request.insert("cluster".to_owned(), json!(cluster));
        request.insert("service".to_owned(), json!(service));
        if force {
            request.insert("forceNewDeployment".to_owned(), json!(true));
        }
        self.execute(action, &Value::Object(request))
    }

    /// The name of a task definition, which is registered first where it is given whole.
    pub(crate) fn resolve_task_definition(&mut self, definition: &Value) -> Result<String, ApiError> {
        match definition {
            Value::String(name) => Ok(name.clone()),
            whole => self.register_definition(whole).map(|definition| definition.arn.clone()),
        }
    }
}
