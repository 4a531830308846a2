//! The passing of simulated time in a region.

use crate::clock::Moment;
use crate::model::Timer;
use crate::region::Region;

impl Region {
    /// Advances to a moment. `observe` is called with the state after each timer that was due.
    pub(crate) fn run_until(&mut self, until: Moment, observe: &mut dyn FnMut(&Self)) {
        while let Some((due, timer)) = self.timers.pop_due(until) {
            self.now = self.now.max(due);
            self.fire(timer);
            observe(self);
        }
        self.now = self.now.max(until);
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Task { id, generation, step } => self.advance_task(&id, generation, step),
            Timer::StartDeployment { key, service_deployment_arn } => {
                self.start_service_deployment(&key, &service_deployment_arn);
            }
            Timer::StartRollback { key, service_deployment_arn } => {
                self.start_requested_rollback(&key, &service_deployment_arn);
            }
            Timer::StopDeployment { key, service_deployment_arn } => {
                self.finish_requested_stop(&key, &service_deployment_arn);
            }
            Timer::EndStage { key, service_deployment_arn, generation } => {
                self.end_stage(&key, &service_deployment_arn, generation);
            }
            Timer::ExpireHook { key, service_deployment_arn, hook } => {
                self.expire_hook(&key, &service_deployment_arn, &hook);
            }
            Timer::EndBakeTime { key, service_deployment_arn, generation } => {
                self.end_bake_time(&key, &service_deployment_arn, generation);
            }
            Timer::Reconcile { key } => self.reconcile(&key),
            // No caller waits for the error of a scheduled change.
            Timer::ApplyChange(change) => drop(self.apply_change(&change)),
        }
    }
}
