//! The watch of what a service runs of this build: a rollout, and the deployments of the same revision that replace it.
//!
//! An older build may be deployed over this one: both were planned at the same time, and the older one was slower. Its
//! run finds that out and updates the service to the newer revision again. That deployment replaces this run's own, and
//! is of the same revision, so it is watched in its place. The run of the older build watches it too, because this run
//! may have ended before.

use tokio::time::Instant;

use super::steps::TargetStep;
use super::{Engine, PlaceContext};
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::{WatchEnd, WatchResult};
use crate::ecs::{Retry, primary_deployment, watch};
use model::event::Event;
use model::names::{Digest, short_revision};
use model::plan::{Stamp, TargetPlan, TaskDefinition};
use model::verdict::{NewerDeployment, Verdict};

/// The number of polls for which a run waits until the run of an older build restores this build.
const MAX_RESTORE_POLLS: u32 = 12;

/// The deployment that replaced a rollout.
enum Replacement {
    /// It is of the same revision, or of one that another run of the same build registered.
    Redeployment(Box<Rollout>),
    /// It is of an older build, whose run is expected to restore this one.
    OlderBuild,
    /// It is of another revision, or cannot be read.
    Other,
}

impl Engine<'_> {
    /// Watches a rollout, and each deployment of the same revision that replaces it, within the timeout of the target.
    /// Returns the last one.
    pub(super) async fn watch_revision(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
    ) -> (Rollout, WatchResult) {
        let timeout = self.timeout(plan);
        let deadline = Instant::now() + timeout;
        let mut rollout = rollout.clone();
        loop {
            let limit = deadline.saturating_duration_since(Instant::now());
            let mut watch =
                place.watcher.watch_until(&plan.name, rollout.clone(), limit, self.options.wait_until).await;
            if let WatchEnd::TimedOut { seconds, .. } = &mut watch.end {
                *seconds = timeout.as_secs_f64();
            }
            watch.end = self.prove(plan, &rollout, watch.end).await;
            if watch.end != WatchEnd::Superseded {
                return (rollout, watch);
            }
            let Some(mut again) = self.find_redeployment(place, plan, &rollout, deadline).await else {
                let Some(own) = find_own_deployment(place, &rollout, &watch).await else {
                    return (rollout, watch);
                };
                rollout = own;
                continue;
            };
            again.replaced_service_deployment = watch.service_deployment.clone();
            let deployment = again.deployment_id.clone();
            self.warn(format!(
                "{} was deployed again to {}{}; watching that deployment",
                short_revision(&again.task_definition),
                plan.name,
                deployment.as_ref().map(|id| format!(" ({id})")).unwrap_or_default()
            ));
            self.states.set(&plan.name, TargetStep::RollingOut(again.clone()));
            self.events.emit(&Event::ServiceUpdated {
                target: plan.name.clone(),
                task_definition: again.task_definition.clone(),
                deployment,
            });
            rollout = again;
        }
    }

    /// The deployment of the same revision that replaced a rollout. If an older build replaced it, waits for its run to
    /// restore this build.
    async fn find_redeployment(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        deadline: Instant,
    ) -> Option<Rollout> {
        let patience = Instant::now() + self.options.poll * MAX_RESTORE_POLLS;
        loop {
            match self.read_replacement(place, plan, rollout).await {
                Replacement::Redeployment(again) => return Some(*again),
                Replacement::OlderBuild if Instant::now() < patience.min(deadline) => {
                    tokio::time::sleep(self.options.poll).await;
                }
                Replacement::OlderBuild | Replacement::Other => return None,
            }
        }
    }

    async fn read_replacement(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
    ) -> Replacement {
        let stamp = |definition: &TaskDefinition| plan.find_stamp(definition);
        let service = self.reader(place, &stamp).read_newer_service(rollout).await;
        let Some(primary) = service.as_ref().and_then(primary_deployment) else { return Replacement::Other };
        let Some(task_definition) = primary.task_definition() else { return Replacement::Other };
        let redeployment = |digests| {
            Replacement::Redeployment(Box::new(Rollout {
                task_definition: task_definition.to_owned(),
                deployment_id: primary.id().map(str::to_owned),
                created_at: primary.created_at().copied(),
                service_deployment: None,
                digests,
                ..rollout.clone()
            }))
        };
        if task_definition == rollout.task_definition {
            return redeployment(rollout.digests.clone());
        }
        match place.ecs.describe_task_definition(task_definition).await {
            // Another run of this build, which started at the same time and may have built another image.
            Ok(definition) if plan.is_of_this_build(&definition) => {
                redeployment(named_digests(&rollout.digests, &definition))
            }
            Ok(definition) if plan.older_stamp(&definition).is_some() => Replacement::OlderBuild,
            _ => Replacement::Other,
        }
    }

    /// Watches the newer build that this run restored after having replaced it. The verdict is that this build is
    /// superseded, unless the newer one failed.
    pub(super) async fn watch_restored(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        build: Option<Stamp>,
    ) -> Verdict {
        let by = NewerDeployment {
            deployment: rollout.deployment_id.clone(),
            task_definition: Some(rollout.task_definition.clone()),
            build,
        };
        if self.options.no_wait {
            return Verdict::Superseded { by };
        }
        let watch = place.watcher.watch(&plan.name, rollout.clone(), self.timeout(plan)).await;
        if watch.end.needs_diagnosis() {
            self.diagnose(place, plan, rollout).await;
        }
        match watch.end {
            WatchEnd::Deployed { .. } | WatchEnd::Superseded => Verdict::Superseded { by },
            end => {
                let outcome = end.outcome().unwrap_or_else(|| "its outcome is not known".to_owned());
                let which = if by.build.is_some() { "the newer " } else { "" };
                let reason = format!(
                    "this build replaced {which}{by}, which was deployed again, and failed then: {outcome}"
                );
                match end {
                    WatchEnd::TimedOut { .. } | WatchEnd::Unreadable { .. } | WatchEnd::Paused { .. } => {
                        self.verdict(place, plan, rollout, end).await
                    }
                    _ => Verdict::Failed { reason },
                }
            }
        }
    }
}

/// A rollout with its own service deployment, if that of another run of this build was watched, which updated the service to
/// the same revision at the same moment: nothing that ECS reports of two such service deployments connects one of them
/// with the rollout. `None` if its deployment is not primary any more, or there is no second service deployment.
async fn find_own_deployment(
    place: &PlaceContext<'_>,
    rollout: &Rollout,
    watch: &WatchResult,
) -> Option<Rollout> {
    let other = watch.service_deployment.clone().filter(|_| rollout.replaced_service_deployment.is_none())?;
    let service = place.ecs.describe_service(&rollout.service, Retry::BySdk).await.ok().flatten()?;
    if !rollout.is_primary_of(&service) {
        return None;
    }
    let mut own =
        Rollout { replaced_service_deployment: Some(other), service_deployment: None, ..rollout.clone() };
    own.service_deployment = Some(watch::find_service_deployment(place.ecs, &own).await?);
    Some(own)
}

/// The digests that a definition names for the containers of a rollout.
fn named_digests(rollout: &[(String, Digest)], definition: &TaskDefinition) -> Vec<(String, Digest)> {
    let named = |(container, _): &(String, Digest)| {
        let (_, image) = definition.containers().find(|(name, _)| name == container)?;
        let (_, digest) = image.rsplit_once('@')?;
        Some((container.clone(), Digest::parse(digest).ok()?))
    };
    rollout.iter().filter_map(named).collect()
}
