//! The end of a stopped task's log, from CloudWatch Logs.

use std::time::Duration;

use aws_sdk_ecs::types::{Container, Task};
use model::diagnosis::LogTail;
use serde_json::Value;

use super::Ecs;
use super::excerpt::{brief_error, log_line};
use crate::error::AwsError;
use model::names::{Region, task_id};
use model::plan::TaskDefinition;
use model::secret::{MASK, MIN_MASKED_LEN, redact_text, secret_parts};
use model::text::printable;

/// The maximum number of lines of a container's log.
const MAX_LINES: usize = 20;

/// The maximum length of a line, in characters.
const MAX_LINE_LENGTH: usize = 400;

/// The maximum number of containers whose logs are read.
const MAX_CONTAINERS: usize = 2;

/// The maximum number of pages that are read: a page may be empty although others are not (the CloudWatch Logs API
/// reference, `GetLogEvents`).
const MAX_PAGES: usize = 3;

/// How long the last lines may need to appear in CloudWatch Logs after their container ended.
const DELIVERY_DELAY: Duration = Duration::from_secs(2);

/// The log stream of a container.
#[derive(Debug, PartialEq)]
struct LogStream {
    region: Region,
    group: String,
    name: String,
}

/// Reads the logs of a task, those of failed containers first. Adds the reason to `unread` for a log that cannot be
/// read.
pub(super) async fn read_tails(
    ecs: &Ecs,
    definition: &TaskDefinition,
    task: &Task,
    tails: &mut Vec<LogTail>,
    unread: &mut Vec<String>,
) {
    let home = Some(ecs.region());
    let id = task_id(task.task_arn().unwrap_or_default());
    for container in select_containers(task) {
        let name = container.name().unwrap_or_default();
        if definition.containers().all(|(defined, _)| defined != name) {
            continue;
        }
        match to_log_stream(definition.log_configuration(name), name, id, home) {
            Ok(stream) => match read_lines(ecs, &stream, &secrets(definition, name)).await {
                Ok(lines) if lines.is_empty() => unread.push(format!("the log of `{name}` is empty")),
                Ok(lines) => tails.push(LogTail {
                    container: name.to_owned(),
                    task: id.to_owned(),
                    group: stream.group,
                    stream: stream.name,
                    lines,
                }),
                Err(error) => unread.push(unreadable(name, &stream, &error)),
            },
            Err(why) => unread.push(format!("the log of `{name}` cannot be read: {why}")),
        }
    }
}

/// The containers whose logs are read: those that started, the most relevant first.
fn select_containers(task: &Task) -> Vec<&Container> {
    let started =
        |container: &&Container| container.exit_code().is_some() || container.runtime_id().is_some();
    let mut containers: Vec<&Container> = task.containers().iter().filter(started).collect();
    // A container that failed is more relevant than one that was stopped with it, than one that still runs, than one
    // that succeeded.
    containers.sort_by_key(|container| match container.exit_code() {
        Some(0) => 3,
        None => 2,
        Some(137 | 143) => 1,
        Some(_) => 0,
    });
    containers.truncate(MAX_CONTAINERS);
    containers
}

/// The log stream of a container, or why it has none (the ECS API reference, `LogConfiguration`).
fn to_log_stream(
    configuration: Option<&Value>,
    container: &str,
    task: &str,
    home: Option<&Region>,
) -> Result<LogStream, String> {
    let Some(configuration) = configuration else {
        return Err("its container definition has no `logConfiguration`".to_owned());
    };
    let driver = configuration.get("logDriver").and_then(Value::as_str).unwrap_or_default();
    if driver != "awslogs" {
        return Err(format!("it goes to `{}`, not to CloudWatch Logs", printable(driver)));
    }
    let option = |name: &str| {
        let value = configuration.get("options").and_then(|options| options.get(name)?.as_str());
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| format!("its log configuration has no `{name}`"))
    };
    let region = match option("awslogs-region") {
        Ok(region) => Region::parse(region).map_err(|error| error.to_string())?,
        Err(missing) => home.cloned().ok_or(missing)?,
    };
    Ok(LogStream {
        region,
        group: option("awslogs-group")?.to_owned(),
        name: format!("{}/{container}/{task}", option("awslogs-stream-prefix")?),
    })
}

