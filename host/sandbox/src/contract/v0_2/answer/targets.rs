//! The targets of an answer.

use super::{Converter, types};
use model::decision::{
    Destination, EventRuleName, FailureAction, Image, RevisionBase, RolloutOptions, ScheduleName,
    ServiceName, Target, TaskDefinitionOptions,
};
use model::names::{EcsResource, EventBridgeResource, Region, RoleArn, parse_ecs_name};

/// A destination, and the region and the account of its ARN.
struct Named {
    destination: Destination,
    scope: Option<(Region, String)>,
}

impl Converter {
    /// Converts a target. `images` are those of the deployment, unless one has a problem.
    pub(super) fn target(&mut self, target: types::Target, images: Option<&[Image]>) -> Option<Target> {
        let Named { destination, scope } = self.destination(target.destination)?;
        let (arn_region, account) = scope.unzip();
        let subject = format!("target {destination}");
        let region = self.valid(&subject, target.region.map(|region| Region::parse(&region)).transpose());
        if let (Some(Some(region)), Some(other)) = (&region, &arn_region)
            && region != other
        {
            self.report(format!(
                "{subject}: its region is {region}, and its ARN is in {other}; return the region of the ARN"
            ));
        }
        let role = self.valid(&subject, target.role.map(|role| RoleArn::parse(&role)).transpose());
        let containers = match target.containers {
            Some(changes) => self.container_changes(&subject, changes, images).map(Some),
            None => Some(None),
        };
        let task_definition = self.task_definition(&subject, &destination, target.task_definition);
        let rollout = self.rollout(&subject, &destination, target.rollout);
        let tasks = self.one_off_tasks(&subject, &destination, target.tasks_before, target.tasks_after);
        let (containers, (tasks_before, tasks_after)) = (containers?, tasks?);
        let gets_image = images.is_none_or(|images| images.iter().any(|image| !image.publish_only));
        let can_change = containers.as_ref().map_or(gets_image, |changes| !changes.is_empty())
            || task_definition.base == Some(RevisionBase::Latest)
            || task_definition.cpu_units.or(task_definition.memory_mib).is_some()
            || rollout.desired_count.is_some();
        self.require(&subject, can_change, || {
            "nothing can change; return an image, a change of a container, a size, the base `latest` or a desired \
             count, or leave the target out"
                .to_owned()
        });
        Some(Target {
            destination,
            region: region?,
            arn_region,
            account,
            role: role?,
            containers,
            task_definition,
            rollout,
            tasks_before,
            tasks_after,
            wave: target.wave,
        })
    }

    fn destination(&mut self, destination: types::Destination) -> Option<Named> {
        Some(match destination {
            types::Destination::Service(name) => return self.service(&name),
            types::Destination::Family(name) => {
                let name = self.valid("target", parse_ecs_name("task definition family", &name))?;
                Named { destination: Destination::Family(name), scope: None }
            }
            types::Destination::Schedule(name) => {
                let named = self.valid("target", EventBridgeResource::parse_schedule(&name))?;
                let name = ScheduleName { group: named.parent, schedule: named.name };
                Named { destination: Destination::Schedule(name), scope: named.scope }
            }
            types::Destination::EventRule(name) => {
                let named = self.valid("target", EventBridgeResource::parse_event_rule(&name))?;
                let name = EventRuleName { bus: named.parent, rule: named.name };
                Named { destination: Destination::EventRule(name), scope: named.scope }
            }
        })
    }

    fn service(&mut self, name: &types::ServiceName) -> Option<Named> {
        let cluster = self.valid("target", EcsResource::parse("cluster", &name.cluster));
        let service = self.valid("target", EcsResource::parse("service", &name.service));
        let (cluster, service) = (cluster?, service?);
        let clusters = (service.cluster.as_ref(), Some(&cluster.name));
        let scopes = (service.scope.as_ref(), cluster.scope.as_ref());
        if matches!(clusters, (Some(a), Some(b)) if a != b) || matches!(scopes, (Some(a), Some(b)) if a != b)
        {
            let types::ServiceName { cluster, service } = name;
            self.report(format!(
                "target: the service {service} is not in the cluster {cluster}; return the cluster of the service"
            ));
        }
        let scope = service.scope.or(cluster.scope).map(|scope| (scope.region, scope.account));
        let name = ServiceName { cluster: cluster.name, service: service.name };
        Some(Named { destination: Destination::Service(name), scope })
    }

    fn task_definition(
        &mut self,
        subject: &str,
        destination: &Destination,
        options: Option<types::TaskDefinitionOptions>,
    ) -> TaskDefinitionOptions {
        let Some(types::TaskDefinitionOptions { base, cpu_units, memory_mib }) = options else {
            return TaskDefinitionOptions::default();
        };
        let base = base.map(|base| match base {
            types::BaseRevision::Running => RevisionBase::Running,
            types::BaseRevision::Latest => RevisionBase::Latest,
        });
        let is_family = matches!(destination, Destination::Family(_));
        self.require(subject, !(is_family && base == Some(RevisionBase::Running)), || {
            "its base is `running`, and nothing runs a family; return `latest`, or no base".to_owned()
        });
        self.positive(subject, "its cpu", cpu_units);
        self.positive(subject, "its memory", memory_mib);
        TaskDefinitionOptions { base, cpu_units, memory_mib }
    }

    fn rollout(
        &mut self,
        subject: &str,
        destination: &Destination,
        options: Option<types::RolloutOptions>,
    ) -> RolloutOptions {
        let Some(options) = options else { return RolloutOptions::default() };
        self.require(subject, matches!(destination, Destination::Service(_)), || {
            "it has options of a rollout, and only a service rolls out; remove them".to_owned()
        });
        let types::RolloutOptions { desired_count, timeout_seconds, bake_seconds, on_failure } = options;
        self.positive(subject, "its timeout", timeout_seconds);
        self.positive(subject, "its bake time", bake_seconds);
        let on_failure = on_failure.map(|action| match action {
            types::FailureAction::Leave => FailureAction::Leave,
            types::FailureAction::RollBack => FailureAction::RollBack,
        });
        RolloutOptions { desired_count, timeout_seconds, bake_seconds, on_failure }
    }
}
