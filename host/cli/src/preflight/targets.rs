//! The targets of one place: whether they exist and accept the images, and what their rollouts require.

use std::collections::BTreeSet;

use super::{CheckedImages, PreflightInput, RolloutFlags, check_name};
use crate::facts;
use aws::ecs::{Ecs, read};
use aws::preflight::{logs, permissions, prune, triggers};
use model::check::Check;
use model::decision::{Destination, FailureAction, ServiceName, Target};
use model::names::{Place, short_revision};
use model::plan::facts::{FamilyFacts, ServiceFacts};
use model::plan::trigger::TriggerFacts;
use model::plan::{PlanFacts, PlanInput, TargetError, TargetPlan, TaskDefinition};

/// Checks the targets of one place. Returns what was read of them, or `None` if it cannot be read.
pub(super) async fn check_place(
    input: PreflightInput<'_>,
    images: &CheckedImages,
    place: &Place,
    ecs: &Ecs,
    targets: &[&Target],
    emit: &impl Fn(Check),
) -> Option<read::TargetFacts> {
    let found = match read::read_targets_of_place(ecs, place, targets, input.region).await {
        Ok(found) => found,
        Err(error) => {
            for target in targets {
                emit(Check::failed(check_name(target, place, input.region), error.to_string()));
            }
            return None;
        }
    };
    let facts = facts::assemble(
        input.region,
        images.states.clone(),
        images.build_problems.clone(),
        facts::TagFacts::default(),
        found.clone(),
    );
    let (mut families, mut groups, mut clusters) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for target in targets {
        let name = check_name(target, place, input.region);
        let plan = match plan_target(target, input, images, &facts) {
            Ok(plan) => plan,
            Err(problems) => {
                for problem in problems {
                    let begin = format!("{}{}: ", target.destination, place.qualifier(input.region));
                    emit(Check::failed(name.as_str(), problem.strip_prefix(&begin).unwrap_or(&problem)));
                }
                continue;
            }
        };
        emit(Check::ok(name, describe(&plan)));
        let Some(definition) = definition(target, place, &facts) else { continue };
        for group in logs::groups(definition, &place.region) {
            if groups.insert(group.clone()) {
                emit(logs::check_exists(ecs, &group).await);
                emit(logs::check_read(ecs, &group).await);
            }
        }
        if families.insert(definition.family().to_owned()) {
            permissions::check_register(ecs, definition, emit).await;
            if input.rollout.deregisters {
                prune::check_family(ecs, definition.family(), emit).await;
            }
        }
        if let Some(trigger) = plan.trigger.as_ref().filter(|trigger| trigger.names_revision)
            && let Some(name) = plan.destination.trigger()
        {
            triggers::check_replacement(ecs, &plan.name, (&name, trigger), emit).await;
        }
        if let Destination::Service(service) = &target.destination {
            check_service_permissions(ecs, target, service, &plan, input.rollout, emit).await;
            if clusters.insert(&service.cluster) {
                emit(permissions::check_watch(ecs, service, input.rollout.waits_for_stage).await);
            }
        }
    }
    if input.rollout.deregisters && !families.is_empty() {
        prune::check_users(ecs, emit).await;
    }
    Some(found)
}

/// Checks the permissions that the rollout of one service requires.
async fn check_service_permissions(
    ecs: &Ecs,
    target: &Target,
    service: &ServiceName,
    plan: &TargetPlan,
    flags: &RolloutFlags,
    emit: &impl Fn(Check),
) {
    emit(permissions::check_update(ecs, service, plan.family()).await);
    if !(target.tasks_before.is_empty() && target.tasks_after.is_empty()) {
        emit(permissions::check_run_task(ecs, service, plan.family()).await);
        emit(permissions::check_stop_task(ecs, service).await);
    }
    if let Some(hint) = plan.circuit_breaker_warning() {
        emit(Check::skipped(format!("rollouts of {service}"), hint));
    }
    let rolls_back = match target.rollout.on_failure {
        Some(action) => action == FailureAction::RollBack,
        None => flags.rolls_back_on_failure,
    };
    if rolls_back || flags.rolls_back_on_cancel {
        emit(permissions::check_stop(ecs, service, &plan.base).await);
    }
}

fn plan_target(
    target: &Target,
    input: PreflightInput<'_>,
    images: &CheckedImages,
    facts: &PlanFacts,
) -> Result<TargetPlan, Vec<String>> {
    let plan_input =
        PlanInput { deployment: input.deployment, facts, stamp: input.stamp, options: input.options };
    TargetPlan::new(target, &images.plans, plan_input).map_err(TargetError::into_problems)
}

/// Whether every target is valid by itself.
pub(super) fn are_all_valid(input: PreflightInput<'_>, images: &CheckedImages, facts: &PlanFacts) -> bool {
    input.deployment.targets.iter().all(|target| plan_target(target, input, images, facts).is_ok())
}

fn describe(plan: &TargetPlan) -> String {
    let names = |has_image: bool| {
        let containers = plan.containers.iter().filter(|container| container.image.is_some() == has_image);
        containers.map(|container| container.container.as_str()).collect::<Vec<_>>().join(", ")
    };
    let parts = [("new image for", names(true)), ("changes of", names(false))];
    let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
    let changes: String = match plan.unchanged {
        true => "; unchanged".to_owned(),
        false => parts.map(|(what, names)| format!("; {what} {names}")).collect(),
    };
    let revision = short_revision(&plan.base);
    match plan.destination {
        Destination::Service(_) => format!("ACTIVE, runs {revision}{changes}"),
        Destination::Family(_) => format!("the latest revision is {revision}{changes}"),
        Destination::Schedule(_) | Destination::EventRule(_) => {
            let is_enabled = plan.trigger.as_ref().is_some_and(|trigger| trigger.start.is_enabled);
            let state = if is_enabled { "ENABLED" } else { "DISABLED" };
            format!("{state}, starts {revision}{changes}")
        }
    }
}

/// The task definition that the target runs or starts, or has as its latest revision.
fn definition<'f>(target: &Target, place: &Place, facts: &'f PlanFacts) -> Option<&'f TaskDefinition> {
    match &target.destination {
        Destination::Service(name) => match facts.services.get(&(place.clone(), name.clone()))? {
            ServiceFacts::Found(running) => running.definition.as_ref(),
            _ => None,
        },
        Destination::Family(name) => match facts.families.get(&(place.clone(), name.clone()))? {
            FamilyFacts::Found(latest) => Some(&latest.definition),
            FamilyFacts::Absent => None,
        },
        Destination::Schedule(_) | Destination::EventRule(_) => {
            match facts.triggers.get(&(place.clone(), target.destination.trigger()?))? {
                TriggerFacts::Found(state) => Some(&state.revisions.as_ref()?.definition),
                TriggerFacts::Absent => None,
            }
        }
    }
}
