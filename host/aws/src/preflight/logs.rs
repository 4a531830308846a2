//! The log groups of containers. ECS does not start a task whose log group is missing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ProbeResult;
use crate::ecs::Ecs;
use crate::error::ErrorKind;
use crate::iam::table;
use model::check::Check;
use model::names::Region;
use model::plan::TaskDefinition;
use model::text::command_line;

/// A log group that containers write to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogGroup {
    pub(crate) region: Region,
    pub(crate) name: String,
    /// Whether the log driver creates a missing group.
    is_auto_created: bool,
}

/// The log groups of a definition's containers (the ECS API reference,
/// `LogConfiguration`).
pub fn groups(definition: &TaskDefinition, region: &Region) -> BTreeSet<LogGroup> {
    let containers = definition.field("containerDefinitions").and_then(Value::as_array).into_iter().flatten();
    let group = |container: &Value| {
        let configuration = container.get("logConfiguration")?;
        let option = |name: &str| configuration.get("options")?.get(name)?.as_str();
        if configuration.get("logDriver")?.as_str() != Some("awslogs") {
            return None;
        }
        Some(LogGroup {
            region: option("awslogs-region")
                .and_then(|name| Region::parse(name).ok())
                .unwrap_or(region.clone()),
            name: option("awslogs-group")?.to_owned(),
            is_auto_created: option("awslogs-create-group") == Some("true"),
        })
    };
    containers.filter_map(group).collect()
}

/// The name of a log stream that does not exist: ECS names a stream by a container and a task.
const NO_STREAM: &str = "ecs-host-verify-probe";

/// Checks whether the log of a failed container can be read, by a request for a stream that does not exist.
pub async fn check_read(ecs: &Ecs, group: &LogGroup) -> Check {
    let response = ecs.logs(&group.region).get_log_events(&group.name, NO_STREAM, 1, None).await;
    let name = format!("logs:GetLogEvents on {}", group.name);
    ProbeResult::from_response(response, &["ResourceNotFoundException"])
        .into_optional_check(name, table::NO_LOGS)
}

/// Checks whether a log group exists.
pub async fn check_exists(ecs: &Ecs, group: &LogGroup) -> Check {
    let name = format!("log group {}", group.name);
    match ecs.logs(&group.region).has_group(&group.name).await {
        Ok(true) => Check::ok(name, format!("exists in {}", group.region)),
        Ok(false) if group.is_auto_created => Check::ok(
            name,
            "ECS creates it (`awslogs-create-group`), if the execution role has `logs:CreateLogGroup`",
        ),
        Ok(false) => {
            let region = group.region.as_str();
            // Others may have written the name.
            let command = command_line([
                "aws",
                "logs",
                "create-log-group",
                "--region",
                region,
                "--log-group-name",
                &group.name,
            ]);
            let problem = "so tasks that write to it do not start; create it with";
            Check::failed(name, format!("does not exist in {region}, {problem} `{command}`"))
        }
        Err(error) if error.kind == ErrorKind::Permission => {
            Check::skipped(name, format!("could not check; {}", error.hint.unwrap_or_default()))
        }
        Err(error) => Check::skipped(name, format!("could not check: {error}")),
    }
}
