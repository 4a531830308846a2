//! The targets of one place: whether they are there and take the images, and
//! what their rollouts need.

use std::collections::BTreeSet;

use super::{Images, RolloutFlags, Subject, name};
use aws::ecs::{Ecs, read};
use aws::preflight::{keep, logs, permissions};
use model::check::Check;
use model::decision::Deployment;
use model::decision::{Destination, FailureAction, ServiceName, Target};
use model::names::{Place, short_revision};
use model::plan;
use model::plan::facts::{Family, Service};
use model::plan::{Facts, TargetPlan, TaskDefinition};

/// Looks at some targets of one place, and gives what was read of them; none
/// where it could not be read.
pub(super) async fn of_place(
    subject: Subject<'_>,
    images: &Images,
    place: &Place,
    ecs: &Ecs,
    targets: &[&Target],
    tell: &impl Fn(Check),
) -> Option<read::Found> {
    let own = Deployment { images: Vec::new(), targets: targets.iter().copied().cloned().collect() };
    let found = match read::of_place(ecs, place, &own, subject.region).await {
        Ok(found) => found,
        Err(error) => {
            for target in targets {
                tell(Check::failed(name(target, place, subject.region), error.to_string()));
            }
            return None;
        }
    };
    let facts = Facts {
        region: subject.region.clone(),
        images: images.facts.clone(),
        lacking: Default::default(),
        services: found.services.clone(),
        families: found.families.clone(),
    };
    let (mut registered, mut groups, mut watched) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for target in targets {
        let name = name(target, place, subject.region);
        let plan = match one(target, subject, images, &facts) {
            Ok(plan) => plan,
            Err(problems) => {
                for problem in problems {
                    let begin = format!("{}{}: ", target.destination, place.qualifier(subject.region));
                    tell(Check::failed(name.as_str(), problem.strip_prefix(&begin).unwrap_or(&problem)));
                }
                continue;
            }
        };
        tell(Check::ok(name, told(&plan)));
        let Some(definition) = definition(target, place, &facts) else { continue };
        for group in logs::groups(definition, &place.region) {
            if groups.insert(group.clone()) {
                tell(logs::check(ecs, &group).await);
                tell(logs::read(ecs, &group).await);
            }
        }
        if registered.insert(definition.family().to_owned()) {
            permissions::register(ecs, definition, tell).await;
            if subject.rollout.keeps {
                keep::check(ecs, definition.family(), tell).await;
            }
        }
        if let Destination::Service(service) = &target.destination {
            of_service(ecs, target, service, &plan, subject.rollout, tell).await;
            if watched.insert(&service.cluster) {
                tell(permissions::watch(ecs, service).await);
            }
        }
    }
    Some(found)
}

async fn of_service(
    ecs: &Ecs,
    target: &Target,
    service: &ServiceName,
    plan: &TargetPlan,
    wishes: &RolloutFlags,
    tell: &impl Fn(Check),
) {
    tell(permissions::update(ecs, service, plan.family()).await);
    if !(target.tasks_before.is_empty() && target.tasks_after.is_empty()) {
        tell(permissions::run_task(ecs, service, plan.family()).await);
        tell(permissions::stop_task(ecs, service).await);
    }
    if let Some(hint) = plan.breaker_hint() {
        tell(Check::skipped(format!("rollouts of {service}"), hint));
    }
    let rolls_back = match target.on_failure {
        Some(action) => action == FailureAction::RollBack,
        None => wishes.rolls_back,
    };
    if rolls_back || wishes.rolls_back_on_cancel {
        tell(permissions::stop(ecs, service, &plan.task_definition).await);
    }
}

fn one(
    target: &Target,
    subject: Subject<'_>,
    images: &Images,
    facts: &Facts,
) -> Result<TargetPlan, Vec<String>> {
    plan::target(target, subject.deployment, &images.plans, facts, subject.stamp, subject.options)
}

/// Whether every target is as it should be, taken by itself.
pub(super) fn all_hold(subject: Subject<'_>, images: &Images, facts: &Facts) -> bool {
    subject.deployment.targets.iter().all(|target| one(target, subject, images, facts).is_ok())
}

fn told(plan: &TargetPlan) -> String {
    let containers: Vec<&str> =
        plan.containers.iter().map(|container| container.container.as_str()).collect();
    let containers = containers.join(", ");
    let revision = short_revision(&plan.task_definition);
    match plan.destination {
        Destination::Service(_) => format!("ACTIVE, of {revision}; new image for {containers}"),
        Destination::Family(_) => format!("{revision} is its latest revision; new image for {containers}"),
    }
}

fn definition<'f>(target: &Target, place: &Place, facts: &'f Facts) -> Option<&'f TaskDefinition> {
    match &target.destination {
        Destination::Service(name) => match facts.services.get(&(place.clone(), name.clone()))? {
            Service::Found(running) => running.definition.as_ref(),
            _ => None,
        },
        Destination::Family(name) => match facts.families.get(&(place.clone(), name.clone()))? {
            Family::Found(latest) => Some(&latest.definition),
            Family::Absent => None,
        },
    }
}
