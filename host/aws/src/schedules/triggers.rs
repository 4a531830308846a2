//! A schedule or a rule as the destination of a deployment: its state, and the replacement of its task definition.

use serde_json::{Map, Value};

use super::Schedules;
use crate::error::{AwsError, ErrorKind};
use crate::iam::advice;
use model::decision::{EventRuleName, ScheduleName, TriggerName};
use model::plan::trigger::{StartCondition, TriggerDocument, TriggerState};

impl Schedules {
    /// The state of a schedule or a rule, without revisions; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`AwsError`] if it cannot be read.
    pub(crate) async fn find_trigger(&self, name: &TriggerName) -> Result<Option<TriggerState>, AwsError> {
        let read = match name {
            TriggerName::Schedule(name) => self.read_schedule(name).await,
            TriggerName::EventRule(name) => self.read_rule(name).await,
        };
        match read {
            Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(None),
            read => read.map(Some),
        }
    }

    async fn read_schedule(&self, name: &ScheduleName) -> Result<TriggerState, AwsError> {
        let members = self.scheduler.get_schedule(name).await?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let start = StartCondition {
            expression: text("ScheduleExpression"),
            time_zone: text("ScheduleExpressionTimezone").or_else(|| Some("UTC".to_owned())),
            has_event_pattern: false,
            is_enabled: text("State").is_none_or(|state| state != "DISABLED"),
        };
        Ok(TriggerState {
            account: text("Arn").as_deref().map(account).unwrap_or_default(),
            start,
            managed_by: None,
            document: TriggerDocument::Schedule(members),
            revisions: None,
        })
    }

    async fn read_rule(&self, name: &EventRuleName) -> Result<TriggerState, AwsError> {
        let (rule, targets) = tokio::try_join!(
            self.event_bridge.describe_rule(name),
            self.event_bridge.list_targets_by_rule(name)
        )?;
        let start = StartCondition {
            // "All scheduled events use UTC time zone" (the EventBridge user guide, "Schedule expressions").
            time_zone: rule.schedule_expression.as_ref().map(|_| "UTC".to_owned()),
            expression: rule.schedule_expression,
            has_event_pattern: rule.event_pattern.is_some(),
            is_enabled: rule.state.is_none_or(|state| state.as_str() != "DISABLED"),
        };
        Ok(TriggerState {
            account: rule.arn.as_deref().map(account).unwrap_or_default(),
            start,
            managed_by: rule.managed_by,
            document: TriggerDocument::RuleTargets(targets),
            revisions: None,
        })
    }

    /// The schedule, or the targets of the rule, as it is now.
    ///
    /// # Errors
    /// [`AwsError`] if it cannot be read, also if it does not exist.
    pub(crate) async fn read_document(&self, name: &TriggerName) -> Result<TriggerDocument, AwsError> {
        match name {
            TriggerName::Schedule(name) => {
                self.scheduler.get_schedule(name).await.map(TriggerDocument::Schedule)
            }
            TriggerName::EventRule(name) => {
                self.event_bridge.list_targets_by_rule(name).await.map(TriggerDocument::RuleTargets)
            }
        }
    }

    /// Replaces a schedule, or the targets of a rule that differ from `current`, by `new`. The request is sent once.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn replace_document(
        &self,
        name: &TriggerName,
        current: &TriggerDocument,
        new: &TriggerDocument,
    ) -> Result<(), AwsError> {
        let replaced = match name {
            TriggerName::Schedule(name) => {
                self.scheduler.update_schedule(name, new.to_schedule_request()).await
            }
            TriggerName::EventRule(name) => {
                self.event_bridge.put_targets(name, &new.changed_targets(current)).await
            }
        };
        replaced.map_err(|error| with_role_hint(error, new))
    }

    /// Requests a replacement that AWS must reject, with the role of the target: the expression of the schedule is none,
    /// or the target of the rule is no ARN. AWS checks the permission before.
    ///
    /// # Errors
    /// [`AwsError`] as AWS rejects it.
    pub(crate) async fn probe_replacement(
        &self,
        name: &TriggerName,
        document: &TriggerDocument,
    ) -> Result<(), AwsError> {
        const PROBE: &str = "ecs-host-verify-probe";
        let result = match name {
            TriggerName::Schedule(name) => {
                let mut members = document.to_schedule_request();
                members.insert("ScheduleExpression".to_owned(), Value::from(PROBE));
                self.scheduler.update_schedule(name, members).await
            }
            TriggerName::EventRule(name) => {
                let role = roles(document).into_iter().next();
                let mut target = Map::new();
                target.insert("Id".to_owned(), Value::from(PROBE));
                target.insert("Arn".to_owned(), Value::from(PROBE));
                target.extend(role.map(|role| ("RoleArn".to_owned(), Value::from(role))));
                self.event_bridge.put_targets(name, &[Value::Object(target)]).await
            }
        };
        result.map_err(|error| with_role_hint(error, document))
    }
}

/// The roles with which the targets start tasks.
pub(crate) fn roles(document: &TriggerDocument) -> Vec<&str> {
    let started = document.targets().into_iter().filter(|target| target.get("EcsParameters").is_some());
    let mut roles: Vec<&str> = started.filter_map(|target| target.get("RoleArn")?.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Names the permission that a replacement needs beyond its own.
fn with_role_hint(error: AwsError, document: &TriggerDocument) -> AwsError {
    if error.kind != ErrorKind::Permission || !error.message.contains("iam:PassRole") {
        return error;
    }
    let roles = advice::list_roles(roles(document));
    error.with_hint(format!("replacing its target passes the target's role: allow `iam:PassRole` on {roles}"))
}

/// The account of an ARN.
fn account(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}
