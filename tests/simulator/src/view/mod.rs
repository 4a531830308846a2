//! The resources of ECS as JSON, in the form of responses.

mod service_deployments;
mod services;
mod task_definitions;
mod tasks;
