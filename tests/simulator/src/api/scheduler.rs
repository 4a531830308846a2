//! EventBridge Scheduler.

use serde_json::{Value, json};

use super::paging::{PageMembers, page_with};
use crate::clock::Moment;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::region::Region;
use crate::scenario::ScheduleSetup;

const MEMBERS: PageMembers = PageMembers { size: "MaxResults", token: "NextToken" };

/// The most items of a page, and the default ("ListSchedules" in the API reference).
const PAGE_SIZE: usize = 100;

/// When the schedules were created: a day before the start.
const CREATED_AT: f64 = -86_400.0;

/// The members that only GetSchedule has. UpdateSchedule ignores them.
const READ_ONLY: [&str; 4] = ["Arn", "CreationDate", "LastModificationDate", "ClientToken"];

impl Region {
    /// The members of a schedule that its summary has, too.
    fn schedule_summary(&self, schedule: &ScheduleSetup) -> Value {
        let ScheduleSetup { group, name, parameters, .. } = schedule;
        json!({
            "Arn": self.id.arn("scheduler", &format!("schedule/{group}/{name}")),
            "GroupName": group,
            "Name": name,
            "State": parameters.get("State").and_then(Value::as_str).unwrap_or("ENABLED"),
            "CreationDate": self.timestamp(Moment::from_seconds(CREATED_AT)),
            "LastModificationDate": self.timestamp(self.changed_at),
        })
    }

    pub(super) fn list_schedules(&self, request: &Value) -> ApiResult {
        let group = json::string(request, "GroupName");
        let schedules =
            self.schedules.iter().filter(|schedule| group.is_none_or(|group| schedule.group == group));
        let summary = |schedule: &ScheduleSetup| {
            let mut summary = self.schedule_summary(schedule);
            json::insert(&mut summary, "Target", json!({ "Arn": schedule.target.get("Arn") }));
            summary
        };
        page_with(MEMBERS, request, "Schedules", schedules.map(summary).collect(), PAGE_SIZE)
    }

    /// The index of the schedule that a request names.
    fn find_schedule(&self, request: &Value) -> Result<usize, ApiError> {
        let group = json::string(request, "GroupName").unwrap_or("default");
        let name = json::string(request, "Name").unwrap_or_default();
        let found =
            self.schedules.iter().position(|schedule| schedule.group == group && schedule.name == name);
        found.ok_or_else(|| {
            let message = format!("Schedule {name} does not exist.");
            ApiError::with_status("ResourceNotFoundException", message, 404)
        })
    }

    /// The ARN of the key that encrypts the schedule of a call.
    pub(crate) fn schedule_key(&self, action: &str, request: &Value) -> Option<String> {
        if !matches!(action, "scheduler:GetSchedule" | "scheduler:UpdateSchedule") {
            return None;
        }
        let schedule = self.schedules.get(self.find_schedule(request).ok()?)?;
        schedule.parameters.get("KmsKeyArn").and_then(Value::as_str).map(str::to_owned)
    }

    pub(super) fn get_schedule(&self, request: &Value) -> ApiResult {
        let index = self.find_schedule(request)?;
        let Some(schedule) = self.schedules.get(index) else { return Ok(Value::Null) };
        let mut whole = self.schedule_summary(schedule);
        json::insert(&mut whole, "ScheduleExpression", json!("rate(1 hour)"));
        json::insert(&mut whole, "ScheduleExpressionTimezone", json!("UTC"));
        json::insert(&mut whole, "FlexibleTimeWindow", json!({ "Mode": "OFF" }));
        json::insert(&mut whole, "ActionAfterCompletion", json!("NONE"));
        for (name, value) in &schedule.parameters {
            json::insert(&mut whole, name, value.clone());
        }
        json::insert(&mut whole, "Target", schedule.target.clone());
        Ok(whole)
    }

    /// Replaces a whole schedule: what the request lacks gets its default ("UpdateSchedule" in the API reference).
    pub(super) fn update_schedule(&mut self, request: &Value) -> ApiResult {
        let index = self.find_schedule(request)?;
        let invalid = |message: String| ApiError::new("ValidationException", message);
        let expression = json::string(request, "ScheduleExpression").unwrap_or_default();
        if !["at(", "cron(", "rate("].iter().any(|kind| expression.starts_with(kind)) {
            return Err(invalid(format!("Invalid Schedule Expression {expression}.")));
        }
        let mode = request.get("FlexibleTimeWindow").and_then(|window| json::string(window, "Mode"));
        let target = request.get("Target").cloned().unwrap_or_default();
        for (member, is_set) in [
            ("flexibleTimeWindow", mode.is_some()),
            ("target.arn", json::is_set(&target, "Arn")),
            ("target.roleArn", json::is_set(&target, "RoleArn")),
        ] {
            if !is_set {
                let rule = "failed to satisfy constraint: Member must not be null";
                return Err(invalid(format!("Value at '{member}' {rule}")));
            }
        }
        let mut parameters = json::into_members(request.clone());
        for name in READ_ONLY.iter().chain(&["Name", "GroupName", "Target"]) {
            parameters.remove(*name);
        }
        self.mark_changed();
        let Some(schedule) = self.schedules.get_mut(index) else { return Ok(Value::Null) };
        (schedule.target, schedule.parameters) = (target, parameters);
        let arn = self.id.arn("scheduler", &format!("schedule/{}/{}", schedule.group, schedule.name));
        Ok(json!({ "ScheduleArn": arn }))
    }
}
