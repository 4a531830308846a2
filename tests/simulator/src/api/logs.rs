//! CloudWatch Logs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::LogStream;
use crate::region::Region;

/// When log groups were created: a day before the start.
const CREATED_AT: f64 = -86_400.0;

impl Region {
    /// A moment in milliseconds since 1970, as CloudWatch Logs returns it.
    fn timestamp_millis(&self, moment: Moment) -> Value {
        #[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let millis = ((self.epoch + moment.seconds()) * 1000.0).round() as i64;
        json!(millis)
    }

    /// The name and the streams of the log group of a request.
    fn log_group<'a>(
        &'a self,
        request: &'a Value,
    ) -> Result<(&'a str, &'a BTreeMap<String, LogStream>), ApiError> {
        let name = json::string(request, "logGroupName").or_else(|| {
            json::string(request, "logGroupIdentifier").and_then(|id| id.split(":log-group:").last())
        });
        let name = name.unwrap_or_default().trim_end_matches(":*");
        let streams = self.log_groups.streams(name).ok_or_else(|| {
            ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
        })?;
        Ok((name, streams))
    }

    pub(super) fn describe_log_groups(&self, request: &Value) -> Value {
        let prefix = json::string(request, "logGroupNamePrefix").unwrap_or_default();
        let group = |name: &String| {
            let arn = self.id.arn("logs", &format!("log-group:{name}"));
            json!({
                "logGroupName": name,
                "creationTime": self.timestamp_millis(Moment::from_seconds(CREATED_AT)),
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "logGroupArn": arn,
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
            })
        };
        let groups = self.log_groups.names().filter(|name| name.starts_with(prefix));
        json!({ "logGroups": groups.map(group).collect::<Vec<_>>() })
    }

    pub(super) fn describe_log_streams(&self, request: &Value) -> ApiResult {
        let (group, streams) = self.log_group(request)?;
        let prefix = json::string(request, "logStreamNamePrefix").unwrap_or_default();
        let render = |(name, stream): (&String, &LogStream)| {
            let mut rendered = json!({
                "logStreamName": name,
                "creationTime": self.timestamp_millis(stream.created_at),
                "arn": self.id.arn("logs", &format!("log-group:{group}:log-stream:{name}")),
                "storedBytes": 0,
            });
            if let (Some((first, _)), Some((last, _))) = (stream.lines.first(), stream.lines.last()) {
                json::insert(&mut rendered, "firstEventTimestamp", self.timestamp_millis(*first));
                json::insert(&mut rendered, "lastEventTimestamp", self.timestamp_millis(*last));
                json::insert(&mut rendered, "lastIngestionTime", self.timestamp_millis(*last));
            }
            rendered
        };
        let streams = streams.iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(json!({ "logStreams": streams.map(render).collect::<Vec<_>>() }))
    }

    /// A token is the index of a line: `f/INDEX` for the lines from there on, `b/INDEX` for the lines before.
    /// At the end, the response contains the token of the request (GetLogEvents in the API reference).
    pub(super) fn get_log_events(&self, request: &Value) -> ApiResult {
        let (_, streams) = self.log_group(request)?;
        let name = json::string(request, "logStreamName").unwrap_or_default();
        let stream = streams.get(name).ok_or_else(|| {
            ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
        })?;
        let limit =
            json::count(request, "limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10_000);
        let index = |prefix: &str| {
            let token = json::string(request, "nextToken").and_then(|token| token.strip_prefix(prefix));
            token.and_then(|index| index.parse::<usize>().ok())
        };
        let total = stream.lines.len();
        let starts_from_head = json::boolean(request, "startFromHead");
        let (start, end) = match (index("f/"), index("b/")) {
            (Some(start), _) => (start, start.saturating_add(limit).min(total)),
            (None, Some(end)) => (end.saturating_sub(limit), end.min(total)),
            (None, None) if json::is_set(request, "nextToken") => {
                return Err(ApiError::invalid_parameter("The specified nextToken is invalid."));
            }
            (None, None) if starts_from_head => (0, limit.min(total)),
            (None, None) => (total.saturating_sub(limit), total),
        };
        let moment = |name: &str| {
            let millis = request.get(name).and_then(json::to_number)?;
            Some(self.moment_of_timestamp(millis / 1000.0))
        };
        let (since, until) = (moment("startTime"), moment("endTime"));
        let lines = stream.lines.iter().skip(start).take(end.saturating_sub(start));
        let lines = lines.filter(|(at, _)| {
            since.is_none_or(|since| *at >= since) && until.is_none_or(|until| *at < until)
        });
        let event = |(at, line): &(Moment, String)| {
            let timestamp = self.timestamp_millis(*at);
            json!({ "timestamp": timestamp, "message": line, "ingestionTime": timestamp })
        };
        Ok(json!({
            "events": lines.map(event).collect::<Vec<_>>(),
            "nextForwardToken": format!("f/{end}"),
            "nextBackwardToken": format!("b/{start}"),
        }))
    }
}
