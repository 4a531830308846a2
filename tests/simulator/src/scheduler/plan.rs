//! How many tasks to start and to stop, computed from counts.

/// The tasks of one deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskCounts {
    pub(crate) deployment_id: String,
    /// Tasks that run or start, and are not to be stopped.
    pub(crate) live: u32,
    /// The live tasks that run.
    pub(crate) running: u32,
    /// The live tasks that are healthy.
    pub(crate) healthy: u32,
    /// Tasks in any status but STOPPED.
    pub(crate) not_stopped: u32,
    /// Whether the deployment launches tasks. A failed deployment does not.
    pub(super) can_launch: bool,
}

/// The limits of a rolling deployment, in percent of the desired count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DeploymentLimits {
    pub(super) minimum_healthy_percent: u32,
    pub(super) maximum_percent: u32,
}

/// The numbers of tasks to start and to stop, by deployment id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ScalingPlan {
    pub(super) start: Vec<(String, u32)>,
    pub(super) stop: Vec<(String, u32)>,
    /// Whether tasks are missing, and the limits permit neither to start nor to stop one.
    pub(super) is_stuck: bool,
}

impl ScalingPlan {
    fn start(&mut self, deployment: &TaskCounts, count: u32) {
        if count > 0 {
            self.start.push((deployment.deployment_id.clone(), count));
        }
    }

    fn stop(&mut self, deployment: &TaskCounts, count: u32) {
        if count > 0 {
            self.stop.push((deployment.deployment_id.clone(), count));
        }
    }
}

/// The plan of a rolling deployment ("Deploy Amazon ECS services by replacing tasks" in the developer guide).
/// The minimum healthy percent is rounded up, the maximum percent is rounded down.
pub(super) fn plan_rolling(
    desired: u32,
    limits: DeploymentLimits,
    primary: &TaskCounts,
    others: &[TaskCounts],
) -> ScalingPlan {
    let mut plan = ScalingPlan::default();
    let min_healthy = desired.saturating_mul(limits.minimum_healthy_percent).div_ceil(100);
    let max_live = desired.saturating_mul(limits.maximum_percent) / 100;
    let mut live = primary.live + others.iter().map(|other| other.live).sum::<u32>();

    let surplus = primary.live.saturating_sub(desired);
    plan.stop(primary, surplus);
    live -= surplus;
    if primary.can_launch {
        // The minimum protects healthy tasks only.
        let healthy = primary.healthy.min(desired) + others.iter().map(|other| other.healthy).sum::<u32>();
        let mut spare = healthy.saturating_sub(min_healthy);
        for other in others {
            let stopped_healthy = spare.min(other.healthy);
            spare -= stopped_healthy;
            let stopped = other.live - other.healthy + stopped_healthy;
            live -= stopped;
            plan.stop(other, stopped);
        }
        let missing = desired.saturating_sub(primary.live);
        let started = missing.min(max_live.saturating_sub(live));
        plan.start(primary, started);
        let in_transition =
            primary.live > primary.healthy || others.iter().any(|other| other.not_stopped > other.live);
        plan.is_stuck = missing > 0 && started == 0 && plan.stop.is_empty() && !in_transition;
    }
    plan
}

