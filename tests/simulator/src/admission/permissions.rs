//! IAM permissions.

use serde_json::Value;

use crate::error::ApiError;
use crate::json;
use crate::model::{RegionId, short_name};
use crate::pattern::matches_pattern;

/// Checks the permissions that a call requires: for its action, for the roles that it passes, and for its
/// tags. AWS checks them before the parameters.
///
/// # Errors
/// `AccessDeniedException` if one of the patterns denies one of these permissions.
pub(crate) fn check_permissions(
    denied_actions: &[String],
    region: &RegionId,
    caller: &str,
    action: &str,
    request: &Value,
) -> Result<(), ApiError> {
    // GetCallerIdentity requires no permission.
    if action.starts_with("sts:GetCallerIdentity") {
        return Ok(());
    }
    let resource = requested_resource(region, action, request);
    let mut required = vec![(action, resource.as_str())];
    if matches!(action, "ecs:RegisterTaskDefinition" | "ecs:RunTask") {
        let overrides = request.get("overrides").unwrap_or(&Value::Null);
        for member in ["taskRoleArn", "executionRoleArn"] {
            let role = json::string(request, member).or_else(|| json::string(overrides, member));
            required.extend(role.map(|role| ("iam:PassRole", role)));
        }
    }
    // "Identity and access management" in the user guides of both services.
    let targets = match action {
        "scheduler:UpdateSchedule" => request.get("Target").map(std::slice::from_ref).unwrap_or_default(),
        "events:PutTargets" => json::list(request, "Targets"),
        _ => &[],
    };
    required
        .extend(targets.iter().filter_map(|target| Some(("iam:PassRole", json::string(target, "RoleArn")?))));
    let accepts_tags = matches!(action, "ecs:RegisterTaskDefinition" | "ecs:CreateService" | "ecs:RunTask");
    if accepts_tags && !json::list(request, "tags").is_empty() {
        required.push(("ecs:TagResource", &resource));
    }
    let is_denied = |action: &str| denied_actions.iter().any(|pattern| matches_pattern(pattern, action));
    match required.into_iter().find(|(action, _)| is_denied(action)) {
        None => Ok(()),
        Some((action, resource)) => {
            let message = format!(
                "User: {caller} is not authorized to perform: {action} on resource: {resource} because no \
                 identity-based policy allows the {action} action"
            );
            Err(ApiError::new("AccessDeniedException", message))
        }
    }
}

/// The resource of a call, as the error message names it.
fn requested_resource(region: &RegionId, action: &str, request: &Value) -> String {
    let text = |name: &str| json::string(request, name);
    let cluster = short_name(text("cluster").unwrap_or("default"));
    if let Some(arn) = text("serviceDeploymentArn").or_else(|| text("resourceArn")) {
        return arn.to_owned();
    }
    let service = text("service")
        .or_else(|| text("serviceName"))
        .or_else(|| json::list(request, "services").first().and_then(Value::as_str));
    match (action.split_once(':').map_or("", |(service, _)| service), service) {
        ("ecs", Some(service)) => region.ecs_arn("service", &format!("{cluster}/{}", short_name(service))),
        ("ecs", None) if text("family").is_some() => {
            region.ecs_arn("task-definition", &format!("{}:*", text("family").unwrap_or_default()))
        }
        ("ecs", None) => {
            text("taskDefinition").filter(|name| name.starts_with("arn:")).unwrap_or("*").to_owned()
        }
        ("ecr", _) => match text("repositoryName") {
            Some(name) => region.arn("ecr", &format!("repository/{name}")),
            None => "*".to_owned(),
        },
        ("sts", _) => text("RoleArn").unwrap_or("*").to_owned(),
        _ => "*".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The error message, if the pattern denies the call.
    fn denial(pattern: &str, action: &str, request: Value) -> Option<String> {
        let region = RegionId::new("123456789012", "us-east-1");
        let caller = "arn:aws:iam::123456789012:user/ci";
        let result = check_permissions(&[pattern.to_owned()], &region, caller, action, &request);
        result.err().map(|error| error.message)
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
}
