//! What `status` reports: clusters, services, schedules and rules, by their names on the command line.

use model::decision::{EventRuleName, ScheduleName, ServiceName, TriggerName};
use model::names::{EcsResource, EventBridgeResource, InvalidName, Region, parse_ecs_name};

/// What precedes the name of a schedule.
const SCHEDULE: &str = "schedule:";

/// What precedes the name of a rule.
const EVENT_RULE: &str = "event-rule:";

/// What the command line names for `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusSubject {
    /// All services of a cluster.
    Cluster(String),
    /// One service.
    Service(ServiceName),
    /// A schedule or a rule.
    Trigger(TriggerName),
}

impl StatusSubject {
    /// Parses `CLUSTER`, `CLUSTER/SERVICE`, `schedule:GROUP/NAME`, `event-rule:BUS/NAME`, or the ARN of any of them.
    ///
    /// # Errors
    /// [`InvalidName`] if a part is invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if let Some((name, _)) = parse_trigger(text)? {
            return Ok(Self::Trigger(name));
        }
        if text.starts_with("arn:") {
            return Self::parse_arn(text);
        }
        match text.split_once('/') {
            None => Ok(Self::Cluster(parse_ecs_name("cluster", text)?)),
            Some((cluster, service)) => Ok(Self::Service(ServiceName {
                cluster: parse_ecs_name("cluster", cluster)?,
                service: parse_ecs_name("service", service)?,
            })),
        }
    }
}

impl std::fmt::Display for StatusSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster(name) => f.write_str(name),
            Self::Service(name) => name.fmt(f),
            Self::Trigger(TriggerName::Schedule(name)) => write!(f, "{SCHEDULE}{name}"),
            Self::Trigger(TriggerName::EventRule(name)) => write!(f, "{EVENT_RULE}{name}"),
        }
    }
}

impl StatusSubject {
    /// The schedule or the rule.
    #[must_use]
    pub fn trigger(&self) -> Option<&TriggerName> {
        match self {
            Self::Trigger(name) => Some(name),
            Self::Cluster(_) | Self::Service(_) => None,
        }
    }

    fn parse_arn(arn: &str) -> Result<Self, InvalidName> {
        let Ok(service) = EcsResource::parse("service", arn) else {
            return Ok(Self::Cluster(EcsResource::parse("cluster", arn)?.name));
        };
        // ARNs from before 2018 lack it.
        let cluster = service.cluster.ok_or_else(|| {
            InvalidName::new("service", arn, "its ARN lacks the cluster, so name it as `cluster/service`")
        })?;
        Ok(Self::Service(ServiceName { cluster, service: service.name }))
    }
}

/// A name, and the region if it is an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InRegion<S> {
    /// The name.
    pub subject: S,
    /// The region of an ARN.
    pub region: Option<Region>,
}

impl InRegion<StatusSubject> {
    /// Parses what [`StatusSubject::parse`] parses.
    ///
    /// # Errors
    /// As [`StatusSubject::parse`].
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if let Some((name, region)) = parse_trigger(text)? {
            return Ok(Self { subject: StatusSubject::Trigger(name), region });
        }
        let subject = StatusSubject::parse(text)?;
        let kind = if matches!(subject, StatusSubject::Service(_)) { "service" } else { "cluster" };
        let resource = text.starts_with("arn:").then(|| EcsResource::parse(kind, text)).transpose()?;
        Ok(Self { subject, region: resource.and_then(|resource| resource.scope).map(|scope| scope.region) })
    }
}

/// The schedule or the rule that a text names, and the region of an ARN; `None` for the name of anything else.
fn parse_trigger(text: &str) -> Result<Option<(TriggerName, Option<Region>)>, InvalidName> {
    let is_arn_of = |service: &str| text.starts_with("arn:") && text.split(':').nth(2) == Some(service);
    let name = |prefix: &str, service: &str| {
        text.strip_prefix(prefix).or_else(|| is_arn_of(service).then_some(text))
    };
    let region = |resource: &EventBridgeResource| resource.scope.as_ref().map(|(region, _)| region.clone());
    if let Some(name) = name(SCHEDULE, "scheduler") {
        let resource = EventBridgeResource::parse_schedule(name)?;
        let region = region(&resource);
        let name = ScheduleName { group: resource.parent, schedule: resource.name };
        return Ok(Some((TriggerName::Schedule(name), region)));
    }
    if let Some(name) = name(EVENT_RULE, "events") {
        let resource = EventBridgeResource::parse_event_rule(name)?;
        let region = region(&resource);
        let name = EventRuleName { bus: resource.parent, rule: resource.name };
        return Ok(Some((TriggerName::EventRule(name), region)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_and_a_rule_have_a_prefix_or_an_arn() {
        for (text, expected, region) in [
            ("schedule:nightly", "schedule:default/nightly", None),
            ("event-rule:orders/order", "event-rule:orders/order", None),
            (
                "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/a",
                "schedule:jobs/a",
                Some("eu-west-1"),
            ),
            ("arn:aws:events:eu-west-1:123456789012:rule/a", "event-rule:default/a", Some("eu-west-1")),
            ("schedule/nightly", "schedule/nightly", None),
            ("arn:aws:ecs:eu-west-1:123456789012:service/main/web", "main/web", Some("eu-west-1")),
        ] {
            let parsed = InRegion::parse(text).unwrap();
            assert_eq!(
                (parsed.subject.to_string().as_str(), parsed.region.as_ref().map(Region::as_str)),
                (expected, region)
            );
        }
        for text in ["schedule:", "event-rule:a b", "arn:aws:events:eu-west-1:123456789012:event-bus/a"] {
            assert!(InRegion::parse(text).is_err(), "{text}");
        }
    }
}
