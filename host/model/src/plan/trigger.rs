//! What starts tasks by itself: a schedule of EventBridge Scheduler, or a rule of EventBridge.

mod document;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::definition::{LatestRevision, TaskDefinition};
use crate::names::TaskDefinitionArn;
use crate::text::printable;

pub use document::{TriggerDocument, task_definition};

/// The state of a schedule or a rule.
#[derive(Debug, Clone)]
pub enum TriggerFacts {
    /// It does not exist.
    Absent,
    /// It exists.
    Found(Box<TriggerState>),
}

/// A schedule or a rule, and the revision that it starts.
#[derive(Debug, Clone)]
pub struct TriggerState {
    /// Its account.
    pub account: String,
    /// When it starts tasks.
    pub start: StartCondition,
    /// The AWS service that manages the rule: only that one may change its targets.
    pub managed_by: Option<String>,
    /// The schedule, or the targets of the rule.
    pub document: TriggerDocument,
    /// The revisions of the family that it starts; `None` if there is no such family, or ECS has no such revision.
    pub revisions: Option<TriggerRevisions>,
}

/// The revisions of the family that a schedule or a rule starts.
#[derive(Debug, Clone)]
pub struct TriggerRevisions {
    /// The ARN of the one that it starts.
    pub task_definition: String,
    /// That one.
    pub definition: TaskDefinition,
    /// The other ones that targets of the rule start, by their ARNs.
    pub others: BTreeMap<String, TaskDefinition>,
    /// Whether it is deregistered: ECS starts no task of it.
    pub is_deregistered: bool,
    /// The latest active one of the family, if it is another one.
    pub latest: Option<LatestRevision>,
    /// The latest active one of the family that is newer and that ecs-host did not register.
    pub newer: Option<LatestRevision>,
}

/// When a schedule or a rule starts tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StartCondition {
    /// The expression of its times, such as `rate(1 hour)`.
    pub expression: Option<String>,
    /// The time zone of the expression.
    pub time_zone: Option<String>,
    /// Whether events start it.
    pub has_event_pattern: bool,
    /// Whether it is enabled. Otherwise it starts nothing.
    pub is_enabled: bool,
}

impl fmt::Display for StartCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = self.expression.as_ref().map(|expression| {
            // An interval has no time zone.
            let zone = self.time_zone.as_ref().filter(|_| !expression.starts_with("rate("));
            let zone = zone.map(|zone| format!(" in {zone}")).unwrap_or_default();
            printable(&format!("{expression}{zone}"))
        });
        let events = self.has_event_pattern.then(|| "each event that its pattern matches".to_owned());
        let starts: Vec<String> = times.into_iter().chain(events).collect();
        f.write_str(if starts.is_empty() { "nothing" } else { "" })?;
        f.write_str(&starts.join(" and "))
    }
}

/// The family that a schedule or a rule starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartedFamily {
    /// All of its targets name a revision. Contains the newest of these.
    Revision(TaskDefinitionArn),
    /// A target names no revision, and starts the latest one. The number of this ARN is without meaning.
    Latest(TaskDefinitionArn),
}

impl StartedFamily {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &TaskDefinitionArn {
        match self {
            Self::Revision(arn) | Self::Latest(arn) => arn,
        }
    }

    /// The family of the task definition that a target names, by the ARN of a revision or of a family.
    fn parse(text: &str) -> Option<Self> {
        let latest = || TaskDefinitionArn::parse(&format!("{text}:1")).ok().map(Self::Latest);
        TaskDefinitionArn::parse(text).ok().map(Self::Revision).or_else(latest)
    }

    /// What two targets of one family start.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Revision(one), Self::Revision(other)) => Self::Revision(one.max(other)),
            (latest @ Self::Latest(_), _) | (_, latest) => latest,
        }
    }
}

impl TriggerDocument {
    /// The one family that its targets start.
    ///
    /// # Errors
    /// Why there is none, a predicate and what to do.
    pub fn started_family(&self) -> Result<StartedFamily, String> {
        let mut started: Option<StartedFamily> = None;
        let mut families = BTreeSet::new();
        for name in self.task_definitions() {
            let family = StartedFamily::parse(name).ok_or_else(|| {
                format!(
                    "it starts `{}`, which is not the ARN of a task definition; correct its target",
                    printable(name)
                )
            })?;
            families.insert(family.arn().family().to_owned());
            started = Some(match started {
                Some(other) => other.join(family),
                None => family,
            });
        }
        if families.len() > 1 {
            let families: Vec<String> = families.iter().map(|family| format!("`{family}`")).collect();
            return Err(format!(
                "its targets start tasks of more than one family: {}; create a rule for each of them",
                families.join(", ")
            ));
        }
        started.ok_or_else(|| self.describe_other_targets())
    }

