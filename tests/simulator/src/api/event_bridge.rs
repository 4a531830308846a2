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
        let rule = self.find_rule(request, "Rule")?;
        page_with(MEMBERS, request, "Targets", rule.targets.clone(), PAGE_SIZE)
    }

    /// The rule that a member of the request names.
    fn find_rule<'r>(&'r self, request: &'r Value, member: &str) -> Result<&'r RuleSetup, ApiError> {
        let name = json::string(request, member).unwrap_or_default();
        let rule = self.rules_of_bus(request)?.find(|rule| rule.name == name);
        rule.ok_or_else(|| missing(format!("Rule {name} does not exist on EventBus.")))
    }

    pub(super) fn describe_rule(&self, request: &Value) -> ApiResult {
        let rule = self.find_rule(request, "Name")?;
        let path = match rule.event_bus.as_str() {
            DEFAULT_BUS => format!("rule/{}", rule.name),
            bus => format!("rule/{bus}/{}", rule.name),
        };
        let mut whole = json!({
            "Name": rule.name,
            "Arn": self.id.arn("events", &path),
            "EventBusName": rule.event_bus,
            "State": "ENABLED",
        });
        for (name, value) in &rule.parameters {
            json::insert(&mut whole, name, value.clone());
        }
        Ok(whole)
    }

    /// Adds targets, and replaces those that have the id of one of them.
    pub(super) fn put_targets(&mut self, request: &Value) -> ApiResult {
        let rule = self.find_rule(request, "Rule")?;
        let (bus, name, failing) = (rule.event_bus.clone(), rule.name.clone(), rule.failing_targets.clone());
        let managed = rule.parameters.get("ManagedBy").and_then(Value::as_str);
        if let Some(owner) = managed.filter(|_| !json::boolean(request, "Force")) {
            let message = format!("Rule {name} is managed by {owner}.");
            return Err(ApiError::new("ManagedRuleException", message));
        }
        let targets = json::list(request, "Targets");
        if targets.is_empty() {
            return Err(invalid("Value at 'targets' failed to satisfy constraint: Member must not be empty"));
        }
        for target in targets {
            check_target(target)?;
        }
        let is_failing = |target: &&Value| {
            json::string(target, "Id").is_some_and(|id| failing.iter().any(|other| other == id))
        };
        let entry = |target: &Value| {
            json!({
                "TargetId": target.get("Id"),
                "ErrorCode": "ConcurrentModificationException",
                "ErrorMessage": "The rule was modified concurrently.",
            })
        };
        let failed: Vec<Value> = targets.iter().filter(is_failing).map(entry).collect();
        if let Some(rule) = self.rules.iter_mut().find(|rule| rule.event_bus == bus && rule.name == name) {
            for target in targets.iter().filter(|target| !is_failing(target)) {
                match rule.targets.iter_mut().find(|other| other.get("Id") == target.get("Id")) {
                    Some(other) => other.clone_from(target),
                    None => rule.targets.push(target.clone()),
                }
            }
        }
        self.mark_changed();
        Ok(json!({ "FailedEntryCount": failed.len(), "FailedEntries": failed }))
    }
}

/// Checks one target of PutTargets. A target of ECS requires a role and the parameters of ECS ("Target" and
/// "EcsParameters" in the API reference).
fn check_target(target: &Value) -> Result<(), ApiError> {
    let id = json::string(target, "Id").unwrap_or_default();
    let arn = json::string(target, "Arn").unwrap_or_default();
    if id.is_empty() {
        return Err(invalid(
            "Value at 'targets.1.member.id' failed to satisfy constraint: Member must not be null",
        ));
    }
    let Some(service) = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1)) else {
        return Err(invalid(&format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )));
    };
    if service != "ecs" {
        return Ok(());
    }
    if json::string(target, "RoleArn").is_none() {
        return Err(invalid(&format!("RoleArn is required for target {arn}.")));
    }
    let parameters = target.get("EcsParameters").unwrap_or(&Value::Null);
    if json::string(parameters, "TaskDefinitionArn").is_none() {
        return Err(invalid(&format!("EcsParameters are required for target {arn}.")));
    }
    Ok(())
}

fn invalid(message: &str) -> ApiError {
    ApiError::new("ValidationException", message.to_owned())
}

fn missing(message: String) -> ApiError {
    ApiError::new("ResourceNotFoundException", message)
}
