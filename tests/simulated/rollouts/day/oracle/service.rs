//! What the service runs: never an older build after a newer one without a reason, and at the end of the day what the
//! last build deployed.

use super::super::draw::End;
use super::super::history::RunRecord;
use super::super::play::Player;
use super::Problems;

/// Requires a reason for an older build than the one that the service was set to before.
pub(super) fn judge_order(player: &Player<'_>, first: usize, problems: &mut Problems) {
    let truth = &player.truth;
    let target = truth.state.task_definition.as_str();
    let (Some(before), Some(now)) = (player.stamp, truth.build_of(target)) else { return };
    if now >= before {
        return;
    }
    // A revision by hand has no order.
    let since =
        player.history.runs[first..].iter().map(|record| record.started_at).fold(f64::INFINITY, f64::min);
    let by_hand = truth
        .state
        .deployments
        .iter()
        .any(|own| own.created_at >= since && truth.build_of(&own.task_definition).is_none());
    // A run that starts after a rollback by ECS is of a newer build than the one that ECS went back to.
    let by_ecs = truth
        .state
        .deployments
        .iter()
        .any(|own| own.rolled_back_to.is_some() && own.finished_at.is_none_or(|end| end >= since));
    let records = &player.history.runs[first..];
    let by_run = records.iter().any(|record| {
        let rolls_back = record.has("roll-back") && record.number().is_some_and(|number| number > now);
        let updates = record.updates().any(|call| call.body["taskDefinition"] == target);
        // The run of an older build that was cut off before it restored the newer one.
        let is_cut_off = record.draw.end != End::Natural || matches!(record.ended.code, Some(8));
        updates && (rolls_back || is_cut_off)
    });
    problems.require(by_hand || by_ecs || by_run, || {
        format!("the service went from build {before} to the older build {now} without a rollback")
    });
}

/// Requires that the service runs what the last run deployed or, if that failed, a revision that ran before.
pub(super) fn judge_end(player: &Player<'_>, problems: &mut Problems) {
    let truth = &player.truth;
    let (target, last) = (truth.state.task_definition.as_str(), player.day.builds.last().expect("a build"));
    let Some(newest) = truth.state.newest_deployment() else { return };
    problems.require(newest.is_final, || format!("its last deployment has not ended: {newest:?}"));
    let code = player.history.runs.last().and_then(|record: &RunRecord| record.ended.code);
    problems.require(matches!(code, Some(0 | 1)), || format!("the last run ended with {code:?}"));
    let runs = truth.build_of(target);
    match code {
        Some(0) => {
            problems.require(runs == Some(last.number), || {
                format!(
                    "the last run of build {} succeeded, and the service runs that of {runs:?}",
                    last.number
                )
            });
            let others = truth.state.tasks.iter().filter(|task| task.task_definition != target).count();
            problems.require(others == 0 && truth.state.tasks.len() == 2, || {
                format!("the tasks are not those of {target}: {:?}", truth.state.tasks)
            });
        }
        _ => {
            let has_run = truth
                .state
                .deployments
                .iter()
                .any(|own| own.task_definition == target && own.status == "SUCCESSFUL");
            let is_broken = last.is_broken || last.smoke_failures.is_some_and(|count| count > 0);
            problems.require(is_broken, || format!("build {} works, and its last run failed", last.number));
            problems.require(has_run, || format!("the service runs {target}, which never ran"));
        }
    }
}
