//! The log groups of containers: a task whose group is missing does not start.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ProbeResult;
use crate::ErrorKind;
use crate::ecs::Ecs;
use model::check::Check;
use model::names::Region;
use model::plan::TaskDefinition;

/// A log group that containers write to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    region: Region,
    name: String,
    /// Whether the agent makes it where it is missing.
    is_made: bool,
}

/// The log groups of a definition's containers (the ECS API reference,
/// `LogConfiguration`).
pub fn groups(definition: &TaskDefinition, own: &Region) -> BTreeSet<Group> {
    let containers = definition.field("containerDefinitions").and_then(Value::as_array).into_iter().flatten();
    let group = |container: &Value| {
        let configuration = container.get("logConfiguration")?;
        let option = |name: &str| configuration.get("options")?.get(name)?.as_str();
        if configuration.get("logDriver")?.as_str() != Some("awslogs") {
            return None;
        }
        Some(Group {
            region: option("awslogs-region").and_then(|name| Region::parse(name).ok()).unwrap_or(own.clone()),
            name: option("awslogs-group")?.to_owned(),
            is_made: option("awslogs-create-group") == Some("true"),
        })
    };
    containers.filter_map(group).collect()
}

/// In place of a log stream's name, which is made of those of a container and a task.
const NO_STREAM: &str = "ecs-host-verify-probe";

/// Whether the end of a failed container's log could be shown: a stream that is
/// not there is asked for.
pub async fn read(ecs: &Ecs, group: &Group) -> Check {
    let answer = ecs.logs(&group.region).get_log_events(&group.name, NO_STREAM, 1, None).await;
    let name = format!("logs:GetLogEvents on {}", group.name);
    ProbeResult::from_response(answer, &["ResourceNotFoundException"])
        .into_optional_check(name, "the last lines of a failed container's log are not shown")
}

/// Whether a log group is there.
pub async fn check(ecs: &Ecs, group: &Group) -> Check {
    let name = format!("log group {}", group.name);
    match ecs.logs(&group.region).has_group(&group.name).await {
        Ok(true) => Check::ok(name, format!("it is there, in {}", group.region)),
        Ok(false) if group.is_made => {
            Check::ok(name, "its containers make it (`awslogs-create-group`), if their execution role may")
        }
        Ok(false) => Check::failed(
            name,
            format!(
                "there is none in {region}, and tasks that write to it don't start; create it with `aws logs \
                 create-log-group --region {region} --log-group-name {}`",
                group.name,
                region = group.region
            ),
        ),
        Err(error) if error.kind == ErrorKind::Permission => {
            Check::skipped(name, format!("not known; {}", error.hint.unwrap_or_default()))
        }
        Err(error) => Check::skipped(name, format!("not known: {error}")),
    }
}
