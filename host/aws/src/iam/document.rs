//! The JSON document of a policy.

use std::collections::BTreeSet;

use serde::ser::{Serialize as _, Serializer as _};
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};

use super::needs::Needs;
use super::table::{On, Permission, rows};
use model::names::EcsScope;

/// The most characters of a managed policy, white space aside (the IAM user guide, "IAM and AWS STS quotas").
pub const MAX_POLICY_CHARACTERS: usize = 6144;

/// The policy of one principal.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The statements, in the order of the table.
    pub statements: Vec<Statement>,
}

/// A row of the table with its resources.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The row.
    pub permission: &'static Permission,
    resources: Vec<String>,
    /// A condition operator, a key, and its values.
    condition: Option<(&'static str, &'static str, Vec<String>)>,
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.permission, other.permission)
            && self.resources == other.resources
            && self.condition == other.condition
    }
}

impl Policy {
    /// The least that these needs require.
    #[must_use]
    pub fn new(needs: &Needs) -> Self {
        let applies = |row: &&'static Permission| needs.has(row.uses) && (row.applies)(needs);
        Self { statements: rows().filter(applies).filter_map(|row| Statement::new(row, needs)).collect() }
    }

    /// The document of IAM.
    #[must_use]
    pub fn to_document(&self) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::to_value).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// The document as text of several lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_text(&self.to_document())
    }

    /// The number of its characters that count against [`MAX_POLICY_CHARACTERS`].
    #[must_use]
    pub fn characters(&self) -> usize {
        self.to_document().to_string().chars().filter(|c| !c.is_whitespace()).count()
    }
}

/// A document of IAM as text, indented by four spaces as the console does.
pub(super) fn to_text(document: &Value) -> String {
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    // Writing JSON of strings to memory does not fail.
    let _ = document.serialize(&mut serializer).or_else(|_| serializer.serialize_unit());
    text.push(b'\n');
    String::from_utf8_lossy(&text).into_owned()
}

impl Statement {
    /// A row for these needs; `None` if it has no resource among them.
    fn new(permission: &'static Permission, needs: &Needs) -> Option<Self> {
        let (resources, condition) = expand(permission.on, needs);
        let is_empty =
            resources.is_empty() || condition.as_ref().is_some_and(|(.., values)| values.is_empty());
        (!is_empty).then(|| Self { permission, resources: resources.into_iter().collect(), condition })
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("Sid".to_owned(), json!(self.permission.sid));
        members.insert("Effect".to_owned(), json!("Allow"));
        members.insert("Action".to_owned(), one_or_many(self.permission.actions));
        members.insert("Resource".to_owned(), one_or_many(&self.resources));
        if let Some((operator, key, values)) = &self.condition {
            members.insert("Condition".to_owned(), json!({ *operator: { *key: one_or_many(values) } }));
        }
        Value::Object(members)
    }
}

/// A list, or its only item alone.
fn one_or_many<T: serde::Serialize>(values: &[T]) -> Value {
    match values {
        [one] => json!(one),
        many => json!(many),
    }
}

type Condition = Option<(&'static str, &'static str, Vec<String>)>;

