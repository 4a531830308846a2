//! EventBridge Scheduler.

use serde_json::{Value, json};

use super::paging::{PageMembers, page_with};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::region::Region;
use crate::scenario::ScheduleSetup;

const MEMBERS: PageMembers = PageMembers { size: "MaxResults", token: "NextToken" };

/// The most items of a page, and the default ("ListSchedules" in the API reference).
const PAGE_SIZE: usize = 100;

impl Region {
    /// The members of a schedule that its summary has, too.
    fn schedule_summary(&self, schedule: &ScheduleSetup) -> Value {
        let ScheduleSetup { group, name, .. } = schedule;
        json!({
            "Arn": self.id.arn("scheduler", &format!("schedule/{group}/{name}")),
            "GroupName": group,
            "Name": name,
            "State": "ENABLED",
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

    pub(super) fn get_schedule(&self, request: &Value) -> ApiResult {
        let group = json::string(request, "GroupName").unwrap_or("default");
        let name = json::string(request, "Name").unwrap_or_default();
        let found = self.schedules.iter().find(|schedule| schedule.group == group && schedule.name == name);
        let schedule = found.ok_or_else(|| {
            let message = format!("Schedule {name} does not exist.");
            ApiError::with_status("ResourceNotFoundException", message, 404)
        })?;
        let mut whole = self.schedule_summary(schedule);
        json::insert(&mut whole, "ScheduleExpression", json!("rate(1 hour)"));
        json::insert(&mut whole, "FlexibleTimeWindow", json!({ "Mode": "OFF" }));
        json::insert(&mut whole, "Target", schedule.target.clone());
        Ok(whole)
    }
}
