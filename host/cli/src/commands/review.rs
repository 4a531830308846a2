//! The review of a plan by the guards of a run.

use std::path::Path;
use std::sync::Arc;

use super::guards::{GuardError, Guards};
use super::one_service::OneService;
use super::{Context, Error, record};
use crate::cli::{RollbackArgs, RunArgs};
use aws::ecs::Ecs;
use aws::ecs::engine::DEFAULT_TIMEOUT;
use aws::ecs::rollback::RollbackPlan;
use model::build::Build;
use model::lookup::LookupQuery;
use model::names::Region;
use model::plan::{Plan, PlanError, TaskDefinition};
use model::review::{
    Action, GuardReview, PolicyIdentity, ReviewInput, ReviewedPlan, RollbackInput, RolloutDefaults,
};

/// What a review of a build's plan needs besides the plan.
pub(super) struct ReviewRequest<'a> {
    /// A deployment, or the application of a saved plan.
    pub(super) action: Action,
    pub(super) build: &'a Build,
    pub(super) policy: &'a PolicyIdentity,
    /// The operator's values for what the policy leaves open.
    pub(super) defaults: RolloutDefaults,
    /// The region of the command line, or that of the saved plan.
    pub(super) region: Option<&'a Region>,
    /// The file of `--record-plan`.
    pub(super) recorded: Option<&'a Path>,
}

impl<'a> ReviewRequest<'a> {
    /// The request of a run, or of a verb that shows or checks what it would do.
    pub(super) fn of_run(run: &'a RunArgs, build: &'a Build, policy: &'a PolicyIdentity) -> Self {
        Self {
            // What guards find of a plan that is saved is what they find when it is applied.
            action: if run.plan.out.is_some() { Action::Apply } else { Action::Deploy },
            build,
            policy,
            defaults: run.rollout.defaults(),
            region: run.plan.region.as_ref(),
            recorded: run.plan.record_plan.as_deref(),
        }
    }
}

/// Has the guards review the plan of a build, and adds their reviews to it. Returns what they looked up.
pub(super) async fn review_plan(
    guards: &Guards,
    plan: &mut Plan,
    request: ReviewRequest<'_>,
    context: &Context<'_>,
) -> Result<Vec<LookupQuery>, Error> {
    let ReviewRequest { action, build, policy, defaults, region, recorded } = request;
    if guards.is_empty() && recorded.is_none() {
        return Ok(Vec::new());
    }
    let input = ReviewInput { action, started_at: context.started_at, build, policy, defaults };
    let mut reviewed = ReviewedPlan::new(plan, input)
        .map_err(|error| PlanError { problems: vec![error.to_string()], superseded: false })?;
    reviewed.hide_known_secrets(|text| context.report.mask(text));
    if let Some(path) = recorded {
        record::write_plan(path, &reviewed, context.report)?;
    }
    let (reviews, lookups) = guards.review(&Arc::new(reviewed), region, context).await?;
    plan.reviews = reviews;
    Ok(lookups)
}

/// Has the guards review a rollback.
pub(super) async fn review_rollback(
    guards: &Guards,
    plan: &RollbackPlan,
    (service, ecs): (&OneService<'_>, &Ecs),
    args: &RollbackArgs,
    context: &Context<'_>,
) -> Result<Vec<GuardReview>, Error> {
    if guards.is_empty() || plan.is_settled() {
        return Ok(Vec::new());
    }
    let (from, to) = plan.read_definitions(ecs).await?;
    let definitions = [&from, &to].into_iter().flat_map(TaskDefinition::secrets);
    context.report.add_secrets(definitions);
    let mut reviewed = ReviewedPlan::of_rollback(RollbackInput {
        started_at: context.started_at,
        name: &service.target,
        service: service.name,
        place: &service.place,
        from: (plan.from(), &from),
        to: (&plan.to, &to),
        timeout_seconds: u32::try_from(args.timeout.unwrap_or(DEFAULT_TIMEOUT).as_secs()).unwrap_or(u32::MAX),
    });
    reviewed.hide_known_secrets(|text| context.report.mask(text));
    let (reviews, _) = guards.review(&Arc::new(reviewed), Some(&service.place.region), context).await?;
    Ok(reviews)
}

/// The error of a plan that guards deny.
pub(super) fn check_denials(reviews: &[GuardReview]) -> Result<(), GuardError> {
    let denying: Vec<&GuardReview> =
        reviews.iter().filter(|review| review.denials().next().is_some()).collect();
    if denying.is_empty() {
        return Ok(());
    }
    let findings = denying
        .iter()
        .flat_map(|review| review.denials().map(|finding| finding.describe(&review.guard)))
        .collect();
    Err(GuardError::Denied { guards: denying.len(), findings })
}
