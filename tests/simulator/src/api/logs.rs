//! Amazon CloudWatch Logs.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::logs::LogStream;
use crate::region::Region;

impl Region {
    /// A moment as CloudWatch Logs has it: whole milliseconds.
    fn timestamp_millis(&self, moment: Moment) -> Value {
        #[allow(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let millis = ((self.epoch + moment.seconds()) * 1000.0).round() as i64;
        json!(millis)
    }

    fn log_streams(
        &self,
        request: &Value,
    ) -> Result<(&str, &std::collections::BTreeMap<String, LogStream>), ApiError> {
        let name = json::string(request, "logGroupName").or_else(|| {
            json::string(request, "logGroupIdentifier").and_then(|id| id.split(":log-group:").last())
        });
        let found = name.and_then(|name| self.logs.groups.get_key_value(name.trim_end_matches(":*")));
        let found = found.map(|(name, streams)| (name.as_str(), streams));
        found.ok_or_else(|| {
            ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
        })
    }

    pub(super) fn describe_log_groups(&self, request: &Value) -> Value {
        let prefix = json::string(request, "logGroupNamePrefix").unwrap_or_default();
        let group = |name: &String| {
            let arn = self.id.arn("logs", &format!("log-group:{name}"));
            json!({
                "logGroupName": name,
                "creationTime": self.timestamp_millis(Moment::from_seconds(-86400.0)),
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "logGroupArn": arn,
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
            })
        };
        let groups = self.logs.groups.keys().filter(|name| name.starts_with(prefix));
        json!({ "logGroups": groups.map(group).collect::<Vec<_>>() })
    }

    pub(super) fn describe_log_streams(&self, request: &Value) -> ApiResult {
        let (group, streams) = self.log_streams(request)?;
        let prefix = json::string(request, "logStreamNamePrefix").unwrap_or_default();
        let shown = |(name, stream): (&String, &LogStream)| {
            let mut shown = json!({
                "logStreamName": name,
                "creationTime": self.timestamp_millis(stream.created),
                "arn": self.id.arn("logs", &format!("log-group:{group}:log-stream:{name}")),
                "storedBytes": 0,
            });
            if let (Some((first, _)), Some((last, _))) = (stream.lines.first(), stream.lines.last()) {
                json::insert(&mut shown, "firstEventTimestamp", self.timestamp_millis(*first));
                json::insert(&mut shown, "lastEventTimestamp", self.timestamp_millis(*last));
                json::insert(&mut shown, "lastIngestionTime", self.timestamp_millis(*last));
            }
            shown
        };
        let streams = streams.iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(json!({ "logStreams": streams.map(shown).collect::<Vec<_>>() }))
    }

    /// A token names a place between two lines: `f/` going forward, `b/` going back. At the
    /// end, the same token comes back (GetLogEvents in the API reference).
    pub(super) fn get_log_events(&self, request: &Value) -> ApiResult {
        let (_, streams) = self.log_streams(request)?;
        let name = json::string(request, "logStreamName").unwrap_or_default();
        let stream = streams.get(name).ok_or_else(|| {
            ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
        })?;
        let limit =
            json::count(request, "limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10_000);
        let place = |prefix: &str| {
            let token = json::string(request, "nextToken").and_then(|token| token.strip_prefix(prefix));
            token.and_then(|place| place.parse::<usize>().ok())
        };
        let total = stream.lines.len();
        let from_head = json::boolean(request, "startFromHead");
        let (start, end) = match (place("f/"), place("b/")) {
            (Some(start), _) => (start, start.saturating_add(limit).min(total)),
            (None, Some(end)) => (end.saturating_sub(limit), end.min(total)),
            (None, None) if json::is_set(request, "nextToken") => {
                return Err(ApiError::invalid_parameter("The specified nextToken is invalid."));
            }
            (None, None) if from_head => (0, limit.min(total)),
            (None, None) => (total.saturating_sub(limit), total),
        };
        let millis = |name: &str| {
            request.get(name).and_then(json::to_number).map(|at| self.moment_of_timestamp(at / 1000.0))
        };
        let (since, until) = (millis("startTime"), millis("endTime"));
        let lines = stream.lines.iter().skip(start).take(end.saturating_sub(start));
        let lines = lines.filter(|(at, _)| {
            since.is_none_or(|since| *at >= since) && until.is_none_or(|until| *at < until)
        });
        let event = |(at, line): &(Moment, String)| json!({ "timestamp": self.timestamp_millis(*at), "message": line, "ingestionTime": self.timestamp_millis(*at) });
        Ok(json!({
            "events": lines.map(event).collect::<Vec<_>>(),
            "nextForwardToken": format!("f/{end}"),
            "nextBackwardToken": format!("b/{start}"),
        }))
    }
}
