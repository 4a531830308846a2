//! A new number of tasks of a service whose revision stays. ECS starts no deployment for that.

use aws_sdk_ecs::types::Service;
use tokio::time::{Instant, sleep};

use super::bake::{Baked, is_replaced};
use super::steps::TargetStep;
use super::{Engine, PlaceContext};
use crate::ecs::retry::MAX_REJECTED_POLLS;
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::WatchEnd;
use crate::ecs::{Retry, primary_deployment};
use crate::error::AwsError;
use model::plan::TargetPlan;
use model::progress::Progress;
use model::time::format_seconds;
use model::verdict::Verdict;

/// How the wait for a number of tasks ended.
enum CountWatch {
    /// The service runs that many tasks.
    Reached,
    /// Another deployment replaced the one whose number of tasks was changed.
    Replaced,
    /// There is nothing to wait for any more.
    Ended(Verdict),
}

impl Engine<'_> {
    /// Waits until a service runs its new number of tasks, and does what follows: the one-off tasks, and the bake time.
    /// Nothing is rolled back: the revision has not changed.
    pub(super) async fn finish_scaling(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        count: u32,
    ) -> Verdict {
        let outcome = format!("its number of tasks was set to {count}, which ECS starts or stops");
        self.states.set(&plan.name, TargetStep::Ended { outcome, rollout: None });
        match self.watch_count(place, plan, rollout, count).await {
            CountWatch::Reached => {}
            CountWatch::Replaced => return self.verdict(place, plan, rollout, WatchEnd::Superseded).await,
            CountWatch::Ended(verdict) => return verdict,
        }
        if let Err(failure) = self.run_tasks_after(place, plan, rollout).await {
            return failure
                .verdict(format!("the service has its new number of tasks, but {}", failure.reason));
        }
        match self.bake(place, plan, rollout, plan.bake()).await {
            Baked::Healthy => Verdict::Deployed { unproven: None },
            Baked::Replaced => self.verdict(place, plan, rollout, WatchEnd::Superseded).await,
            Baked::Failed(reason) => Verdict::Failed { reason },
        }
    }

    async fn watch_count(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        count: u32,
    ) -> CountWatch {
        let timeout = self.timeout(plan);
        let until = Instant::now() + timeout;
        let mut last_read = Instant::now();
        let (mut last, mut rejected) = (None, 0);
        loop {
            let read = place.ecs.describe_service(&rollout.service, Retry::BySdk).await;
            match &read {
                Ok(Some(service)) if is_replaced(service, rollout) => return CountWatch::Replaced,
                Ok(Some(service)) => {
                    (last_read, rejected) = (Instant::now(), 0);
                    let progress = to_progress(service);
                    if progress.running == progress.desired && progress.pending == 0 {
                        self.warn_of_other_count(plan, &progress, count);
                        return CountWatch::Reached;
                    }
                    last = Some(progress);
                }
                Ok(None) => {
                    let reason = "the service does not exist any more".to_owned();
                    return CountWatch::Ended(Verdict::Failed { reason });
                }
                Err(error) => {
                    rejected += u32::from(!error.is_transient());
                    if rejected > MAX_REJECTED_POLLS {
                        return CountWatch::Ended(self.unread_count(place, rollout, error, last_read));
                    }
                    self.warn(format!("{}; retrying", error.brief()));
                }
            }
            if Instant::now() >= until {
                let unread = read.is_err().then(|| last_read.elapsed().as_secs_f64());
                let status = place.ecs.command("status", &rollout.service);
                return CountWatch::Ended(Verdict::TimedOut {
                    watched_seconds: timeout.as_secs_f64(),
                    progress: last,
                    unread_seconds: unread,
                    advice: format!("`{status}` shows it"),
                });
            }
            sleep(self.options.poll.min(until.saturating_duration_since(Instant::now()))).await;
        }
    }

    fn unread_count(
        &self,
        place: &PlaceContext<'_>,
        rollout: &Rollout,
        error: &AwsError,
        last_read: Instant,
    ) -> Verdict {
        let seconds = format_seconds(last_read.elapsed().as_secs_f64());
        let status = place.ecs.command("status", &rollout.service);
        Verdict::Unknown {
            reason: format!(
                "the number of its tasks could not be read for {seconds} s: {error}; ECS goes on to start or stop them, \
                 and `{status}` shows it"
            ),
        }
    }

    /// Warns if someone else, such as autoscaling, has changed the number of tasks meanwhile.
    fn warn_of_other_count(&self, plan: &TargetPlan, progress: &Progress, count: u32) {
        if u32::try_from(progress.desired) != Ok(count) {
            self.warn(format!(
                "{}: someone else, such as autoscaling, changed the number of tasks from {count} to {}",
                plan.name, progress.desired
            ));
        }
    }
}

/// The progress of a service towards its number of tasks.
fn to_progress(service: &Service) -> Progress {
    let state = primary_deployment(service).and_then(|primary| primary.rollout_state());
    Progress {
        desired: service.desired_count(),
        running: service.running_count(),
        pending: service.pending_count(),
        failed: 0,
        state: state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        hooks: Vec::new(),
    }
}
