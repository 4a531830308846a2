//! CloudWatch alarms ("How CloudWatch alarms detect Amazon ECS deployment failures" in the
//! developer guide).

use crate::model::{ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

impl Region {
    /// An alarm changes its state.
    pub(crate) fn set_alarm_state(&mut self, name: &str, on: bool) {
        if !on {
            self.active_alarms.remove(name);
            return;
        }
        self.active_alarms.insert(name.to_owned());
        let concerned: Vec<(ServiceKey, String, bool)> = self
            .services
            .values()
            .filter_map(|service| Some((service, service.ongoing_service_deployment()?)))
            .filter(|(_, own)| own.status == ServiceDeploymentStatus::InProgress && own.alarms.is_enabled)
            .filter(|(_, own)| own.alarms.names.iter().any(|watched| watched == name))
            .map(|(service, own)| (service.key.clone(), own.arn.clone(), own.alarms.rolls_back))
            .collect();
        for (key, record, back) in concerned {
            if let Some(own) =
                self.services.get_mut(&key).and_then(|service| service.service_deployment_mut(&record))
            {
                own.alarms.triggered_names.push(name.to_owned());
            }
            self.fail_primary_deployment(&key, "alarm detected.", "ECS deployment failed: alarm detected.");
            if back {
                let reason =
                    format!("Service deployment rolled back because the alarm {name} was triggered.");
                self.start_rollback(&key, &record, &reason, "ECS deployment alarm detected");
            } else {
                let reason = format!("Service deployment failed because the alarm {name} was triggered.");
                self.finish_service_deployment(&key, &record, ServiceDeploymentStatus::Stopped, Some(reason));
            }
        }
        self.mark_changed();
    }
}
