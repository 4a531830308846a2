//! The lifecycle of a service deployment: its stages, and the hooks that it waits for.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::text::printable;
use crate::time::Time;

/// A stage of a blue/green, linear or canary deployment (the ECS API reference, `ServiceDeployment`,
/// `lifecycleStage`). The order is that of a deployment; a linear or canary one repeats those of the production traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleStage {
    /// Revisions beyond the new one and the one before are removed.
    ReconcileService,
    /// Before the new tasks start.
    PreScaleUp,
    /// The new tasks start.
    ScaleUp,
    /// The new tasks have started.
    PostScaleUp,
    /// The test traffic moves to the new tasks.
    TestTrafficShift,
    /// The new tasks have the test traffic.
    PostTestTrafficShift,
    /// Before each shift of the production traffic.
    PreProductionTrafficShift,
    /// The production traffic moves to the new tasks.
    ProductionTrafficShift,
    /// The new tasks have the production traffic.
    PostProductionTrafficShift,
    /// Both revisions run, so that a rollback is fast.
    BakeTime,
    /// The old tasks are stopped.
    CleanUp,
}

/// A text that is not the name of a lifecycle stage.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a lifecycle stage of ECS; expected one of {}", LifecycleStage::ALL.map(LifecycleStage::as_str).join(", "))]
pub struct UnknownStage {
    /// The text.
    text: String,
}

impl LifecycleStage {
    /// All stages, in their order.
    pub const ALL: [Self; 11] = [
        Self::ReconcileService,
        Self::PreScaleUp,
        Self::ScaleUp,
        Self::PostScaleUp,
        Self::TestTrafficShift,
        Self::PostTestTrafficShift,
        Self::PreProductionTrafficShift,
        Self::ProductionTrafficShift,
        Self::PostProductionTrafficShift,
        Self::BakeTime,
        Self::CleanUp,
    ];

    /// The name in ECS.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReconcileService => "RECONCILE_SERVICE",
            Self::PreScaleUp => "PRE_SCALE_UP",
            Self::ScaleUp => "SCALE_UP",
            Self::PostScaleUp => "POST_SCALE_UP",
            Self::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Self::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Self::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Self::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Self::BakeTime => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        }
    }

    /// The stage of this name, in any case and with `-` or `_`.
    ///
    /// # Errors
    /// [`UnknownStage`] if there is none.
    pub fn parse(text: &str) -> Result<Self, UnknownStage> {
        let name = text.to_ascii_uppercase().replace('-', "_");
        let found = Self::ALL.into_iter().find(|stage| stage.as_str() == name);
        found.ok_or_else(|| UnknownStage { text: printable(text) })
    }
}

/// Until when a rollout is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WaitUntil {
    /// Until it ends.
    #[default]
    Deployed,
    /// Until it is paused.
    Paused,
    /// Until it reaches a lifecycle stage.
    Stage(LifecycleStage),
}

impl WaitUntil {
    /// Parses `deployed`, `paused`, or the name of a lifecycle stage.
    ///
    /// # Errors
    /// [`UnknownStage`] for any other text.
    pub fn parse(text: &str) -> Result<Self, UnknownStage> {
        match text {
            "deployed" => Ok(Self::Deployed),
            "paused" => Ok(Self::Paused),
            stage => LifecycleStage::parse(stage).map(Self::Stage),
        }
    }
}

impl fmt::Display for WaitUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deployed => "deployed",
            Self::Paused => "paused",
            Self::Stage(stage) => stage.as_str(),
        })
    }
}

