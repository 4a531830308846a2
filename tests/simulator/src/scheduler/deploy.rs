//! Beginning a deployment, and giving one up.

use serde_json::Map;

use crate::json;
use crate::model::names::{digits, token};
use crate::model::service::DEPLOYED;
use crate::model::{
    Alarms, Breaker, Deployment, Key, Phase, Revision, Rollout, Service, ServiceDeployment, Status,
};
use crate::region::{Due, Region};

impl Region {
    /// Starts a deployment of a service as it is set now. The one before it ends when this
    /// one begins.
    pub(crate) fn deploy(&mut self, key: &Key) {
        let revision = self.new_revision(key);
        let sources = self.revisions_in_use(key);
        let Some(service) = self.services.get(key) else { return };
        let id = format!("ecs-svc/{}", digits(&mut self.rng));
        let arn = self.site.arn("service-deployment", &format!("{}/{}", key.path(), token(&mut self.rng)));
        let record = self.new_record(service, &arn, &id, &revision.arn, sources);
        let deployment = self.entry(&id, &revision, &arn, format!("ECS deployment {id} in progress."));
        if let Some(service) = self.services.get_mut(key) {
            for older in service.history.iter_mut().filter(|older| !older.status.is_final()) {
                older.replaced_by.get_or_insert_with(|| arn.clone());
            }
            service.revisions.push(revision);
            service.history.push(record);
            service.hold = None;
            Self::put_first(service, deployment);
        }
        self.touch();
        let begin = self.rules.delays.deployment_start.sample(&mut self.rng);
        self.after(begin, Due::Begin { key: key.clone(), record: arn });
    }

    /// A new primary deployment; the one before is still active.
    pub(super) fn put_first(service: &mut Service, deployment: Deployment) {
        for older in &mut service.deployments {
            older.primary = false;
        }
        service.deployments.insert(0, deployment);
    }

    pub(crate) fn entry(&self, id: &str, revision: &Revision, record: &str, reason: String) -> Deployment {
        Deployment {
            id: id.to_owned(),
            revision: revision.arn.clone(),
            definition: revision.definition.clone(),
            primary: true,
            rollout: Rollout::InProgress,
            reason,
            failed: 0,
            came_up: false,
            created: self.now,
            updated: self.now,
            record: record.to_owned(),
            traffic: 0.0,
            test_traffic: 0.0,
        }
    }

    pub(crate) fn new_revision(&mut self, key: &Key) -> Revision {
        let arn = self.site.arn("service-revision", &format!("{}/{}", key.path(), digits(&mut self.rng)));
        let service = self.services.get(key);
        let settings = service.map(|service| {
            let kept = DEPLOYED.iter().chain(&["launchType", "capacityProviderStrategy", "platformFamily"]);
            kept.filter_map(|name| Some(((*name).to_owned(), service.settings.get(*name)?.clone()))).collect()
        });
        let settings: Map<_, _> = settings.unwrap_or_default();
        let definition = service.map(|service| service.definition().to_owned()).unwrap_or_default();
        let images = self.families.find(&definition).map(|definition| self.images(definition));
        Revision { arn, definition, settings, images: images.unwrap_or_default(), created: self.now }
    }

    fn revisions_in_use(&self, key: &Key) -> Vec<String> {
        let Some(service) = self.services.get(key) else { return Vec::new() };
        let mut revisions: Vec<String> = service.deployments.iter().map(|own| own.revision.clone()).collect();
        revisions.dedup();
        revisions
    }

    pub(crate) fn new_record(
        &self,
        service: &Service,
        arn: &str,
        deployment: &str,
        target: &str,
        sources: Vec<String>,
    ) -> ServiceDeployment {
        let configuration = service.configuration();
        let (breaker, alarms) = (configuration.get("deploymentCircuitBreaker"), configuration.get("alarms"));
        let names = alarms.map(|alarms| json::texts(alarms, "alarmNames")).unwrap_or_default();
        // "How CloudWatch alarms detect Amazon ECS deployment failures": a deployment that
        // begins while one of its alarms is in ALARM goes without them.
        let silent = !names.iter().any(|name| self.alarms.contains(name));
        ServiceDeployment {
            arn: arn.to_owned(),
            deployment: deployment.to_owned(),
            target: target.to_owned(),
            sources,
            status: Status::Pending,
            reason: None,
            created: self.now,
            started: None,
            finished: None,
            stopped: None,
            updated: self.now,
            configuration: service.full_configuration().into(),
            breaker: Breaker {
                enabled: breaker.is_some_and(|breaker| json::truth(breaker, "enable")),
                rollback: breaker.is_some_and(|breaker| json::truth(breaker, "rollback")),
                triggered: false,
                count: 0,
                threshold: super::breaker::threshold(self.wanted(service)),
            },
            alarms: Alarms {
                enabled: silent && alarms.is_some_and(|alarms| json::truth(alarms, "enable")),
                rollback: alarms.is_some_and(|alarms| json::truth(alarms, "rollback")),
                names,
                triggered: Vec::new(),
            },
            rollback: None,
            stage: None,
            turn: 0,
            replaced_by: None,
            final_counts: None,
        }
    }

    /// A service deployment leaves PENDING, and ends those that it replaces.
    pub(crate) fn begin(&mut self, key: &Key, record: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let replaced: Vec<String> = service
            .history
            .iter()
            .filter(|older| !older.status.is_final() && older.replaced_by.as_deref() == Some(record))
            .map(|older| older.arn.clone())
            .collect();
        for older in replaced {
            self.conclude(
                key,
                &older,
                Status::Stopped,
                Some("Replaced by a new service deployment.".to_owned()),
            );
        }
        let Some(own) = self.services.get_mut(key).and_then(|service| service.record_mut(record)) else {
            return;
        };
        if own.status != Status::Pending || own.replaced_by.is_some() {
            return;
        }
        own.status = Status::InProgress;
        own.started = Some(now);
        own.updated = now;
        self.touch();
        let blue = self.tasks_of(key).any(|task| task.phase < Phase::Stopping);
        if blue && self.services.get(key).is_some_and(|service| service.strategy() != "ROLLING") {
            self.begin_stages(key);
        }
        self.reconcile(key);
    }

    /// A service deployment comes to its end.
    pub(crate) fn conclude(&mut self, key: &Key, record: &str, status: Status, reason: Option<String>) {
        let now = self.now;
        let counts = self.services.get(key).map(|service| self.revision_counts(service));
        let Some(own) = self.services.get_mut(key).and_then(|service| service.record_mut(record)) else {
            return;
        };
        own.status = status;
        own.finished = Some(now);
        own.updated = now;
        own.stopped = (status == Status::Stopped).then_some(now);
        own.final_counts = counts;
        if reason.is_some() {
            own.reason = reason;
        }
        self.touch();
    }

    /// Requested, running and pending tasks of each revision.
    pub(crate) fn revision_counts(&self, service: &Service) -> Vec<(String, [u32; 3])> {
        let mut counts: Vec<(String, [u32; 3])> = Vec::new();
        let stage = service.ongoing().and_then(|record| record.stage);
        for deployment in &service.deployments {
            let group = self.group(service, &deployment.id);
            let requested =
                if deployment.primary || stage.is_some() { self.wanted(service) } else { group.live };
            let add = [requested, group.running, group.live - group.running];
            match counts.iter_mut().find(|(revision, _)| *revision == deployment.revision) {
                Some((_, sum)) => sum.iter_mut().zip(add).for_each(|(sum, add)| *sum += add),
                None => counts.push((deployment.revision.clone(), add)),
            }
        }
        counts
    }
}
