//! The reads behind a plan. They change nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{AssignPublicIp, DeploymentStrategy, ResourceManagementType, SchedulingStrategy};
use futures_util::future::try_join_all;

use super::bake_time::bake_time;
use super::excerpt::brief_error;
use super::hooks::has_pauses;
use super::pauses::read_pauses;
use super::service_revisions::read_service_revisions;
use super::triggers::read_triggers;
use super::{Ecs, Retry, primary_deployment, watch};
use crate::error::{AwsError, ErrorKind};
use model::decision::{Deployment, Destination, ServiceName, Target, TriggerName};
use model::names::{Place, Region, ServiceArn};
use model::plan::facts::{
    CapacityProvider, CircuitBreaker, FamilyFacts, LaunchSettings, PlacementRule, RolloutState, Scheduling,
    ServiceFacts, ServiceState, TaskNetwork,
};
use model::plan::{definition::LatestRevision, trigger::TriggerFacts};

/// What AWS has of a deployment's targets.
#[derive(Debug, Default, Clone)]
pub struct TargetFacts {
    /// The services.
    pub services: BTreeMap<(Place, ServiceName), ServiceFacts>,
    /// The task definition families.
    pub families: BTreeMap<(Place, String), FamilyFacts>,
    /// The schedules and rules.
    pub triggers: BTreeMap<(Place, TriggerName), TriggerFacts>,
}

impl TargetFacts {
    /// Adds the targets of another place.
    pub fn extend(&mut self, other: Self) {
        self.services.extend(other.services);
        self.families.extend(other.families);
        self.triggers.extend(other.triggers);
    }
}

/// The names of the targets to read in one place.
#[derive(Default)]
struct TargetNames {
    services: BTreeSet<ServiceName>,
    families: BTreeSet<String>,
    triggers: BTreeSet<TriggerName>,
}

impl TargetNames {
    fn add(&mut self, destination: &Destination) {
        match destination {
            Destination::Service(name) => {
                self.services.insert(name.clone());
            }
            Destination::Family(name) => {
                self.families.insert(name.clone());
            }
            Destination::Schedule(_) | Destination::EventRule(_) => {
                self.triggers.extend(destination.trigger());
            }
        }
    }
}

async fn read_place(
    ecs: &Ecs,
    place: &Place,
    names: TargetNames,
    own: &Region,
) -> Result<TargetFacts, AwsError> {
    let read = tokio::try_join!(
        read_services(ecs, &names.services),
        read_families(ecs, names.families),
        read_triggers(ecs, names.triggers)
    );
    let (services, families, triggers) = read.map_err(|error| add_place(error, place, own))?;
    Ok(TargetFacts {
        services: services.into_iter().map(|(name, is)| ((place.clone(), name), is)).collect(),
        families: families.into_iter().map(|(name, is)| ((place.clone(), name), is)).collect(),
        triggers: triggers.into_iter().map(|(name, is)| ((place.clone(), name), is)).collect(),
    })
}

/// Reads the targets of a deployment, in all places concurrently: one call for ten services of a cluster, then one for
/// each distinct task definition, or more if its family has a newer revision. `own` is the run's own region.
///
/// # Errors
/// [`AwsError`] if a call fails, with the place if it is not the run's own. A missing target is a fact, not an error.
pub async fn read_targets(
    ecs: &BTreeMap<Place, Ecs>,
    deployment: &Deployment,
    own: &Region,
) -> Result<TargetFacts, AwsError> {
    let mut places: BTreeMap<Place, TargetNames> = BTreeMap::new();
    for target in &deployment.targets {
        places.entry(target.place(own)).or_default().add(&target.destination);
    }
    let read = async |(place, names): (Place, TargetNames)| {
        let Some(ecs) = ecs.get(&place) else { return Ok(TargetFacts::default()) };
        read_place(ecs, &place, names, own).await
    };
    let mut found = TargetFacts::default();
    for facts in try_join_all(places.into_iter().map(read)).await? {
        found.extend(facts);
    }
    Ok(found)
}

/// Reads the targets of one place. `own` is the run's own region.
///
/// # Errors
/// As [`read_targets`].
pub async fn read_targets_of_place(
    ecs: &Ecs,
    place: &Place,
    targets: &[&Target],
    own: &Region,
) -> Result<TargetFacts, AwsError> {
    let mut names = TargetNames::default();
    for target in targets {
        names.add(&target.destination);
    }
    read_place(ecs, place, names, own).await
}