/// The plan of a blue/green deployment before its clean-up: the desired count for green and for blue.
pub(super) fn plan_blue_green(
    desired: u32,
    scales_up: bool,
    green: &TaskCounts,
    blue: &[TaskCounts],
) -> ScalingPlan {
    let mut plan = ScalingPlan::default();
    plan.stop(green, green.live.saturating_sub(desired));
    if scales_up && green.can_launch {
        plan.start(green, desired.saturating_sub(green.live));
    }
    let live: u32 = blue.iter().map(|deployment| deployment.live).sum();
    if let Some(newest) = blue.first() {
        plan.start(newest, desired.saturating_sub(live));
        plan.stop(newest, live.saturating_sub(desired).min(newest.live));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT_LIMITS: DeploymentLimits =
        DeploymentLimits { minimum_healthy_percent: 100, maximum_percent: 200 };

    fn limits(minimum_healthy_percent: u32, maximum_percent: u32) -> DeploymentLimits {
        DeploymentLimits { minimum_healthy_percent, maximum_percent }
    }

    fn tasks(deployment: &str, live: u32, healthy: u32) -> TaskCounts {
        TaskCounts {
            deployment_id: deployment.into(),
            live,
            running: healthy,
            healthy,
            not_stopped: live,
            can_launch: deployment == "new",
        }
    }

    /// The numbers of tasks to start and to stop.
    fn totals(plan: &ScalingPlan) -> (u32, u32) {
        let total = |counts: &[(String, u32)]| counts.iter().map(|(_, count)| count).sum();
        (total(&plan.start), total(&plan.stop))
    }

    #[test]
    fn at_200_percent_all_new_tasks_start_before_an_old_one_stops() {
        let plan = plan_rolling(4, DEFAULT_LIMITS, &tasks("new", 0, 0), &[tasks("old", 4, 4)]);
        assert_eq!(totals(&plan), (4, 0));
        let plan = plan_rolling(4, DEFAULT_LIMITS, &tasks("new", 4, 3), &[tasks("old", 4, 4)]);
        assert_eq!(totals(&plan), (0, 3));
    }

    #[test]
    fn at_50_percent_half_of_the_old_tasks_stop_first() {
        let plan = plan_rolling(4, limits(50, 100), &tasks("new", 0, 0), &[tasks("old", 4, 4)]);
        assert_eq!(totals(&plan), (2, 2));
    }

    #[test]
    fn the_minimum_is_rounded_up_and_the_maximum_down() {
        let plan = plan_rolling(2, limits(75, 100), &tasks("new", 0, 0), &[tasks("old", 2, 2)]);
        assert_eq!((totals(&plan), plan.is_stuck), ((0, 0), true));
        let plan = plan_rolling(3, limits(100, 125), &tasks("new", 0, 0), &[tasks("old", 3, 3)]);
        assert_eq!((totals(&plan), plan.is_stuck), ((0, 0), true));
    }

    #[test]
    fn the_unhealthy_tasks_of_a_replaced_deployment_stop_at_once() {
        let others = [tasks("middle", 2, 0), tasks("old", 2, 2)];
        let plan = plan_rolling(2, DEFAULT_LIMITS, &tasks("new", 0, 0), &others);
        assert_eq!(plan.stop, [("middle".to_owned(), 2)]);
        assert_eq!(plan.start, [("new".to_owned(), 2)]);
    }

    #[test]
    fn a_failed_deployment_starts_and_stops_no_tasks() {
        let failed = TaskCounts { can_launch: false, ..tasks("new", 0, 0) };
        let plan = plan_rolling(2, DEFAULT_LIMITS, &failed, &[tasks("old", 2, 2)]);
        assert_eq!(plan, ScalingPlan::default());
    }

    #[test]
    fn a_service_that_is_scaled_in_stops_its_surplus_tasks() {
        assert_eq!(totals(&plan_rolling(1, DEFAULT_LIMITS, &tasks("new", 3, 3), &[])), (0, 2));
        let plan = plan_rolling(0, DEFAULT_LIMITS, &tasks("new", 3, 3), &[tasks("old", 1, 1)]);
        assert_eq!(totals(&plan), (0, 4));
    }

    #[test]
    fn green_starts_beside_all_of_blue_in_the_scale_up_stage() {
        let blue = [tasks("old", 3, 3)];
        assert_eq!(totals(&plan_blue_green(3, true, &tasks("new", 0, 0), &blue)), (3, 0));
        assert_eq!(totals(&plan_blue_green(3, false, &tasks("new", 0, 0), &blue)), (0, 0));
    }
}
