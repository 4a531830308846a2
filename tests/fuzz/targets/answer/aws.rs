//! The resources in AWS that a decision names. Their names and states are valid. The fields of a task
//! definition that a user writes are arbitrary.

use std::collections::BTreeMap;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use model::decision::{Deployment, Destination, Image};
use model::names::{Digest, Place, Region};
use model::plan::facts::{
    CircuitBreaker, FamilyFacts, LaunchSettings, Scheduling, ServiceFacts, ServiceState,
};
use model::plan::trigger::{StartCondition, TriggerDocument, TriggerFacts, TriggerRevisions, TriggerState};
use model::plan::{LatestRevision, PlanFacts, RegistryImage, RolloutState, TaskDefinition};
use serde_json::{Value, json};

use crate::text::Text;

#[derive(Arbitrary, Debug)]
struct Container {
    name: u8,
    image: Text,
    tag: Text,
    variables: Vec<(Text, Text)>,
    secret: Option<u8>,
    labels: Vec<(Text, Text)>,
    /// Another field: JSON or a text.
    more: Option<(Text, String)>,
}

#[derive(Arbitrary, Debug)]
struct Definition {
    family: u8,
    containers: Vec<Container>,
    more: Option<(Text, String)>,
    tags: bool,
}

/// The resources for the images and targets of a decision, in their order.
#[derive(Arbitrary, Debug)]
pub struct World {
    definitions: Vec<Definition>,
    states: Vec<u8>,
    pushed: Vec<u8>,
}

const NAMES: [&str; 3] = ["web", "api", "worker"];

fn any_json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

impl Container {
    fn to_definition(&self, images: &[Image]) -> Value {
        let repository = images.get(usize::from(self.name) % images.len().max(1));
        let repository = repository.map(|image| image.repository.to_string()).unwrap_or_default();
        let image = self.image.of(&[&repository]);
        let tag = self.tag.of(&[":master", "", "@sha256:0", ":1@sha256:0"]);
        let variables = self.variables.iter();
        let variables: Vec<Value> = variables
            .map(|(name, value)| json!({"name": name.of(&["VERSION", "MODE"]), "value": value.of(&["1", "2"])}))
            .collect();
        let names = [
            "ecs-host.repository",
            "ecs-host.commit",
            "ecs-host.build",
            "ecs-host.committed",
            "ecs-host.policy",
        ];
        let right = ["team/app", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f21", "13", "1800000000"];
        let labels = self.labels.iter().map(|(name, value)| (name.of(&names), json!(value.of(&right))));
        let mut container = json!({
            "name": NAMES[usize::from(self.name) % NAMES.len()],
            "image": format!("{image}{tag}"),
            "environment": variables,
            "dockerLabels": labels.collect::<serde_json::Map<_, _>>(),
        });
        if self.secret.is_some() {
            container["secrets"] = json!([{"name": "NPM_TOKEN", "valueFrom": "arn:aws:ssm:x"}]);
        }
        if let Some((name, value)) = &self.more {
            container[name.of(&["environment", "dockerLabels", "cpu", "secrets", "logConfiguration"])] =
                any_json(value);
        }
        container
    }
}

impl Definition {
    fn to_definition(&self, images: &[Image]) -> Option<TaskDefinition> {
        let containers = self.containers.iter().take(4).map(|container| container.to_definition(images));
        let mut definition = json!({
            "family": NAMES[usize::from(self.family) % NAMES.len()],
            "containerDefinitions": containers.collect::<Vec<_>>(),
            "revision": 7,
        });
        if let Some((name, value)) = &self.more {
            definition[name.of(&["cpu", "volumes", "placementConstraints"])] = any_json(value);
        }
        let tags = if self.tags { json!([{"key": "team", "value": "x"}]) } else { json!([]) };
        TaskDefinition::from_response(json!({"taskDefinition": definition, "tags": tags})).ok()
    }
}

fn arn(family: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{family}:7")
}

/// A schedule or a rule that starts this definition: by its revision, or by its family.
fn trigger(number: usize, definition: TaskDefinition) -> TriggerState {
    let task_definition = arn(definition.family());
    let started =
        if number % 2 == 0 { task_definition.as_str() } else { task_definition.trim_end_matches(":7") };
    let target = json!({"EcsParameters": {"TaskDefinitionArn": started}});
    let revisions = TriggerRevisions {
        task_definition,
        definition,
        others: BTreeMap::new(),
        is_deregistered: false,
        latest: None,
        newer: None,
    };
    TriggerState {
        account: "123456789012".to_owned(),
        start: StartCondition {
            expression: None,
            time_zone: None,
            has_event_pattern: true,
            is_enabled: number % 3 > 0,
        },
        managed_by: None,
        document: TriggerDocument::RuleTargets(vec![target]),
        revisions: Some(revisions),
    }
}

impl World {
    fn definition(&self, number: usize, images: &[Image]) -> Option<TaskDefinition> {
        self.definitions.get(number % self.definitions.len().max(1))?.to_definition(images)
    }

