//! What a service goes back to.

use aws_sdk_ecs::types::{Deployment, Service, ServiceDeploymentStatus as Status};

use super::ongoing::{Ongoing, offered, ongoing};
use super::past::{Past, past};
use super::{Back, RollbackError, Way};
use crate::ErrorKind;
use crate::ecs::family;
use crate::ecs::family::Beside;
use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, Rollout, history, raw, status, watch};
use model::decision::ServiceName;
use model::names::{RevisionName, TaskDefinitionArn, compare_revisions};
use model::plan::{RolloutState, Stamp};

/// A service, and what matters of it here.
struct Now {
    name: ServiceName,
    task_definition: String,
    rollout: RolloutState,
    primary: Option<String>,
    /// The task definitions of its other deployments, the one of most tasks first.
    others: Vec<String>,
}

/// Finds what a service goes back to: the named revision, or what ran before.
/// Nothing is changed.
///
/// # Errors
/// [`RollbackError`] where there is no way back.
pub async fn find(
    ecs: &Ecs,
    service: &ServiceName,
    to: Option<&RevisionName>,
) -> Result<Back, RollbackError> {
    let now = now(ecs, service).await?;
    let Found { to, way, went_back } = match to {
        Some(named) => {
            let other = || RollbackError::Other {
                service: service.clone(),
                runs: now.task_definition.clone(),
                named: named.to_string(),
            };
            let current = TaskDefinitionArn::parse(&now.task_definition).ok();
            let to = current.and_then(|current| named.resolve(&current)).ok_or_else(other)?.to_string();
            let way =
                if to == now.task_definition { same(ecs, &now).await? } else { Way::Update { again: false } };
            Found { to, way, went_back: None }
        }
        None => before(ecs, &now).await?,
    };
    ecs.rates.permit(Kind::DefinitionRead).await;
    let found = raw::found(&ecs.client, &to).await?;
    let Some(found) = found else {
        return Err(RollbackError::Absent { service: service.clone(), to });
    };
    // What runs already, or is under way, needs nothing more of its revision.
    if !found.is_active && matches!(way, Way::Update { .. } | Way::Stop { .. }) {
        return Err(RollbackError::Deregistered { service: service.clone(), to });
    }
    Ok(Back {
        service: service.clone(),
        build: Stamp::from_definition(&found.definition),
        deployments: [vec![now.task_definition.clone()], now.others].concat(),
        from: now.task_definition,
        to,
        way,
        went_back,
        primary: now.primary,
    })
}

async fn now(ecs: &Ecs, name: &ServiceName) -> Result<Now, RollbackError> {
    let refused = |why: String| RollbackError::Service { service: name.clone(), why };
    let described = status::describe(ecs, &name.cluster, vec![&name.service]).await.into_iter().next();
    let service = match described {
        Some((_, Ok(service))) => service,
        Some((_, Err(error))) if error.trouble == ErrorKind::Missing => {
            let region = ecs.client.config().region().map(ToString::to_string).unwrap_or_default();
            return Err(refused(match error.code.as_deref() {
                Some("ClusterNotFoundException") => {
                    format!(
                        "there is no cluster `{}` in {region}; check its name and the region",
                        name.cluster
                    )
                }
                _ => format!("its cluster in {region} has no such service; check its name and the region"),
            }));
        }
        Some((_, Err(error))) => return Err(error.into()),
        None => return Err(refused("ECS gave no answer on it".to_owned())),
    };
    if let Some(status) = service.status().filter(|status| *status != "ACTIVE") {
        return Err(refused(format!("it is {status}; only an ACTIVE service can be updated")));
    }
    match service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str()) {
        "ECS" => {}
        "CODE_DEPLOY" => {
            return Err(refused(
                "its deployment controller is CODE_DEPLOY: ECS refuses a task definition from anyone else; \
                 roll it back through CodeDeploy"
                    .to_owned(),
            ));
        }
        other => {
            return Err(refused(format!("its deployment controller is {other}: roll it back with that")));
        }
    }
    let task_definition = service.task_definition().map(str::to_owned);
    let task_definition = task_definition.ok_or_else(|| refused("it has no task definition".to_owned()))?;
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    Ok(Now {
        name: name.clone(),
        task_definition,
        rollout: primary.map_or(RolloutState::Complete, |own| watch::rollout(own, service.deployments())),
        primary: primary.and_then(|deployment| deployment.id()).map(str::to_owned),
        others: others(&service),
    })
}

fn others(service: &Service) -> Vec<String> {
    let mut others: Vec<&Deployment> =
        service.deployments().iter().filter(|other| other.status() != Some("PRIMARY")).collect();
    others.sort_by_key(|other| std::cmp::Reverse(other.running_count()));
    others.into_iter().filter_map(|other| other.task_definition()).map(str::to_owned).collect()
}

