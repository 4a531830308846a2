//! A schedule or an event rule as a policy names it.

use super::InvalidName;
use super::arn::split_scoped;
use super::region::Region;

/// A schedule of EventBridge Scheduler or a rule of EventBridge, by its name or its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBridgeResource {
    /// The schedule's group, or the rule's event bus; `default` unless the text names another one.
    pub parent: String,
    /// The name.
    pub name: String,
    /// Region and account of an ARN.
    pub scope: Option<(Region, String)>,
}

/// How one kind of resource is named.
struct Kind {
    name: &'static str,
    /// The service and the first part of the resource in an ARN.
    service: &'static str,
    resource: &'static str,
    rule: &'static str,
    is_parent: fn(&str) -> bool,
}

const SCHEDULE: Kind = Kind {
    name: "schedule",
    service: "scheduler",
    resource: "schedule/",
    rule: "expected NAME, GROUP/NAME, or the ARN of a schedule of EventBridge Scheduler",
    is_parent: is_short_name,
};

const EVENT_RULE: Kind = Kind {
    name: "event rule",
    service: "events",
    resource: "rule/",
    rule: "expected NAME, BUS/NAME, or the ARN of a rule of EventBridge",
    // Buses of partners contain `/`.
    is_parent: |bus| bus.len() <= 256 && bus.split('/').all(|part| is_name_of(part, 256)),
};

impl EventBridgeResource {
    /// Parses `NAME` in the group `default`, `GROUP/NAME`, or `arn:aws:scheduler:REGION:ACCOUNT:schedule/GROUP/NAME`
    /// (the API reference of EventBridge Scheduler, `CreateSchedule`).
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse_schedule(text: &str) -> Result<Self, InvalidName> {
        Self::parse(&SCHEDULE, text)
    }

    /// Parses `NAME` on the event bus `default`, `BUS/NAME`, or `arn:aws:events:REGION:ACCOUNT:rule/BUS/NAME`, without
    /// the bus for `default` (the API reference of EventBridge, `PutRule`).
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse_event_rule(text: &str) -> Result<Self, InvalidName> {
        Self::parse(&EVENT_RULE, text)
    }

    fn parse(kind: &Kind, text: &str) -> Result<Self, InvalidName> {
        let parts = || {
            let (scope, path) = if text.starts_with("arn:") {
                let (scope, resource) = split_scoped(text, kind.service)?;
                (Some((scope.region, scope.account)), resource.strip_prefix(kind.resource)?)
            } else {
                (None, text)
            };
            let (parent, name) = path.rsplit_once('/').unwrap_or(("default", path));
            let is_valid = is_short_name(name) && (kind.is_parent)(parent);
            is_valid.then(|| Self { parent: parent.to_owned(), name: name.to_owned(), scope })
        };
        parts().ok_or_else(|| InvalidName::new(kind.name, text, kind.rule))
    }
}

fn is_short_name(text: &str) -> bool {
    is_name_of(text, 64)
}

fn is_name_of(text: &str, length: usize) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (1..=length).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_the_default_group_or_on_the_default_bus() {
        for (text, parent, name) in [
            ("nightly", "default", "nightly"),
            ("reports/nightly", "reports", "nightly"),
            ("arn:aws:scheduler:eu-central-1:123456789012:schedule/reports/nightly", "reports", "nightly"),
        ] {
            let schedule = EventBridgeResource::parse_schedule(text).unwrap();
            assert_eq!((schedule.parent.as_str(), schedule.name.as_str()), (parent, name), "{text}");
        }
        for (text, parent, name) in [
            ("nightly", "default", "nightly"),
            ("arn:aws:events:eu-central-1:123456789012:rule/nightly", "default", "nightly"),
            ("aws.partner/example.com/1/orders", "aws.partner/example.com/1", "orders"),
        ] {
            let rule = EventBridgeResource::parse_event_rule(text).unwrap();
            assert_eq!((rule.parent.as_str(), rule.name.as_str()), (parent, name), "{text}");
        }
        let arn = "arn:aws:events:eu-west-1:123456789012:rule/orders/nightly";
        let (region, account) = EventBridgeResource::parse_event_rule(arn).unwrap().scope.unwrap();
        assert_eq!((region.as_str(), account.as_str()), ("eu-west-1", "123456789012"));
    }

    #[test]
    fn other_texts_are_rejected() {
        let long = "x".repeat(65);
        for text in
            ["", "/", "a/", "/a", "a b", "a/b/c", "-\n", &long, "arn:aws:ecs:eu-west-1:1:schedule/a/b"]
        {
            assert!(EventBridgeResource::parse_schedule(text).is_err(), "{text}");
        }
        for text in ["", "a/", "//a", "arn:aws:scheduler:eu-west-1:1:schedule/a/b"] {
            assert!(EventBridgeResource::parse_event_rule(text).is_err(), "{text}");
        }
    }
}
