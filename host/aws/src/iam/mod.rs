//! IAM: the least-privilege policies of the verbs.
//!
//! [`table`] is the one place that states which action is called on which resource and for what. [`Needs`] is what one
//! principal does, read from a deployment or given by ARNs. [`Policy`] is the rows of the table that apply, with the
//! ARNs filled in.

pub(crate) mod advice;
mod deployment;
mod document;
mod needs;
pub mod table;
mod trust;

#[cfg(test)]
mod tests;

pub use deployment::{DeploymentNeeds, needs_of_deployment};
pub use document::{MAX_POLICY_CHARACTERS, Policy, Statement};
pub use needs::{Flags, Needs, Use};
pub use trust::{TrustCondition, TrustPolicy};
