//! Rolling back, and stopping on request.
//!
//! The circuit breaker's sentences are ECS's own. It documents none for a rollback or a stop on
//! request, for one that fails, or for alarms: those here are only like the others.

use crate::model::names::digits;
use crate::model::{Key, Rollback, Rollout, Status};
use crate::region::Region;

/// How a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// It did not come up, or ended by itself.
    Start,
    /// Its health checks failed.
    Health,
}

impl Region {
    /// The primary deployment fails: it launches nothing more.
    pub(super) fn fail_primary(&mut self, key: &Key, event: &str, reason: &str) {
        let now = self.now;
        let Some(primary) = self.services.get_mut(key).and_then(|service| service.primary_mut()) else {
            return;
        };
        primary.rollout = Rollout::Failed;
        reason.clone_into(&mut primary.reason);
        primary.updated = now;
        let id = primary.id.clone();
        self.tell(key, &format!("(deployment {id}) deployment failed: {event}"));
        self.touch();
    }

    /// Begins to roll back to the revision of the last deployment that completed. Its tasks
    /// that still run are kept: they are what was good.
    pub(super) fn roll_back(&mut self, key: &Key, record: &str, reason: &str, by: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let good = service.last_good().cloned();
        let Some(good) = good.filter(|_| service.record(record).is_some()) else {
            self.tell(key, "deployment failed: no rollback candidate was found to run the rollback.");
            let reason = format!("{reason} No rollback candidate was found to run the rollback.");
            return self.conclude(key, record, Status::RollbackFailed, Some(reason));
        };
        let old = service.deployments.iter().find(|own| own.revision == good.arn);
        let named = old.map(|own| own.id.clone()).or_else(|| {
            let record = service.history.iter().rev().find(|own| own.target == good.arn);
            record.map(|own| own.deployment.clone())
        });
        let named = named.unwrap_or_default();
        let id = format!("ecs-svc/{}", digits(&mut self.rng));
        let mut entry =
            self.entry(&id, &good, record, format!("{by}: rolling back to deploymentId {named}."));
        entry.traffic = 100.0;
        let arn = good.arn.clone();
        if let Some(service) = self.services.get_mut(key) {
            service.settings.extend(good.settings);
            for other in &mut service.deployments {
                other.traffic = 0.0;
                other.test_traffic = 0.0;
            }
            Self::put_first(service, entry);
            service.hold = None;
            if let Some(own) = service.record_mut(record) {
                own.status = Status::RollbackInProgress;
                own.reason = Some(reason.to_owned());
                own.updated = now;
                own.turn += 1;
                own.breaker.count = 0;
                own.rollback =
                    Some(Rollback { reason: reason.to_owned(), started: now, revision: arn.clone() });
            }
        }
        let adopted: Vec<String> = self.services.get(key).map_or_else(Vec::new, |service| {
            let same = service.deployments.iter().filter(|own| own.revision == arn && own.id != id);
            same.map(|own| own.id.clone()).collect()
        });
        for task in self.tasks.values_mut() {
            if let Some((_, own)) =
                task.service.as_mut().filter(|(own, from)| own == key && adopted.contains(from))
            {
                own.clone_from(&id);
            }
        }
        self.tell(key, &format!("rolling back to deployment {named}."));
        self.touch();
        self.reconcile(key);
    }

    pub(super) fn rollback_failed(&mut self, key: &Key, record: &str) {
        self.fail_primary(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        let reason = "Service deployment rollback failed because the circuit breaker threshold was exceeded.";
        self.conclude(key, record, Status::RollbackFailed, Some(reason.to_owned()));
    }

    /// A rollback that StopServiceDeployment asked for.
    pub(crate) fn begin_requested_rollback(&mut self, key: &Key, record: &str) {
        let status = self.services.get(key).and_then(|service| service.record(record)).map(|own| own.status);
        if status == Some(Status::RollbackRequested) {
            let reason = "Service deployment rolled back because a rollback was requested.";
            self.fail_primary(key, "rollback requested.", "ECS deployment rolled back on request.");
            self.roll_back(key, record, reason, "ECS deployment rollback requested");
        }
    }

    /// A stop that StopServiceDeployment asked for.
    pub(crate) fn abort(&mut self, key: &Key, record: &str) {
        let status = self.services.get(key).and_then(|service| service.record(record)).map(|own| own.status);
        if status == Some(Status::StopRequested) {
            self.fail_primary(key, "stopped.", "ECS deployment stopped on request.");
            let reason = "Service deployment stopped by the user.";
            self.conclude(key, record, Status::Stopped, Some(reason.to_owned()));
        }
    }
}
