//! Saved plans in events.

use serde::Serialize;

use super::PlanPolicy;
use crate::names::Digest;
use crate::time::Time;

/// The file of a saved plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanFile {
    /// Its path.
    pub path: String,
    /// The digest of its bytes, which `--plan-digest` compares.
    pub digest: Digest,
    /// The flags of the rollout in it that are not the defaults, such as `--on-failure roll-back`.
    pub flags: Vec<String>,
}

/// A saved plan that was read.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoadedPlan {
    /// Its file.
    #[serde(flatten)]
    pub file: PlanFile,
    /// When it was saved.
    pub saved_at: Time,
    /// The policy that decided.
    pub policy: PlanPolicy,
}