/// The text that [`WaitUntil::parse`] accepts.
impl Serialize for WaitUntil {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WaitUntil {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A hook of a lifecycle stage that a service deployment waits for (the ECS API reference,
/// `DeploymentLifecycleHookDetail`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hook {
    /// Its id, for `ContinueServiceDeployment`.
    pub id: String,
    /// What it waits for.
    #[serde(flatten)]
    pub kind: HookKind,
    /// The lifecycle stage of the deployment, as ECS names it.
    pub stage: Option<String>,
    /// When the deployment reached it; `None` if that is not known.
    pub since: Option<Time>,
    /// When ECS ends it with `timeout_action`.
    pub expires_at: Option<Time>,
    /// What ECS does then.
    pub timeout_action: HookAction,
}

/// What a hook waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum HookKind {
    /// `PAUSE`: a call of `ContinueServiceDeployment`.
    Pause,
    /// `AWS_LAMBDA`: a function.
    Lambda {
        /// The ARN of the function.
        function: String,
    },
}

/// What ECS does with a deployment at a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HookAction {
    /// The deployment goes on.
    Continue,
    /// The deployment is rolled back.
    RollBack,
}

impl Hook {
    /// Whether a person is to continue the deployment.
    #[must_use]
    pub fn is_pause(&self) -> bool {
        self.kind == HookKind::Pause
    }
}

impl fmt::Display for Hook {
    /// What the deployment waits for, since when and until when, such as `paused at POST_TEST_TRAFFIC_SHIFT since
    /// 2026-01-31 12:00:00 UTC until 2026-02-01 12:00:00 UTC, when ECS rolls it back`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            HookKind::Pause => f.write_str("paused")?,
            HookKind::Lambda { function } => {
                write!(f, "waiting for the function {}", printable(function_name(function)))?;
            }
        }
        if let Some(stage) = &self.stage {
            write!(f, " at {}", printable(stage))?;
        }
        if let Some(since) = self.since {
            write!(f, " since {}", since.to_utc_text())?;
        }
        let Some(until) = self.expires_at else { return Ok(()) };
        let action = match self.timeout_action {
            HookAction::Continue => "continues it",
            HookAction::RollBack => "rolls it back",
        };
        write!(f, " until {}, when ECS {action}", until.to_utc_text())
    }
}

/// The name of a function in its ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
#[must_use]
pub fn function_name(arn: &str) -> &str {
    arn.split_once(":function:").map_or(arn, |(_, name)| name)
}

impl Serialize for LifecycleStage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_read_in_any_case_and_an_unknown_one_lists_all() {
        assert_eq!(LifecycleStage::parse("bake-time"), Ok(LifecycleStage::BakeTime));
        assert_eq!(
            LifecycleStage::parse("POST_TEST_TRAFFIC_SHIFT"),
            Ok(LifecycleStage::PostTestTrafficShift)
        );
        let error = LifecycleStage::parse("baked").unwrap_err().to_string();
        assert!(error.starts_with("`baked` is not") && error.ends_with("BAKE_TIME, CLEAN_UP"), "{error}");
        assert!(LifecycleStage::ALL.is_sorted());
    }

    #[test]
    fn a_hook_states_what_it_waits_for_and_what_happens_then() {
        let pause = Hook {
            id: "hook-1".into(),
            kind: HookKind::Pause,
            stage: Some("POST_TEST_TRAFFIC_SHIFT".into()),
            since: Some(Time::from_unix_seconds(1_767_225_600)),
            expires_at: Some(Time::from_unix_seconds(1_767_225_600 + 86_400)),
            timeout_action: HookAction::RollBack,
        };
        assert_eq!(
            pause.to_string(),
            "paused at POST_TEST_TRAFFIC_SHIFT since 2026-01-01 00:00:00 UTC until 2026-01-02 00:00:00 UTC, when ECS \
             rolls it back"
        );
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:smoke".to_owned();
        let kind = HookKind::Lambda { function };
        let lambda = Hook { kind, since: None, timeout_action: HookAction::Continue, ..pause };
        assert_eq!(
            lambda.to_string(),
            "waiting for the function smoke at POST_TEST_TRAFFIC_SHIFT until 2026-01-02 00:00:00 UTC, when ECS \
             continues it"
        );
    }
}
