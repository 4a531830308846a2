//! The values that pass between the stages of a deployment.

pub mod build;
pub mod check;
pub mod decision;
pub mod diagnosis;
mod environment;
pub mod event;
pub mod exit;
pub mod lookup;
pub mod names;
pub mod one_off;
pub mod plan;
pub mod progress;
pub mod rollback;
pub mod secret;
pub mod source;
pub mod status;
pub mod text;
pub mod time;
pub mod verdict;

pub use environment::Environment;