/// The way to the revision that the service is set to already.
async fn same(ecs: &Ecs, now: &Now) -> Result<Way, RollbackError> {
    Ok(match now.rollout {
        RolloutState::Complete => Way::Settled,
        RolloutState::Failed => Way::Update { again: true },
        RolloutState::UnderWay(_) => {
            let ongoing = ongoing(ecs, &now.name, &now.task_definition).await?;
            match ongoing.flatten() {
                Some(ongoing) => now.follow(&ongoing),
                None => now.under_way(None, false),
            }
        }
    })
}

/// What a service goes back to, as far as this is known here.
struct Found {
    to: String,
    way: Way,
    went_back: Option<String>,
}

/// What ran before, and the way back to it. A service that went back already
/// stays: going on to what it left behind would undo that.
async fn before(ecs: &Ecs, now: &Now) -> Result<Found, RollbackError> {
    let nothing = |why: &str| RollbackError::Nothing { service: now.name.clone(), why: why.to_owned() };
    let own = &now.task_definition;
    let found = |to: String, way: Way| Found { to, way, went_back: None };
    if let RolloutState::UnderWay(_) = now.rollout {
        // Even a rollout of the same revision once more has one that it replaces.
        let ongoing = ongoing(ecs, &now.name, own).await?.flatten();
        if let Some(ongoing) = ongoing.as_ref().filter(|ongoing| goes_back(&ongoing.status)) {
            return Ok(found(own.clone(), now.follow(ongoing)));
        }
        if let Some(from) = now.left_behind(ongoing.as_ref()) {
            let way = ongoing.map_or_else(|| now.under_way(None, false), |ongoing| now.follow(&ongoing));
            return Ok(Found { went_back: Some(from), ..found(own.clone(), way) });
        }
        let can_stop = |ongoing: &Ongoing| matches!(ongoing.status, Status::Pending | Status::InProgress);
        let good = offered(history::succeeded(ecs, &now.name, |_| true).await)?.flatten();
        if let (Some(ongoing), Some(good)) = (ongoing.filter(can_stop), &good) {
            return Ok(found(good.clone(), Way::Stop { deployment: ongoing.deployment }));
        }
        let to = good.filter(|good| good != own).or_else(|| now.other().cloned());
        let to = to.ok_or_else(|| nothing("its rollout goes on, and nothing is known that it replaces"))?;
        return Ok(found(to, Way::Update { again: false }));
    }
    match past(ecs, &now.name, own).await? {
        Some(Past::Ran(to)) => Ok(found(to, Way::Update { again: false })),
        Some(Past::WentBack(from)) => Ok(now.stays(from)),
        Some(Past::Nothing) => Err(nothing(
            "none of its deployments that ECS remembers, which are those of 90 days, rolled out anything \
             else with success",
        )),
        // Whatever still runs beside a failed rollout is what ran before it.
        None => match (now.left_behind(None), now.other()) {
            (Some(from), _) => Ok(now.stays(from)),
            (None, Some(to)) => Ok(found(to.clone(), Way::Update { again: false })),
            (None, None) => match family::beside(ecs, own).await? {
                Beside::Lower(to) => Ok(found(to, Way::Update { again: false })),
                Beside::Nothing => Err(nothing("its task definition has no lower active revision")),
                Beside::Newer(newer) => {
                    Err(RollbackError::Unclear { service: now.name.clone(), runs: own.clone(), newer })
                }
            },
        },
    }
}

fn goes_back(status: &Status) -> bool {
    matches!(status, Status::RollbackRequested | Status::RollbackInProgress)
}

impl Now {
    /// The other task definition of which the most tasks run.
    fn other(&self) -> Option<&String> {
        self.others.iter().find(|other| **other != self.task_definition)
    }

    /// The newer revision that the service is on its way back from.
    fn left_behind(&self, ongoing: Option<&Ongoing>) -> Option<String> {
        let sources = ongoing.map(|ongoing| &ongoing.sources).filter(|sources| !sources.is_empty());
        let is_newer =
            |source: &&String| compare_revisions(source, &self.task_definition).is_some_and(|is| is.is_gt());
        sources.unwrap_or(&self.others).iter().find(is_newer).cloned()
    }

    /// It went back already: there is nothing to do, or, where going back
    /// failed, to do it again.
    fn stays(&self, from: String) -> Found {
        let way = match self.rollout {
            RolloutState::Failed => Way::Update { again: true },
            RolloutState::Complete | RolloutState::UnderWay(_) => Way::Settled,
        };
        Found { to: self.task_definition.clone(), way, went_back: Some(from) }
    }

    fn follow(&self, ongoing: &Ongoing) -> Way {
        self.under_way(Some(ongoing.deployment.clone()), goes_back(&ongoing.status))
    }

    fn under_way(&self, service_deployment: Option<String>, rolls_back: bool) -> Way {
        let found = Rollout::found(&self.name, &self.task_definition, self.primary.as_deref());
        Way::UnderWay { rollout: Box::new(Rollout { service_deployment, ..found }), rolls_back }
    }
}