    /// The revisions that its targets name, without this one.
    #[must_use]
    pub fn revisions_beside(&self, started: &str) -> BTreeSet<TaskDefinitionArn> {
        let named = self.task_definitions().filter(|name| *name != started);
        named.filter_map(|name| TaskDefinitionArn::parse(name).ok()).collect()
    }

    fn describe_other_targets(&self) -> String {
        let arn = |target: &&Value| target.get("Arn").and_then(Value::as_str).map(printable);
        let arns: Vec<String> = self.targets().iter().filter_map(arn).collect();
        let targets = match arns.as_slice() {
            [] => "it has no target".to_owned(),
            [arn] => format!("its target is {arn}"),
            arns => format!("its targets are {}", arns.join(", ")),
        };
        format!("it starts no task of ECS: {targets}; add a target that is a cluster, with a task definition")
    }
}

/// What the plan of a target has of its schedule or rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TriggerPlan {
    /// When it starts tasks.
    #[serde(flatten)]
    pub start: StartCondition,
    /// Whether a target names a revision, which a run replaces. Otherwise each start runs the latest one, and a run only
    /// registers it.
    pub names_revision: bool,
    /// The schedule, or the targets of the rule, when the plan was made.
    #[serde(skip)]
    pub document: TriggerDocument,
}

impl TriggerPlan {
    pub(super) fn new(state: &TriggerState) -> Self {
        let (start, document) = (state.start.clone(), state.document.clone());
        let names_revision = document.task_definitions().any(|name| TaskDefinitionArn::parse(name).is_ok());
        Self { start, names_revision, document }
    }

    /// Whether a target names another revision than this one.
    pub(super) fn is_behind(&self, task_definition: &str) -> bool {
        !self.document.with_revision(task_definition).is_same(&self.document)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(names: &[&str]) -> TriggerDocument {
        let target = |name: &&str| {
            let arn = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}");
            json!({"EcsParameters": {"TaskDefinitionArn": arn}})
        };
        TriggerDocument::RuleTargets(names.iter().map(target).collect())
    }

    #[test]
    fn a_rule_starts_the_newest_revision_that_it_names_unless_it_starts_the_latest() {
        let started = |names: &[&str]| rule(names).started_family().unwrap();
        assert!(
            matches!(started(&["web:2", "web:11", "web:3"]), StartedFamily::Revision(arn) if arn.number() == 11)
        );
        for names in [["web:2", "web"], ["web", "web:2"]] {
            assert!(matches!(started(&names), StartedFamily::Latest(_)), "{names:?}");
        }
    }

    #[test]
    fn a_problem_names_what_a_trigger_starts() {
        for (document, expected) in [
            (rule(&["web:2", "api"]), "more than one family: `api`, `web`"),
            (rule(&["a/b"]), "which is not the ARN of a task definition"),
            (rule(&[]), "it has no target"),
            (TriggerDocument::RuleTargets(vec![json!({"Arn": "arn:q"})]), "its target is arn:q"),
            (
                TriggerDocument::RuleTargets(vec![json!({"Arn": "a"}), json!({"Arn": "b"})]),
                "its targets are a, b",
            ),
        ] {
            let problem = document.started_family().unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn a_start_condition_is_stated_with_its_time_zone() {
        let condition = |expression: Option<&str>, has_event_pattern| StartCondition {
            expression: expression.map(str::to_owned),
            time_zone: Some("Europe/Berlin".to_owned()),
            has_event_pattern,
            is_enabled: true,
        };
        let cron = "cron(0 3 * * ? *)";
        assert_eq!(condition(Some(cron), false).to_string(), format!("{cron} in Europe/Berlin"));
        let both = condition(Some("rate(1 hour)"), true).to_string();
        assert_eq!(both, "rate(1 hour) and each event that its pattern matches");
        assert_eq!(condition(None, false).to_string(), "nothing");
    }
}
