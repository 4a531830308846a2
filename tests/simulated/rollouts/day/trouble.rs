//! What others do to the service on a day, and the faults of calls.

use ecs_simulator::{Change, Fault, FaultKind};
use serde_json::{Map, Value, json};

use super::super::world::definition;
use super::draw::{Drawer, lucky, one_of};

impl Drawer<'_> {
    /// Another strategy of the service.
    pub(super) fn strategy(&mut self) -> Change {
        self.waits = lucky(self.rng, 0.25);
        let breaker = json!({"enable": lucky(self.rng, 0.7), "rollback": lucky(self.rng, 0.7)});
        let action = one_of(self.rng, &["CONTINUE", "ROLLBACK"]);
        let hooks = match self.waits {
            true => json!([{
                "targetType": "PAUSE",
                "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
                "timeoutConfiguration": {"timeoutInMinutes": 10, "action": action},
            }]),
            false => json!([]),
        };
        configure(json!({
            "strategy": if self.waits { "BLUE_GREEN" } else { "ROLLING" },
            "lifecycleHooks": hooks,
            "deploymentCircuitBreaker": breaker,
        }))
    }

    /// A change between runs.
    pub(super) fn other(&mut self) -> Change {
        let mut by_hand = definition("web");
        by_hand["containerDefinitions"][0]["environment"] =
            json!([{"name": "BY_HAND", "value": self.rng.u32(..1000).to_string()}]);
        match self.rng.u32(..4) {
            0 => update(Some(by_hand), false),
            1 => update(None, true),
            // Terraform's revision.
            _ => Change::Call { action: "ecs:RegisterTaskDefinition".to_owned(), body: by_hand },
        }
    }

    /// A change while a run is in progress.
    pub(super) fn meanwhile(&mut self) -> Change {
        let (cluster, service) = ("main".to_owned(), "web".to_owned());
        match self.rng.u32(..6) {
            0 => Change::KillTasks { cluster, service, count: 1, exit_code: 1 },
            1 => {
                let stop_type = Some(one_of(self.rng, &["ROLLBACK", "ABORT"]).to_owned());
                Change::StopServiceDeployment { cluster, service, stop_type }
            }
            _ => self.other(),
        }
    }

    /// Faults of the calls of one step: expired credentials, throttling, lost answers.
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        let rng = &mut *self.rng;
        if !lucky(rng, 0.35) {
            return Vec::new();
        }
        let message = "The security token included in the request is expired".to_owned();
        let expired = FaultKind::Error { code: "ExpiredTokenException".to_owned(), message };
        let changes = ["ecs:UpdateService", "ecs:RegisterTaskDefinition", "ecs:RunTask"];
        let (action, kind, limit) = match rng.u32(..10) {
            0..4 => ("*", expired, one_of(rng, &[1, 5, 20, 60])),
            4 | 5 => (one_of(rng, &changes), FaultKind::DropResponse, 1),
            6 => (one_of(rng, &changes), FaultKind::Throttle, 1),
            7 => ("ecs:Describe*", FaultKind::Throttle, rng.usize(1..4)),
            8 => ("*", FaultKind::DropRequest, 1),
            _ => ("ecs:Describe*", FaultKind::Internal, rng.usize(1..3)),
        };
        let skip = if changes.contains(&action) { 0 } else { rng.usize(..40) };
        vec![Fault { action: action.to_owned(), skip, limit, probability: None, kind }]
    }
}

fn update(task_definition: Option<Value>, force_new_deployment: bool) -> Change {
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition,
        force_new_deployment,
        parameters: Map::new(),
    }
}

fn configure(configuration: Value) -> Change {
    let parameters = [("deploymentConfiguration".to_owned(), configuration)].into_iter().collect();
    Change::UpdateService {
        cluster: "main".to_owned(),
        service: "web".to_owned(),
        task_definition: None,
        force_new_deployment: false,
        parameters,
    }
}

/// Rolls back the deployment in progress.
pub fn stop() -> Change {
    let stop_type = Some("ROLLBACK".to_owned());
    Change::StopServiceDeployment { cluster: "main".to_owned(), service: "web".to_owned(), stop_type }
}

/// Without pauses, and with a circuit breaker that rolls back.
pub fn calm() -> Change {
    configure(json!({
        "strategy": "ROLLING",
        "lifecycleHooks": [],
        "deploymentCircuitBreaker": {"enable": true, "rollback": true},
    }))
}
