//! The bake time of a target.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::target::TargetPlan;

impl TargetPlan {
    /// How long the service must stay healthy after its rollout.
    #[must_use]
    pub fn bake(&self) -> Duration {
        Duration::from_secs(self.rollout_options.bake_seconds.unwrap_or_default().into())
    }

    /// The rest of the bake time of the deployment that the service had when the plan was made, counted from its last
    /// change.
    #[must_use]
    pub fn remaining_bake(&self, now: SystemTime) -> Duration {
        let Some(updated_at) =
            self.primary_updated_at.filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        else {
            return Duration::ZERO;
        };
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ended_at = Duration::try_from_secs_f64(updated_at).unwrap_or_default() + self.bake();
        ended_at.saturating_sub(since_1970).min(self.bake())
    }
}
