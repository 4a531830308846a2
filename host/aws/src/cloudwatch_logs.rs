//! The calls of the CloudWatch Logs API.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;

use crate::call_trace::CallTrace;
use crate::error::AwsError;
use crate::garbled::RetryGarbledResponse;
use model::names::Region;

/// A client of CloudWatch Logs in one account and region.
pub(crate) struct LogClient(Client);

/// A page of a log stream.
pub(crate) struct LogPage {
    /// The messages, the oldest first.
    pub(crate) messages: Vec<String>,
    /// The token of the page before it.
    pub(crate) previous: Option<String>,
}

impl LogClient {
    pub(crate) fn new(config: &SdkConfig, region: &Region) -> Self {
        let region = aws_sdk_cloudwatchlogs::config::Region::new(region.as_str().to_owned());
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(config).region(region);
        let config = config.interceptor(CallTrace).retry_classifier(RetryGarbledResponse).build();
        Self(Client::from_conf(config))
    }

    /// `GetLogEvents`: the last messages of a log stream, `limit` at most, or those before them by the token of
    /// an earlier page.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, with the code `ResourceNotFoundException` if there is no such group or
    /// stream.
    pub(crate) async fn get_log_events(
        &self,
        group: &str,
        stream: &str,
        limit: i32,
        token: Option<String>,
    ) -> Result<LogPage, AwsError> {
        let request = self.0.get_log_events().log_group_name(group).log_stream_name(stream).limit(limit);
        let request = request.start_from_head(false).set_next_token(token);
        let response = request.send().await;
        let response =
            response.map_err(|error| AwsError::new("logs:GetLogEvents", group_subject(group), error))?;
        Ok(LogPage {
            messages: response.events().iter().filter_map(|e| e.message()).map(str::to_owned).collect(),
            previous: response.next_backward_token,
        })
    }

    /// `DescribeLogGroups`: whether there is a log group of this name.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn has_group(&self, group: &str) -> Result<bool, AwsError> {
        let response = self.0.describe_log_groups().log_group_name_prefix(group).send().await;
        let response =
            response.map_err(|error| AwsError::new("logs:DescribeLogGroups", group_subject(group), error))?;
        // The group itself is the first one that its name is a prefix of.
        Ok(response.log_groups().iter().any(|found| found.log_group_name() == Some(group)))
    }
}

fn group_subject(group: &str) -> String {
    format!("log group `{group}`")
}