    /// The facts behind a plan of this decision.
    pub fn facts(&self, deployment: &Deployment) -> PlanFacts {
        let own = Region::parse("eu-central-1").expect("a region");
        let mut facts = PlanFacts {
            region: own.clone(),
            images: BTreeMap::new(),
            build_problems: BTreeMap::new(),
            tag_conflicts: BTreeMap::new(),
            services: BTreeMap::new(),
            families: BTreeMap::new(),
            triggers: BTreeMap::new(),
            unread: Vec::new(),
        };
        for (number, image) in deployment.images.iter().enumerate() {
            let pushed = match self.pushed.get(number).copied().unwrap_or_default() {
                0..100 => RegistryImage::Absent,
                100..120 => RegistryImage::Unknown,
                120..130 => RegistryImage::NoRepository,
                130..140 => {
                    let lacks = "there is no `Dockerfile`".to_owned();
                    facts.build_problems.insert(image.name.clone(), lacks);
                    RegistryImage::Absent
                }
                _ => RegistryImage::Present {
                    digest: Digest::sha256(b"image"),
                    tags: vec!["master".to_owned()],
                },
            };
            facts.images.insert(image.name.clone(), pushed);
        }
        for (number, target) in deployment.targets.iter().enumerate() {
            let place = target.place(&own);
            let definition = self.definition(number, &deployment.images);
            match &target.destination {
                Destination::Service(name) => {
                    let newer = self.definition(number + 1, &deployment.images);
                    let service = self.service(number, &place, definition, newer);
                    facts.services.insert((place, name.clone()), service);
                }
                Destination::Family(name) => {
                    let latest = definition.map(|definition| {
                        let task_definition = arn(definition.family());
                        FamilyFacts::Found(Box::new(LatestRevision { task_definition, definition }))
                    });
                    facts.families.insert((place, name.clone()), latest.unwrap_or(FamilyFacts::Absent));
                }
                Destination::Schedule(_) | Destination::EventRule(_) => {
                    let state = definition.map(|definition| trigger(number, definition));
                    let state =
                        state.map_or(TriggerFacts::Absent, |state| TriggerFacts::Found(Box::new(state)));
                    facts.triggers.extend(target.destination.trigger().map(|name| ((place, name), state)));
                }
            }
        }
        facts
    }

    fn service(
        &self,
        number: usize,
        place: &Place,
        definition: Option<TaskDefinition>,
        newer: Option<TaskDefinition>,
    ) -> ServiceFacts {
        let state = self.states.get(number).copied().unwrap_or_default();
        if state == 255 {
            return ServiceFacts::NoCluster;
        }
        if state == 254 {
            return ServiceFacts::NoService;
        }
        let among = |of: &[&str]| of[usize::from(state) % of.len()].to_owned();
        let family = definition.as_ref().map_or("web", |definition| definition.family()).to_owned();
        ServiceFacts::Found(Box::new(ServiceState {
            status: among(&["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "DRAINING"]),
            controller: among(&["ECS", "ECS", "ECS", "ECS", "ECS", "ECS", "CODE_DEPLOY"]),
            is_express: false,
            task_definition: arn(&family),
            definition,
            is_deregistered: state % 5 == 0,
            latest: None,
            newer: newer.filter(|_| state % 7 == 0).map(|definition| LatestRevision {
                task_definition: arn(&family).replace(":7", ":8"),
                definition,
            }),
            rollout: match state % 4 {
                0 => RolloutState::Failed,
                1 => RolloutState::InProgress(Some("ecs-svc/1".to_owned())),
                _ => RolloutState::Complete,
            },
            primary_deployment_id: None,
            primary_created_at: None,
            deployed_definitions: vec![arn(&family)],
            account: place.role.as_ref().map_or("123456789012", |role| role.account()).to_owned(),
            launch: LaunchSettings::default(),
            desired_count: u32::from(state % 8),
            primary_updated_at: None,
            scheduling: if state % 2 == 0 { Scheduling::Replica } else { Scheduling::Daemon },
            circuit_breaker: if state % 3 == 0 { CircuitBreaker::Off } else { CircuitBreaker::RollsBack },
            bake_seconds: 0,
            pause: None,
            pause_read_error: None,
        }))
    }
}
