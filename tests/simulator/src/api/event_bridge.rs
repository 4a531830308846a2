//! EventBridge.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::paging::{PageMembers, page_with};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::region::Region;
use crate::scenario::RuleSetup;

const MEMBERS: PageMembers = PageMembers { size: "Limit", token: "NextToken" };

/// The bus that every account has.
const DEFAULT_BUS: &str = "default";

/// The most items of a page, and the default ("ListRuleNamesByTarget" in the API reference).
const PAGE_SIZE: usize = 100;

impl Region {
    fn event_buses(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| rule.event_bus.as_str()).chain([DEFAULT_BUS]).collect()
    }

    /// The rules of the event bus of a request.
    fn rules_of_bus<'r>(
        &'r self,
        request: &'r Value,
    ) -> Result<impl Iterator<Item = &'r RuleSetup>, ApiError> {
        let bus = json::string(request, "EventBusName").unwrap_or(DEFAULT_BUS);
        if !self.event_buses().contains(bus) {
            return Err(missing(format!("Event bus {bus} does not exist.")));
        }
        Ok(self.rules.iter().filter(move |rule| rule.event_bus == bus))
    }

    pub(super) fn list_event_buses(&self, request: &Value) -> ApiResult {
        let bus =
            |name: &str| json!({ "Name": name, "Arn": self.id.arn("events", &format!("event-bus/{name}")) });
        let buses = self.event_buses().into_iter().map(bus).collect();
        page_with(MEMBERS, request, "EventBuses", buses, PAGE_SIZE)
    }

    pub(super) fn list_rule_names_by_target(&self, request: &Value) -> ApiResult {
        let target = json::string(request, "TargetArn").unwrap_or_default();
        let has_target =
            |rule: &&RuleSetup| rule.targets.iter().any(|other| json::string(other, "Arn") == Some(target));
        let names = self.rules_of_bus(request)?.filter(has_target).map(|rule| json!(rule.name)).collect();
        page_with(MEMBERS, request, "RuleNames", names, PAGE_SIZE)
    }

    pub(super) fn list_targets_by_rule(&self, request: &Value) -> ApiResult {
        let name = json::string(request, "Rule").unwrap_or_default();
        let rule = self.rules_of_bus(request)?.find(|rule| rule.name == name);
        let rule = rule.ok_or_else(|| missing(format!("Rule {name} does not exist.")))?;
        page_with(MEMBERS, request, "Targets", rule.targets.clone(), PAGE_SIZE)
    }
}

fn missing(message: String) -> ApiError {
    ApiError::new("ResourceNotFoundException", message)
}
