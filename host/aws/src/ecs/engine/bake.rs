//! The time after a rollout in which a service must stay healthy.

use std::time::Duration;

use aws_sdk_ecs::types::{Service, Task};
use tokio::time::{Instant, sleep};

use super::{Engine, PlaceContext};
use crate::ecs::diagnose::{FailedRollout, read_stopped_tasks};
use crate::ecs::rollout::Rollout;
use crate::ecs::{Retry, causes, primary_deployment};
use crate::error::AwsError;
use model::event::Event;
use model::plan::TargetPlan;
use model::time::{Time, format_seconds};

/// The time between two reads of a service that bakes. It only has to notice a replacement in time.
const BAKE_POLL: Duration = Duration::from_secs(15);

/// The outcome of a bake time.
pub(super) enum Baked {
    /// The service stayed healthy.
    Healthy,
    /// Another deployment replaced the rollout.
    Replaced,
    /// The service was not healthy, for this reason.
    Failed(String),
}

impl Engine<'_> {
    /// Waits for a time, and requires that the service stays healthy: the rollout is its deployment, runs all tasks at the
    /// end, and no task failed.
    pub(super) async fn bake(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        time: Duration,
    ) -> Baked {
        if time.is_zero() {
            return Baked::Healthy;
        }
        let (target, seconds) = (plan.name.clone(), time.as_secs());
        let until = Time::now().after(time);
        self.events.emit(&Event::BakeStarted { target, seconds, until });
        let end = Instant::now() + time;
        let stopped_before = self.stopped_tasks(place, rollout).await;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            sleep(left.min(self.options.poll.max(BAKE_POLL))).await;
            let is_over = Instant::now() >= end;
            let service = match place.ecs.describe_service(&rollout.service, Retry::BySdk).await {
                Ok(Some(service)) => service,
                Ok(None) => {
                    return Baked::Failed(self.unhealthy(time, "the service does not exist any more"));
                }
                Err(error) if !is_over => {
                    self.warn(format!("{}; retrying", error.brief()));
                    continue;
                }
                Err(error) => return Baked::Failed(self.unhealthy(time, &unreadable(&error))),
            };
            if is_replaced(&service, rollout) {
                return Baked::Replaced;
            }
            if !is_over {
                continue;
            }
            let (running, desired) = (service.running_count(), service.desired_count());
            if running < desired {
                let problem = format!("{running} of {desired} tasks run");
                return Baked::Failed(self.unhealthy(time, &problem));
            }
            let mut stopped = self.stopped_tasks(place, rollout).await;
            stopped.retain(|task| stopped_before.iter().all(|before| before.task_arn() != task.task_arn()));
            return match describe_failed(&stopped) {
                Some(problem) => Baked::Failed(self.unhealthy(time, &problem)),
                None => Baked::Healthy,
            };
        }
    }

    fn unhealthy(&self, time: Duration, problem: &str) -> String {
        let seconds = format_seconds(time.as_secs_f64());
        format!(
            "the rollout is complete, but in the bake time of {seconds} s the service was not healthy: {problem}"
        )
    }

    /// The stopped tasks of a rollout.
    async fn stopped_tasks(&self, place: &PlaceContext<'_>, rollout: &Rollout) -> Vec<Task> {
        let rollout = FailedRollout {
            service: &rollout.service,
            task_definition: &rollout.task_definition,
            deployment_id: rollout.deployment_id.as_deref(),
        };
        let mut unread = Vec::new();
        let tasks = read_stopped_tasks(place.ecs, &rollout, &mut unread).await;
        unread.into_iter().for_each(|problem| self.warn(problem));
        tasks
    }
}

/// The causes of tasks that failed; `None` if none did.
fn describe_failed(stopped: &[Task]) -> Option<String> {
    let causes = causes::group_by_cause(stopped);
    let lines = causes.iter().map(|(cause, tasks)| match tasks.len() {
        1 => format!("1 task failed: {cause}"),
        count => format!("{count} tasks failed: {cause}"),
    });
    (!causes.is_empty()).then(|| lines.collect::<Vec<_>>().join("; "))
}

/// Whether the service has another deployment than a rollout.
pub(super) fn is_replaced(service: &Service, rollout: &Rollout) -> bool {
    let Some(primary) = primary_deployment(service) else { return false };
    match (&rollout.deployment_id, primary.id()) {
        (Some(own), Some(id)) => own != id,
        _ => primary.task_definition() != Some(rollout.task_definition.as_str()),
    }
}

fn unreadable(error: &AwsError) -> String {
    format!("it could not be read: {error}")
}
