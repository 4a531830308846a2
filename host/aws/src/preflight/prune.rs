//! The permissions that `--keep` requires: to list revisions, to read the services, rules and schedules that use
//! them, and to deregister the unused ones.

use super::ProbeResult;
use crate::ecs::Ecs;
use crate::error::{AwsError, ErrorKind};
use crate::iam::table::NOT_DEREGISTERED;
use crate::pages::Paging;
use crate::schedules::Schedules;
use model::check::Check;
use model::decision::{EventRuleName, ScheduleName};

/// The revision of a task definition that does not exist.
const NO_REVISION: i32 = i32::MAX;

/// The event bus and the group of schedules that every account has.
const DEFAULT: &str = "default";

/// The name of a rule and a schedule that do not exist.
const NO_SCHEDULE: &str = "ecs-host-verify-probe";

/// Reads the revisions of a family, and requests the deregistration of one that does not exist.
pub async fn check_family(ecs: &Ecs, family: &str, report: &impl Fn(Check)) {
    report(read_check(
        format!("ecs:ListTaskDefinitions of {family}"),
        ecs.list_task_definitions(family).of_size(1).next().await.map(drop),
    ));
    let response = ecs.deregister_task_definition(&format!("{family}:{NO_REVISION}")).await;
    let result = ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"]);
    report(result.into_optional_check(format!("ecs:DeregisterTaskDefinition of {family}"), NOT_DEREGISTERED));
}

/// Makes the reads that find out what uses the revisions of any family.
pub async fn check_users(ecs: &Ecs, report: &impl Fn(Check)) {
    let clusters = ecs.list_clusters(Paging::OneItem).await;
    report(read_check("ecs:ListClusters".to_owned(), clusters.as_ref().map(drop).map_err(Clone::clone)));
    let Some(cluster) = clusters.ok().and_then(|clusters| clusters.into_iter().next()) else { return };
    let services = ecs.list_services(&cluster, Paging::OneItem).await;
    report(read_check("ecs:ListServices".to_owned(), services.map(drop)));

    let Schedules { event_bridge, scheduler } = ecs.schedules();
    let buses = event_bridge.list_event_buses(Paging::OneItem).await;
    report(read_check("events:ListEventBuses".to_owned(), buses.map(drop)));
    let rules = event_bridge.list_rule_names_by_target(DEFAULT, &cluster, Paging::OneItem).await;
    report(read_check("events:ListRuleNamesByTarget".to_owned(), rules.map(drop)));
    let rule = EventRuleName { bus: DEFAULT.to_owned(), rule: NO_SCHEDULE.to_owned() };
    let targets = event_bridge.list_targets_by_rule(&rule).await;
    let result = ProbeResult::from_response(targets, &["ResourceNotFoundException"]);
    report(result.into_optional_check("events:ListTargetsByRule".to_owned(), NOT_DEREGISTERED));
    let schedules = scheduler.list_schedules(Paging::OneItem).await;
    report(read_check("scheduler:ListSchedules".to_owned(), schedules.map(drop)));
    let schedule = ScheduleName { group: DEFAULT.to_owned(), schedule: NO_SCHEDULE.to_owned() };
    let schedule = scheduler.get_schedule(&schedule).await;
    let result = ProbeResult::from_response(schedule, &["ResourceNotFoundException"]);
    report(result.into_optional_check("scheduler:GetSchedule".to_owned(), NOT_DEREGISTERED));
}

fn read_check(name: String, response: Result<(), AwsError>) -> Check {
    match response {
        Ok(()) => Check::ok(name, "allowed"),
        Err(error) if error.kind == ErrorKind::Permission => {
            ProbeResult::Denied(error).into_optional_check(name, NOT_DEREGISTERED)
        }
        Err(error) => Check::skipped(name, format!("could not check: {error}")),
    }
}
