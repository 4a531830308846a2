//! CloudWatch alarms ("How CloudWatch alarms detect Amazon ECS deployment failures" in the
//! developer guide).

use crate::model::{Key, Status};
use crate::region::Region;

impl Region {
    /// An alarm changes its state.
    pub(crate) fn alarm(&mut self, name: &str, on: bool) {
        if !on {
            self.alarms.remove(name);
            return;
        }
        self.alarms.insert(name.to_owned());
        let concerned: Vec<(Key, String, bool)> = self
            .services
            .values()
            .filter_map(|service| Some((service, service.ongoing()?)))
            .filter(|(_, own)| own.status == Status::InProgress && own.alarms.enabled)
            .filter(|(_, own)| own.alarms.names.iter().any(|watched| watched == name))
            .map(|(service, own)| (service.key.clone(), own.arn.clone(), own.alarms.rollback))
            .collect();
        for (key, record, back) in concerned {
            if let Some(own) = self.services.get_mut(&key).and_then(|service| service.record_mut(&record)) {
                own.alarms.triggered.push(name.to_owned());
            }
            self.fail_primary(&key, "alarm detected.", "ECS deployment failed: alarm detected.");
            if back {
                let reason =
                    format!("Service deployment rolled back because the alarm {name} was triggered.");
                self.roll_back(&key, &record, &reason, "ECS deployment alarm detected");
            } else {
                let reason = format!("Service deployment failed because the alarm {name} was triggered.");
                self.conclude(&key, &record, Status::Stopped, Some(reason));
            }
        }
        self.touch();
    }
}
