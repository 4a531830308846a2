//! A schedule, or the targets of a rule, as AWS returned it.

use serde_json::{Map, Value};

use crate::names::TaskDefinitionArn;

/// The members of a schedule that `UpdateSchedule` does not accept (the API reference of EventBridge Scheduler,
/// `GetSchedule` and `UpdateSchedule`).
const READ_ONLY: [&str; 3] = ["Arn", "CreationDate", "LastModificationDate"];

/// A schedule, or the targets of a rule, as AWS returned it: with all members, also those that the SDK does not know.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerDocument {
    /// The response to `GetSchedule`.
    Schedule(Map<String, Value>),
    /// The targets of `ListTargetsByRule`.
    RuleTargets(Vec<Value>),
}

/// No targets.
impl Default for TriggerDocument {
    fn default() -> Self {
        Self::RuleTargets(Vec::new())
    }
}

impl TriggerDocument {
    /// The targets: one of a schedule, any number of a rule.
    #[must_use]
    pub fn targets(&self) -> Vec<&Value> {
        match self {
            Self::Schedule(members) => members.get("Target").into_iter().collect(),
            Self::RuleTargets(targets) => targets.iter().collect(),
        }
    }

    /// The task definitions that its targets start.
    pub fn task_definitions(&self) -> impl Iterator<Item = &str> {
        self.targets().into_iter().filter_map(task_definition)
    }

    /// The same with another revision in each target that names one. A target that names none starts the latest one of
    /// its family, and stays.
    #[must_use]
    pub fn with_revision(&self, task_definition: &str) -> Self {
        let mut document = self.clone();
        let targets: Vec<&mut Value> = match &mut document {
            Self::Schedule(members) => members.get_mut("Target").into_iter().collect(),
            Self::RuleTargets(targets) => targets.iter_mut().collect(),
        };
        for target in targets {
            if let Some(current) = target.pointer_mut(TASK_DEFINITION)
                && current.as_str().is_some_and(|current| TaskDefinitionArn::parse(current).is_ok())
            {
                *current = Value::from(task_definition);
            }
        }
        document
    }

    /// Whether both are the same, the time of the last change aside.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Schedule(_), Self::Schedule(_)) => {
                self.to_schedule_request() == other.to_schedule_request()
            }
            _ => self == other,
        }
    }

    /// The body of the request `UpdateSchedule`, which replaces the whole schedule; empty for the targets of a rule.
    #[must_use]
    pub fn to_schedule_request(&self) -> Map<String, Value> {
        let Self::Schedule(members) = self else { return Map::new() };
        let mut members = members.clone();
        members.retain(|name, value| !READ_ONLY.contains(&name.as_str()) && !value.is_null());
        members
    }

    /// The targets of a rule that `other` has not or has otherwise.
    #[must_use]
    pub fn changed_targets(&self, other: &Self) -> Vec<Value> {
        match (self, other) {
            (Self::RuleTargets(targets), Self::RuleTargets(others)) => {
                targets.iter().filter(|target| !others.contains(target)).cloned().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Where a target of ECS names its task definition, in both APIs.
const TASK_DEFINITION: &str = "/EcsParameters/TaskDefinitionArn";

/// The task definition that a target of ECS starts: the ARN of a revision, or of a family for its latest one at each
/// start.
#[must_use]
pub fn task_definition(target: &Value) -> Option<&str> {
    target.pointer(TASK_DEFINITION)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arn(name: &str) -> String {
        format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}")
    }

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn only_the_revision_of_a_schedule_changes() {
        let schedule = json!({
            "Arn": "a", "CreationDate": 1.5, "LastModificationDate": 2.5, "Name": "nightly", "GroupName": "jobs",
            "ScheduleExpression": "rate(1 hour)", "New": {"Member": [1]}, "EndDate": null,
            "Target": {"Arn": "c", "Input": "{}", "EcsParameters": {"TaskDefinitionArn": arn("web:1"), "TaskCount": 1}},
        });
        let document = TriggerDocument::Schedule(members(schedule.clone()));
        let changed = document.with_revision(&arn("web:2"));
        let mut expected = schedule;
        expected["Target"]["EcsParameters"]["TaskDefinitionArn"] = json!(arn("web:2"));
        assert_eq!(changed, TriggerDocument::Schedule(members(expected.clone())));
        for name in ["Arn", "CreationDate", "LastModificationDate", "EndDate"] {
            expected.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(changed.to_schedule_request(), members(expected));
        assert!(!changed.is_same(&document));
    }

    #[test]
    fn a_later_change_of_nothing_is_no_difference() {
        let schedule = |modified| {
            TriggerDocument::Schedule(members(json!({"Name": "nightly", "LastModificationDate": modified})))
        };
        assert!(schedule(1).is_same(&schedule(2)));
    }

    #[test]
    fn only_the_targets_of_a_rule_that_name_a_revision_change() {
        let target =
            |id: &str, name: &str| json!({"Id": id, "EcsParameters": {"TaskDefinitionArn": arn(name)}});
        let mail = json!({"Id": "mail", "Arn": "arn:aws:sns:eu-west-1:123456789012:mail"});
        let targets = vec![target("1", "web:1"), mail, target("2", "web"), target("3", "web:4")];
        let document = TriggerDocument::RuleTargets(targets);
        let changed = document.with_revision(&arn("web:4"));
        assert_eq!(changed.changed_targets(&document), [target("1", "web:4")]);
        let started: Vec<&str> = changed.task_definitions().collect();
        assert_eq!(started, [arn("web:4"), arn("web"), arn("web:4")]);
    }
}
