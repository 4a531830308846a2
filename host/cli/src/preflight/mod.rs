//! Checks of everything that a deployment requires, made without changing anything and reported all at once.

mod images;
mod places;
mod targets;

use aws::ecs::read::TargetFacts;
use model::check::Check;
use model::decision::{Deployment, Target};
use model::names::{Place, Region};
use model::plan::{Plan, PlanInput, Stamp};

use crate::facts;
pub use images::{CheckedImages, check_docker};
pub use places::{PlaceAccess, check_places};

/// What is stated of a resource where the credentials are not good.
const NOT_CHECKED: &str = "not checked, because the check of its credentials failed";

/// The flags of a rollout that require permissions of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolloutFlags {
    /// A failed rollout is rolled back, unless the policy decides otherwise.
    pub rolls_back_on_failure: bool,
    /// Rollouts are rolled back when a signal ends the run.
    pub rolls_back_on_cancel: bool,
    /// The run waits until a pause or a lifecycle stage.
    pub waits_for_stage: bool,
    /// Old revisions are deregistered.
    pub deregisters: bool,
}

/// The decision that is checked, and the options of the run.
#[derive(Clone, Copy)]
pub struct PreflightInput<'a> {
    /// The images and targets.
    pub deployment: &'a Deployment,
    /// The build's stamp.
    pub stamp: &'a Stamp,
    /// What the plan allows.
    pub options: &'a model::plan::PlanOptions,
    /// The flags of the rollout.
    pub rollout: &'a RolloutFlags,
    /// The run's own region.
    pub region: &'a Region,
}

/// Checks every target in every place with good credentials, and what its rollout requires.
pub async fn check_targets(
    input: PreflightInput<'_>,
    images: &CheckedImages,
    places: &[PlaceAccess],
    emit: impl Fn(Check),
) -> Option<Plan> {
    let PreflightInput { deployment, region, .. } = input;
    let mut all = TargetFacts::default();
    let mut is_complete = images.is_complete;
    for PlaceAccess { place, ecs } in places {
        let targets: Vec<&Target> =
            deployment.targets.iter().filter(|target| target.place(region) == *place).collect();
        let Some(ecs) = ecs else {
            is_complete = false;
            for target in targets {
                let name = check_name(target, place, region);
                emit(Check::skipped(name, NOT_CHECKED));
            }
            continue;
        };
        match targets::check_place(input, images, place, ecs, &targets, &emit).await {
            Some(found) => all.extend(found),
            None => is_complete = false,
        }
    }
    let no_plan = || Check::skipped("plan", "not made, because a check above failed");
    if !is_complete {
        emit(no_plan());
        return None;
    }
    let facts = facts::assemble(
        region,
        images.states.clone(),
        images.build_problems.clone(),
        facts::TagFacts::default(),
        all,
    );
    match Plan::new(PlanInput { deployment, facts: &facts, stamp: input.stamp, options: input.options }) {
        Ok(plan) => {
            emit(Check::ok(
                "plan",
                match plan.is_up_to_date() {
                    true => "a run would change nothing",
                    false => "a run would deploy; `ecs-host plan` prints the changes",
                },
            ));
            return Some(plan);
        }
        // The problems of single targets are reported with these.
        Err(error) if targets::are_all_valid(input, images, &facts) => {
            for problem in error.problems {
                emit(Check::failed("plan", problem));
            }
        }
        Err(_) => emit(no_plan()),
    }
    None
}

/// The name of a target's check.
fn check_name(target: &Target, place: &Place, own: &Region) -> String {
    format!("{}{}", target.destination.to_string().replace('`', ""), place.qualifier(own))
}
