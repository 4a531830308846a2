//! What a service does, in one word, and the numbers of services by that word.

use serde::Serialize;

use super::{RolloutStatus, ServiceStatus};

/// What a service does. What needs a person is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ServiceCondition {
    /// Its rollout failed and was left so.
    Failed,
    /// Its rollout waits for a person.
    Paused,
    /// A rollout is in progress.
    RollingOut,
    /// No rollout is in progress, and other tasks run than should.
    Unsteady,
    /// It is being deleted, or is deleted.
    Inactive,
    /// Its rollout is complete, and as many tasks run as should.
    Steady,
}

impl ServiceCondition {
    /// The condition of a service of this status, with these numbers of tasks: desired, running and pending.
    #[must_use]
    pub fn new(status: &str, rollout: Option<&RolloutStatus>, [desired, running, pending]: [i32; 3]) -> Self {
        match rollout {
            _ if status != "ACTIVE" => Self::Inactive,
            Some(rollout) if rollout.has_failed => Self::Failed,
            Some(rollout) if rollout.progress.pause().is_some() => Self::Paused,
            Some(_) => Self::RollingOut,
            None if running == desired && pending == 0 => Self::Steady,
            None => Self::Unsteady,
        }
    }

    /// The word for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Paused => "paused",
            Self::RollingOut => "rolling out",
            Self::Unsteady => "unsteady",
            Self::Inactive => "inactive",
            Self::Steady => "steady",
        }
    }
}

/// The numbers of services in each condition. Each service counts once, and once more if it has drifted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceCounts {
    /// All services that were read.
    pub services: usize,
    /// The clusters that have them, and those without services.
    pub clusters: usize,
    /// [`ServiceCondition::Steady`].
    pub steady: usize,
    /// [`ServiceCondition::RollingOut`].
    pub rolling_out: usize,
    /// [`ServiceCondition::Paused`].
    pub paused: usize,
    /// [`ServiceCondition::Failed`].
    pub failed: usize,
    /// [`ServiceCondition::Unsteady`].
    pub unsteady: usize,
    /// [`ServiceCondition::Inactive`].
    pub inactive: usize,
    /// Services that somebody else has changed: those with a [`Drift`](super::Drift).
    pub drifted: usize,
    /// The clusters and services that could not be read, by the names of the command line.
    pub unread: Vec<String>,
}

impl ServiceCounts {
    /// Counts a service.
    pub fn add(&mut self, service: &ServiceStatus) {
        self.services += 1;
        self.drifted += usize::from(service.drift.is_some());
        *self.of_mut(service.condition) += 1;
    }

    /// The number of services in a condition.
    #[must_use]
    pub fn of(&self, condition: ServiceCondition) -> usize {
        match condition {
            ServiceCondition::Failed => self.failed,
            ServiceCondition::Paused => self.paused,
            ServiceCondition::RollingOut => self.rolling_out,
            ServiceCondition::Unsteady => self.unsteady,
            ServiceCondition::Inactive => self.inactive,
            ServiceCondition::Steady => self.steady,
        }
    }

    fn of_mut(&mut self, condition: ServiceCondition) -> &mut usize {
        match condition {
            ServiceCondition::Failed => &mut self.failed,
            ServiceCondition::Paused => &mut self.paused,
            ServiceCondition::RollingOut => &mut self.rolling_out,
            ServiceCondition::Unsteady => &mut self.unsteady,
            ServiceCondition::Inactive => &mut self.inactive,
            ServiceCondition::Steady => &mut self.steady,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{Hook, HookAction, HookKind};
    use crate::progress::Progress;
    use crate::status::DeployedRevision;

    fn rollout(has_failed: bool, hooks: Vec<Hook>) -> RolloutStatus {
        let revision = DeployedRevision {
            task_definition: "arn".to_owned(),
            tasks: None,
            since: None,
            rolled_back: false,
            containers: Vec::new(),
            build: None,
            read_error: None,
        };
        let progress = Progress { hooks, ..Progress::default() };
        RolloutStatus { revision, deployment: None, has_failed, progress, reason: None }
    }

    #[test]
    fn a_condition_follows_from_the_status_the_rollout_and_the_counts() {
        let pause = Hook {
            id: "1".to_owned(),
            kind: HookKind::Pause,
            stage: None,
            since: None,
            expires_at: None,
            timeout_action: HookAction::RollBack,
        };
        let lambda = Hook { kind: HookKind::Lambda { function: "f".to_owned() }, ..pause.clone() };
        let of = |status, rollout: Option<RolloutStatus>, counts| {
            ServiceCondition::new(status, rollout.as_ref(), counts)
        };
        assert_eq!(of("ACTIVE", None, [2, 2, 0]), ServiceCondition::Steady);
        assert_eq!(of("ACTIVE", None, [0, 0, 0]), ServiceCondition::Steady);
        assert_eq!(of("ACTIVE", None, [2, 1, 1]), ServiceCondition::Unsteady);
        assert_eq!(of("ACTIVE", None, [2, 3, 0]), ServiceCondition::Unsteady);
        assert_eq!(of("ACTIVE", Some(rollout(false, vec![])), [2, 2, 0]), ServiceCondition::RollingOut);
        assert_eq!(of("ACTIVE", Some(rollout(false, vec![lambda])), [2, 2, 0]), ServiceCondition::RollingOut);
        assert_eq!(
            of("ACTIVE", Some(rollout(false, vec![pause.clone()])), [2, 2, 0]),
            ServiceCondition::Paused
        );
        assert_eq!(of("ACTIVE", Some(rollout(true, vec![pause])), [2, 2, 0]), ServiceCondition::Failed);
        assert_eq!(of("DRAINING", Some(rollout(true, vec![])), [0, 1, 0]), ServiceCondition::Inactive);
    }
}
