//! A simulator of Amazon ECS and Amazon ECR for tests, in simulated time.
//!
//! A [`Simulator`] serves the APIs of ECS, ECR, STS and CloudWatch Logs, and the schedules of EventBridge, on a port of 127.0.0.1, so that the
//! AWS SDKs and the AWS CLI work with it if `AWS_ENDPOINT_URL` is set. A discrete-event model covers rolling
//! and blue/green deployments, the circuit breaker, alarms, rollbacks and the failures of tasks. A
//! [`Scenario`] sets the resources at time 0, the behaviour of tasks, faults, and changes by other parties.
//! The scenario, which contains the random seed, and the order of the calls determine every response, unless
//! [`Time::Speed`] ties simulated time to real time.
//!
//! The binary of this crate serves a scenario to other processes. They control it with these requests:
//!
//! | request | |
//! |---|---|
//! | `GET /simulator/calls` | the received calls |
//! | `GET /simulator/snapshot?cluster=C&service=S` | the actual state of a service |
//! | `GET /simulator/now` | the simulated time and the number of throttled calls |
//! | `POST /simulator/apply` | makes the [`Change`] in the body |
//! | `POST /simulator/advance` | advances the time: `{"seconds": 60}` |
//!
//! The parameters `account` and `region` of `snapshot` and `apply` default to the scenario's.
//!
//! ```
//! use ecs_simulator::{Resources, Scenario, ServiceSetup, Simulator};
//! use serde_json::json;
//!
//! let web = ServiceSetup {
//!     cluster: "main".into(),
//!     name: "web".into(),
//!     task_definition: json!({ "family": "web", "containerDefinitions": [{ "name": "app", "image": "app:1" }] }),
//!     desired_count: 2,
//!     ..Default::default()
//! };
//! let resources = Resources { services: vec![web], ..Default::default() };
//! let simulator = Simulator::start(&Scenario { resources, ..Default::default() })?;
//!
//! let update = json!({ "cluster": "main", "service": "web", "forceNewDeployment": true });
//! simulator.call("ecs:UpdateService", &update).expect("the service exists");
//! simulator.advance(300.0);
//!
//! let snapshot = simulator.snapshot("main", "web");
//! let deployment = snapshot.newest_deployment().expect("the update started a deployment");
//! assert_eq!(deployment.status, "SUCCESSFUL");
//! # Ok::<(), std::io::Error>(())
//! ```

mod admission;
mod api;
mod call;
mod change;
mod clock;
mod error;
pub mod http;
mod json;
mod model;
mod pattern;
mod queue;
mod region;
mod scenario;
mod scheduler;
mod server;
mod setup;
mod simulation;
mod simulator;
mod snapshot;
mod sts;
#[cfg(test)]
mod tests;
mod view;

pub use call::Call;
pub use error::ApiError;
pub use scenario::{
    AfterCall, Change, ClusterSetup, Consistency, ContainerExit, Delay, Delays, Fault, FaultKind, ImageSetup,
    RegionSetup, RepositorySetup, Resources, RuleSetup, Scenario, ScheduleSetup, ScheduledChange,
    ServiceSetup, StaleReads, TaskBehaviour, TaskFilter, TaskRule, Throttle, Time, TokenBucket, Trigger,
};
pub use simulator::Simulator;
pub use snapshot::{DeploymentSnapshot, ServiceSnapshot, TaskSnapshot};
