//! Compares the runs of a day with the state of the simulator.

mod revisions;
mod service;
mod tasks;
pub mod truth;
mod verdict;

use super::play::Player;
use verdict::Judge;

/// Judges the runs of a step, from this one on, and what they left in ECS.
pub fn judge_runs(player: &mut Player<'_>, first: usize) {
    player.truth.refresh(&player.world);
    let alone = player.history.runs.len() - first == 1;
    let mut problems = Problems::default();
    for record in &player.history.runs[first..] {
        let judge = Judge { truth: &player.truth, record, build: player.build(&record.draw), alone };
        let mut own = Problems::default();
        judge.judge(&mut own);
        let name = record.name();
        problems
            .0
            .extend(own.0.iter().map(|problem| format!("{name}: {problem}\n{}", record.ended.transcript())));
    }
    tasks::judge(player, &mut problems);
    revisions::judge(player, &mut problems);
    service::judge_order(player, first, &mut problems);
    player.history.problems.extend(problems.0);
}

/// Judges what the service runs at the end of the day.
pub fn judge_day(player: &mut Player<'_>) {
    player.truth.refresh(&player.world);
    let mut problems = Problems::default();
    service::judge_end(player, &mut problems);
    player.history.problems.extend(problems.0);
    player.history.migrations =
        player.truth.tasks.values().filter(|task| task.program == "bin/migrate").count();
}

#[derive(Default)]
pub struct Problems(Vec<String>);

impl Problems {
    pub fn require(&mut self, condition: bool, problem: impl FnOnce() -> String) {
        if !condition {
            self.0.push(problem());
        }
    }
}
