//! What a deployment needs, looked at piece by piece: everything that can be
//! known without changing anything, and all of it at once.

mod images;
mod places;
mod targets;

use model::check::Check;
use model::decision::Deployment;
use model::decision::Target;
use model::names::{Place, Region};
use model::plan::{Facts, Plan, Stamp};

pub use images::{Images, docker};
pub use places::{Reached, reach};

/// What the command line wants of a rollout that needs permissions of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolloutFlags {
    /// A failed rollout is taken back, where the policy does not say otherwise.
    pub rolls_back: bool,
    /// Rollouts are taken back when a signal ends the run.
    pub rolls_back_on_cancel: bool,
    /// Old revisions are deregistered.
    pub keeps: bool,
}

/// A decision that is looked at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What is deployed to what.
    pub deployment: &'a Deployment,
    /// The build's stamp.
    pub stamp: &'a Stamp,
    /// What the plan is to allow.
    pub options: &'a model::plan::Options,
    /// What the command line wants of the rollout.
    pub rollout: &'a RolloutFlags,
    /// The run's own region.
    pub region: &'a Region,
}

/// Looks at every target in every place that was reached, and at what the
/// rollout of each needs.
pub async fn targets(subject: Subject<'_>, images: &Images, places: &[Reached], tell: impl Fn(Check)) {
    let mut whole = Facts {
        region: subject.region.clone(),
        images: images.facts.clone(),
        lacking: Default::default(),
        services: Default::default(),
        families: Default::default(),
    };
    let mut complete = images.complete;
    for Reached { place, ecs } in places {
        let own: Vec<&Target> = subject
            .deployment
            .targets
            .iter()
            .filter(|target| target.place(subject.region) == *place)
            .collect();
        let Some(ecs) = ecs else {
            complete = false;
            for target in own {
                tell(Check::skipped(
                    name(target, place, subject.region),
                    "ECS could not be asked where it is, as told above",
                ));
            }
            continue;
        };
        match targets::of_place(subject, images, place, ecs, &own, &tell).await {
            Some(found) => {
                whole.services.extend(found.services);
                whole.families.extend(found.families);
            }
            None => complete = false,
        }
    }
    if !complete {
        return tell(Check::skipped("plan", "there is none before all of the above holds"));
    }
    match Plan::new(subject.deployment, &whole, subject.stamp, subject.options) {
        Ok(plan) if plan.is_unchanged() => tell(Check::ok("plan", "a run would find nothing to do")),
        Ok(_) => tell(Check::ok("plan", "a run would deploy; `ecs-host plan` shows what")),
        // What each part is told of by itself is not told again.
        Err(error) if targets::all_hold(subject, images, &whole) => {
            for problem in error.problems {
                tell(Check::failed("plan", problem));
            }
        }
        Err(_) => tell(Check::skipped("plan", "there is none before all of the above holds")),
    }
}

/// What a check calls a target.
fn name(target: &Target, place: &Place, own: &Region) -> String {
    format!("{}{}", target.destination.to_string().replace('`', ""), place.qualifier(own))
}
