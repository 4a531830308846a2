//! What gets the new revision of a target.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::EventBridgeResource;

/// What gets the new revision of a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// A service.
    Service(ServiceName),
    /// A task definition family that no service runs.
    Family(String),
    /// A schedule of EventBridge Scheduler.
    Schedule(ScheduleName),
    /// A rule of EventBridge.
    EventRule(EventRuleName),
}

impl Destination {
    /// The schedule or the rule; `None` for a service and a family.
    #[must_use]
    pub fn trigger(&self) -> Option<TriggerName> {
        match self {
            Self::Schedule(name) => Some(TriggerName::Schedule(name.clone())),
            Self::EventRule(name) => Some(TriggerName::EventRule(name.clone())),
            Self::Service(_) | Self::Family(_) => None,
        }
    }
}

/// What starts tasks by itself: a schedule or a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TriggerName {
    /// A schedule of EventBridge Scheduler.
    Schedule(ScheduleName),
    /// A rule of EventBridge.
    EventRule(EventRuleName),
}

impl From<TriggerName> for Destination {
    fn from(name: TriggerName) -> Self {
        match name {
            TriggerName::Schedule(name) => Self::Schedule(name),
            TriggerName::EventRule(name) => Self::EventRule(name),
        }
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => write!(f, "service `{name}`"),
            Self::Family(name) => write!(f, "task definition family `{name}`"),
            Self::Schedule(name) => write!(f, "schedule `{name}`"),
            Self::EventRule(name) => write!(f, "event rule `{name}`"),
        }
    }
}

/// A service, by short names. It formats as `cluster/service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceName {
    /// The cluster.
    pub cluster: String,
    /// The service.
    pub service: String,
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.cluster, self.service)
    }
}

/// A schedule and its group. It formats and serializes as `group/schedule`, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleName {
    /// The group.
    pub group: String,
    /// The schedule.
    pub schedule: String,
}

impl std::fmt::Display for ScheduleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.group, self.schedule)
    }
}

impl Serialize for ScheduleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An event rule and its event bus. It formats and serializes as `bus/rule`, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventRuleName {
    /// The event bus.
    pub bus: String,
    /// The rule.
    pub rule: String,
}

impl std::fmt::Display for EventRuleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.bus, self.rule)
    }
}

impl Serialize for EventRuleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScheduleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = EventBridgeResource::parse_schedule(&text).map_err(serde::de::Error::custom)?;
        Ok(Self { group: name.parent, schedule: name.name })
    }
}

impl<'de> Deserialize<'de> for EventRuleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = EventBridgeResource::parse_event_rule(&text).map_err(serde::de::Error::custom)?;
        Ok(Self { bus: name.parent, rule: name.name })
    }
}
