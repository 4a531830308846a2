//! Amazon ECS and ECR as a deployment tool meets them, in simulated time.
//!
//! A [`Simulator`] speaks the services' own protocols on a port of 127.0.0.1, so that AWS's
//! SDKs and command line work with it by `AWS_ENDPOINT_URL`. Behind it is a discrete-event
//! model: rolling and blue/green deployments, the circuit breaker, alarms, rollbacks, tasks
//! that fail in every way, and what others do meanwhile. A [`Scenario`] says what there is
//! and what goes wrong; the program of this crate serves one to other processes, which also
//! find `/simulator/calls`, `truth`, `now`, `apply` and `advance` there. Its `seed` and the
//! order of the calls decide everything else.
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
//! let scenario = Scenario { resources, ..Default::default() };
//! let simulator = Simulator::start(&scenario)?;
//! simulator
//!     .call("ecs:UpdateService", &json!({ "cluster": "main", "service": "web", "forceNewDeployment": true }))
//!     .expect("the service is there");
//! simulator.advance(300.0);
//! let truth = simulator.truth("main", "web");
//! assert_eq!(truth.newest().map(|newest| newest.status.as_str()), Some("SUCCESSFUL"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod api;
mod call;
mod changes;
mod clock;
mod core;
mod furnish;
mod gate;
pub mod http;
mod json;
mod logs;
mod model;
mod refusal;
mod region;
mod scenario;
mod scheduler;
mod simulator;
mod sts;
#[cfg(test)]
mod tests;
mod truth;
mod view;
mod wire;

pub use call::Call;
pub use refusal::Refusal;
pub use scenario::{
    AfterCall, Change, ClusterSetup, Consistency, Delay, Delays, Fault, FaultKind, ImageSetup, RegionSetup,
    RepositorySetup, Resources, Scenario, ScheduledChange, ServiceSetup, StaleReads, TaskBehaviour,
    TaskFilter, TaskRule, Throttle, Time, TokenBucket, Trigger,
};
pub use simulator::Simulator;
pub use truth::{TrueDeployment, TrueTask, Truth};
