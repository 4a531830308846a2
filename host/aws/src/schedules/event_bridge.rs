//! The calls of the EventBridge API, for rules whose targets are tasks of ECS.
//!
//! Targets are read and written as the JSON that EventBridge sent: the SDK's types would drop every member that they do
//! not define.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use serde_json::{Value, json};

use super::or_empty;
use crate::call_trace::CallTrace;
use crate::error::AwsError;
use crate::garbled::RetryGarbledResponse;
use crate::pages::{Paging, read_pages};
use crate::response_body::{ResponseBody, replace_body};
use model::decision::EventRuleName;
use model::text::printable;

/// A client of EventBridge in one account and region.
pub(crate) struct EventBridge {
    client: Client,
    /// A client that sends each request once.
    single_attempt: Client,
}

impl EventBridge {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let builder = || aws_sdk_eventbridge::config::Builder::from(config).interceptor(CallTrace);
        Self {
            client: Client::from_conf(builder().retry_classifier(RetryGarbledResponse).build()),
            single_attempt: Client::from_conf(builder().retry_config(RetryConfig::disabled()).build()),
        }
    }

    /// The targets of all rules that start tasks in these clusters, on every event bus. Rules of a schedule are on the
    /// bus `default` only, but an event of any bus can start a task, too. `clusters` are ARNs.
    ///
    /// # Errors
    /// [`AwsError`] of the first request that fails.
    pub(super) async fn read_ecs_targets(&self, clusters: &[String]) -> Result<Vec<Value>, AwsError> {
        let mut targets = Vec::new();
        for bus in self.list_event_buses(Paging::All).await? {
            // A rule may have targets in several clusters.
            let mut rules = BTreeSet::new();
            for cluster in clusters {
                rules.extend(or_empty(self.list_rule_names_by_target(&bus, cluster, Paging::All).await)?);
            }
            for rule in rules {
                targets.extend(or_empty(
                    self.list_targets_by_rule(&EventRuleName { bus: bus.clone(), rule }).await,
                )?);
            }
        }
        Ok(targets)
    }

    /// `ListEventBuses`: the names of the event buses.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn list_event_buses(&self, paging: Paging) -> Result<Vec<String>, AwsError> {
        const OPERATION: &str = "events:ListEventBuses";
        let pages = read_pages(paging, OPERATION, "the account", async |token| {
            let request = self.client.list_event_buses().set_limit(paging.page_size()).set_next_token(token);
            let response = request.send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, "the account", error))?;
            let buses = response.event_buses.ok_or_else(|| without_list(OPERATION, "the account"))?;
            Ok((Some(buses.into_iter().filter_map(|bus| bus.name).collect()), response.next_token))
        });
        Ok(pages.await?.items)
    }

    /// `ListRuleNamesByTarget`: the names of the rules of a bus that have a target with this ARN. The ARN of an ECS
    /// target is that of its cluster.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails, with the code `ResourceNotFoundException` if there is no such bus.
    pub(crate) async fn list_rule_names_by_target(
        &self,
        bus: &str,
        target: &str,
        paging: Paging,
    ) -> Result<Vec<String>, AwsError> {
        const OPERATION: &str = "events:ListRuleNamesByTarget";
        let on = format!("event bus `{bus}` and {target}");
        let pages = read_pages(paging, OPERATION, on.as_str(), async |token| {
            let request = self.client.list_rule_names_by_target().event_bus_name(bus).target_arn(target);
            let response = request.set_limit(paging.page_size()).set_next_token(token).send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, on.as_str(), error))?;
            let rules = response.rule_names.ok_or_else(|| without_list(OPERATION, &on))?;
            Ok((Some(rules), response.next_token))
        });
        Ok(pages.await?.items)
    }

    /// `ListTargetsByRule`: the targets of a rule.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails, with the code `ResourceNotFoundException` if there is no such rule.
    pub(crate) async fn list_targets_by_rule(&self, name: &EventRuleName) -> Result<Vec<Value>, AwsError> {
        const OPERATION: &str = "events:ListTargetsByRule";
        let on = subject(name);
        let pages = read_pages(Paging::All, OPERATION, on.as_str(), async |token| {
            let body = ResponseBody::default();
            let request = self.client.list_targets_by_rule().event_bus_name(&name.bus).rule(&name.rule);
            let request = request.set_next_token(token).customize().interceptor(body.clone());
            let mut body = body.of_response(OPERATION, &on, request.send().await)?;
            let targets = body.get_mut("Targets").and_then(Value::as_array_mut).map(std::mem::take);
            let targets = targets.ok_or_else(|| without_list(OPERATION, &on))?;
            Ok((Some(targets), body.get("NextToken").and_then(Value::as_str).map(str::to_owned)))
        });
        Ok(pages.await?.items)
    }

    /// `DescribeRule`: a rule without its targets.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, with the code `ResourceNotFoundException` if there is no such rule.
    pub(crate) async fn describe_rule(&self, name: &EventRuleName) -> Result<DescribeRuleOutput, AwsError> {
        let response = self.client.describe_rule().event_bus_name(&name.bus).name(&name.rule).send().await;
        response.map_err(|error| AwsError::new("events:DescribeRule", subject(name), error))
    }

    /// `PutTargets`, sent once: replaces the targets of a rule that have the ids of these.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails, or of the first target that EventBridge does not replace.
    pub(crate) async fn put_targets(&self, name: &EventRuleName, targets: &[Value]) -> Result<(), AwsError> {
        const OPERATION: &str = "events:PutTargets";
        let on = subject(name);
        let body = json!({ "EventBusName": name.bus, "Rule": name.rule, "Targets": targets }).to_string();
        let request = self.single_attempt.put_targets().event_bus_name(&name.bus).rule(&name.rule);
        let answer = ResponseBody::default();
        let request = request.customize().mutate_request(move |request| replace_body(request, &body));
        let answer = answer.of_response(OPERATION, &on, request.interceptor(answer.clone()).send().await)?;
        let unusable = |message: String| AwsError::unusable(OPERATION, on.as_str(), message);
        match answer.get("FailedEntryCount").and_then(Value::as_u64) {
            Some(0) => return Ok(()),
            Some(_) => {}
            None => {
                return Err(unusable(
                    "the response does not state how many targets were replaced".to_owned(),
                ));
            }
        }
        let entry = answer.pointer("/FailedEntries/0");
        let part = |name: &str| {
            let part = entry.and_then(|entry| entry.get(name)).and_then(Value::as_str);
            printable(part.unwrap_or("unknown"))
        };
        let (target, code, reason) = (part("TargetId"), part("ErrorCode"), part("ErrorMessage"));
        let message = format!("target `{target}` was not replaced: {code}: {reason}");
        Err(AwsError { code: Some(code), ..unusable(message) })
    }
}

/// A response without the list that it is for is no empty list: a revision that nothing seems to start is deregistered.
fn without_list(operation: &'static str, on: &str) -> AwsError {
    AwsError::unusable(operation, on, "the response contains no list".to_owned())
}

fn subject(EventRuleName { bus, rule }: &EventRuleName) -> String {
    format!("rule `{rule}` of event bus `{bus}`")
}
