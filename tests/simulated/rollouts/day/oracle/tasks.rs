//! Every migration and every smoke test is counted.

use std::collections::BTreeMap;

use super::super::play::Player;
use super::Problems;
use super::truth::OneOff;

/// ECS reports times in milliseconds.
const ROUNDING: f64 = 0.01;

pub(super) fn judge(player: &Player<'_>, problems: &mut Problems) {
    // A migration belongs to its build, and a smoke test to its deployment.
    let mut once: BTreeMap<(&str, String), Vec<&OneOff>> = BTreeMap::new();
    for task in player.truth.tasks.values() {
        let owner = match task.program.as_str() {
            "bin/migrate" => task.build.to_string(),
            _ => task.mark.clone(),
        };
        once.entry((&task.program, owner)).or_default().push(task);
    }
    for ((program, owner), mut tasks) in once {
        tasks.sort_by(|one, other| one.created_at.total_cmp(&other.created_at));
        let succeeded = tasks.iter().filter(|task| task.has_succeeded()).count();
        problems
            .require(succeeded <= 1, || format!("{program} {owner} succeeded {succeeded} times: {tasks:?}"));
        let overlaps = tasks.windows(2).any(|pair| pair[1].created_at < pair[0].stopped_at - ROUNDING);
        problems.require(!overlaps, || format!("{program} {owner} ran twice at once: {tasks:?}"));
        let success = tasks.iter().position(|task| task.has_succeeded());
        problems.require(success.is_none_or(|place| place + 1 == tasks.len()), || {
            format!("{program} {owner} ran again after it had succeeded: {tasks:?}")
        });
    }
    judge_updates(player, problems);
}

/// No deployment is of a build whose migration had not succeeded.
fn judge_updates(player: &Player<'_>, problems: &mut Problems) {
    for deployment in &player.truth.state.deployments {
        let number = player.truth.build_of(&deployment.task_definition);
        let build = player.day.builds.iter().find(|build| Some(build.number) == number);
        let Some(build) = build.filter(|build| build.migration_failures.is_some()) else { continue };
        let is_migrated = player.truth.tasks.values().any(|task| {
            task.program == "bin/migrate"
                && task.build == build.number
                && task.has_succeeded()
                && task.stopped_at <= deployment.created_at + ROUNDING
        });
        problems.require(is_migrated, || {
            format!("build {} was deployed before its migration had succeeded: {deployment:?}", build.number)
        });
    }
}
