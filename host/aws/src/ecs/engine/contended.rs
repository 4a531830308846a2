//! Somebody else deploys to the same service at the same time.

use tokio::time::Instant;

use super::Engine;
use super::failure::Failure;
use super::target::Begun;
use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, Rollout, raw, read, start, watch};
use model::decision::ServiceName;
use model::event::Event;
use model::names::short_revision;
use model::plan::{RolloutState, TargetPlan, TaskDefinition};

impl Engine<'_> {
    /// Between the plan and the update somebody deployed another revision,
    /// whose changes this one lacks: the plan on top of it. If that one is of a
    /// newer build, it is given back its place instead.
    pub(super) async fn on_top(
        &self,
        ecs: &Ecs,
        planned: &TargetPlan,
        started: &Rollout,
        other: &str,
        until: Instant,
    ) -> Result<TargetPlan, Failure> {
        let failure = match upon(ecs, planned, other, &started.task_definition).await {
            Err(failure @ Failure::Older { .. }) => failure,
            upon => return upon,
        };
        let message = format!(
            "{} got the newer {} since the plan was made; giving it back",
            planned.name,
            short_revision(other)
        );
        self.events.emit(&Event::Warning { message });
        let wanted = start::UpdateRequest {
            service: &started.service,
            task_definition: other,
            again: false,
            primary: started.deployment.as_deref(),
        };
        start::update(ecs, &wanted, until, self.events).await?;
        Err(failure)
    }

    /// The plan on top of what a service runs by now, where that is no more what
    /// the plan saw; an error where it is of a newer build.
    pub(super) async fn moved_on(
        &self,
        ecs: &Ecs,
        planned: &TargetPlan,
        service: &ServiceName,
    ) -> Result<Option<TargetPlan>, Failure> {
        let found = watch::services(ecs, &service.cluster, vec![service.service.clone()]).await?;
        let Some(now) = found.get(&service.service).map(read::running) else { return Ok(None) };
        if now.task_definition.is_empty() || now.task_definition == planned.task_definition {
            return Ok(None);
        }
        let mut on_top = upon(ecs, planned, &now.task_definition, "").await?;
        // It may be another run of this very build, which left nothing to deploy.
        on_top.redeploy = now.rollout == RolloutState::Failed;
        (on_top.rollout, on_top.primary_deployment, on_top.primary_created_at) =
            (now.rollout, now.primary_deployment, now.primary_created_at);
        Ok(Some(on_top))
    }

    /// The plan on top of the latest revision of its family, where that is no
    /// more what the plan saw; an error where it is of a newer build. A long
    /// build may lie in between.
    pub(super) async fn family_moved_on(
        &self,
        ecs: &Ecs,
        planned: &TargetPlan,
    ) -> Result<Option<TargetPlan>, Failure> {
        ecs.rates.permit(Kind::DefinitionRead).await;
        let latest = raw::latest(&ecs.client, planned.family()).await?;
        // Another target of this run may have registered its own there.
        let is_other = |arn: &str| arn != planned.task_definition && !self.has_registered(arn);
        match latest.filter(|(arn, _)| is_other(arn)) {
            Some((arn, definition)) => upon_this(planned, arn, definition, "").map(Some),
            None => Ok(None),
        }
    }

    /// Says that a plan is on top of what somebody else deployed.
    pub(super) fn tell_on_top(&self, plan: &TargetPlan) {
        let message = format!(
            "{} got {} from somebody else since the plan was made; deploying on top of it",
            plan.name,
            short_revision(&plan.task_definition)
        );
        self.events.emit(&Event::Warning { message });
    }

    /// What somebody else deployed could not be built upon: the rollout that
    /// took its place goes on, and is watched.
    pub(super) fn not_on_top(&self, plan: &TargetPlan, started: &Rollout, why: &Failure) -> Begun {
        let message = format!(
            "{} took the place of what somebody else deployed to {} since the plan was made, and lacks its \
             changes: {why}",
            short_revision(&started.task_definition),
            plan.name
        );
        self.events.emit(&Event::Warning { message });
        Begun::RollingOut(started.clone())
    }
}

/// A plan on top of what somebody else deployed; an error where that is of a
/// newer build. `own` is what this run gave the service instead.
async fn upon(ecs: &Ecs, planned: &TargetPlan, other: &str, own: &str) -> Result<TargetPlan, Failure> {
    ecs.rates.permit(Kind::DefinitionRead).await;
    let definition = raw::describe(&ecs.client, other).await?;
    upon_this(planned, other.to_owned(), definition, own)
}

fn upon_this(
    planned: &TargetPlan,
    task_definition: String,
    definition: TaskDefinition,
    own: &str,
) -> Result<TargetPlan, Failure> {
    if let Some(build) = planned.newer_stamp(&definition) {
        return Err(Failure::Older { task_definition, build: Box::new(build) });
    }
    let on_top = planned.rebase(task_definition.clone(), definition, own);
    on_top.ok_or(Failure::NoPlace { task_definition })
}
