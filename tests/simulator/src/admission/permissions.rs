//! IAM permissions.

use serde_json::Value;

use super::authorization::{Requirement, requirements};
use super::policy::allows;
use crate::error::ApiError;
use crate::model::RegionId;
use crate::pattern::matches_pattern;
use crate::sts::Caller;

/// What decides about a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permissions<'a> {
    /// Patterns for the actions that are denied to everybody.
    pub(crate) denied_actions: &'a [String],
    /// The policy of the caller; `None` if it may do anything.
    pub(crate) policy: Option<&'a Value>,
    /// The key that encrypts the schedule of the call.
    pub(crate) schedule_key: Option<&'a str>,
}

impl Permissions<'_> {
    /// Checks the permissions that a call requires. AWS checks them before the parameters. Returns the actions that were
    /// authorized.
    ///
    /// # Errors
    /// `AccessDeniedException` if one of these permissions is denied.
    pub(crate) fn check(
        self,
        region: &RegionId,
        caller: &Caller,
        action: &str,
        request: &Value,
    ) -> Result<Vec<String>, ApiError> {
        let required = requirements(region, action, request, self.schedule_key);
        match required.iter().find(|requirement| self.is_denied(requirement)) {
            None => Ok(required.into_iter().map(|requirement| requirement.action).collect()),
            Some(Requirement { action, resource, .. }) => {
                let message = format!(
                    "User: {} is not authorized to perform: {action} on resource: {resource} because no \
                     identity-based policy allows the {action} action",
                    caller.arn
                );
                Err(ApiError::new("AccessDeniedException", message))
            }
        }
    }

    fn is_denied(self, requirement: &Requirement) -> bool {
        let Requirement { action, resource, context } = requirement;
        self.denied_actions.iter().any(|pattern| matches_pattern(pattern, action))
            || self.policy.is_some_and(|policy| !allows(policy, action, resource, context))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(permissions: Permissions<'_>, action: &str, request: &Value) -> Result<Vec<String>, String> {
        let region = RegionId::new("123456789012", "us-east-1");
        let arn = "arn:aws:iam::123456789012:user/ci".to_owned();
        let caller = Caller { account: "123456789012".to_owned(), principal: arn.clone(), arn };
        permissions.check(&region, &caller, action, request).map_err(|error| error.message)
    }

    /// The error message, if the pattern denies the call.
    fn denial(pattern: &str, action: &str, request: Value) -> Option<String> {
        let denied_actions = [pattern.to_owned()];
        let permissions = Permissions { denied_actions: &denied_actions, policy: None, schedule_key: None };
        check(permissions, action, &request).err()
    }

    #[test]
    fn the_error_message_has_the_form_of_iam() {
        let message = denial(
            "ecs:*Deployments",
            "ecs:ListServiceDeployments",
            json!({ "cluster": "c", "service": "s" }),
        );
        assert_eq!(
            message.unwrap(),
            "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecs:ListServiceDeployments on \
             resource: arn:aws:ecs:us-east-1:123456789012:service/c/s because no identity-based policy allows the \
             ecs:ListServiceDeployments action"
        );
    }

    #[test]
    fn roles_and_tags_require_further_permissions() {
        let plain = json!({ "family": "web" });
        let role = json!({ "family": "web", "executionRoleArn": "arn:aws:iam::1:role/r" });
        let tagged = json!({ "family": "web", "tags": [{ "key": "a", "value": "b" }] });
        assert_eq!(denial("iam:PassRole", "ecs:RegisterTaskDefinition", plain.clone()), None);
        assert!(denial("iam:PassRole", "ecs:RegisterTaskDefinition", role).unwrap().contains("role/r"));
        let targets = json!({ "Rule": "r", "Targets": [{ "Id": "1" }, { "Id": "2", "RoleArn": "arn:aws:iam::1:role/r" }] });
        assert!(denial("iam:PassRole", "events:PutTargets", targets).unwrap().contains("role/r"));
        assert_eq!(denial("ecs:TagResource", "ecs:RegisterTaskDefinition", plain), None);
        assert!(denial("ecs:TagResource", "ecs:RegisterTaskDefinition", tagged).is_some());
    }

    #[test]
    fn a_policy_allows_what_it_names() {
        let cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/main";
        let policy = json!({"Statement": [
            {"Effect": "Allow", "Action": "ecs:DescribeServices", "Resource": "arn:aws:ecs:*:service/main/web"},
            {"Effect": "Allow", "Action": "ecs:ListTasks", "Resource": "*",
             "Condition": {"ArnLike": {"ecs:cluster": cluster}}},
        ]});
        let permissions = Permissions { denied_actions: &[], policy: Some(&policy), schedule_key: None };
        for (action, request, is_allowed) in [
            ("ecs:DescribeServices", json!({"cluster": "main", "services": ["web"]}), true),
            ("ecs:DescribeServices", json!({"cluster": "main", "services": ["web", "api"]}), false),
            ("ecs:ListTasks", json!({"cluster": "main"}), true),
            ("ecs:ListTasks", json!({"cluster": "other"}), false),
            ("ecs:ListTasks", json!({"cluster": cluster}), true),
            ("sts:GetCallerIdentity", json!({}), true),
        ] {
            assert_eq!(check(permissions, action, &request).is_ok(), is_allowed, "{action} {request}");
        }
    }
}
