//! What a call requires: actions of IAM, on resources, with condition keys. The resource types and keys are those of the
//! Service Authorization Reference.

use serde_json::Value;

use super::policy::Context;
use crate::json;
use crate::model::{RegionId, short_name};

/// A permission that a call requires.
#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
}

impl Requirement {
    fn new(action: &str, resource: impl Into<String>) -> Self {
        Self { action: action.to_owned(), resource: resource.into(), context: Context::new() }
    }

    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key.to_owned(), value.into());
        self
    }
}

/// The permissions that a call requires: for its action, for the roles that it passes, for its tags, and for the key of
/// its schedule.
pub(crate) fn requirements(
    region: &RegionId,
    action: &str,
    request: &Value,
    schedule_key: Option<&str>,
) -> Vec<Requirement> {
    // GetCallerIdentity requires no permission, and a web identity is admitted by the trust policy alone.
    if matches!(action, "sts:GetCallerIdentity" | "sts:AssumeRoleWithWebIdentity") {
        return Vec::new();
    }
    let cluster = short_name(json::string(request, "cluster").unwrap_or("default"));
    let cluster = region.ecs_arn("cluster", cluster);
    let own = |resource: String| Requirement::new(action, resource).with("ecs:cluster", cluster.clone());
    let mut required: Vec<Requirement> = resources(region, action, request).into_iter().map(own).collect();
    if matches!(action, "ecs:RegisterTaskDefinition" | "ecs:RunTask") {
        let overrides = request.get("overrides").unwrap_or(&Value::Null);
        for member in ["taskRoleArn", "executionRoleArn"] {
            let role = json::string(request, member).or_else(|| json::string(overrides, member));
            required.extend(role.map(|role| passes(role, "ecs-tasks.amazonaws.com")));
        }
    }
    // "Identity and access management" in the user guides of both services.
    let (targets, service) = match action {
        "scheduler:UpdateSchedule" => {
            let target = request.get("Target").map(std::slice::from_ref).unwrap_or_default();
            (target, "scheduler.amazonaws.com")
        }
        "events:PutTargets" => (json::list(request, "Targets"), "events.amazonaws.com"),
        _ => (&[] as &[Value], ""),
    };
    required
        .extend(targets.iter().filter_map(|target| Some(passes(json::string(target, "RoleArn")?, service))));
    let accepts_tags = matches!(action, "ecs:RegisterTaskDefinition" | "ecs:CreateService" | "ecs:RunTask");
    if accepts_tags && !json::list(request, "tags").is_empty() {
        let resource = match json::string(request, "family") {
            Some(family) => region.ecs_arn("task-definition", &format!("{family}:*")),
            None => "*".to_owned(),
        };
        let (_, operation) = action.split_once(':').unwrap_or_default();
        required.push(Requirement::new("ecs:TagResource", resource).with("ecs:CreateAction", operation));
    }
    required.extend(schedule_key.map(|key| Requirement::new("kms:Decrypt", key)));
    required
}

fn passes(role: &str, service: &str) -> Requirement {
    Requirement::new("iam:PassRole", role).with("iam:PassedToService", service)
}

/// The resources of a call's own action.
fn resources(region: &RegionId, action: &str, request: &Value) -> Vec<String> {
    let text = |name: &str| json::string(request, name);
    let cluster = short_name(text("cluster").unwrap_or("default"));
    let any = || vec!["*".to_owned()];
    let of_type = |resource_type: &str, name: &str| match name {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => region.ecs_arn(resource_type, name),
    };
    let in_cluster = |resource_type: &str, names: Vec<String>| -> Vec<String> {
        let arn = |name: &String| match name {
            arn if arn.starts_with("arn:") => arn.clone(),
            name => region.ecs_arn(resource_type, &format!("{cluster}/{name}")),
        };
        names.iter().map(arn).collect()
    };
    let one = |name: &str| text(name).map(str::to_owned).into_iter().collect::<Vec<String>>();
    let resources = match action {
        "ecs:DescribeServices" => in_cluster("service", json::strings(request, "services")),
        "ecs:UpdateService" | "ecs:ListServiceDeployments" | "ecs:DeleteService" => {
            in_cluster("service", one("service"))
        }
        "ecs:CreateService" => in_cluster("service", one("serviceName")),
        "ecs:DescribeServiceDeployments" => json::strings(request, "serviceDeploymentArns"),
        "ecs:DescribeServiceRevisions" => json::strings(request, "serviceRevisionArns"),
        "ecs:StopServiceDeployment" | "ecs:ContinueServiceDeployment" => one("serviceDeploymentArn"),
        "ecs:DescribeTasks" => in_cluster("task", json::strings(request, "tasks")),
        "ecs:StopTask" => in_cluster("task", one("task")),
        "ecs:RunTask" => one("taskDefinition").iter().map(|name| of_type("task-definition", name)).collect(),
        "ecs:TagResource" | "ecs:UntagResource" | "ecs:ListTagsForResource" => one("resourceArn"),
        "logs:GetLogEvents" => {
            let (group, stream) = (text("logGroupName"), text("logStreamName"));
            let name =
                format!("log-group:{}:log-stream:{}", group.unwrap_or_default(), stream.unwrap_or_default());
            vec![region.arn("logs", &name)]
        }
        "events:DescribeRule" | "events:ListTargetsByRule" | "events:PutTargets" => {
            let rule = text("Rule").or_else(|| text("Name")).unwrap_or_default();
            let path = match text("EventBusName").unwrap_or("default") {
                "default" => format!("rule/{rule}"),
                bus => format!("rule/{bus}/{rule}"),
            };
            vec![region.arn("events", &path)]
        }
        "scheduler:GetSchedule" | "scheduler:UpdateSchedule" => {
            let (group, name) = (text("GroupName").unwrap_or("default"), text("Name").unwrap_or_default());
            vec![region.arn("scheduler", &format!("schedule/{group}/{name}"))]
        }
        "sts:AssumeRole" => one("RoleArn"),
        action if action.starts_with("ecr:") => {
            let names = match text("repositoryName") {
                Some(name) => vec![name.to_owned()],
                None => json::strings(request, "repositoryNames"),
            };
            names.iter().map(|name| region.arn("ecr", &format!("repository/{name}"))).collect()
        }
        _ => any(),
    };
    if resources.is_empty() { any() } else { resources }
}
