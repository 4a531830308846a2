//! What a preflight found.

use serde::Serialize;

/// One thing that a deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// Whether it is there.
    pub state: CheckState,
    /// What was found, and what to do where it is not as it should be.
    pub detail: String,
}

/// Whether something is as a deployment needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It is.
    Ok,
    /// It is not, and a run would fail.
    Failed,
    /// It is not needed, can't be known, or was not looked at: the detail says
    /// which.
    Skipped,
}

impl Check {
    /// Something that is as it should be.
    pub fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Ok, detail: detail.into() }
    }

    /// Something that is not as it should be.
    pub fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Failed, detail: detail.into() }
    }

    /// Something of which it is not known, or does not matter.
    pub fn skipped(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Skipped, detail: detail.into() }
    }
}
