//! Somebody else deploys to the same service at the same time.

use tokio::time::Instant;

use super::Engine;
use super::failure::Failure;
use super::target::Begun;
use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, Started, raw, start, watch};
use crate::names::revision;
use crate::plan::TargetPlan;
use crate::policy::decision::ServiceName;
use crate::report::Event;

impl Engine<'_> {
    /// Between the plan and the update somebody deployed another revision,
    /// whose changes this one lacks: again, on top of it. If that one is of a
    /// newer build, it is given back its place instead.
    pub(super) async fn on_top(
        &self,
        ecs: &Ecs,
        planned: &TargetPlan,
        started: &Started,
        other: &str,
        until: Instant,
    ) -> Result<TargetPlan, Failure> {
        ecs.rates.permit(Kind::DefinitionRead).await;
        let definition = raw::describe(&ecs.client, other).await?;
        if let Some(build) = planned.newer_than_this(&definition) {
            let message =
                format!("{} got the newer {other} since the plan was made; giving it back", planned.name);
            self.report.emit(&Event::Warning { message });
            let wanted = start::Wanted {
                service: &started.service,
                task_definition: other,
                again: false,
                primary: started.deployment.as_deref(),
            };
            start::update(ecs, &wanted, until, self.report).await?;
            return Err(Failure::Older { task_definition: other.to_owned(), build: Box::new(build) });
        }
        let on_top = planned.on_top_of(other.to_owned(), definition, &started.task_definition);
        let on_top = on_top.ok_or_else(|| Failure::NoPlace { task_definition: other.to_owned() })?;
        let message = format!(
            "{} got {other} from somebody else since the plan was made; deploying on top of it",
            planned.name
        );
        self.report.emit(&Event::Warning { message });
        Ok(on_top)
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
        let runs = found.get(&service.service).and_then(|found| found.task_definition());
        let Some(other) = runs.filter(|runs| *runs != planned.task_definition) else { return Ok(None) };
        let definition = raw::describe(&ecs.client, other).await?;
        let task_definition = other.to_owned();
        if let Some(build) = planned.newer_than_this(&definition) {
            return Err(Failure::Older { task_definition, build: Box::new(build) });
        }
        let on_top = planned.on_top_of(task_definition.clone(), definition, "");
        let on_top = on_top.ok_or(Failure::NoPlace { task_definition })?;
        let message = format!(
            "{} got {other} from somebody else since the plan was made; deploying on top of it",
            planned.name
        );
        self.report.emit(&Event::Warning { message });
        Ok(Some(on_top))
    }

    /// What somebody else deployed could not be built upon: the rollout that
    /// took its place goes on, and is watched.
    pub(super) fn not_on_top(&self, plan: &TargetPlan, started: &Started, why: &Failure) -> Begun {
        let message = format!(
            "{} took the place of what somebody else deployed to {} since the plan was made, and lacks its \
             changes: {why}",
            revision(&started.task_definition),
            plan.name
        );
        self.report.emit(&Event::Warning { message });
        Begun::RollingOut(started.clone())
    }
}
