//! Request throttling.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The request rates that are allowed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// Any rate.
    #[default]
    Off,
    /// The rates in the ECS API reference.
    Documented,
    /// These rates, by a pattern for the actions that share the token bucket.
    Custom(BTreeMap<String, TokenBucket>),
}

/// The size of a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBucket {
    /// The number of calls that are allowed at once.
    pub capacity: f64,
    /// The number of tokens added per second.
    pub refill_rate: f64,
}
