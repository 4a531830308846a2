//! The table of scenarios, with the verdict, the exit code and the output of the
//! real binary for each.

mod always;
mod bases;
pub mod decision;
mod row;
mod runner;
pub mod scenario;

mod counts;
mod failing;
mod faults;
mod old_revisions;
mod options;
mod order;
mod others;
mod paused;
mod places;
mod plain;
pub mod redeployed;
mod refusals;
mod repeated;
mod resumed;
mod rollback;
mod tasks;
pub mod triggers;

#[test]
fn every_scenario_has_its_verdict() {
    let parts = [
        plain::rows(),
        failing::rows(),
        rollback::rows(),
        others::rows(),
        redeployed::rows(),
        paused::rows(),
        refusals::rows(),
        faults::rows(),
        tasks::rows(),
        order::rows(),
        places::rows(),
        repeated::rows(),
        old_revisions::rows(),
        resumed::rows(),
        bases::rows(),
        triggers::rows(),
        triggers::problems::rows(),
        options::rows(),
        counts::rows(),
    ];
    runner::play(&parts.into_iter().flatten().collect::<Vec<_>>());
}
