//! What IAM does not allow.

use serde_json::Value;

use crate::error::ApiError;
use crate::json::{self, matches_pattern};
use crate::model::names::{RegionId, short_name};

/// The denial of a call, if the patterns have one: of its own action, or of one that it
/// needs besides. It comes before the parameters are looked at.
pub(crate) fn check_permissions(
    patterns: &[String],
    site: &RegionId,
    caller: &str,
    action: &str,
    request: &Value,
) -> Option<ApiError> {
    if action.starts_with("sts:GetCallerIdentity") {
        return None; // No permission is needed for it.
    }
    let mut needed = vec![(action.to_owned(), denied_resource(site, action, request))];
    if matches!(action, "ecs:RegisterTaskDefinition" | "ecs:RunTask") {
        let overrides = request.get("overrides").unwrap_or(&Value::Null);
        for role in ["taskRoleArn", "executionRoleArn"] {
            let role = json::string(request, role).or_else(|| json::string(overrides, role));
            needed.extend(role.map(|role| ("iam:PassRole".to_owned(), role.to_owned())));
        }
    }
    let tags = matches!(action, "ecs:RegisterTaskDefinition" | "ecs:CreateService" | "ecs:RunTask");
    if tags && !json::list(request, "tags").is_empty() {
        needed.push(("ecs:TagResource".to_owned(), denied_resource(site, action, request)));
    }
    let (action, resource) = needed
        .into_iter()
        .find(|(action, _)| patterns.iter().any(|pattern| matches_pattern(pattern, action)))?;
    let message = format!(
        "User: {caller} is not authorized to perform: {action} on resource: {resource} because no identity-based \
         policy allows the {action} action"
    );
    Some(ApiError::new("AccessDeniedException", message))
}

/// The resource that a denial names.
fn denied_resource(site: &RegionId, action: &str, request: &Value) -> String {
    let text = |name: &str| json::string(request, name);
    let cluster = short_name(text("cluster").unwrap_or("default"));
    if let Some(arn) = text("serviceDeploymentArn").or_else(|| text("resourceArn")) {
        return arn.to_owned();
    }
    let service = text("service")
        .or_else(|| text("serviceName"))
        .or_else(|| json::list(request, "services").first().and_then(Value::as_str));
    match (action.split_once(':').map_or("", |(service, _)| service), service) {
        ("ecs", Some(service)) => site.ecs_arn("service", &format!("{cluster}/{}", short_name(service))),
        ("ecs", None) if text("family").is_some() => {
            site.ecs_arn("task-definition", &format!("{}:*", text("family").unwrap_or_default()))
        }
        ("ecs", None) => {
            text("taskDefinition").filter(|name| name.starts_with("arn:")).unwrap_or("*").to_owned()
        }
        ("ecr", _) => match text("repositoryName") {
            Some(name) => site.arn("ecr", &format!("repository/{name}")),
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

    fn denied(pattern: &str, action: &str, request: Value) -> Option<String> {
        let site = RegionId::new("123456789012", "us-east-1");
        let caller = "arn:aws:iam::123456789012:user/ci";
        check_permissions(&[pattern.to_owned()], &site, caller, action, &request).map(|error| error.message)
    }

    #[test]
    fn a_denial_reads_as_iam_writes_it() {
        let message = denied(
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
    fn roles_and_tags_need_permissions_of_their_own() {
        let plain = json!({ "family": "web" });
        let role = json!({ "family": "web", "executionRoleArn": "arn:aws:iam::1:role/r" });
        let tagged = json!({ "family": "web", "tags": [{ "key": "a", "value": "b" }] });
        assert_eq!(denied("iam:PassRole", "ecs:RegisterTaskDefinition", plain.clone()), None);
        assert!(denied("iam:PassRole", "ecs:RegisterTaskDefinition", role).unwrap().contains("role/r"));
        assert_eq!(denied("ecs:TagResource", "ecs:RegisterTaskDefinition", plain), None);
        assert!(denied("ecs:TagResource", "ecs:RegisterTaskDefinition", tagged).is_some());
    }
}