/// An error with the place that it comes from.
pub fn add_place(error: AwsError, place: &Place, own: &Region) -> AwsError {
    let error = AwsError { on: format!("{}{}", error.on, place.qualifier(own)), ..error };
    match &place.role {
        // Without a code, the error is not a response of the called service: the role could not be assumed.
        Some(role) if error.kind == ErrorKind::Credentials && error.code.is_none() => error.with_hint(format!(
            "allow `sts:AssumeRole` on {role} in the IAM policy of this run's credentials, and name them in the trust \
             policy of the role"
        )),
        _ => error,
    }
}

async fn read_services(
    ecs: &Ecs,
    names: &BTreeSet<ServiceName>,
) -> Result<Vec<(ServiceName, ServiceFacts)>, AwsError> {
    let mut clusters: BTreeMap<&str, Vec<&ServiceName>> = BTreeMap::new();
    for name in names {
        clusters.entry(&name.cluster).or_default().push(name);
    }
    let calls = clusters.iter().map(|(cluster, names)| describe_services(ecs, cluster, names));
    let mut services: Vec<_> = try_join_all(calls).await?.into_iter().flatten().collect();

    let wanted: BTreeSet<String> =
        services.iter().filter_map(|(_, service)| definition_of(service)).collect();
    let revisions = try_join_all(wanted.iter().map(|arn| read_service_revisions(ecs, arn))).await?;
    let revisions: BTreeMap<&String, _> = wanted.iter().zip(revisions).collect();
    for (_, service) in &mut services {
        if let ServiceFacts::Found(state) = service
            && let Some(found) = revisions.get(&state.task_definition)
        {
            state.definition = Some(found.running.definition.clone());
            state.is_deregistered = !found.running.is_active;
            state.latest.clone_from(&found.latest);
            state.newer.clone_from(&found.newer);
        }
    }
    Ok(services)
}

async fn read_families(ecs: &Ecs, names: BTreeSet<String>) -> Result<Vec<(String, FamilyFacts)>, AwsError> {
    let read = async |name: String| {
        let latest = ecs.find_task_definition(&name).await?;
        let family = latest.map_or(FamilyFacts::Absent, |latest| {
            FamilyFacts::Found(Box::new(LatestRevision {
                task_definition: latest.arn.to_string(),
                definition: latest.definition,
            }))
        });
        Ok::<_, AwsError>((name, family))
    };
    try_join_all(names.into_iter().map(read)).await
}

/// The ARN of the task definition to read: that of a service that can be deployed to.
fn definition_of(service: &ServiceFacts) -> Option<String> {
    match service {
        ServiceFacts::Found(state) if state.status == "ACTIVE" && !state.task_definition.is_empty() => {
            Some(state.task_definition.clone())
        }
        _ => None,
    }
}

async fn describe_services(
    ecs: &Ecs,
    cluster: &str,
    names: &[&ServiceName],
) -> Result<Vec<(ServiceName, ServiceFacts)>, AwsError> {
    let short: Vec<&str> = names.iter().map(|name| name.service.as_str()).collect();
    let services = match ecs.describe_services(cluster, &short, Retry::BySdk).await {
        Ok(services) => services,
        Err(error) if error.kind == ErrorKind::Missing => {
            return Ok(names.iter().map(|name| ((*name).clone(), ServiceFacts::NoCluster)).collect());
        }
        Err(error) => return Err(error),
    };
    let (mut pauses, unread) = match read_pauses(ecs, &services).await {
        Ok(pauses) => (pauses, None),
        Err(error) => (BTreeMap::new(), Some(brief_error(&error))),
    };
    let mut found = |name: &ServiceName| {
        let service = services.iter().find(|s| s.service_name() == Some(&name.service));
        service.map_or(ServiceFacts::NoService, |service| {
            let state = to_service_state(service);
            let pause = pauses.remove(&name.service);
            let may_be_paused = has_pauses(service) && matches!(state.rollout, RolloutState::InProgress(_));
            let pause_read_error = unread.clone().filter(|_| may_be_paused);
            ServiceFacts::Found(Box::new(ServiceState { pause, pause_read_error, ..state }))
        })
    };
    Ok(names.iter().map(|name| ((*name).clone(), found(name))).collect())
}

