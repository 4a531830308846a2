//! The schedules and rules of a plan, and the revisions that they start.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::Ecs;
use super::service_revisions::read_service_revisions;
use crate::error::AwsError;
use crate::schedules::Schedules;
use model::decision::TriggerName;
use model::plan::TaskDefinition;
use model::plan::trigger::{StartedFamily, TriggerFacts, TriggerRevisions, TriggerState};

/// Reads schedules and rules: each with one or two calls, and the revisions of its family.
///
/// # Errors
/// [`AwsError`] if a call fails. A missing schedule, rule or revision is a fact, not an error.
pub(super) async fn read_triggers(
    ecs: &Ecs,
    names: BTreeSet<TriggerName>,
) -> Result<Vec<(TriggerName, TriggerFacts)>, AwsError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let schedules = ecs.schedules();
    let read = async |name: TriggerName| {
        let facts = match read_trigger(ecs, &schedules, &name).await? {
            Some(state) => TriggerFacts::Found(Box::new(state)),
            None => TriggerFacts::Absent,
        };
        Ok::<_, AwsError>((name, facts))
    };
    try_join_all(names.into_iter().map(read)).await
}

/// Reads a schedule or a rule, and the revisions of its family; `None` if it does not exist.
///
/// # Errors
/// [`AwsError`] if a call fails.
pub(super) async fn read_trigger(
    ecs: &Ecs,
    schedules: &Schedules,
    name: &TriggerName,
) -> Result<Option<TriggerState>, AwsError> {
    let Some(mut state) = schedules.find_trigger(name).await? else { return Ok(None) };
    // The plan reports why there is no family, or that it is of another account or region.
    let family = state.document.started_family().ok().filter(|family| {
        (family.arn().region(), family.arn().account()) == (ecs.region(), state.account.as_str())
    });
    if let Some(family) = family
        && let Some(mut revisions) = read_revisions(ecs, &family).await?
    {
        for arn in state.document.revisions_beside(&revisions.task_definition) {
            // What is deleted starts nothing, and has nothing to lose.
            if let Some(definition) = find_definition(ecs, &arn.to_string()).await? {
                revisions.others.insert(arn.to_string(), definition);
            }
        }
        state.revisions = Some(revisions);
    }
    Ok(Some(state))
}

/// A revision; `None` if it is deleted (the ECS API reference, `DescribeTaskDefinition`).
async fn find_definition(ecs: &Ecs, arn: &str) -> Result<Option<TaskDefinition>, AwsError> {
    match ecs.describe_task_definition(arn).await {
        Ok(definition) => Ok(Some(definition)),
        Err(error) if error.is(&["ClientException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read_revisions(ecs: &Ecs, family: &StartedFamily) -> Result<Option<TriggerRevisions>, AwsError> {
    match family {
        StartedFamily::Latest(arn) => {
            let latest = ecs.find_task_definition(arn.family()).await?;
            Ok(latest.map(|latest| TriggerRevisions {
                task_definition: latest.arn.to_string(),
                definition: latest.definition,
                others: BTreeMap::new(),
                is_deregistered: false,
                latest: None,
                newer: None,
            }))
        }
        StartedFamily::Revision(arn) => match read_service_revisions(ecs, &arn.to_string()).await {
            Ok(revisions) => Ok(Some(TriggerRevisions {
                task_definition: revisions.running.arn.to_string(),
                others: BTreeMap::new(),
                is_deregistered: !revisions.running.is_active,
                definition: revisions.running.definition,
                latest: revisions.latest,
                newer: revisions.newer,
            })),
            // The revision is deleted (the ECS API reference, `DescribeTaskDefinition`).
            Err(error) if error.is(&["ClientException"]) => Ok(None),
            Err(error) => Err(error),
        },
    }
}
