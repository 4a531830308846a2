//! CloudWatch alarms ("How CloudWatch alarms detect Amazon ECS deployment failures" in the developer guide).

use crate::model::{ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

impl Region {
    /// Changes the state of an alarm. An alarm in state ALARM fails the deployments that watch it.
    pub(crate) fn set_alarm_state(&mut self, name: &str, in_alarm: bool) {
        if !in_alarm {
            self.active_alarms.remove(name);
            return;
        }
        self.active_alarms.insert(name.to_owned());
        let failed: Vec<(ServiceKey, String, bool)> = self
            .services
            .values()
            .filter_map(|service| Some((service, service.ongoing_service_deployment()?)))
            .filter(|(_, deployment)| {
                deployment.status == ServiceDeploymentStatus::InProgress
                    && deployment.alarms.is_enabled
                    && deployment.alarms.names.iter().any(|watched| watched == name)
            })
            .map(|(service, deployment)| {
                (service.key.clone(), deployment.arn.clone(), deployment.alarms.rolls_back)
            })
            .collect();
        for (key, arn, rolls_back) in failed {
            if let Some(deployment) = self.service_deployment_mut(&key, &arn) {
                deployment.alarms.triggered_names.push(name.to_owned());
            }
            self.fail_primary_deployment(&key, "alarm detected.", "ECS deployment failed: alarm detected.");
            if rolls_back {
                let reason =
                    format!("Service deployment rolled back because the alarm {name} was triggered.");
                self.start_rollback(&key, &arn, &reason, "ECS deployment alarm detected");
            } else {
                let reason = format!("Service deployment failed because the alarm {name} was triggered.");
                self.finish_service_deployment(&key, &arn, ServiceDeploymentStatus::Stopped, Some(reason));
            }
        }
        self.mark_changed();
    }
}
