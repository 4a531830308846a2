//! When a deployment is done.

use super::plan::Group;
use crate::json;
use crate::model::{Key, Rollout, Stage, Status};
use crate::region::{Due, Region};

impl Region {
    /// Completes the deployment under way if all of it is up and nothing of the old is left.
    /// Where none is under way, the service may have reached its steady state.
    pub(super) fn finish_if_done(&mut self, key: &Key) {
        self.drop_empty(key);
        let Some(service) = self.services.get(key) else { return };
        let Some(primary) = service.primary() else { return };
        let own = self.group(service, &primary.id);
        let wanted = self.wanted(service);
        let up = own.live == wanted && own.healthy == wanted;
        let left: u32 = service
            .deployments
            .iter()
            .filter(|other| !other.primary)
            .map(|other| self.group(service, &other.id))
            .map(|Group { left, .. }| left)
            .sum();
        let (rollout, record) = (primary.rollout, primary.record.clone());
        let stage = service.record(&record).filter(|own| own.status.goes_forward()).and_then(|own| own.stage);
        if rollout == Rollout::InProgress && up && stage == Some(Stage::ScaleUp) {
            return self.next_stage(key);
        }
        if rollout == Rollout::InProgress && stage.is_some_and(|stage| stage < Stage::CleanUp) {
            return;
        }
        if rollout != Rollout::Failed && up && left == 0 {
            if rollout == Rollout::InProgress && !self.bakes(key, &record) {
                self.complete(key, &record);
            } else if rollout == Rollout::Completed && service_is_unsteady(self, key) {
                self.tell(key, "has reached a steady state.");
                self.settled(key);
            }
        }
    }

    /// Whether the alarms of a rolling deployment are still watched, for its bake time.
    fn bakes(&mut self, key: &Key, record: &str) -> bool {
        let Some(own) = self.services.get_mut(key).and_then(|service| service.record_mut(record)) else {
            return false;
        };
        let minutes = json::count(&own.configuration, "bakeTimeInMinutes").unwrap_or(0);
        if !own.alarms.enabled || minutes == 0 || own.stage.is_some() || own.status != Status::InProgress {
            return false;
        }
        own.stage = Some(Stage::BakeTime);
        own.turn += 1;
        let due = Due::Baked { key: key.clone(), record: record.to_owned(), turn: own.turn };
        self.after(f64::from(minutes) * 60.0, due);
        true
    }

    pub(crate) fn baked(&mut self, key: &Key, record: &str, turn: u32) {
        let Some(own) = self.services.get_mut(key).and_then(|service| service.record_mut(record)) else {
            return;
        };
        if own.turn == turn && own.status == Status::InProgress {
            own.stage = Some(Stage::CleanUp);
            self.reconcile(key);
        }
    }

    fn complete(&mut self, key: &Key, record: &str) {
        let now = self.now;
        let Some(primary) = self.services.get_mut(key).and_then(|service| service.primary_mut()) else {
            return;
        };
        let id = primary.id.clone();
        primary.rollout = Rollout::Completed;
        primary.reason = format!("ECS deployment {id} completed.");
        primary.updated = now;
        primary.traffic = 100.0;
        self.tell(key, &format!("(deployment {id}) deployment completed."));
        self.tell(key, "has reached a steady state.");
        self.settled(key);
        let status = self.services.get(key).and_then(|service| service.record(record)).map(|own| own.status);
        match status {
            Some(Status::RollbackInProgress) => self.conclude(key, record, Status::RollbackSuccessful, None),
            Some(status) if !status.is_final() => self.conclude(key, record, Status::Successful, None),
            _ => {}
        }
        self.touch();
    }

    fn settled(&mut self, key: &Key) {
        if let Some(service) = self.services.get_mut(key) {
            service.unsteady = false;
            service.hold = None;
        }
    }

    /// Entries of `deployments` without a task that is left are shown no more.
    fn drop_empty(&mut self, key: &Key) {
        let Some(service) = self.services.get(key) else { return };
        let empty: Vec<String> = service
            .deployments
            .iter()
            .filter(|other| !other.primary && self.group(service, &other.id).left == 0)
            .map(|other| other.id.clone())
            .collect();
        if let Some(service) = self.services.get_mut(key).filter(|_| !empty.is_empty()) {
            service.deployments.retain(|other| !empty.contains(&other.id));
            self.touch();
        }
    }
}

fn service_is_unsteady(region: &Region, key: &Key) -> bool {
    region.services.get(key).is_some_and(|service| service.unsteady)
}
