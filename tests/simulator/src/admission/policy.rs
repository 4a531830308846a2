//! The evaluation of IAM policies ("Policy evaluation logic" in the IAM user guide): of the policy of a principal, and of
//! the trust policy of a role.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::pattern::matches_pattern;

/// The condition keys of a request, and their values.
pub(crate) type Context = BTreeMap<String, String>;

/// Whether a policy allows an action on a resource: a statement allows it, and none denies it. A trust policy has no
/// resource, and its statements match any.
pub(crate) fn allows(policy: &Value, action: &str, resource: &str, context: &Context) -> bool {
    let statements = items(policy.get("Statement"));
    let matching: Vec<&Value> = statements
        .into_iter()
        .filter(|statement| {
            is_named(statement.get("Action"), |pattern| matches_pattern(pattern, action))
                && statement
                    .get("Resource")
                    .is_none_or(|names| is_named(Some(names), |pattern| matches_resource(pattern, resource)))
                && is_met(statement.get("Condition"), context)
        })
        .collect();
    let has = |effect: &str| matching.iter().any(|statement| statement.get("Effect") == Some(&effect.into()));
    has("Allow") && !has("Deny")
}

/// A member that is a value or a list of values.
fn items(member: Option<&Value>) -> Vec<&Value> {
    match member {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    }
}

fn is_named(member: Option<&Value>, matches: impl Fn(&str) -> bool) -> bool {
    items(member).into_iter().filter_map(Value::as_str).any(matches)
}

/// Whether all conditions are met. A key that the request lacks, and an operator that is not simulated, are not.
fn is_met(condition: Option<&Value>, context: &Context) -> bool {
    let Some(Value::Object(operators)) = condition else { return true };
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else { return false };
        keys.iter().all(|(key, values)| {
            let Some(actual) = context.get(key) else { return false };
            is_named(Some(values), |value| match operator.as_str() {
                "StringEquals" => value == actual,
                "StringLike" | "ArnLike" | "ArnEquals" => matches_resource(value, actual),
                _ => false,
            })
        })
    })
}

/// Whether a resource matches a pattern, with regard to case: `*` is any text, `?` one character.
fn matches_resource(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let ends = name.char_indices().map(|(index, _)| index).chain([name.len()]);
            ends.into_iter()
                .any(|index| matches_resource(rest.as_str(), name.get(index..).unwrap_or_default()))
        }
        Some(first) => {
            let mut name = name.chars();
            name.next().is_some_and(|c| {
                (first == '?' || c == first) && matches_resource(rest.as_str(), name.as_str())
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_allows_its_actions_on_its_resources() {
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": ["ecs:Describe*", "ecs:RunTask"], "Resource": "arn:*:service/main-?/web"},
            {"Effect": "Deny", "Action": "ecs:RunTask", "Resource": "*"},
        ]});
        let is_allowed = |action: &str, resource: &str| allows(&policy, action, resource, &Context::new());
        assert!(is_allowed("ecs:DescribeServices", "arn:aws:ecs:service/main-1/web"));
        assert!(!is_allowed("ecs:DescribeServices", "arn:aws:ecs:service/main/web"));
        assert!(!is_allowed("ecs:UpdateService", "arn:aws:ecs:service/main-1/web"));
        assert!(!is_allowed("ecs:RunTask", "arn:aws:ecs:service/main-1/web"));
    }

    #[test]
    fn a_condition_is_met_by_a_key_of_the_request() {
        let policy = json!({"Statement": {
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}},
        }});
        let is_allowed = |context: Context| allows(&policy, "iam:PassRole", "arn:role", &context);
        let passed = |service: &str| Context::from([("iam:PassedToService".to_owned(), service.to_owned())]);
        assert!(is_allowed(passed("ecs-tasks.amazonaws.com")));
        assert!(!is_allowed(passed("events.amazonaws.com")));
        assert!(!is_allowed(Context::new()));
    }
}
