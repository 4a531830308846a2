//! The calls of the EventBridge Scheduler API, for schedules that start tasks of ECS.
//!
//! A schedule is read and written as the JSON that EventBridge Scheduler sent: `UpdateSchedule` replaces all of it, and
//! the SDK's types would drop every member that they do not define.

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::types::ScheduleSummary;
use futures_util::future::try_join_all;
use serde_json::{Map, Value};

use super::or_empty;
use crate::call_trace::CallTrace;
use crate::error::AwsError;
use crate::garbled::RetryGarbledResponse;
use crate::pages::{Paging, read_pages};
use crate::response_body::{ResponseBody, replace_body};
use model::decision::ScheduleName;
use model::plan::trigger;

/// The number of `GetSchedule` requests in parallel. The lowest quota of a region is 250 a second ("Quotas for Amazon
/// EventBridge Scheduler" in the user guide).
const PARALLEL_READS: usize = 10;

/// A client of EventBridge Scheduler in one account and region.
pub(crate) struct Scheduler {
    client: Client,
    /// A client that sends each request once.
    single_attempt: Client,
}

impl Scheduler {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let builder = || aws_sdk_scheduler::config::Builder::from(config).interceptor(CallTrace);
        Self {
            client: Client::from_conf(builder().retry_classifier(RetryGarbledResponse).build()),
            single_attempt: Client::from_conf(builder().retry_config(RetryConfig::disabled()).build()),
        }
    }

    /// The targets of all schedules that call ECS, disabled ones included: they can be enabled again.
    ///
    /// # Errors
    /// [`AwsError`] of a request that fails.
    pub(super) async fn read_ecs_targets(&self) -> Result<Vec<Value>, AwsError> {
        let mut schedules = self.list_schedules(Paging::All).await?;
        schedules.retain(calls_ecs);
        let mut targets = Vec::new();
        for schedules in schedules.chunks(PARALLEL_READS) {
            let reads = schedules.iter().map(async |schedule| {
                let group = schedule.group_name().unwrap_or("default").to_owned();
                let name = ScheduleName { group, schedule: schedule.name().unwrap_or_default().to_owned() };
                let schedule = self.get_schedule(&name).await;
                or_empty(schedule.map(|mut schedule| schedule.remove("Target").into_iter().collect()))
            });
            targets.extend(try_join_all(reads).await?.into_iter().flatten());
        }
        Ok(targets)
    }

    /// `ListSchedules`: the schedules of all groups. A summary contains the ARN of the target, and no parameters.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn list_schedules(&self, paging: Paging) -> Result<Vec<ScheduleSummary>, AwsError> {
        const OPERATION: &str = "scheduler:ListSchedules";
        let pages = read_pages(paging, OPERATION, "the account", async |token| {
            let request =
                self.client.list_schedules().set_max_results(paging.page_size()).set_next_token(token);
            let response = request.send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, "the account", error))?;
            Ok((Some(response.schedules), response.next_token))
        });
        Ok(pages.await?.items)
    }

    /// `GetSchedule`: a whole schedule.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, with the code `ResourceNotFoundException` if there is no such schedule.
    pub(crate) async fn get_schedule(&self, name: &ScheduleName) -> Result<Map<String, Value>, AwsError> {
        const OPERATION: &str = "scheduler:GetSchedule";
        let (on, body) = (format!("schedule `{name}`"), ResponseBody::default());
        let request = self.client.get_schedule().group_name(&name.group).name(&name.schedule);
        let request = request.customize().interceptor(body.clone());
        match body.of_response(OPERATION, &on, request.send().await)? {
            Value::Object(members) => Ok(members),
            _ => Err(AwsError::unusable(OPERATION, on, "the response is not an object")),
        }
    }

    /// `UpdateSchedule`, sent once: replaces the whole schedule. What `members` lack gets its default.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn update_schedule(
        &self,
        name: &ScheduleName,
        mut members: Map<String, Value>,
    ) -> Result<(), AwsError> {
        // The name is in the path.
        members.remove("Name");
        members.insert("GroupName".to_owned(), Value::from(name.group.as_str()));
        let body = Value::Object(members).to_string();
        let request = self.single_attempt.update_schedule().name(&name.schedule).customize();
        let request = request.mutate_request(move |request| replace_body(request, &body));
        let response = request.send().await;
        response
            .map(drop)
            .map_err(|error| AwsError::new("scheduler:UpdateSchedule", format!("schedule `{name}`"), error))
    }
}

/// Whether a schedule calls ECS: its target is a cluster, or a call of the ECS API. One without a target in its
/// summary may do so.
fn calls_ecs(schedule: &ScheduleSummary) -> bool {
    schedule.target().is_none_or(|target| is_cluster(target.arn()) || is_ecs_call(target.arn()))
}

/// Whether an ARN is of ECS, such as `arn:aws:ecs:eu-west-1:123456789012:cluster/main`.
fn is_cluster(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("ecs")
}

/// Whether an ARN is that of a universal target for ECS, such as `arn:aws:scheduler:::aws-sdk:ecs:runTask` ("Using
/// universal targets" in the user guide of EventBridge Scheduler).
fn is_ecs_call(arn: &str) -> bool {
    arn.contains(":aws-sdk:ecs:")
}

/// The task definition that a target starts. That of a universal target is a parameter of the call in its input.
pub(super) fn task_definition(target: &Value) -> Option<String> {
    if let Some(name) = trigger::task_definition(target) {
        return Some(name.to_owned());
    }
    let member = |name: &str| target.get(name).and_then(Value::as_str);
    let input = member("Input").filter(|_| member("Arn").is_some_and(is_ecs_call))?;
    let input: Map<String, Value> = serde_json::from_str(input).ok()?;
    let parameter = input.iter().find(|(name, _)| name.eq_ignore_ascii_case("taskDefinition"));
    parameter.and_then(|(_, value)| value.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn target(arn: &str, input: &str) -> Value {
        json!({ "Arn": arn, "RoleArn": "role", "Input": input })
    }

    #[test]
    fn the_task_definition_is_that_of_the_parameters_or_of_the_call() {
        let input = r#"{"Cluster": "main", "TaskDefinition": "web:3"}"#;
        let call = target("arn:aws:scheduler:::aws-sdk:ecs:runTask", input);
        assert_eq!(task_definition(&call).as_deref(), Some("web:3"));
        let mut cluster = target("arn:aws:ecs:eu-west-1:123456789012:cluster/main", input);
        // The input of this target contains overrides.
        assert_eq!(task_definition(&cluster), None);
        cluster["EcsParameters"] = json!({ "TaskDefinitionArn": "arn:x:task-definition/web:4" });
        assert_eq!(task_definition(&cluster).as_deref(), Some("arn:x:task-definition/web:4"));
        for input in ["", "[]", "{}", r#"{"TaskDefinition": 3}"#] {
            assert_eq!(
                task_definition(&target("arn:aws:scheduler:::aws-sdk:ecs:runTask", input)),
                None,
                "{input}"
            );
        }
    }

    #[test]
    fn only_schedules_that_call_ecs_are_read() {
        for (arn, expected) in [
            ("arn:aws:ecs:eu-west-1:123456789012:cluster/main", true),
            ("arn:aws-cn:scheduler:::aws-sdk:ecs:updateService", true),
            ("arn:aws:scheduler:::aws-sdk:ec2:stopInstances", false),
            ("arn:aws:lambda:eu-west-1:123456789012:function:ecs", false),
        ] {
            assert_eq!(is_cluster(arn) || is_ecs_call(arn), expected, "{arn}");
        }
    }
}