/// The ARNs and the condition of a row.
fn expand(on: On, needs: &Needs) -> (BTreeSet<String>, Condition) {
    let any = || BTreeSet::from(["*".to_owned()]);
    let services = |kinds: &[(&str, &str)]| -> BTreeSet<String> {
        let arns = needs.services.iter().flat_map(|(scope, name)| {
            kinds.iter().map(move |(kind, end)| arn(scope, "ecs", &format!("{kind}/{name}{end}")))
        });
        arns.collect()
    };
    let repositories = |sets: &[&BTreeSet<(EcsScope, String)>]| -> BTreeSet<String> {
        let all = sets.iter().flat_map(|set| set.iter());
        all.map(|(scope, name)| arn(scope, "ecr", &format!("repository/{name}"))).collect()
    };
    let passed_to = |service: &str| Some(("StringEquals", "iam:PassedToService", vec![service.to_owned()]));
    let in_clusters = |clusters: BTreeSet<(&EcsScope, &String)>| {
        let arns = clusters.into_iter().map(|(scope, name)| arn(scope, "ecs", &format!("cluster/{name}")));
        Some(("ArnLike", "ecs:cluster", arns.collect()))
    };
    let one_off_clusters =
        || needs.one_off_tasks.iter().map(|(scope, cluster, _)| (scope, cluster)).collect();
    match on {
        On::Any => (any(), None),
        On::AnyInClusters => {
            let clusters = needs.services.iter().map(|(scope, name)| (scope, &name.cluster)).collect();
            (any(), in_clusters(clusters))
        }
        On::AnyInListedClusters => {
            let clusters = needs.listed_clusters.iter().map(|(scope, name)| (scope, name)).collect();
            (any(), in_clusters(clusters))
        }
        On::Services => (services(&[("service", "")]), None),
        On::ReadServices => {
            let looked_up = needs.looked_up_services.iter();
            let looked_up = looked_up.map(|(scope, name)| arn(scope, "ecs", &format!("service/{name}")));
            (services(&[("service", "")]).into_iter().chain(looked_up).collect(), None)
        }
        On::Rollouts => {
            (services(&[("service", ""), ("service-deployment", "/*"), ("service-revision", "/*")]), None)
        }
        On::DeploymentsAndRevisions => {
            (services(&[("service-deployment", "/*"), ("service-revision", "/*")]), None)
        }
        On::ServiceDeployments => (services(&[("service-deployment", "/*")]), None),
        On::AllServices => (needs.scopes.iter().map(|scope| arn(scope, "ecs", "service/*")).collect(), None),
        On::TaggedFamilies => {
            let families = needs.tagged_families.iter();
            let revisions = families.map(|(scope, family)| revisions(scope, family));
            let when = vec!["RegisterTaskDefinition".to_owned()];
            (revisions.collect(), Some(("StringEquals", "ecs:CreateAction", when)))
        }
        On::OneOffTasks => {
            let tasks = needs.one_off_tasks.iter();
            let revisions = tasks.map(|(scope, _, family)| revisions(scope, family));
            (revisions.collect(), in_clusters(one_off_clusters()))
        }
        On::TasksOfClusters => {
            let clusters: BTreeSet<(&EcsScope, &String)> = one_off_clusters();
            let tasks =
                clusters.into_iter().map(|(scope, name)| arn(scope, "ecs", &format!("task/{name}/*")));
            (tasks.collect(), None)
        }
        On::TaskRoles => (needs.task_roles.clone(), passed_to("ecs-tasks.amazonaws.com")),
        On::LogStreams => {
            let groups = needs.log_groups.iter();
            let streams =
                groups.map(|(scope, name)| arn(scope, "logs", &format!("log-group:{name}:log-stream:*")));
            (streams.collect(), None)
        }
        On::ReadRepositories => {
            let sets =
                [&needs.pushed_repositories, &needs.promoted_repositories, &needs.looked_up_repositories];
            (repositories(&sets), None)
        }
        On::TaggedRepositories => {
            (repositories(&[&needs.pushed_repositories, &needs.promoted_repositories]), None)
        }
        On::PushedRepositories => {
            (repositories(&[&needs.pushed_repositories, &needs.cache_repositories]), None)
        }
        On::PromotedRepositories => (repositories(&[&needs.promoted_repositories]), None),
        On::PolicyRepositories => (repositories(&[&needs.policy_repositories]), None),
        On::PulledRepositories => (repositories(&[&needs.pulled_repositories]), None),
        On::Schedules => {
            let schedules = needs.schedules.iter();
            (
                schedules.map(|(scope, name)| arn(scope, "scheduler", &format!("schedule/{name}"))).collect(),
                None,
            )
        }
        On::ScheduleRoles => (needs.schedule_roles.clone(), passed_to("scheduler.amazonaws.com")),
        On::ScheduleKeys => (needs.schedule_keys.clone(), None),
        On::Rules => {
            let path = |bus: &str, rule: &str| match bus {
                "default" => format!("rule/{rule}"),
                bus => format!("rule/{bus}/{rule}"),
            };
            let rules = needs.rules.iter();
            (rules.map(|(scope, name)| arn(scope, "events", &path(&name.bus, &name.rule))).collect(), None)
        }
        On::RuleRoles => (needs.rule_roles.clone(), passed_to("events.amazonaws.com")),
        On::AssumedRoles => (needs.assumed_roles.clone(), None),
    }
}

/// All revisions of a family.
fn revisions(scope: &EcsScope, family: &str) -> String {
    arn(scope, "ecs", &format!("task-definition/{family}:*"))
}

fn arn(scope: &EcsScope, service: &str, resource: &str) -> String {
    format!("arn:{}:{service}:{}:{}:{resource}", scope.partition, scope.region, scope.account)
}