/// The secrets in the variables of a container, which it may print.
fn secrets<'d>(definition: &'d TaskDefinition, container: &str) -> Vec<&'d str> {
    let variables = definition.variables(container);
    let parts = variables.flat_map(|(name, value)| secret_parts(name, value));
    let mut parts: Vec<&str> = parts.filter(|part| part.len() >= MIN_MASKED_LEN).collect();
    // A secret that contains another one is masked first.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

/// A line of a log without the secrets of its container, and without what looks like a secret.
fn redact_line(line: &str, secrets: &[&str]) -> String {
    redact_text(&secrets.iter().fold(line.to_owned(), |line, secret| line.replace(secret, MASK)))
}

async fn read_lines(ecs: &Ecs, stream: &LogStream, secrets: &[&str]) -> Result<Vec<String>, AwsError> {
    match read_events(ecs, stream, secrets).await {
        Ok(lines) if !lines.is_empty() => return Ok(lines),
        Err(error) if !has_no_stream(&error) => return Err(error),
        _ => tokio::time::sleep(DELIVERY_DELAY).await,
    }
    read_events(ecs, stream, secrets).await
}

async fn read_events(ecs: &Ecs, stream: &LogStream, secrets: &[&str]) -> Result<Vec<String>, AwsError> {
    let client = ecs.logs(&stream.region);
    let mut token: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let limit = i32::try_from(MAX_LINES).unwrap_or(i32::MAX);
        let page = client.get_log_events(&stream.group, &stream.name, limit, token.clone()).await?;
        let lines = page.messages.iter().flat_map(|message| message.lines());
        let lines: Vec<String> =
            lines.map(|line| log_line(&redact_line(line, secrets), MAX_LINE_LENGTH)).collect();
        let next = page.previous;
        if !lines.is_empty() || next.is_none() || next == token {
            let surplus = lines.len().saturating_sub(MAX_LINES);
            return Ok(lines.into_iter().skip(surplus).collect());
        }
        token = next;
    }
    Ok(Vec::new())
}

fn has_no_stream(error: &AwsError) -> bool {
    error.is(&["ResourceNotFoundException"])
}

fn unreadable(container: &str, stream: &LogStream, error: &AwsError) -> String {
    if has_no_stream(error) {
        let LogStream { region, group, name } = stream;
        return format!(
            "the log of `{container}` is not there: no stream `{name}` of group `{group}` in {region}"
        );
    }
    format!("the log of `{container}` cannot be read: {}", brief_error(error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configured(driver: &str, options: &[(&str, &str)]) -> Value {
        let options: serde_json::Map<String, Value> =
            options.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        json!({"logDriver": driver, "options": options})
    }

    #[test]
    fn a_log_is_found_by_prefix_container_and_task() {
        let options =
            [("awslogs-group", "/shop"), ("awslogs-region", "eu-west-1"), ("awslogs-stream-prefix", "ecs")];
        let home = Region::parse("us-east-1").unwrap();
        let stream = |options: &[(&str, &str)]| {
            to_log_stream(Some(&configured("awslogs", options)), "web", "1a2b", Some(&home)).unwrap()
        };
        let found = stream(&options);
        assert_eq!((found.group.as_str(), found.name.as_str()), ("/shop", "ecs/web/1a2b"));
        assert_eq!(found.region.as_str(), "eu-west-1");
        assert_eq!(stream(&[options[0], options[2]]).region, home);
    }

    #[test]
    fn a_log_of_another_driver_is_named() {
        let why = |value: Option<&Value>| to_log_stream(value, "web", "1a2b", None).unwrap_err();
        let region = ("awslogs-region", "eu-west-1");
        let no_prefix = configured("awslogs", &[("awslogs-group", "/shop"), region]);
        assert_eq!(why(Some(&no_prefix)), "its log configuration has no `awslogs-stream-prefix`");
        let splunk = configured("splunk", &[]);
        assert_eq!(why(Some(&splunk)), "it goes to `splunk`, not to CloudWatch Logs");
        assert!(why(None).contains("no `logConfiguration`"));
    }

    #[test]
    fn the_container_that_failed_comes_first_and_one_that_never_started_not_at_all() {
        let container = |name: &str, code| Container::builder().name(name).set_exit_code(code).build();
        let task = Task::builder()
            .containers(container("done", Some(0)))
            .containers(container("proxy", Some(143)))
            .containers(container("never", None))
            .containers(container("web", Some(1)))
            .build();
        let names: Vec<_> = select_containers(&task).into_iter().filter_map(Container::name).collect();
        assert_eq!(names, ["web", "proxy"]);
    }
}
