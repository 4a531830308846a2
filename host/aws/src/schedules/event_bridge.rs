//! The calls of the EventBridge API, for rules whose targets are tasks of ECS.
//!
//! Requests are sent one after the other, and the SDK repeats those that are throttled.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::Target;

use super::or_empty;
use crate::error::AwsError;
use crate::garbled::RetryGarbledResponse;
use crate::pages::{Paging, read_pages};

/// A client of EventBridge in one account and region.
pub(crate) struct EventBridge(Client);

impl EventBridge {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let config = aws_sdk_eventbridge::config::Builder::from(config);
        Self(Client::from_conf(config.retry_classifier(RetryGarbledResponse).build()))
    }

    /// The targets of all rules that start tasks in these clusters, on every event bus. Rules of a schedule are on the
    /// bus `default` only, but an event of any bus can start a task, too. `clusters` are ARNs.
    ///
    /// # Errors
    /// [`AwsError`] of the first request that fails.
    pub(super) async fn read_ecs_targets(&self, clusters: &[String]) -> Result<Vec<Target>, AwsError> {
        let mut targets = Vec::new();
        for bus in self.list_event_buses(Paging::All).await? {
            // A rule may have targets in several clusters.
            let mut rules = BTreeSet::new();
            for cluster in clusters {
                rules.extend(or_empty(self.list_rule_names_by_target(&bus, cluster, Paging::All).await)?);
            }
            for rule in rules {
                targets.extend(or_empty(self.list_targets_by_rule(&bus, &rule).await)?);
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
            let request = self.0.list_event_buses().set_limit(paging.page_size()).set_next_token(token);
            let response = request.send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, "the account", error))?;
            let buses = response.event_buses.unwrap_or_default();
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
            let request = self.0.list_rule_names_by_target().event_bus_name(bus).target_arn(target);
            let response = request.set_limit(paging.page_size()).set_next_token(token).send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, on.as_str(), error))?;
            Ok((response.rule_names, response.next_token))
        });
        Ok(pages.await?.items)
    }

    /// `ListTargetsByRule`: the targets of a rule.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails, with the code `ResourceNotFoundException` if there is no such rule.
    pub(crate) async fn list_targets_by_rule(&self, bus: &str, rule: &str) -> Result<Vec<Target>, AwsError> {
        const OPERATION: &str = "events:ListTargetsByRule";
        let on = format!("rule `{rule}` of event bus `{bus}`");
        let pages = read_pages(Paging::All, OPERATION, on.as_str(), async |token| {
            let request = self.0.list_targets_by_rule().event_bus_name(bus).rule(rule);
            let response = request.set_next_token(token).send().await;
            let response = response.map_err(|error| AwsError::new(OPERATION, on.as_str(), error))?;
            Ok((response.targets, response.next_token))
        });
        Ok(pages.await?.items)
    }
}

/// The task definition that a target starts.
pub(super) fn task_definition(target: &Target) -> Option<&str> {
    target.ecs_parameters().map(|parameters| parameters.task_definition_arn())
}
