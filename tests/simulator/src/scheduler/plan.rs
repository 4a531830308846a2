//! What to start and what to stop, out of counts alone.

/// The tasks of one deployment, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskCounts {
    pub(crate) deployment_id: String,
    /// Wanted, and running or about to.
    pub(crate) live: u32,
    pub(crate) running: u32,
    /// Those of them that passed their health checks.
    pub(crate) healthy: u32,
    /// Not STOPPED yet.
    pub(crate) not_stopped: u32,
    /// Whether it launches tasks; a failed deployment doesn't.
    pub(crate) can_launch: bool,
}

/// The deployment configuration's percentages of the desired count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeploymentLimits {
    pub(crate) minimum_healthy_percent: u32,
    pub(crate) maximum_percent: u32,
}

/// How many tasks to start and to stop, by deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ScalingPlan {
    pub(crate) start: Vec<(String, u32)>,
    pub(crate) stop: Vec<(String, u32)>,
    /// The bounds leave room for neither.
    pub(crate) is_stuck: bool,
}

impl ScalingPlan {
    fn start(&mut self, group: &TaskCounts, count: u32) {
        if count > 0 {
            self.start.push((group.deployment_id.clone(), count));
        }
    }

    fn stop(&mut self, group: &TaskCounts, count: u32) {
        if count > 0 {
            self.stop.push((group.deployment_id.clone(), count));
        }
    }
}

/// A rolling update ("Deploy Amazon ECS services by replacing tasks" in the developer
/// guide): at least the minimum healthy percent stays up, rounded up, and no more than the
/// maximum percent runs or is pending, rounded down.
pub(crate) fn plan_rolling(
    wanted: u32,
    bounds: &DeploymentLimits,
    primary: &TaskCounts,
    others: &[TaskCounts],
) -> ScalingPlan {
    let mut plan = ScalingPlan::default();
    let floor = wanted.saturating_mul(bounds.minimum_healthy_percent).div_ceil(100);
    let ceiling = wanted.saturating_mul(bounds.maximum_percent) / 100;
    let mut live = primary.live + others.iter().map(|group| group.live).sum::<u32>();

    plan.stop(primary, primary.live.saturating_sub(wanted));
    live -= primary.live.saturating_sub(wanted);
    if primary.can_launch {
        // Old tasks that are not healthy keep nothing up; healthy ones go as far as the floor allows.
        let healthy = primary.healthy.min(wanted) + others.iter().map(|group| group.healthy).sum::<u32>();
        let mut spare = healthy.saturating_sub(floor);
        for group in others {
            let stopped = spare.min(group.healthy);
            spare -= stopped;
            let count = group.live - group.healthy + stopped;
            live -= count;
            plan.stop(group, count);
        }
        let missing = wanted.saturating_sub(primary.live);
        let started = missing.min(ceiling.saturating_sub(live));
        plan.start(primary, started);
        let waiting =
            primary.live > primary.healthy || others.iter().any(|group| group.not_stopped > group.live);
        plan.is_stuck = missing > 0 && started == 0 && plan.stop.is_empty() && !waiting;
    }
    plan
}

/// A blue/green deployment before its clean-up: all of green beside all of blue.
pub(crate) fn plan_blue_green(
    wanted: u32,
    scales_up: bool,
    green: &TaskCounts,
    blue: &[TaskCounts],
) -> ScalingPlan {
    let mut plan = ScalingPlan::default();
    plan.stop(green, green.live.saturating_sub(wanted));
    if scales_up && green.can_launch {
        plan.start(green, wanted.saturating_sub(green.live));
    }
    // Blue is kept as it is wanted, by the newest of its deployments.
    let live: u32 = blue.iter().map(|group| group.live).sum();
    if let Some(newest) = blue.first() {
        plan.start(newest, wanted.saturating_sub(live));
        plan.stop(newest, live.saturating_sub(wanted).min(newest.live));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, live: u32, healthy: u32) -> TaskCounts {
        TaskCounts {
            deployment_id: name.into(),
            live,
            running: healthy,
            healthy,
            not_stopped: live,
            can_launch: name == "new",
        }
    }

    fn counts(plan: &ScalingPlan) -> (u32, u32) {
        (plan.start.iter().map(|(_, n)| n).sum(), plan.stop.iter().map(|(_, n)| n).sum())
    }

    const FULL: DeploymentLimits = DeploymentLimits { minimum_healthy_percent: 100, maximum_percent: 200 };

    #[test]
    fn at_200_percent_all_new_tasks_start_before_an_old_one_stops() {
        let plan = plan_rolling(4, &FULL, &group("new", 0, 0), &[group("old", 4, 4)]);
        assert_eq!(counts(&plan), (4, 0));
        let plan = plan_rolling(4, &FULL, &group("new", 4, 3), &[group("old", 4, 4)]);
        assert_eq!(counts(&plan), (0, 3));
    }

    #[test]
    fn at_50_percent_half_of_the_old_make_room() {
        let half = DeploymentLimits { minimum_healthy_percent: 50, maximum_percent: 100 };
        let plan = plan_rolling(4, &half, &group("new", 0, 0), &[group("old", 4, 4)]);
        assert_eq!(counts(&plan), (2, 2));
    }

    #[test]
    fn the_minimum_is_rounded_up_and_the_maximum_down() {
        let plan = plan_rolling(
            2,
            &DeploymentLimits { minimum_healthy_percent: 75, maximum_percent: 100 },
            &group("new", 0, 0),
            &[group("old", 2, 2)],
        );
        assert_eq!((counts(&plan), plan.is_stuck), ((0, 0), true));
        let plan = plan_rolling(
            3,
            &DeploymentLimits { minimum_healthy_percent: 100, maximum_percent: 125 },
            &group("new", 0, 0),
            &[group("old", 3, 3)],
        );
        assert_eq!((counts(&plan), plan.is_stuck), ((0, 0), true));
    }

    #[test]
    fn the_unhealthy_tasks_of_a_deployment_that_was_replaced_go_at_once() {
        let plan = plan_rolling(2, &FULL, &group("new", 0, 0), &[group("middle", 2, 0), group("old", 2, 2)]);
        assert_eq!(plan.stop, [("middle".to_owned(), 2)]);
        assert_eq!(plan.start, [("new".to_owned(), 2)]);
    }

    #[test]
    fn a_failed_deployment_starts_and_stops_nothing() {
        let failed = TaskCounts { can_launch: false, ..group("new", 0, 0) };
        assert_eq!(plan_rolling(2, &FULL, &failed, &[group("old", 2, 2)]), ScalingPlan::default());
    }

    #[test]
    fn scaled_in_a_service_stops_its_surplus() {
        assert_eq!(counts(&plan_rolling(1, &FULL, &group("new", 3, 3), &[])), (0, 2));
        assert_eq!(counts(&plan_rolling(0, &FULL, &group("new", 3, 3), &[group("old", 1, 1)])), (0, 4));
    }

    #[test]
    fn green_stands_beside_all_of_blue() {
        let plan = plan_blue_green(3, true, &group("new", 0, 0), &[group("old", 3, 3)]);
        assert_eq!(counts(&plan), (3, 0));
        assert_eq!(counts(&plan_blue_green(3, false, &group("new", 0, 0), &[group("old", 3, 3)])), (0, 0));
    }
}
