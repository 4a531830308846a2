//! What `ecs-host` does in AWS.

pub mod call_trace;
mod cloudwatch_logs;
mod connect;
mod connection_advice;
mod credentials;
pub mod ecr;
pub mod ecs;
mod error;
mod error_sources;
mod garbled;
pub mod http;
pub mod iam;
mod identity_token;
pub mod mutability;
mod pages;
pub mod preflight;
mod response_body;
mod schedules;
mod sdk_environment;
mod sentences;
mod tls;
mod variables;
mod web_identity;

pub use connect::Aws;
pub use connection_advice::connection_advice;
pub use error::{AwsError, ErrorKind};
pub use identity_token::{IdentityToken, MAX_TOKEN, TokenClaims};
pub use pages::Paging;
pub use tls::CaBundleError;
pub use web_identity::{TokenError, TokenFuture, TokenSource, WebIdentity};