/// The state of a service by its description, without its task definition.
pub(super) fn to_service_state(service: &aws_sdk_ecs::types::Service) -> ServiceState {
    let task_definition = service.task_definition().unwrap_or_default();
    let primary = primary_deployment(service);
    let arn = service.service_arn().and_then(|arn| ServiceArn::parse(arn).ok());
    let definitions = service.deployments().iter().filter_map(|deployment| deployment.task_definition());
    // No controller in the response means the default one.
    let controller = service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str());
    ServiceState {
        status: service.status().unwrap_or("unknown").to_owned(),
        controller: controller.to_owned(),
        is_express: service.resource_management_type() == Some(&ResourceManagementType::Ecs),
        task_definition: task_definition.to_owned(),
        definition: None,
        is_deregistered: false,
        latest: None,
        newer: None,
        rollout: primary
            .map_or(RolloutState::Complete, |own| watch::rollout_state(own, service.deployments())),
        deployed_definitions: definitions.map(str::to_owned).collect(),
        primary_deployment_id: primary.and_then(|deployment| deployment.id()).map(str::to_owned),
        primary_created_at: primary
            .and_then(|deployment| deployment.created_at())
            .map(|time| time.as_secs_f64()),
        primary_updated_at: primary
            .and_then(|deployment| deployment.updated_at())
            .map(|time| time.as_secs_f64()),
        account: arn.map(|arn| arn.scope.account).unwrap_or_default(),
        launch: to_launch_settings(service),
        scheduling: match service.scheduling_strategy() {
            Some(SchedulingStrategy::Daemon) => Scheduling::Daemon,
            _ => Scheduling::Replica,
        },
        desired_count: u32::try_from(service.desired_count()).unwrap_or_default(),
        circuit_breaker: to_circuit_breaker(service),
        bake_seconds: bake_time(service).as_secs(),
        pause: None,
        pause_read_error: None,
    }
}

/// The circuit breaker is one of rolling updates; blue/green deployments and
/// their like have hooks and bake times (the ECS API reference,
/// `DeploymentCircuitBreaker`). Alarms end a rollout too.
fn to_circuit_breaker(service: &aws_sdk_ecs::types::Service) -> CircuitBreaker {
    let Some(configuration) = service.deployment_configuration() else { return CircuitBreaker::Unknown };
    let rolling = configuration.strategy().is_none_or(|strategy| *strategy == DeploymentStrategy::Rolling);
    if !rolling || configuration.alarms().is_some_and(|alarms| alarms.enable()) {
        return CircuitBreaker::Unknown;
    }
    match configuration.deployment_circuit_breaker() {
        Some(breaker) if breaker.enable() && breaker.rollback() => CircuitBreaker::RollsBack,
        Some(breaker) if breaker.enable() => CircuitBreaker::Stops,
        _ => CircuitBreaker::Off,
    }
}

fn to_launch_settings(service: &aws_sdk_ecs::types::Service) -> LaunchSettings {
    let provider = |part: &aws_sdk_ecs::types::CapacityProviderStrategyItem| CapacityProvider {
        provider: part.capacity_provider().to_owned(),
        weight: part.weight(),
        base: part.base(),
    };
    let network = |network: &aws_sdk_ecs::types::AwsVpcConfiguration| TaskNetwork {
        subnets: network.subnets().to_vec(),
        security_groups: network.security_groups().to_vec(),
        assign_public_ip: network.assign_public_ip() == Some(&AssignPublicIp::Enabled),
    };
    let configured = service.network_configuration();
    let constraint = |rule: &aws_sdk_ecs::types::PlacementConstraint| PlacementRule {
        kind: rule.r#type().map(|kind| kind.as_str().to_owned()),
        by: rule.expression().map(str::to_owned),
    };
    let strategy = |rule: &aws_sdk_ecs::types::PlacementStrategy| PlacementRule {
        kind: rule.r#type().map(|kind| kind.as_str().to_owned()),
        by: rule.field().map(str::to_owned),
    };
    LaunchSettings {
        launch_type: service.launch_type().map(|kind| kind.as_str().to_owned()),
        capacity_providers: service.capacity_provider_strategy().iter().map(provider).collect(),
        platform_version: service.platform_version().map(str::to_owned),
        network: configured.and_then(|configured| configured.awsvpc_configuration()).map(network),
        placement_constraints: service.placement_constraints().iter().map(constraint).collect(),
        placement_strategy: service.placement_strategy().iter().map(strategy).collect(),
    }
}
