//! The checks of `verify`.

use serde::Serialize;

/// The result of a check of one thing that a deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// What was checked, such as `ecs:UpdateService on main/web`.
    pub name: String,
    /// The result.
    pub state: CheckState,
    /// What was found, and after a failure what to do.
    pub detail: String,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It is as a deployment needs it.
    Ok,
    /// It is not, and a run would fail.
    Failed,
    /// It was not checked, or the result is not certain; the detail states why.
    Skipped,
}

impl Check {
    /// A check that passed.
    pub fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Ok, detail: detail.into() }
    }

    /// A check that failed.
    pub fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Failed, detail: detail.into() }
    }

    /// A check without a result.
    pub fn skipped(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Skipped, detail: detail.into() }
    }
}
