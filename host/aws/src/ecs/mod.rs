//! Amazon ECS: the facts for a plan, rollouts, rollbacks, one-off tasks and status.

mod api;
mod bake_time;
#[cfg(test)]
mod canned;
pub mod causes;
pub mod continuation;
pub mod definitions;
pub mod diagnose;
pub mod engine;
mod excerpt;
mod family;
mod history;
mod hooks;
pub mod logs;
pub mod lookup;
mod mutations;
pub mod next_steps;
pub mod pauses;
pub mod prune;
pub mod read;
mod retry;
pub mod rollback;
pub mod rollout;
mod service_revisions;
pub mod status;
pub mod tasks;
mod triggers;
pub mod verdict;
pub mod watch;

pub use api::Ecs;
pub(crate) use api::{
    DEPLOYMENTS_PER_CALL, DeploymentFilter, Retry, Revision, SERVICES_PER_CALL, TASKS_PER_CALL, TaskFilter,
    is_primary, primary_deployment,
};
