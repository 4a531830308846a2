//! What `ecs-host` does in AWS.

mod cloudwatch_logs;
mod connect;
mod credentials;
pub mod ecr;
pub mod ecs;
mod error;
pub mod http;
pub mod preflight;
mod sdk_environment;
mod sentences;
mod variables;

pub use connect::Aws;
pub use error::{AwsError, ErrorKind};
